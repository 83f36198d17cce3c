"""The print head: characters, symbols and rasters as strips of dots.

A character is 12 x 24 dots, a Chinese one 24 x 24, each up to eight times as wide and high.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import segno
from PIL import Image, ImageDraw, ImageFont

CELL_W, CELL_H = 12, 24
LINE_DOTS = 30
_MARGIN_MODULES = 4
_BASELINE, _CAPITAL = 19, 16  # dots from the cell's top to the line that letters stand on, and their height
_STROKE_DOTS, _BOLD_DOTS = 1.9, 2.5  # across an upright stroke
_FINE = 8  # letters are drawn so many times larger, then narrowed and made dots


@dataclass(frozen=True)
class Style:
    """How characters are printed. `align`: 0 left, 1 centre, 2 right."""

    align: int = 0
    wide: int = 1
    high: int = 1
    bold: bool = False
    reverse: bool = False
    underline: bool = False
    kanji: bool = False


Cell = tuple[str, Style]


def cells_wide(cell: Cell) -> int:
    """Dots that a character takes across."""
    char, style = cell
    return CELL_W * style.wide * (2 if _is_double(char, style) else 1)


def _is_double(char: str, style: Style) -> bool:
    """Chinese; a character of a code page takes as much room as a letter."""
    return style.kanji and not char.isascii()


class Head:
    """Draws for paper `width_dots` wide, with the font file at `font`; without one, characters stay boxes."""

    def __init__(self, width_dots: int, font: str | Path | None = None) -> None:
        self.width_dots = width_dots
        self._font = str(font) if font is not None else None

    def line(self, cells: list[Cell], align: int) -> Image.Image:
        """One line of characters."""
        high = max((style.high for _, style in cells), default=1)
        strip = Image.new("1", (self.width_dots, max(LINE_DOTS, CELL_H * high + 6)), 1)
        x = self._left(sum(map(cells_wide, cells)), align)
        for cell in cells:
            glyph = self._glyph(*cell)
            strip.paste(glyph, (x, CELL_H * high - glyph.height + 3))
            x += glyph.width
        return strip

    def symbol(self, payload: str, module_dots: int, level: str, align: int) -> Image.Image:
        """A QR symbol. Raises ValueError for a payload that no symbol of this level holds."""
        rows = list(segno.make(payload, error=level, micro=False, boost_error=False).matrix)
        side = len(rows) + 2 * _MARGIN_MODULES
        small = Image.new("1", (side, side), 1)
        for y, row in enumerate(rows):
            for x, dark in enumerate(row):
                small.putpixel((x + _MARGIN_MODULES, y + _MARGIN_MODULES), 0 if dark else 1)
        return self._placed(small.resize((side * module_dots,) * 2, Image.Resampling.NEAREST), align)

    def raster(self, data: bytes, width_bytes: int, mode: int, align: int) -> Image.Image:
        """Rows of dots, 1 = black; `mode` bit 0 doubles the width, bit 1 the height."""
        height = len(data) // width_bytes
        image = Image.frombytes("1", (width_bytes * 8, height), bytes(value ^ 0xFF for value in data))
        size = (image.width << (mode & 1), image.height << (mode >> 1 & 1))
        return self._placed(image.resize(size, Image.Resampling.NEAREST), align)

    def _placed(self, image: Image.Image, align: int) -> Image.Image:
        strip = Image.new("1", (self.width_dots, image.height), 1)
        strip.paste(image, (self._left(image.width, align), 0))
        return strip

    def _left(self, width: int, align: int) -> int:
        return max((self.width_dots - width) * align // 2, 0)

    def _glyph(self, char: str, style: Style) -> Image.Image:
        double = _is_double(char, style)
        return _drawn(char, self._font, double, style.wide, style.high, style.bold, style.reverse)


@lru_cache(maxsize=2048)
def _drawn(
    char: str, font: str | None, double: bool, wide: int, high: int, bold: bool, reverse: bool
) -> Image.Image:
    if font is None:
        ink = _boxed(2 * CELL_W if double else CELL_W)
    else:
        ink = _chinese(char, font) if double else _latin(char, font, bold)
    lightest = (170 if bold else 130) if double else 150
    dots = ink.point(lambda value: 255 if (value < lightest) == reverse else 0).convert("1")
    return dots.resize((ink.width * wide, CELL_H * high), Image.Resampling.NEAREST)


def _boxed(width: int) -> Image.Image:
    ink = Image.new("L", (width, CELL_H), 255)
    ImageDraw.Draw(ink).rectangle((2, 4, width - 3, CELL_H - 4), outline=0)
    return ink


def _chinese(char: str, font: str) -> Image.Image:
    ink = Image.new("L", (2 * CELL_W, CELL_H), 255)
    ImageDraw.Draw(ink).text((CELL_W, CELL_H * 0.87), char, font=_face(font, 23), fill=0, anchor="ms")
    return ink


def _latin(char: str, font: str, bold: bool) -> Image.Image:
    """All letters stand on one line and have one height; what is too wide for its cell is narrowed alone.

    Narrowing would thin the upright strokes, so those are drawn broader by as much.
    """
    face, stroke = _latin_face(font)
    room = max(round(face.getlength(char)), _inked(face, char)[0] + 2 * _FINE, CELL_W * _FINE)
    ink = Image.new("L", (room, CELL_H * _FINE), 255)
    wanted = (_BOLD_DOTS if bold else _STROKE_DOTS) * room / CELL_W
    broader = max(round(wanted - stroke), 0)
    for x in range(broader + 1):
        at = (room / 2 + x - broader / 2, _BASELINE * _FINE)
        ImageDraw.Draw(ink).text(at, char, font=face, fill=0, anchor="ms")
    return ink.resize((CELL_W, CELL_H), Image.Resampling.BOX)


@lru_cache(maxsize=2)
def _latin_face(font: str) -> tuple[ImageFont.FreeTypeFont, int]:
    """The face whose capitals are `_CAPITAL` dots high, in fine dots, and how broad its I is."""
    _, capital = _inked(_face(font, 1000), "H")
    face = _face(font, round(1000 * _CAPITAL * _FINE / capital))
    stroke, _ = _inked(face, "I")
    return face, stroke


@lru_cache(maxsize=6)
def _face(font: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font, size)


def _inked(face: ImageFont.FreeTypeFont, char: str) -> tuple[int, int]:
    """Width and height of what is black of a character, blank rims left out."""
    left, top, right, bottom = face.getmask(char).getbbox() or (0, 0, 0, 0)
    return right - left, bottom - top
