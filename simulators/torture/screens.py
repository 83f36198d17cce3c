"""Promise 4: a screen shows the hall's state, or says that it is stale.

What it shows is held against the books while the coordinator's word can reach it, and for its age mark while
that word cannot.
"""

from __future__ import annotations

from typing import Any

from simulators.torture.book import Book, label_of
from simulators.torture.computer import Computer
from simulators.torture.reach import Reach
from simulators.torture.seen import CALL, STALE, Seen
from simulators.torture.wires import Wire
from simulators.torture.world import World

STALE_S = 60.0
"""A dead connection is noticed in 20 s, then a strip waits 15 s before it says so, and may miss it twice."""
HEARD_S = 60.0
"""So long after all is well again each screen shows it: what is dead was noticed, and tried again."""
SOON_S = 5.0
"""In a hall that is well a strip shows what happened well within this."""
LOOK_S = 20.0
OVER = ("Begun", "Missed", "Held", "Finished", "Transferred")
"""What ends a call."""


class Screen:
    """A strip or a board: the node it hangs on, and the wire, where it has one."""

    def __init__(self, computer: Computer, wire: Wire | None) -> None:
        self.node = computer.name
        self._computer = computer
        self._wire = wire

    def stands_since_s(self) -> float:
        """Since when its node has run, and it has kept what it was told."""
        return max(self._computer.on_since_s, self._wire.stands_since_s if self._wire is not None else 0.0)

    def is_told_since_s(self) -> float:
        """Since when its node has run, and could tell it something."""
        return max(self._computer.on_since_s, self._wire.well_since_s if self._wire is not None else 0.0)


class Screens:
    """Looks at strips and boards, by label and name; the first that lies breaks the run."""

    def __init__(
        self,
        world: World,
        seen: Seen,
        book: Book,
        reach: Reach,
        strips: dict[str, Screen],
        boards: dict[str, Screen],
    ) -> None:
        self._world = world
        self._seen = seen
        self._book = book
        self._reach = reach
        self._strips = strips
        self._boards = boards
        self._changed_s = dict.fromkeys(strips, 0.0)  # by the books
        book.on_event.append(self._event)
        world.after(LOOK_S, self._look_around)

    def agrees(self, label: str) -> bool:
        """Whether a strip shows what the books say."""
        phase, number = self._book.state_of(f"w{label}")
        text = self._seen.strips.get(label, "")
        match phase:
            case "calling":
                return text == f"请{number}号到{label}号窗口"
            case "serving":
                return text == f"{number}号 正在办理"
            case "closed":
                return text == f"{label}号窗口 暂未开放"
            case "paused":
                return "暂停服务" in text and not STALE.search(text)
            case _:
                return "工号" in text

    # --- looking ---------------------------------------------------------------------------------------

    def _event(self, kind: str, event: dict[str, Any]) -> None:
        label = label_of(event.get("window", ""))
        if label not in self._strips:
            return
        self._changed_s[label] = self._world.now_s
        self._world.after(SOON_S + 0.01, self._look_at_strip, label)
        if kind in OVER:
            calls = len(self._book.calls.get(event["window"], ()))
            self._world.after(STALE_S, self._still_shows, label, calls)

    def _look_around(self) -> None:
        for label in self._strips:
            self._look_at_strip(label)
        for board in self._boards:
            self._look_at_board(board)
        self._world.after(LOOK_S, self._look_around)

    def _look_at_strip(self, label: str) -> None:
        screen, text = self._strips[label], self._seen.strips.get(label, "")
        is_soon = self._world.now_s < self._changed_s[label] + SOON_S
        if self._must_be_stale(screen) and not STALE.search(text):
            self._breaks(f"strip {label} shows {text!r} and not how old it is: nobody is heard", label)
        elif not is_soon and not self.agrees(label) and self._must_be_true(screen):
            phase, number = self._book.state_of(f"w{label}")
            self._breaks(f"strip {label} shows {text!r}, and the window is {phase} {number}", label, number)

    def _look_at_board(self, board: str) -> None:
        screen, view = self._boards[board], self._seen.boards.get(board)
        since = view.stale_since if view is not None else "nothing"
        if self._must_be_stale(screen) and not since:
            self._breaks(f"{board} does not say how old it is: nobody is heard", board)
        elif since and self._must_be_true(screen):
            self._breaks(f"{board} says that it is of {since}, and all is well", board)

    def _must_be_stale(self, screen: Screen) -> bool:
        stands_s = self._world.now_s - screen.stands_since_s()
        return min(stands_s, self._reach.unheard_for_s(screen.node)) > STALE_S

    def _must_be_true(self, screen: Screen) -> bool:
        stands_s = self._world.now_s - screen.stands_since_s()
        return min(stands_s, self._reach.heard_for_s(screen.node)) > HEARD_S

    def _still_shows(self, label: str, calls: int) -> None:
        """A call that was over `STALE_S` ago is not shown any more, wherever somebody could take it away."""
        now = self._book.calls.get(f"w{label}", [])
        found = CALL.fullmatch(self._seen.strips.get(label, ""))
        lives = self._world.now_s - self._strips[label].is_told_since_s() > STALE_S
        if found is None or len(now) != calls or not lives or not now:
            return
        if self._book.visits[now[-1].visit].state != "calling":
            text = f"strip {label} still asks for {found[1]}, whose call was over {STALE_S:.0f} s ago"
            self._breaks(text, label, found[1])

    def _breaks(self, text: str, *about: str) -> None:
        self._world.breaks("4", about, text)
