"""The promises (design section 6), checked after every step: what was seen, against what the hall has kept.

| word | promise |
| 1 | a number is issued once, is durable before it is on paper, and is never lost after that |
| 2 | a ticket is at one window at a time; a call shown is a call that happened; none is shown again later |
| 3 | a rating thanked for is kept, counted once, and belongs to whoever stood there |
| 4 | a screen shows the hall's state, or says that it is stale |
| order | nobody is overtaken by somebody of the same queue and class |
| press | what the hall does at a window was asked for there a moment ago, once |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from devices.announcer.messages import Announce
from display.board_view import BoardView
from simulators.torture.book import Book, Call, label_of
from simulators.torture.seen import CALL, Press, Seen, Slip
from simulators.torture.world import World

ASKED_S = 14.0
"""A press lives 4 s; one late by a wrong clock is asked once more; a slow disk takes some seconds."""
STALE_S = 60.0
"""A dead connection is noticed in 20 s, then a strip waits 15 s before it says so, and may miss it twice."""

SOON_S = 5.0
"""In a quiet hall a strip shows what happened well within this."""

# what happens at a window -> the keys that ask for it; what else makes it happen has none
ASKED_BY = {
    "Recalled": ("recall",),
    "Missed": ("6 confirm",),
    "Held": ("0 confirm",),
    "Resumed": ("3 confirm",),
    "RatingAsked": ("evaluate",),
    "WindowPaused": ("pause",),
    "WindowResumed": ("2 confirm",),
}


class Promises:
    """Listens to all that is seen and written, and breaks the run at the first broken promise.

    `is_live(label)`: whether the node of this window has run and its strip been plugged in for `STALE_S`.
    `has_kept(machine, visit)`: whether this machine's node has kept that it issued the number by itself.
    `is_quiet()`: whether there has been no trouble for some time. `has_told(machine, visit)`: whether this
    machine's node has kept that it printed the slip.
    """

    def __init__(
        self,
        world: World,
        seen: Seen,
        book: Book,
        is_live: Callable[[str], bool],
        has_kept: Callable[[str, str], bool],
        is_quiet: Callable[[], bool],
        has_told: Callable[[str, str], bool],
    ) -> None:
        self._world = world
        self._seen = seen
        self._book = book
        self._is_live = is_live
        self._has_kept = has_kept
        self._is_quiet = is_quiet
        self._has_told = has_told
        self._papers: dict[str, Slip] = {}
        self._torn: set[str] = set()  # numbers on pieces
        self._given: Counter[str] = Counter()  # papers by machine
        self._forgotten: set[str] = set()  # visits in records that a disk confirmed and lost
        self._shown: dict[str, int] = {}  # by window: the last call that its strip showed
        self._used: dict[str, int] = {}  # by window: presses that were acted on
        seen.on_slip.append(self._slip)
        seen.on_strip.append(self._strip)
        seen.on_board.append(self._board)
        seen.on_voice.append(self._voice)
        book.on_event.append(self._event)

    def forgot(self, records: set[bytes]) -> None:
        """A disk has lost records that it had confirmed: what only they said, no software can know."""
        for body in sorted(records):
            record = msgspec.json.decode(body)
            self._forgotten.add(record.get("visit", ""))
            about = (record.get("number", ""), label_of(record.get("window", "")))
            self._world.tell(about, "a disk forgets: %s %s", record["type"], record.get("visit", ""))

    # --- numbers -----------------------------------------------------------------------------------------

    def _slip(self, slip: Slip) -> None:
        about = (slip.number, slip.machine)
        if not slip.is_whole:
            self._torn.add(slip.number)
            return
        if slip.visit not in self._book.visits and not self._has_kept(slip.machine, slip.visit):
            self._world.breaks("1", about, f"{slip.number} is on paper and the hall has not kept it")
            return
        if slip.is_copy:
            return
        other = self._papers.get(slip.visit)
        if other is not None:
            text = f"{slip.number} is on two papers, of {other.machine} and of {slip.machine}"
            self._world.breaks("1", (*about, other.machine), text)
        self._papers[slip.visit] = slip
        self._given[slip.machine] += 1
        if self._given[slip.machine] > len(self._seen.presses.get(slip.machine, ())):
            self._world.breaks(
                "press", about, f"{slip.machine} gave {slip.number}, and nobody pressed for it"
            )

    # --- calls -------------------------------------------------------------------------------------------

    def _strip(self, label: str, text: str) -> None:
        found = CALL.fullmatch(text)
        if found is None:
            return
        call = self._call(found[1], found[2])
        about = (found[1], label)
        if found[2] != label:
            self._world.breaks("2", about, f"the strip of window {label} asks to window {found[2]}")
        elif call is None:
            self._world.breaks("2", about, f"strip {label} shows a call of {found[1]} that did not happen")
        elif call.index < self._shown.get(label, 0):
            self._world.breaks(
                "2", about, f"strip {label} shows an older call ({found[1]}) after a newer one"
            )
        else:
            self._shown[label] = call.index

    def _board(self, board: str, view: BoardView) -> None:
        for line in view.calls:
            if self._call(line.ticket, line.window) is None:
                text = f"{board} shows a call of {line.ticket} to {line.window} that did not happen"
                self._world.breaks("2", (line.ticket, line.window), text)

    def _voice(self, device: str, word: Announce) -> None:
        call = self._call(word.ticket, word.label)
        if call is None:
            text = f"the voice calls {word.ticket} to {word.label}, and that did not happen"
            self._world.breaks("2", (word.ticket, word.label), text)

    def _call(self, number: str, label: str) -> Call | None:
        """The last call of `number` to the window, or None."""
        calls = self._book.calls.get(f"w{label}", ())
        return next((call for call in reversed(calls) if call.number == number), None)

    def _event(self, kind: str, event: dict[str, Any]) -> None:
        window = event.get("window", "")
        if kind in ("Begun", "Missed", "Held", "Finished", "Transferred") and window:
            self._world.after(
                STALE_S, self._still_shows, label_of(window), len(self._book.calls.get(window, ()))
            )
        self._asked(kind, event)

    def _still_shows(self, label: str, calls: int) -> None:
        """A call that was over `STALE_S` ago is not shown any more, wherever somebody could take it away."""
        now = self._book.calls.get(f"w{label}", [])
        found = CALL.fullmatch(self._seen.strips.get(label, ""))
        if found is None or len(now) != calls or not self._is_live(label) or not now:
            return
        if self._book.visits[now[-1].visit].state != "calling":
            text = f"strip {label} still asks for {found[1]}, whose call was over {STALE_S:.0f} s ago"
            self._world.breaks("4", (label, found[1]), text)

    # --- presses -----------------------------------------------------------------------------------------

    def _asked(self, kind: str, event: dict[str, Any]) -> None:
        label = label_of(event.get("window", ""))
        match kind:
            case "Called":
                self._use(
                    label, kind, lambda keys: keys == "next" if event["how"] == "next" else "next" in keys
                )
            case "LoggedIn":
                self._use(label, kind, lambda keys: keys.endswith("confirm") and len(keys) > len("0 confirm"))
            case "Transferred":
                self._use(label, kind, lambda keys: keys.endswith("transfer"))
            case "Begun" if event["pressed"]:
                self._use(label, kind, lambda keys: keys == "start")
            case _ if kind in ASKED_BY:
                self._use(label, kind, lambda keys: keys in ASKED_BY[kind])

    def _use(self, label: str, kind: str, fits: Callable[[str], bool]) -> None:
        """The last press that fits and was not used yet is what asked for this."""
        presses = self._seen.presses.get(label, [])
        used = self._used.get(label, 0)
        for at in range(len(presses) - 1, used - 1, -1):
            if fits(presses[at].keys):
                self._used[label] = at + 1
                self._check_age(label, kind, presses[at])
                return
        self._world.breaks("press", (label,), f"{kind} at window {label}, and nobody pressed for it")

    def _check_age(self, label: str, kind: str, press: Press) -> None:
        age_s = self._world.now_s - press.at_s
        if age_s > ASKED_S:
            text = f"{kind} at window {label} comes {age_s:.0f} s after {press.keys!r} was pressed"
            self._world.breaks("press", (label,), text)

    # --- after the last fault ------------------------------------------------------------------------------

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
                return "暂未开放" in text
            case "paused":
                return "暂停服务" in text
            case _:
                return "工号" in text

    def drained(self, labels: list[str]) -> None:
        """All faults were over some time ago: every strip shows the hall, or does so a moment later."""
        for label in labels:
            if not self.agrees(label):
                self._world.after(SOON_S, self._agrees_now, label, self._book.state_of(f"w{label}"))

    def _agrees_now(self, label: str, state: tuple[str, str]) -> None:
        if not self.agrees(label) and self._book.state_of(f"w{label}") == state and self._is_quiet():
            text = (
                f"strip {label} shows {self._seen.strips.get(label)!r}, and the window is {' '.join(state)}"
            )
            self._world.breaks("4", (label, state[1]), text)

    # --- the end of the day --------------------------------------------------------------------------------

    def at_the_end(self, grades: tuple[int, ...]) -> None:
        """All faults are over and everything has drained: nothing may be missing. `grades`: levels by key."""
        for name, slip in self._papers.items():
            visit = self._book.visits.get(name)
            if visit is not None and visit.state == "lost" and not self._has_told(slip.machine, name):
                continue  # its machine died over it: it is called when it is shown, and nobody shows it here
            if visit is None or not visit.calls:
                state = "unknown to the hall" if visit is None else f"{visit.state}, and was never called"
                self._world.breaks("1", (slip.number,), f"{slip.number} is on paper and {state}")
        self._check_prints()
        self._check_ratings(grades)

    def _check_prints(self) -> None:
        for visit in self._book.visits.values():
            on_paper = visit.id in self._papers
            if visit.printed == "printed" and not on_paper:
                self._world.breaks(
                    "1", (visit.number,), f"{visit.number} counts as printed, and there is no paper"
                )
            if visit.printed == "not_printed" and (on_paper or visit.number in self._torn):
                self._world.breaks(
                    "1", (visit.number,), f"{visit.number} counts as not printed, and is on paper"
                )

    def _check_ratings(self, grades: tuple[int, ...]) -> None:
        by_number = {visit.number: visit for visit in self._book.visits.values()}
        for thanks in self._seen.thanks:
            visit = by_number.get(thanks.number)
            if (visit is None or not visit.ratings) and (visit is None or visit.id not in self._forgotten):
                text = f"window {thanks.window} thanked the citizen of {thanks.number}: the rating is lost"
                self._world.breaks("3", (thanks.number, thanks.window), text)
        pressed = {(one.number, grades[one.grade]) for one in self._seen.graded}
        for visit in self._book.visits.values():
            for level in visit.ratings.values():
                if (visit.number, level) not in pressed:
                    text = f"{visit.number} counts as rated {level}, and nobody pressed that"
                    self._world.breaks("3", (visit.number,), text)
