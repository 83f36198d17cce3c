"""A ticket as a picture: rows from top to bottom, as wide as the paper, black on white.

The rows are plain data, so that a printer that draws its own characters can use them as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal, TypeAlias

from msgspec import Struct
from PIL import Image, ImageDraw

from display import qr
from display.fonts import drawable, load_bold_font, load_text_font
from display.text import Weight, width_px
from display.ticket_wrap import balance, shorten, wrap

Size: TypeAlias = Literal["small", "body", "title", "number"]


class Words(Struct, frozen=True, tag="words"):
    """Centred text, broken into at most `most_lines` lines. `marked`: white on black."""

    text: str
    size: Size = "body"
    most_lines: int = 2
    marked: bool = False


class Pair(Struct, frozen=True, tag="pair"):
    """A label at the left edge and its value at the right one."""

    label: str
    value: str


class Rule(Struct, frozen=True, tag="rule"):
    """A dashed line across."""


class Code(Struct, frozen=True, tag="code"):
    """A QR symbol with modules of at most `most_dots` dots; left out when it cannot fit."""

    payload: str
    most_dots: int = 6


Row: TypeAlias = Words | Pair | Rule | Code

# Sizes in dots at 203 dots an inch (8 dots a millimetre), by width of the paper. 20 dots are 2.5 mm: the
# smallest Chinese that is read without glasses.
_SIZES: dict[int, dict[Size, int]] = {
    576: {"small": 22, "body": 28, "title": 40, "number": 150},
    384: {"small": 20, "body": 24, "title": 32, "number": 110},
}
_MARGIN = 8
# From line to line, in em. A number is digits and capitals: nothing hangs below its baseline.
_LEADING: dict[Size, float] = {"small": 1.3, "body": 1.3, "title": 1.3, "number": 1.05}
_BASELINE = 0.88  # from the top of a line's em box to its baseline; ideographs hang 0.12 em below it
_GAP_BELOW: dict[Size, int] = {"small": 2, "body": 4, "title": 6, "number": 4}
_RULE_HEIGHT = 22
_PAIR_LINES = 3
_BLACK_BELOW = 150  # of 255: a little darker than half, since thin strokes fade on thermal paper
_MOST_HEIGHT = 4000  # half a metre of paper: no ticket is longer, whatever its texts


def draw(rows: Sequence[Row], width_dots: int) -> Image.Image:
    """The picture of `rows`, mode "1" (0 = black), `width_dots` (384 or 576) wide and as high as they need.

    Raises KeyError for another width. Never fails for a text: what a face lacks is drawn as "□", what is too
    long ends in "…".
    """
    canvas = _Canvas(width_dots)
    for row in rows:
        _draw_row(canvas, row)
    return canvas.cut()


def pack(image: Image.Image) -> bytes:
    """An image of mode "1" as rows of bits, bit 7 leftmost, 1 = black; a row fills whole bytes with white."""
    stride = (image.width + 7) // 8
    padded = Image.new("1", (stride * 8, image.height), 1)
    padded.paste(image, (0, 0))
    return bytes(value ^ 0xFF for value in padded.tobytes())


class _Canvas:
    """Paper that is long enough, and how far it is used."""

    def __init__(self, width: int) -> None:
        self.sizes = _SIZES[width]
        self.width = width
        self.room = width - 2 * _MARGIN
        self.y = _MARGIN
        self.image = Image.new("L", (width, _MOST_HEIGHT), 255)
        self.pen = ImageDraw.Draw(self.image)

    def line(self, text: str, size: Size, x: float, ink: int = 0) -> None:
        """One line of text with its left end at `x`; the paper moves on."""
        px = self.sizes[size]
        self.text_at(text, size, x, ink)
        self.y += round(px * _LEADING[size])

    def text_at(self, text: str, size: Size, x: float, ink: int = 0) -> None:
        px = self.sizes[size]
        load = load_bold_font if _weight(text, size) == "bold" else load_text_font
        top = self.y + (_LEADING[size] - 1) / 2 * px
        self.pen.text((round(x), round(top + _BASELINE * px)), text, font=load(px), fill=ink, anchor="ls")

    def measure(self, text: str, size: Size) -> float:
        return width_px(text, self.sizes[size], _weight(text, size))

    def cut(self) -> Image.Image:
        bottom = min(self.y + _MARGIN, _MOST_HEIGHT)
        used = self.image.crop((0, 0, self.width, bottom))
        return used.point(lambda value: 0 if value < _BLACK_BELOW else 255).convert("1")


def _weight(text: str, size: Size) -> Weight:
    return "bold" if size == "number" and text.isascii() else "regular"


def _words(canvas: _Canvas, row: Words) -> None:
    size = _fitting(canvas, row)
    text = drawable(row.text)
    for line in balance(text, canvas.room, row.most_lines, partial(canvas.measure, size=size)):
        x = (canvas.width - canvas.measure(line, size)) / 2
        if row.marked:
            _bar(canvas, size, x, canvas.measure(line, size))
        canvas.line(line, size, x, ink=255 if row.marked else 0)
    canvas.y += _GAP_BELOW[size]


def _fitting(canvas: _Canvas, row: Words) -> Size:
    """A title of more than two lines is set as body: long names stay whole more often."""
    if row.size != "title":
        return row.size
    measure = partial(canvas.measure, size="title")
    return "title" if len(wrap(row.text, canvas.room, 3, measure)) <= 2 else "body"


def _bar(canvas: _Canvas, size: Size, x: float, width: float) -> None:
    px = canvas.sizes[size]
    top = canvas.y + round(0.02 * px)
    bottom = canvas.y + round(px * (_LEADING[size] - 0.02))
    canvas.pen.rounded_rectangle((x - px / 2, top, x + width + px / 2, bottom), radius=px // 4, fill=0)


def _pair(canvas: _Canvas, row: Pair) -> None:
    measure = partial(canvas.measure, size="body")
    label = shorten(drawable(row.label), canvas.room, measure)
    beside = canvas.room - measure(label + "  ")
    value = drawable(row.value)
    lines = [value] if measure(value) <= beside else wrap(value, canvas.room, _PAIR_LINES, measure)
    canvas.text_at(label, "body", _MARGIN)
    if len(lines) > 1 or measure(lines[0]) > beside:
        canvas.line("", "body", 0)
    for line in lines:
        canvas.line(line, "body", canvas.width - _MARGIN - measure(line))


def _rule(canvas: _Canvas) -> None:
    y = canvas.y + _RULE_HEIGHT // 2
    for x in range(_MARGIN, canvas.width - _MARGIN, 12):
        canvas.pen.line((x, y, min(x + 6, canvas.width - _MARGIN), y), fill=0, width=2)
    canvas.y += _RULE_HEIGHT


def _code(canvas: _Canvas, row: Code) -> None:
    dots = qr.module_dots(row.payload, canvas.width, row.most_dots)
    if dots:
        symbol = qr.picture(row.payload, dots)
        canvas.image.paste(symbol.convert("L"), ((canvas.width - symbol.width) // 2, canvas.y))
        canvas.y += symbol.height


def _draw_row(canvas: _Canvas, row: Row) -> None:
    if isinstance(row, Words):
        _words(canvas, row)
    elif isinstance(row, Pair):
        _pair(canvas, row)
    elif isinstance(row, Code):
        _code(canvas, row)
    else:
        _rule(canvas)
