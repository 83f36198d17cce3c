"""The promises (design section 6), checked after every step: what was seen, against what the hall has kept.

| word | promise |
| 1 | a number is issued once, is durable before it is on paper, and is never lost after that |
| 2 | a ticket is at one window at a time; a call shown is a call that happened; none is shown again later |
| 3 | a rating thanked for is kept, counted once, and belongs to whoever stood there |
| 4 | a screen shows the hall's state, or says that it is stale (`screens.py`) |
| order | nobody is overtaken by somebody of the same queue and class (`book.py`) |
| press | what the hall does was asked for a moment ago, once (`presses.py`) |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import msgspec

from devices.announcer.messages import Announce
from display.board_view import BoardView
from simulators.torture.book import Book, Call, label_of
from simulators.torture.seen import CALL, Seen, Slip
from simulators.torture.world import World


class Promises:
    """Listens to all that is seen and written, and breaks the run at the first broken promise.

    `has_kept(machine, visit)`: whether this machine's node has kept that it issued the number by itself.
    `has_told(machine, visit)`: whether it has kept that it printed the slip.
    """

    def __init__(
        self,
        world: World,
        seen: Seen,
        book: Book,
        has_kept: Callable[[str, str], bool],
        has_told: Callable[[str, str], bool],
    ) -> None:
        self._world = world
        self._seen = seen
        self._book = book
        self._has_kept = has_kept
        self._has_told = has_told
        self._papers: dict[str, Slip] = {}
        self._torn: set[str] = set()  # numbers on pieces
        self._given: Counter[str] = Counter()  # papers by machine
        self._forgotten: set[str] = set()  # visits in records that a disk confirmed and lost
        self._happened: set[tuple[str, str]] = set()  # calls that a board showed: number and window
        self._shown: dict[str, int] = {}  # by window: the last call that its strip showed
        seen.on_slip.append(self._slip)
        seen.on_strip.append(self._strip)
        seen.on_board.append(self._board)
        seen.on_voice.append(self._voice)

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
            if (line.ticket, line.window) in self._happened:
                continue
            self._happened.add((line.ticket, line.window))
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
