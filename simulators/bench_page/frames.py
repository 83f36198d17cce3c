"""Bytes that crossed a line, as frames that a person can read: who, what, and with what.

`["keypad-3", "press", "6 confirm"]`. The words of the second place are WORDS; the page has them in its
languages. What is no frame of a device here is left to the bytes beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from simulators.device import Device
from simulators.evaluator import interface_ff68 as pad
from simulators.evaluator.twin import EvaluatorTwin
from simulators.keypad import interface_ff68 as keys
from simulators.keypad.twin import KeypadTwin
from simulators.printer.tokens import Token, Tokens
from simulators.printer.twin import PrinterTwin
from simulators.receivers import HeardA090, HeardFF68, ReceiverA090, ReceiverFF68
from simulators.strip import interface_a090 as strips
from simulators.strip.twin import StripTwin

WORDS: Final = (
    *("press", "echo", "digits", "beep", "grade", "ask", "thanks", "text", "rom", "ack"),
    *("ff68", "a090", "characters", "reset", "raster", "cut", "qr", "status_ask", "status"),
)
TEXT_MAX_CHARS: Final = 60
_ACK_MAX_BYTES: Final = 24
_QR_PRINT: Final = b"\x51"
_PRINTED: Final = {
    b"\x1b@": "reset",
    b"\x1dv": "raster",
    b"\x1dV": "cut",
    b"\x10\x04": "status_ask",
    b"\x1dr": "status_ask",
    b"\x1da": "status_ask",
}

Words = list[str]


class Reader:
    """Reads one port: `read(way, data)` gives the frames that are complete now. Never raises."""

    def __init__(self, devices: Iterable[Device]) -> None:
        self._devices = list(devices)
        self._printer = next((one.name for one in self._devices if isinstance(one, PrinterTwin)), "")
        self._ff68 = {way: ReceiverFF68() for way in "<>"}
        self._a090 = ReceiverA090()  # what strips say has no length: see `_acks`
        self._tokens = Tokens()

    def read(self, way: str, data: bytes, now_s: float) -> list[Words]:
        """`way`: "<" from the device, ">" to it."""
        if self._printer:
            return list(self._printed(data) if way == ">" else self._status(data))
        found = [self._of_ff68(way, heard) for heard in self._ff68[way].feed(data, now_s)]
        if way == "<":
            return [*found, *self._acks(data)]
        return [*found, *(self._of_a090(heard) for heard in self._a090.feed(data, now_s))]

    def _name(self, kind: type[Any], address: int) -> str:
        return next(
            (one.name for one in self._devices if isinstance(one, kind) and one.address == address), ""
        )

    def _of_ff68(self, way: str, heard: HeardFF68) -> Words:
        keypad, evaluator = self._name(KeypadTwin, heard.address), self._name(EvaluatorTwin, heard.address)
        if keypad:
            press = keys.press_in(heard)
            if press is not None:
                return [keypad, "press" if way == "<" else "echo", f"{press.digits} {press.key}".strip()]
            if heard.func == 0x02:
                return [keypad, "digits", keys.digits_in(heard)]
            if heard.func == 0x03:
                return [keypad, "beep", ""]
        if evaluator:
            if heard.func == 0x11 and heard.data:
                return [evaluator, "grade", str(heard.data[0])]
            if pad.is_start(heard, heard.address, None):
                return [evaluator, "ask", ""]
            grade = pad.acknowledged_in(heard, heard.address)
            if grade is not None:
                return [evaluator, "thanks", "" if grade == pad.NO_GRADE else str(grade)]
        return [keypad or evaluator or str(heard.address), "ff68", f"{heard.func:02X}"]

    def _of_a090(self, heard: HeardA090) -> Words:
        name = self._name(StripTwin, heard.address) or str(heard.address)
        if heard.command == strips.SHOW_TEXT:
            return [name, "text", "".join(piece.text for piece in strips.pieces_in(heard.data))]
        return (
            [name, "rom", ""] if heard.command == strips.SHOW_ROM else [name, "a090", f"{heard.command:02X}"]
        )

    def _acks(self, data: bytes) -> Iterator[Words]:
        """A strip's answer has no length: head, address, perhaps something, tail."""
        at = data.find(b"\xa0\x90")
        while 0 <= at < len(data) - 4:
            end = data.find(b"\xa5\xaa", at + 3, at + _ACK_MAX_BYTES)
            if end >= 0:
                yield [self._name(StripTwin, data[at + 2]) or str(data[at + 2]), "ack", ""]
            at = data.find(b"\xa0\x90", max(end, at + 2))

    def _printed(self, data: bytes) -> Iterator[Words]:
        for token in self._tokens.feed(data):
            told = self._of_token(token)
            if told is not None:
                yield told

    def _of_token(self, token: Token) -> Words | None:
        """None for line ends, and for commands that only say how the next characters look."""
        if token.name == b"":
            return [self._printer, "characters", token.data.decode("gb18030", "replace")[:TEXT_MAX_CHARS]]
        if token.name == b"\x1d(" and token.data[:1] == b"k" and token.data[4:5] == _QR_PRINT:
            return [self._printer, "qr", ""]
        said = _PRINTED.get(token.name)
        if said == "raster":
            return [self._printer, said, str(len(token.data))]
        return [self._printer, said, ""] if said else None

    def _status(self, data: bytes) -> Iterator[Words]:
        yield [self._printer, "status", data[:16].hex(" ").upper()]
