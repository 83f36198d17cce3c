"""The picture on a window's LED strip: coloured text on a black panel of, say, 256 x 32 dots.

Rules
1. The text stands on one line at the largest whole multiple of 16 dots that fits the panel.
2. What does not fit so is set 16 dots high on as many lines as the panel holds, and ends in "…".
3. Dots are palette indices: 1 red, 2 green, 3 yellow. Their bits are the two lamps of a dot, so
   `pack_bits(image, "red")` is what the red shift registers of a two-colour panel want.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Literal, TypeAlias

from msgspec import Struct
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from display.fonts import BITMAP_HEIGHT_PX, BitmapFont, load_bitmap_font

LampColour: TypeAlias = Literal["red", "green", "yellow"]
Align: TypeAlias = Literal["left", "centre"]

INDEX: dict[LampColour, int] = {"red": 1, "green": 2, "yellow": 3}
PALETTE = (0, 0, 0, 255, 60, 38, 70, 235, 90, 255, 196, 0)
MAX_WIDTH_PX, MAX_HEIGHT_PX = 4096, 256  # longer than any strip sold; bounds a slip in the settings
ELLIPSIS = "…"
# For each palette index whether the dot counts as lit, by the bits of rule 3.
_LIT = {
    lamp: [255 if index & bits else 0 for index in range(256)]
    for lamp, bits in (("any", 3), ("red", 1), ("green", 2))
}
_NOT_FIRST = frozenset("，。、；：！？）》」』”’％,.;:!?)%")  # never at the start of a line
_UNLIT = (30, 30, 33)
_PANEL = (10, 10, 12)


class Segment(Struct, frozen=True):
    """A run of text in one colour."""

    text: str
    colour: LampColour = "red"


def draw_strip(
    segments: Sequence[Segment], width_px: int, height_px: int, align: Align = "centre"
) -> Image.Image:
    """The picture of `segments`: mode "P", `width_px` x `height_px`, indices 0 (dark) to 3.

    Raises ValueError for a panel lower than 16 dots, narrower than 8, or beyond 4096 x 256.
    """
    if not (8 <= width_px <= MAX_WIDTH_PX and BITMAP_HEIGHT_PX <= height_px <= MAX_HEIGHT_PX):
        raise ValueError(f"a strip of {width_px} x {height_px} dots: 8 x 16 to 4096 x 256 are possible")
    font = load_bitmap_font()
    whole = sum(font.width_px(segment.text) for segment in segments)
    scale = max(1, min(height_px // BITMAP_HEIGHT_PX, width_px // whole if whole else 1))
    if whole * scale <= width_px:
        return _panel(_line(font, segments, whole, scale), width_px, height_px, align)
    lines = _wrap(font, segments, width_px, height_px // BITMAP_HEIGHT_PX)
    return _panel_of_lines(font, lines, width_px, height_px, align)


def pack_bits(image: Image.Image, lamp: Literal["any", "red", "green"] = "any") -> bytes:
    """One bit a dot, row by row from the top, the leftmost dot in the highest bit, rows padded to bytes.

    `lamp` picks the dots that are lit at all, or those whose red or green lamp is on.
    """
    return image.point(_LIT[lamp], "1").tobytes()


def led_look(image: Image.Image, scale: int = 8) -> Image.Image:
    """A photograph-like RGB picture of the panel, `scale` (4 to 32) pixels a dot: round lamps that glow.

    Raises ValueError for a scale out of range.
    """
    if not 4 <= scale <= 32:
        raise ValueError(f"scale {scale} is not between 4 and 32")
    size = (image.width * scale, image.height * scale)
    lit = image.convert("RGB").resize(size, Image.Resampling.NEAREST)
    dots = _dots(image.width, image.height, scale)
    base = Image.composite(Image.new("RGB", size, _UNLIT), Image.new("RGB", size, _PANEL), dots)
    lamps = ImageChops.multiply(lit, Image.merge("RGB", (dots, dots, dots)))
    glow = lamps.filter(ImageFilter.GaussianBlur(scale * 0.55))
    return ImageChops.add(
        ImageChops.lighter(base, lamps), glow.point([value // 2 for value in range(256)] * 3)
    )


def _line(font: BitmapFont, segments: Iterable[Segment], whole_px: int, scale: int) -> Image.Image:
    """All segments side by side, exactly as wide as they are."""
    line = Image.new("P", (max(whole_px, 1), BITMAP_HEIGHT_PX))
    x = 0
    for segment in segments:
        x = font.draw(line, x, 0, segment.text, INDEX[segment.colour])
    if scale == 1:
        return line
    return line.resize((line.width * scale, line.height * scale), Image.Resampling.NEAREST)


def _panel(line: Image.Image, width_px: int, height_px: int, align: Align) -> Image.Image:
    panel = _dark(width_px, height_px)
    x = (width_px - line.width) // 2 if align == "centre" else 0
    panel.paste(line, (x, (height_px - line.height) // 2))
    return panel


def _panel_of_lines(
    font: BitmapFont, lines: list[list[Segment]], width_px: int, height_px: int, align: Align
) -> Image.Image:
    panel = _dark(width_px, height_px)
    top = (height_px - len(lines) * BITMAP_HEIGHT_PX) // 2
    for row, segments in enumerate(lines):
        wide = sum(font.width_px(segment.text) for segment in segments)
        x = (width_px - wide) // 2 if align == "centre" else 0
        panel.paste(_line(font, segments, wide, 1), (x, top + row * BITMAP_HEIGHT_PX))
    return panel


def _dark(width_px: int, height_px: int) -> Image.Image:
    panel = Image.new("P", (width_px, height_px))
    panel.putpalette(PALETTE)
    return panel


def _wrap(font: BitmapFont, segments: Iterable[Segment], width_px: int, most: int) -> list[list[Segment]]:
    """Break anywhere, as Chinese is broken; what is left after `most` lines becomes "…"."""
    lines: list[list[Segment]] = [[]]
    room = width_px
    for char, colour in _characters(segments):
        wide = font.width_px(char)
        if wide > room:
            if len(lines) == most:
                _end_with_ellipsis(font, lines[-1], room, colour)
                break
            lines.append(_carried(lines[-1], char))
            room = width_px - sum(font.width_px(segment.text) for segment in lines[-1])
        lines[-1].append(Segment(char, colour))
        room -= wide
    return lines


def _carried(line: list[Segment], following: str) -> list[Segment]:
    """What the next line begins with: the last character of `line`, where `following` may not come first."""
    return [line.pop()] if following in _NOT_FIRST and len(line) > 1 else []


def _end_with_ellipsis(font: BitmapFont, line: list[Segment], room: int, colour: LampColour) -> None:
    wide = font.width_px(ELLIPSIS)
    while room < wide and line:
        room += font.width_px(line.pop().text)
    if room >= wide:
        line.append(Segment(ELLIPSIS, colour))


def _characters(segments: Iterable[Segment]) -> Iterator[tuple[str, LampColour]]:
    for segment in segments:
        for char in segment.text:
            yield char, segment.colour


@lru_cache(maxsize=4)
def _dots(columns: int, rows: int, scale: int) -> Image.Image:
    """Mode "L": where the round lamps are. Drawn eight times too large and made small for soft edges."""
    large, gap = scale * 8, scale
    dot = Image.new("L", (large, large))
    ImageDraw.Draw(dot).ellipse((gap, gap, large - gap, large - gap), fill=255)
    dot = dot.resize((scale, scale), Image.Resampling.LANCZOS)
    row = Image.new("L", (columns * scale, scale))
    for column in range(columns):
        row.paste(dot, (column * scale, 0))
    field = Image.new("L", (columns * scale, rows * scale))
    for line in range(rows):
        field.paste(row, (0, line * scale))
    return field
