"""ESC/POS: the commands we send and the answers we understand. Sans-I/O.

Commands (docs/protocols.md 5.1; Epson's names; n, m, x, y one byte, little-endian pairs):

    ESC @      1B 40                          start state, FS . and size 1x1
    ESC a n    1B 61 n                        align: 0 left, 1 centre, 2 right
    ESC E n    1B 45 n                        bold 0/1
    GS !  n    1D 21 (w-1)<<4|(h-1)           size 1..8 times
    FS & FS .  1C 26 / 1C 2E                  Chinese on / off; between them GB2312, GBK or GB18030 bytes
    GS v 0     1D 76 30 00 xL xH yL yH data   raster: x bytes wide, y dots high, 1 = black, bit 7 leftmost
    GS ( k     1D 28 6B pL pH 31 fn ...       QR: 41 model, 43 module, 45 level, 50 data, 51 print
    ESC d n    1B 64 n                        feed n lines
    GS V m n   1D 56 41/42 n                  feed to the cutter and cut fully / partly
    DLE EOT n  10 04 n                        status now, also while offline; only where a command may start
    DLE ENQ 2  10 05 02                       recover from a recoverable error, forgetting the buffer
    GS a n     1D 61 n                        automatic status: sent at once and at each change
    GS r 1     1D 72 01                       paper status, answered when all before it is worked off

Answers share one stream and are told apart by fixed bits (docs/protocols.md 5.2):

    first byte      bits 7..0    what
    11 / 13                      XON / XOFF
    0xx1xx00        1 + 3 more   automatic status; bytes 2 to 4 have bits 7 and 4 clear
    0xx1xx10        1            answer to DLE EOT
    0000pppp        1            answer to GS r 1: 00 paper, 03 near its end, 0C or 0F out
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

INIT = b"\x1b@"
CHINESE_ON = b"\x1c&"
CHINESE_OFF = b"\x1c."
LINE_FEED = b"\n"
RECOVER = b"\x10\x05\x02"
PAPER_REQUEST = b"\x1dr\x01"
AUTO_STATUS_ON = b"\x1da\x0e"  # 02 online/offline, 04 errors, 08 paper; drawer and panel key are not ours

_ALIGN = {"left": 0, "center": 1, "right": 2}
_LEVEL = {"L": 0x30, "M": 0x31, "Q": 0x32, "H": 0x33}
MOST_TIMES = 8  # GS ! holds three bits a direction
MOST_BAND_ROWS = 48  # a torn raster command eats as many bytes of what follows as it lacks: keep each small
QR_MOST_BYTES = 2953  # version 40, level L, bytes


def align(where: Literal["left", "center", "right"]) -> bytes:
    """ESC a."""
    return b"\x1ba" + bytes([_ALIGN[where]])


def bold(on: bool) -> bytes:
    """ESC E."""
    return b"\x1bE" + bytes([on])


def size(width: int, height: int) -> bytes:
    """GS !, 1 to 8 times each way. Raises ValueError beyond."""
    if not (1 <= width <= MOST_TIMES and 1 <= height <= MOST_TIMES):
        raise ValueError(f"character size {width}x{height} is not within 1..{MOST_TIMES}")
    return b"\x1d!" + bytes([(width - 1) << 4 | (height - 1)])


def raster(width_bytes: int, packed: bytes) -> list[bytes]:
    """GS v 0 in bands of at most 48 rows, a command each. `packed`: whole rows, 1 = black.

    Raises ValueError when `packed` is no whole number of rows.
    """
    if width_bytes < 1 or len(packed) % width_bytes:
        raise ValueError(f"{len(packed)} bytes are no rows of {width_bytes}")
    step = width_bytes * MOST_BAND_ROWS
    bands = [packed[start : start + step] for start in range(0, len(packed), step)]
    return [
        b"\x1dv0\x00" + width_bytes.to_bytes(2, "little") + (len(b) // width_bytes).to_bytes(2, "little") + b
        for b in bands
    ]


def qr(payload: bytes, module_dots: int, level: Literal["L", "M", "Q", "H"] = "M") -> bytes:
    """The five GS ( k commands that store and print a model 2 symbol. Raises ValueError for bad sizes."""
    if not 1 <= len(payload) <= QR_MOST_BYTES or not 1 <= module_dots <= 16:
        raise ValueError(f"QR of {len(payload)} bytes with {module_dots} dots a module")
    return b"".join(
        (
            _qr_function(0x41, b"\x32\x00"),
            _qr_function(0x43, bytes([module_dots])),
            _qr_function(0x45, bytes([_LEVEL[level]])),
            _qr_function(0x50, b"\x30" + payload),
            _qr_function(0x51, b"\x30"),
        )
    )


def _qr_function(function: int, parameters: bytes) -> bytes:
    body = bytes([0x31, function]) + parameters
    return b"\x1d(k" + len(body).to_bytes(2, "little") + body


def feed(lines: int) -> bytes:
    """ESC d, 0 to 255 lines. Raises ValueError beyond."""
    return b"\x1bd" + bytes([lines])


def cut(kind: Literal["partial", "full"]) -> bytes:
    """GS V 65/66: feed to the cutter, then cut."""
    return b"\x1dV" + (b"B" if kind == "partial" else b"A") + b"\x00"


def status_request(which: int) -> bytes:
    """DLE EOT 1 printer, 2 offline cause, 3 error cause, 4 paper. Raises ValueError for others."""
    if not 1 <= which <= 4:
        raise ValueError(f"DLE EOT {which}")
    return b"\x10\x04" + bytes([which])


class AutoStatus(Struct, frozen=True):
    """The four bytes of an automatic status."""

    raw: bytes


class StatusAnswer(Struct, frozen=True):
    """One byte in answer to the last DLE EOT; which of the four is for the asker to know."""

    value: int


class PaperAnswer(Struct, frozen=True):
    """One byte in answer to GS r 1."""

    value: int


class Flow(Struct, frozen=True):
    """XON (`go` True) or XOFF."""

    go: bool


Answer: TypeAlias = AutoStatus | StatusAnswer | PaperAnswer | Flow

_GROUP_BYTES = 4
_FLOW = {0x11: Flow(True), 0x13: Flow(False)}
_PAPER_ANSWERS = frozenset((0x00, 0x03, 0x0C, 0x0F))


class Decoder:
    """Bytes of a printer to answers. Holds at most three bytes; raises nothing.

    `rubbish` counts the bytes that belonged to no answer.
    """

    def __init__(self) -> None:
        self.rubbish = 0
        self._group = b""

    def feed(self, data: bytes) -> list[Answer]:
        """All answers that `data` completes, in order."""
        found = (self._byte(value) for value in data)
        return [answer for answer in found if answer is not None]

    def quiet(self) -> None:
        """The line was silent for longer than a byte takes: a begun group will not be completed."""
        self.rubbish += len(self._group)
        self._group = b""

    def _byte(self, value: int) -> Answer | None:
        if value in _FLOW:
            return _FLOW[value]
        if self._group and not value & 0x90:
            return self._more(value)
        self.quiet()
        return self._first(value)

    def _more(self, value: int) -> Answer | None:
        self._group += bytes([value])
        if len(self._group) < _GROUP_BYTES:
            return None
        raw, self._group = self._group, b""
        return AutoStatus(raw)

    def _first(self, value: int) -> Answer | None:
        if value & 0x93 == 0x10:
            self._group = bytes([value])
            return None
        if value & 0x93 == 0x12:
            return StatusAnswer(value)
        if value in _PAPER_ANSWERS:
            return PaperAnswer(value)
        self.rubbish += 1
        return None
