"""ESC/POS to the mechanics, and the mechanics' state to status bytes.

Status bits as the makers list them (docs/protocols.md 5.2):

    GS a       b1 = 10 | 08 offline | 20 cover        b2 = 04 recoverable | 08 cutter | 40 by itself
               b3 = 03 near its end | 0C out          b4 = 0
    DLE EOT 1  12 | 08 offline          DLE EOT 2  12 | 04 cover | 20 paper out | 40 error
    DLE EOT 3  12 | 04 recoverable | 08 cutter | 40 by itself         DLE EOT 4  12 | 0C near its end | 60 out
    GS r 1     03 near its end | 0C out
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from PIL import Image

from simulators.printer.head import LINE_DOTS, Cell, Head, Style, cells_wide
from simulators.printer.model import HEAD_TO_CUTTER_MM, PrinterModel
from simulators.printer.tokens import Token

_LEVELS = {0x30: "l", 0x31: "m", 0x32: "q", 0x33: "h"}
MOST_PENDING_BYTES = 4  # of one GB18030 character
UNKNOWN_MAX = 100
_STORE_RASTER, _PRINT_STORED = 112, (2, 50)  # functions of GS ( L and GS 8 L


def auto_status(model: PrinterModel) -> bytes:
    """The four bytes of automatic status."""
    first = 0x10 | 0x08 * model.stopped | 0x20 * model.cover_open
    third = 0x03 * model.paper_low | 0x0C * model.paper_out
    return bytes([first, _errors(model), third, 0])


def _errors(model: PrinterModel) -> int:
    return 0x08 * model.cutter_error | 0x40 * model.hot


def real_time_status(model: PrinterModel, which: int) -> bytes:
    """The answer to DLE EOT; nothing for a number that is not known."""
    error = model.cutter_error or model.hot
    bits = {
        1: 0x08 * model.stopped,
        2: 0x04 * model.cover_open | 0x20 * model.paper_out | 0x40 * error,
        3: _errors(model),
        4: 0x0C * model.paper_low | 0x60 * model.paper_out,
    }
    return bytes([0x12 | bits[which]]) if which in bits else b""


class _Symbol:
    """The QR symbol that GS ( k stores before it prints it."""

    def __init__(self) -> None:
        self.data = b""
        self.module = 3
        self.level = "l"

    def take(self, data: bytes) -> bool:
        """Parameters of GS (; True: print the symbol now. Other symbols than QR are passed over."""
        if data[:1] != b"k" or data[3:4] != b"\x31" or len(data) < 6:
            return False
        function, parameters = data[4], data[5:]
        if function == 0x43 and 1 <= parameters[0] <= 16:
            self.module = parameters[0]
        elif function == 0x45:
            self.level = _LEVELS.get(parameters[0], "l")
        elif function == 0x50:
            self.data = parameters[1:]
        return function == 0x51 and bool(self.data)


class Interpreter:
    """Carries tokens out, one after the other. `unknown` is what it skipped last.

    `auto_mask` is what GS a asked for; a make that does not know GS a keeps it 0. `boots_chinese`: FS & is in
    force from the start.
    """

    def __init__(
        self,
        model: PrinterModel,
        head: Head,
        say: Callable[[bytes], None],
        *,
        has_auto_status: bool = True,
        boots_chinese: bool = False,
    ) -> None:
        self.model = model
        self.head = head
        self.auto_mask = 0
        self._has_auto_status = has_auto_status
        self._boots_chinese = boots_chinese
        self.unknown: deque[bytes] = deque(maxlen=UNKNOWN_MAX)
        self._say = say
        self.start()

    def start(self) -> None:
        """The state after ESC @."""
        self._style = Style(kanji=self._boots_chinese)
        self._cells: list[Cell] = []
        self._used = 0  # dots across that they take
        self._pending = b""
        self._symbol = _Symbol()
        self._stored: Image.Image | None = None

    def do(self, token: Token) -> float:
        """Carry a token out; returns the seconds that takes."""
        if not token.known:
            self.unknown.append(token.name)
            return 0.0
        if not token.name:
            return self._characters(token.data)
        action = _ACTIONS.get(token.name)
        return action(self, token.data) if action is not None else 0.0

    # --- characters -----------------------------------------------------------------------------

    def _characters(self, data: bytes) -> float:
        seconds = 0.0
        for value in data:
            if value < 0x80 and not self._pending:
                seconds += self._add((chr(value), self._style))
                continue
            self._pending += bytes([value])
            char = self._decoded()
            if char:
                self._pending = b""
                seconds += self._add((char, self._style))
        return seconds

    def _decoded(self) -> str:
        """The character that the pending bytes are, or "" while more are needed."""
        if not self._style.kanji or self._pending[0] < 0x80:
            return self._pending.decode("cp437")
        try:
            return self._pending.decode("gb18030")
        except UnicodeDecodeError:
            return "?" if len(self._pending) >= MOST_PENDING_BYTES else ""

    def _add(self, cell: Cell) -> float:
        wide = cells_wide(cell)
        seconds = self._line() if self._cells and self._used + wide > self.head.width_dots else 0.0
        self._cells.append(cell)
        self._used += wide
        return seconds

    def _line(self, _: bytes = b"") -> float:
        text = "".join(char for char, _ in self._cells)
        strip = self.head.line(self._cells, self._style.align)
        self._cells, self._used, self._pending = [], 0, b""
        return self.model.put(strip, text)

    # --- commands -------------------------------------------------------------------------------

    def _init(self, _: bytes) -> float:
        self.start()
        return 0.0

    def _change(self, **changes: int | bool) -> float:
        self._pending = b""
        self._style = replace(self._style, **changes)  # type: ignore[arg-type]
        return 0.0

    def _align(self, data: bytes) -> float:
        return self._change(align=data[0] % 48 if data[0] % 48 < 3 else 0)

    def _size(self, data: bytes) -> float:
        return self._change(wide=(data[0] >> 4 & 7) + 1, high=(data[0] & 7) + 1)

    def _print_mode(self, data: bytes) -> float:
        wide, high = 1 + (data[0] >> 5 & 1), 1 + (data[0] >> 4 & 1)
        return self._change(wide=wide, high=high, bold=bool(data[0] & 8))

    def _feed(self, data: bytes) -> float:
        seconds = self._line() if self._cells else 0.0
        return seconds + self.model.blank(LINE_DOTS * data[0])

    def _feed_dots(self, data: bytes) -> float:
        seconds = self._line() if self._cells else 0.0
        return seconds + self.model.blank(data[0])

    def _cut(self, data: bytes) -> float:
        seconds = self._line() if self._cells else 0.0
        seconds += self.model.feed_mm(HEAD_TO_CUTTER_MM) if data[0] >= 0x41 else 0.0
        kind: Literal["partial", "full"] = "full" if data[0] in (0x00, 0x30, 0x41) else "partial"
        self.model.cut(kind)
        return seconds

    def _old_cut(self, _: bytes) -> float:
        self.model.cut("partial")
        return 0.0

    def _raster(self, data: bytes) -> float:
        width = data[2] | data[3] << 8 if len(data) >= 6 else 0
        if not width or data[:1] != b"0" or not data[6:]:
            return 0.0
        return self.model.put(self.head.raster(data[6:], width, data[1] & 3, self._style.align))

    def _function(self, data: bytes) -> float:
        if data[:1] == b"L":
            return self._graphics(data[3:])
        if not self._symbol.take(data):
            return 0.0
        payload = self._symbol.data.decode("utf-8", "replace")
        try:
            strip = self.head.symbol(payload, self._symbol.module, self._symbol.level, self._style.align)
        except ValueError:
            return 0.0  # no symbol holds so much: nothing is printed
        return self.model.put(strip, qr=payload)

    def _graphics(self, told: bytes) -> float:
        """A picture is stored (function 112: m fn a bx by c xL xH yL yH dots) and printed later (50)."""
        function = told[1] if len(told) > 1 else None
        if function == _STORE_RASTER and len(told) > 10:
            width_bytes, height = ((told[6] | told[7] << 8) + 7) // 8, told[8] | told[9] << 8
            twice = (told[3] == 2) | (told[4] == 2) << 1
            if width_bytes and height and len(told) == 10 + width_bytes * height:
                self._stored = self.head.raster(told[10:], width_bytes, twice, self._style.align)
        elif function in _PRINT_STORED and self._stored is not None:
            stored, self._stored = self._stored, None
            return self.model.put(stored)
        return 0.0

    def _auto(self, data: bytes) -> float:
        self.auto_mask = data[0] if self._has_auto_status else 0
        if self.auto_mask:
            self._say(auto_status(self.model))
        return 0.0

    def _paper_status(self, data: bytes) -> float:
        if data[0] in (1, 49):
            self._say(bytes([0x03 * self.model.paper_low | 0x0C * self.model.paper_out]))
        elif data[0] in (2, 50):
            self._say(b"\x00")
        return 0.0

    def _identity(self, data: bytes) -> float:
        self._say(b"_HALL TWIN\x00" if data[0] in (66, 67) else b"\x20")
        return 0.0


_ACTIONS: dict[bytes, Callable[[Interpreter, bytes], float]] = {
    b"\n": Interpreter._line,
    b"\x1b@": Interpreter._init,
    b"\x1ba": Interpreter._align,
    b"\x1bE": lambda self, data: self._change(bold=bool(data[0] & 1)),
    b"\x1b!": Interpreter._print_mode,
    b"\x1b-": lambda self, data: self._change(underline=bool(data[0] % 48)),
    b"\x1bd": Interpreter._feed,
    b"\x1bJ": Interpreter._feed_dots,
    b"\x1bi": Interpreter._old_cut,
    b"\x1bm": Interpreter._old_cut,
    b"\x1d!": Interpreter._size,
    b"\x1dB": lambda self, data: self._change(reverse=bool(data[0] & 1)),
    b"\x1dV": Interpreter._cut,
    b"\x1dv": Interpreter._raster,
    b"\x1d(": Interpreter._function,
    b"\x1d8": lambda self, data: self._graphics(data[5:]),
    b"\x1da": Interpreter._auto,
    b"\x1dr": Interpreter._paper_status,
    b"\x1dI": Interpreter._identity,
    b"\x1c&": lambda self, _: self._change(kanji=True),
    b"\x1c.": lambda self, _: self._change(kanji=False),
}
