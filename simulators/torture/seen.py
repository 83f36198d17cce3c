"""What anybody in the hall can see and hear: paper, strips, boards, voices, keypads, pads. Nothing else.

The observer's ledger: it is held against the hall's own books (`book.py`) by the promises (`promises.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from devices.announcer.messages import Announce
from display.board_view import BoardView
from simulators.evaluator.twin import EvaluatorTwin
from simulators.keypad.twin import KeypadTwin
from simulators.printer.model import Paper
from simulators.printer.twin import PrinterTwin
from simulators.strip.twin import StripTwin
from simulators.torture.world import World
from simulators.twin import Twin

NUMBER = re.compile(r"[A-Z]+\d+")
CALL = re.compile(r"请([A-Z]+\d+)号到(\d+)号窗口")
SERVING = re.compile(r"([A-Z]+\d+)号 正在办理")
STALE = re.compile(r"截至\d\d:\d\d|系统恢复中")
ISSUED = re.compile(r"取号时间\s*(\d{4})-(\d\d)-(\d\d)")
COPY = re.compile(r"补打|reprint|copy", re.IGNORECASE)


class Slip(NamedTuple):
    """A paper in somebody's hand. `visit` is its day of issue and its number, as the hall names visits."""

    at_s: float
    machine: str
    number: str
    visit: str
    is_copy: bool
    is_whole: bool  # else torn off in the middle


class Thanks(NamedTuple):
    """A pad thanked for the key with this value; `number` stood before it."""

    at_s: float
    window: str
    grade: int
    number: str


class Press(NamedTuple):
    """Keys pressed at a window or a ticket machine."""

    at_s: float
    place: str
    keys: str


@dataclass
class Seen:
    """The ledger. Who wants to hear of something at once is in the lists of the same name."""

    world: World
    slips: list[Slip] = field(default_factory=list)
    thanks: list[Thanks] = field(default_factory=list)
    graded: list[Thanks] = field(default_factory=list)  # every press of a pad's key
    presses: dict[str, list[Press]] = field(default_factory=dict)
    complaints: dict[str, list[float]] = field(default_factory=dict)  # when a keypad beeped
    strips: dict[str, str] = field(default_factory=dict)
    boards: dict[str, BoardView] = field(default_factory=dict)
    on_slip: list[Callable[[Slip], None]] = field(default_factory=list)
    on_strip: list[Callable[[str, str], None]] = field(default_factory=list)
    on_board: list[Callable[[str, BoardView], None]] = field(default_factory=list)
    on_voice: list[Callable[[str, Announce], None]] = field(default_factory=list)
    on_thanks: list[Callable[[Thanks], None]] = field(default_factory=list)

    # --- what happens ----------------------------------------------------------------------------------

    def paper(self, machine: str, paper: Paper) -> None:
        """A paper came out of a slot."""
        number = next((line for line in paper.text if NUMBER.fullmatch(line)), "")
        if not number:
            return  # what a broken-off ticket left behind
        is_copy = any(COPY.search(line) for line in paper.text)
        day = next(("".join(found.groups()) for line in paper.text if (found := ISSUED.search(line))), "")
        is_whole = paper.cut != "torn"
        slip = Slip(self.world.now_s, machine, number, f"{day}-{number}", is_copy, is_whole)
        self.slips.append(slip)
        how = "" if is_whole else "a piece of "
        self.world.tell((number, machine), "%s prints %s%s%s", machine, how, number, " again" * is_copy)
        for hear in self.on_slip:
            hear(slip)

    def strip(self, window: str, text: str) -> None:
        """A strip shows another text."""
        if self.strips.get(window) != text:
            self.strips[window] = text
            self.world.tell((window, *NUMBER.findall(text)), "strip %s shows %s", window, text)
            for hear in self.on_strip:
                hear(window, text)

    def board(self, board: str, view: BoardView) -> None:
        """A board shows another picture."""
        self.boards[board] = view
        self.world.note("board", board, msgspec.json.encode(view))
        for hear in self.on_board:
            hear(board, view)

    def voice(self, device: str, word: Announce) -> None:
        """A voice says something."""
        self.world.tell((word.label, word.ticket), "voice: %s to window %s", word.ticket, word.label)
        for hear in self.on_voice:
            hear(device, word)

    def pressed(self, place: str, keys: str) -> None:
        """Somebody presses keys."""
        self.presses.setdefault(place, []).append(Press(self.world.now_s, place, keys))
        self.world.tell((place,), "%s: somebody presses %s", place, keys)

    def complained(self, place: str) -> None:
        """A keypad beeps: it did not work."""
        self.complaints.setdefault(place, []).append(self.world.now_s)
        self.world.tell((place,), "%s: the keypad complains", place)

    def grade(self, window: str, grade: int, number: str) -> None:
        """A citizen presses a key of a pad."""
        self.graded.append(Thanks(self.world.now_s, window, grade, number))
        self.world.tell((window, number), "pad %s: the citizen of %s presses %d", window, number, grade)

    def thanked(self, window: str) -> None:
        """A pad says thank you: for the last key pressed there."""
        last = next(one for one in reversed(self.graded) if one.window == window)
        thanks = last._replace(at_s=self.world.now_s)
        self.thanks.append(thanks)
        self.world.tell((window, last.number), "pad %s thanks the citizen of %s", window, last.number)
        for hear in self.on_thanks:
            hear(thanks)


class Eyes:
    """Looks at the twins of the wires whenever they may have changed; tells `seen` and the people there."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._look: dict[Twin, Callable[[], None]] = {}

    def on_face(self, twin: Twin) -> None:
        """A twin may look different."""
        look = self._look.get(twin)
        if look is not None:
            look()

    def watch(self, twin: Twin, place: str, news: Callable[[], None]) -> None:
        """Look at `twin` from now on; `news()` when it shows something new."""
        look: Callable[[], bool]
        match twin:
            case StripTwin():
                look = self._strip(twin, place)
            case KeypadTwin():
                look = self._keypad(twin, place)
            case EvaluatorTwin():
                look = self._pad(twin, place)
            case PrinterTwin():
                look = self._printer(twin, place)
            case _:
                raise TypeError(f"nobody knows how to look at {twin.name}")
        self._look[twin] = lambda: news() if look() else None

    def _strip(self, twin: StripTwin, place: str) -> Callable[[], bool]:
        last: object = None

        def look() -> bool:
            nonlocal last
            if twin.segments is last:
                return False
            last = twin.segments
            self._seen.strip(place, twin.text)
            return True

        return look

    def _keypad(self, twin: KeypadTwin, place: str) -> Callable[[], bool]:
        last = ("", 0)

        def look() -> bool:
            nonlocal last
            now = (twin.model.shown, twin.model.beeps)
            if now[1] > last[1]:
                self._seen.complained(place)
            changed, last = now != last, now
            return changed

        return look

    def _pad(self, twin: EvaluatorTwin, place: str) -> Callable[[], bool]:
        last: tuple[object, int] = (None, 0)

        def look() -> bool:
            nonlocal last
            now = (twin.model.lamp, twin.model.thanked)
            if now == last:
                return False
            if now[1] > last[1]:
                self._seen.thanked(place)
            last = now
            return True

        return look

    def _printer(self, twin: PrinterTwin, place: str) -> Callable[[], bool]:
        known = 0

        def look() -> bool:
            nonlocal known
            new = twin.papers[known:]
            known += len(new)
            for paper in new:
                self._seen.paper(place, paper)
            return bool(new)

        return look
