"""Text by measured width: on one line, shortened with "…", shrunk, placed by its baseline.

Widths add up character by character, since the bundled faces are drawn without kerning. Every size is
an em height in pixels; every width and place is in pixels.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, TypeAlias

from PIL import ImageDraw, ImageFont

from display.fonts import drawable, load_bold_font, load_text_font

Colour: TypeAlias = tuple[int, int, int]
Weight: TypeAlias = Literal["regular", "bold"]

ELLIPSIS = "…"
# Half the height of a digit over the baseline, in em: what centres digits and ideographs alike.
HALF_HEIGHT_EM = 0.365
_BOLD_CHARS = frozenset(map(chr, range(0x20, 0x7F))) | frozenset("–—•…←→")


def one_line(text: str) -> str:
    """`text` as it can be drawn: no line breaks, no doubled spaces, "□" for what the face lacks."""
    return drawable(" ".join(text.split()))


def width_px(text: str, size_px: int, weight: Weight = "regular") -> float:
    """How far `text` reaches when drawn at `size_px`."""
    return sum(_advance_px(char, size_px, _weight_of(text, weight)) for char in text)


def fit(text: str, size_px: int, room_px: float, weight: Weight = "regular") -> str:
    """`text` if it is at most `room_px` wide, else as much of it as leaves room for "…".

    Empty when not even "…" fits. The cost follows the room, not the length of the text.
    """
    weight = _weight_of(text, weight)
    room_before_dots = room_px - _advance_px(ELLIPSIS, size_px, weight)
    reach, kept = 0.0, 0
    for index, char in enumerate(text):
        reach += _advance_px(char, size_px, weight)
        if reach > room_px:
            return text[:kept].rstrip() + ELLIPSIS if room_before_dots >= 0 else ""
        if reach <= room_before_dots:
            kept = index + 1
    return text


def shrink(text: str, size_px: int, room_px: float, weight: Weight = "regular", least: float = 0.5) -> int:
    """The largest size up to `size_px` at which `text` fits; never under `least` of it."""
    wide = width_px(text, size_px, weight)
    if wide <= room_px:
        return size_px
    return max(int(size_px * least), int(size_px * room_px / wide), 1)


def draw_line(
    pen: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    size_px: int,
    colour: Colour,
    *,
    align: Literal["left", "centre", "right"] = "left",
    weight: Weight = "regular",
) -> None:
    """Draw `text` with its middle on `at`'s y and its left end, middle or right end on `at`'s x."""
    x, y = at
    if align != "left":
        x -= width_px(text, size_px, weight) * (0.5 if align == "centre" else 1)
    baseline = round(y + HALF_HEIGHT_EM * size_px)
    pen.text(
        (round(x), baseline), text, font=_font(size_px, _weight_of(text, weight)), fill=colour, anchor="ls"
    )


def _weight_of(text: str, weight: Weight) -> Weight:
    """Bold only where the bold face has every character: mixed weights in one word look broken."""
    return weight if weight == "regular" or _BOLD_CHARS.issuperset(text) else "regular"


def _font(size_px: int, weight: Weight) -> ImageFont.FreeTypeFont:
    return load_bold_font(size_px) if weight == "bold" else load_text_font(size_px)


@lru_cache(maxsize=4096)  # some ten sizes of the few hundred characters of a hall
def _advance_px(char: str, size_px: int, weight: Weight) -> float:
    return _font(size_px, weight).getlength(char)
