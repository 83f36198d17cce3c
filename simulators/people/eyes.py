"""How people read a ticket that is a picture: the tallest line of signs on it is the number."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from PIL import Image, ImageChops, ImageDraw

from display.fonts import load_bold_font

SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
LOOK = (24, 36)
SIZE_PX = 120


def read_number(paper: Image.Image) -> str:
    """The number on a ticket's picture (dark on white), "" where nothing is printed."""
    ink = ImageChops.invert(paper.convert("L"))
    bands = sorted(_runs(ink, axis=1), key=lambda band: band[0] - band[1])
    for top, bottom in bands[:2]:  # the code is as tall as the number, but is all in one piece
        line = ink.crop((0, top, ink.width, bottom))
        signs = [line.crop((left, 0, right, line.height)) for left, right in _runs(line, axis=0)]
        if len(signs) > 1:
            return "".join(map(_sign, signs))
    return ""


def _runs(image: Image.Image, axis: int) -> Iterator[tuple[int, int]]:
    """Where rows (1) or columns (0) with ink begin and end."""
    size = (1, image.height) if axis else (image.width, 1)
    start = None
    for at, darkness in enumerate(bytes((*image.resize(size, Image.Resampling.BOX).tobytes(), 0))):
        if darkness and start is None:
            start = at
        elif not darkness and start is not None:
            yield start, at
            start = None


def _sign(glyph: Image.Image) -> str:
    seen = _look(glyph)
    return min(SIGNS, key=lambda sign: _difference(seen, _template(sign)))


def _look(glyph: Image.Image) -> Image.Image:
    box = glyph.getbbox()
    return glyph.crop(box).resize(LOOK) if box else Image.new("L", LOOK)


@cache
def _template(sign: str) -> Image.Image:
    canvas = Image.new("L", (2 * SIZE_PX, 2 * SIZE_PX))
    ImageDraw.Draw(canvas).text((20, 20), sign, font=load_bold_font(SIZE_PX), fill=255)
    return _look(canvas)


def _difference(one: Image.Image, other: Image.Image) -> int:
    return sum(ImageChops.difference(one, other).tobytes())
