"""The board's colours, and the tile on which one part of it is painted."""

from __future__ import annotations

from typing import Literal

from PIL import Image, ImageDraw

from display.board_view import Language
from display.text import Colour, Weight, draw_line, fit, one_line, shrink, width_px

# Contrast of every text on its ground is at least 7 to 1, but for what is stale, which is greyed on purpose.
NIGHT: Colour = (7, 16, 32)
BAND: Colour = (12, 40, 88)
ROW: Colour = (12, 25, 48)
ROW_ODD: Colour = (17, 33, 61)
NEWEST: Colour = (18, 58, 122)
LIT: Colour = (255, 200, 40)
INK: Colour = (16, 16, 20)
WHITE: Colour = (246, 248, 252)
SOFT: Colour = (178, 192, 214)
AMBER: Colour = (255, 208, 64)
CYAN: Colour = (124, 216, 255)
GREY: Colour = (112, 122, 140)

SMALL = 0.55  # size of the second language, in sizes of the first


class Tile:
    """A part's own picture while it is painted, and how large a unit is on it."""

    def __init__(self, width: int, height: int, unit_px: float, language: Language, ground: Colour) -> None:
        self.image = Image.new("RGB", (width, height), ground)
        self.pen = ImageDraw.Draw(self.image)
        self.width, self.height, self.unit_px, self.language = width, height, unit_px, language

    def px(self, units: float) -> int:
        """A length of 1/1080 units in pixels, at least one."""
        return max(1, round(units * self.unit_px))

    def band(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """Fill a rectangle of this tile."""
        self.pen.rectangle((round(left), round(top), round(right) - 1, round(bottom) - 1), fill=colour)

    def line(
        self,
        x: float,
        text: str,
        size: int,
        colour: Colour,
        *,
        room: float,
        y: float | None = None,
        align: Literal["left", "centre", "right"] = "left",
        weight: Weight = "regular",
        least: float = 1.0,
    ) -> float:
        """Write one line in its `room`: shrunk down to `least` of its size, then shortened. Its width."""
        text = one_line(text)
        size = shrink(text, size, room, weight, least)
        text = fit(text, size, room, weight)
        at = (x, self.height / 2 if y is None else y)
        draw_line(self.pen, at, text, size, colour, align=align, weight=weight)
        return width_px(text, size, weight)

    def stack(
        self,
        x: float,
        texts: tuple[str, str],
        size: int,
        colours: tuple[Colour, Colour],
        *,
        room: float,
        align: Literal["left", "centre", "right"] = "left",
        drop: float = 0,
        least: float = 1.0,
    ) -> None:
        """The large text, and the small one below it if there is one, in the middle or `drop` lower."""
        (large, small), middle = texts, self.height / 2 + drop
        lift, fall = (size * 0.34, size * 0.66) if small else (0.0, 0.0)
        self.line(x, large, size, colours[0], room=room, y=middle - lift, align=align, least=least)
        self.line(
            x, small, round(size * SMALL), colours[1], room=room, y=middle + fall, align=align, least=least
        )
