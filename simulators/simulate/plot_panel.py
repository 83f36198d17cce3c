"""One panel of a plot: a box with axes, in which bars, lines and bands are drawn. Pixels throughout."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import ImageDraw

from display.fonts import load_text_font

Colour = tuple[int, int, int]
PAPER, INK, FAINT = (255, 255, 255), (40, 44, 52), (222, 226, 232)
TITLE_PX, SMALL_PX = 22, 16


@dataclass(frozen=True, slots=True)
class Panel:
    """A box on the picture: `from_h` to `to_h` of the day across, 0 to `top` upward."""

    pen: ImageDraw.ImageDraw
    left: int
    upper: int
    right: int
    lower: int
    from_h: float
    to_h: float
    top: float

    def x(self, of_day_h: float) -> float:
        """Pixels from the left of the picture."""
        return self.left + (of_day_h - self.from_h) / (self.to_h - self.from_h) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Pixels from the top of the picture."""
        return self.lower - value / self.top * (self.lower - self.upper)

    def axes(self, title: str) -> None:
        """Title, grid, and numbers on both axes."""
        small = load_text_font(SMALL_PX)
        self.pen.text((self.left, self.upper - 12), title, INK, load_text_font(TITLE_PX), anchor="ls")
        for value in ticks(self.top):
            y = self.y(value)
            self.pen.line([(self.left, y), (self.right, y)], FAINT)
            self.pen.text((self.left - 10, y), f"{value:g}", INK, small, anchor="rm")
        for hour in range(math.ceil(self.from_h), math.floor(self.to_h) + 1):
            x = self.x(hour)
            self.pen.line([(x, self.lower), (x, self.lower + 6)], INK)
            self.pen.text((x, self.lower + 10), f"{hour}:00", INK, small, anchor="ma")
        self.pen.line([(self.left, self.lower), (self.right, self.lower)], INK, 2)

    def key(self, entries: Sequence[tuple[str, Colour]]) -> None:
        """What the colours mean, at the upper right."""
        font, x = load_text_font(SMALL_PX), float(self.right)
        for text, colour in reversed(entries):
            x -= font.getlength(text)
            self.pen.text((x, self.upper - 12), text, INK, font, anchor="ls")
            self.pen.rectangle((x - 22, self.upper - 25, x - 8, self.upper - 13), colour)
            x -= 44

    def line(self, points: Sequence[tuple[float, float]], colour: Colour, wide: int = 3) -> None:
        """A line through (hour, value)."""
        self.pen.line([(self.x(hour), self.y(value)) for hour, value in points], colour, wide, "curve")

    def band(
        self, low: Sequence[tuple[float, float]], high: Sequence[tuple[float, float]], colour: Colour
    ) -> None:
        """The area between two lines."""
        points = [*high, *reversed(low)]
        if len(points) > 2:
            self.pen.polygon([(self.x(hour), self.y(value)) for hour, value in points], colour)

    def bar(self, from_h: float, to_h: float, value: float, colour: Colour) -> None:
        """A bar from 0 up to `value`."""
        if value > 0.0:
            self.pen.rectangle((self.x(from_h) + 1, self.y(value), self.x(to_h) - 1, self.lower), colour)


def ticks(top: float) -> list[float]:
    """Round numbers from 0 to at most `top`, about five of them."""
    step = round_up(top / 5)
    return [step * index for index in range(math.floor(top / step + 1e-9) + 1)]


def round_up(value: float) -> float:
    """The next 1, 2 or 5 times a power of ten; 1 for nothing."""
    if value <= 0.0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(float(factor * power) for factor in (1, 2, 5, 10) if factor * power >= value * (1 - 1e-9))
