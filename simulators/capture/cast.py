"""Who speaks in a capture, and what each must be made to do so that it says the same again.

Read with the twins' own eyes. A keypad's frame in a capture means that somebody pressed; that it is repeated
until it is echoed is the keypad's own doing. What a host shows is what it was told to show.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from simulators.capture.dialects import dialect_of
from simulators.capture.format import Record
from simulators.evaluator import interface_ff68 as pad
from simulators.keypad import interface_ff68 as keys
from simulators.receivers import HeardA090, HeardFF68, ReceiverA090, ReceiverFF68
from simulators.strip import interface_a090 as strip

Kind = Literal["keypad", "evaluator", "strip", "printer"]
What = Literal["press", "grade", "echo", "digits", "beep", "start", "thank", "text", "rom"]

Place = tuple[int, int]  # line, byte in it

_STRIP_ACK: Final = re.compile(rb"\xa0\x90(.).{0,8}?\xa5\xaa", re.DOTALL)
_GRADE_FUNC: Final = 0x11


class Part(NamedTuple):
    """A device of the capture; `address` is 0 for a printer."""

    kind: Kind
    address: int

    @property
    def name(self) -> str:
        """What to call it: `keypad-3`, `printer`."""
        return self.kind if self.kind == "printer" else f"{self.kind}-{self.address}"


class Cue(NamedTuple):
    """A frame for which `part` must press, or its host be told, `value`.

    It begins with byte `at` of the record at `line`.
    """

    line: int
    at: int
    part: Part
    what: What
    value: Any = None


@dataclass
class Cast:
    """All parts and cues, in order.

    `short_acks`: evaluators that are acknowledged without a grade. `answering`: strips that acknowledge.
    """

    parts: list[Part] = field(default_factory=list)
    cues: list[Cue] = field(default_factory=list)
    short_acks: set[int] = field(default_factory=set)
    answering: set[int] = field(default_factory=set)

    def staged(self, records: Iterable[Record]) -> list[tuple[Record, list[Cue]]]:
        """The records, cut where a frame with a cue begins; each with the cues to give before it."""
        cues: dict[tuple[int, int], list[Cue]] = {}
        for cue in self.cues:
            cues.setdefault((cue.line, cue.at), []).append(cue)
        staged: list[tuple[Record, list[Cue]]] = []
        for record in records:
            cuts = sorted({0, *(at for line, at in cues if line == record.line)})
            for start, end in zip(cuts, [*cuts[1:], len(record.data)], strict=True):
                piece = record._replace(data=record.data[start:end], wait_s=None if start else record.wait_s)
                staged.append((piece, cues.get((record.line, start), [])))
        return staged


def cast_of(records: Iterable[Record]) -> Cast:
    """Read a whole capture."""
    scan = _Scan()
    for record in records:
        if record.way != "!":
            for at, byte in enumerate(record.data):
                scan.byte(record.way, byte, (record.line, at))
    return scan.end()


class _Way:
    """What is heard of one side."""

    def __init__(self) -> None:
        self.ff68 = ReceiverFF68()
        self.a090 = ReceiverA090()
        self.data = bytearray()
        self.begin: Place | None = None  # of the frame that is coming in


class _Scan:
    def __init__(self) -> None:
        self._cast = Cast()
        self._ways = {"<": _Way(), ">": _Way()}
        self._pressed: dict[int, HeardFF68] = {}  # by address: what waits for its echo
        self._graded: set[int] = set()  # addresses that wait for their acknowledgement

    def byte(self, way: str, byte: int, place: Place) -> None:
        side = self._ways[way]
        side.data.append(byte)
        begin = side.begin = side.begin or place
        one = bytes([byte])
        heard, shown = side.ff68.feed(one, 0.0), side.a090.feed(one, 0.0)
        for frame in heard:
            (self._from_device if way == "<" else self._from_host)(frame, begin)
        for text in shown:
            self._a090(text, begin)
        if heard or shown or (way == "<" and side.data.endswith(b"\xa5\xaa")):
            side.begin = None

    def end(self) -> Cast:
        for found in _STRIP_ACK.finditer(bytes(self._ways["<"].data)):
            self._part("strip", found[1][0])
            self._cast.answering.add(found[1][0])
        if not self._cast.parts and dialect_of(bytes(self._ways[">"].data), ">") == "escpos":
            self._part("printer", 0)
        return self._cast

    def _part(self, kind: Kind, address: int) -> Part:
        part = Part(kind, address)
        if part not in self._cast.parts:
            self._cast.parts.append(part)
        return part

    def _cue(self, begin: Place, part: Part, what: What, value: Any = None) -> None:
        self._cast.cues.append(Cue(*begin, part, what, value))

    def _from_device(self, heard: HeardFF68, begin: Place) -> None:
        if heard.func == _GRADE_FUNC and heard.data:
            part = self._part("evaluator", heard.address)
            if heard.address not in self._graded:
                self._cue(begin, part, "grade", heard.data[0])
            self._graded.add(heard.address)
        elif (press := keys.press_in(heard)) is not None:
            part = self._part("keypad", heard.address)
            if self._pressed.get(heard.address) != heard:
                self._cue(begin, part, "press", f"{press.digits} {press.key}".strip())
            self._pressed[heard.address] = heard

    def _from_host(self, heard: HeardFF68, begin: Place) -> None:
        if self._pressed.get(heard.address) == heard:
            del self._pressed[heard.address]
            self._cue(begin, Part("keypad", heard.address), "echo")
        elif heard.func == 0x02:
            self._cue(begin, self._part("keypad", heard.address), "digits", keys.digits_in(heard))
        elif heard.func == 0x03:
            self._cue(begin, self._part("keypad", heard.address), "beep")
        elif heard.address in self._graded and pad.acknowledged_in(heard, heard.address) is not None:
            self._graded.discard(heard.address)
            if not heard.data:
                self._cast.short_acks.add(heard.address)
            self._cue(begin, Part("evaluator", heard.address), "thank")
        elif pad.is_start(heard, heard.address, None):
            self._cue(begin, self._part("evaluator", heard.address), "start")

    def _a090(self, heard: HeardA090, begin: Place) -> None:
        if heard.command == strip.SHOW_TEXT:
            self._cue(begin, self._part("strip", heard.address), "text", strip.pieces_in(heard.data))
        elif heard.command == strip.SHOW_ROM:
            self._cue(begin, self._part("strip", heard.address), "rom")
