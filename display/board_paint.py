"""What fills a box of the board: one frozen Struct a kind, equal when its picture is equal.

A part paints a tile of its own, from corner to corner, and so cannot touch its neighbours.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from PIL import Image, ImageDraw

from display.board_view import Call, Language, Queue
from display.board_words import minutes, pair, window_name, words
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
        whole: bool = False,
    ) -> float:
        """Write one line, shrunk first where it must stay `whole`, and shortened; return its width."""
        text = one_line(text)
        size = shrink(text, size, room, weight) if whole else size
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
    ) -> None:
        """The large text, and the small one below it if there is one, together in the middle."""
        large, small = texts
        if not small:
            self.line(x, large, size, colours[0], room=room, align=align)
            return
        lift, drop = size * 0.34, size * 0.66
        self.line(x, large, size, colours[0], room=room, y=self.height / 2 - lift, align=align)
        self.line(x, small, round(size * SMALL), colours[1], room=room, y=self.height / 2 + drop, align=align)


class Blank(Struct, frozen=True):
    """Nothing."""

    ground: Colour = NIGHT

    def paint(self, tile: Tile) -> None:
        """Only the ground."""


class TitleBar(Struct, frozen=True):
    """The hall's name."""

    title: str
    title_en: str
    ground: Colour = BAND

    def paint(self, tile: Tile) -> None:
        """Left in the header."""
        left = tile.px(44)
        texts = pair(self.title, self.title_en, tile.language)
        tile.stack(left, texts, tile.px(54), (WHITE, SOFT), room=tile.width - left - tile.px(12))
        _underline(tile)


class Badge(Struct, frozen=True):
    """What is unusual about the whole board: out of date, or a closed hall."""

    texts: tuple[str, str] = ("", "")
    ground: Colour = BAND

    def paint(self, tile: Tile) -> None:
        """An amber sign in the header, or nothing."""
        _underline(tile)
        if not self.texts[0]:
            return
        edge = tile.px(14)
        tile.band(0, edge, tile.width - edge, tile.height - edge - tile.px(4), LIT)
        middle = (tile.width - edge) / 2
        tile.stack(middle, self.texts, tile.px(40), (INK, INK), room=tile.width - 4 * edge, align="centre")


class Clock(Struct, frozen=True):
    """The time, as it comes."""

    text: str
    ground: Colour = BAND

    def paint(self, tile: Tile) -> None:
        """Right in the header, in digits that keep their places."""
        right = tile.width - tile.px(44)
        tile.line(right, self.text, tile.px(80), WHITE, room=right, align="right", weight="bold", whole=True)
        _underline(tile)


class CallsHeading(Struct, frozen=True):
    """Over the calls."""

    ground: Colour = NIGHT

    def paint(self, tile: Tile) -> None:
        """One line, both languages side by side."""
        _panel_title(tile, "calls", tile.width - tile.px(44))


class QueuesHeading(Struct, frozen=True):
    """Over the queues, with the names of the two columns, and the page where there are several."""

    page: str = ""
    ground: Colour = NIGHT

    def paint(self, tile: Tile) -> None:
        """The columns' names stand over the ends of their numbers."""
        wide = _panel_title(tile, "queues", tile.width * 0.4)
        if self.page:
            tile.line(tile.px(44) + wide + tile.px(20), self.page, tile.px(26), SOFT, room=tile.width * 0.1)
        for key, share in (("people", PEOPLE_END), ("minutes", MINUTES_END)):
            texts = words(key, tile.language)
            tile.stack(
                tile.width * share, texts, tile.px(28), (SOFT, SOFT), room=tile.width * 0.2, align="right"
            )


# Where the columns of the queues end, in widths of the panel.
NAME_END, PEOPLE_END, MINUTES_END = 0.58, 0.72, 0.96
# Where the columns of the calls stand: the arrow's middle, the label's right end.
ARROW_AT, LABEL_END = 0.44, 0.7


class CallRow(Struct, frozen=True):
    """A call: ticket, arrow, window. `lit` is the inverse look of one just made."""

    call: Call
    newest: bool
    lit: bool
    stale: bool
    ground: Colour

    def paint(self, tile: Tile) -> None:
        """Columns stand alike in all rows; the newest is larger, and keeps a bar at its left."""
        size = tile.height * (0.74 if self.newest else 0.8)
        ticket, label, soft = self._colours()
        left, arrow, end = tile.px(44), tile.width * ARROW_AT, tile.width * LABEL_END
        half = size * 0.5
        big, unit = round(size), round(size * 0.62)
        if self.newest and not (self.lit or self.stale):
            tile.band(0, 0, tile.px(12), tile.height, AMBER)
        tile.line(left, self.call.ticket, big, ticket, room=arrow - half - left, weight="bold", whole=True)
        tile.line(arrow, "→", round(size * 0.7), soft, room=size, align="centre", weight="bold")
        before, name, after = window_name(self.call.window, tile.language)
        self._window(tile, (before, name, after), big, unit, label, soft, arrow + half, end)

    def _window(
        self,
        tile: Tile,
        texts: tuple[str, str, str],
        big: int,
        unit: int,
        label: Colour,
        soft: Colour,
        start: float,
        end: float,
    ) -> None:
        before, name, after = texts
        right = tile.width - tile.px(20)
        if after:
            tile.line(end, name, big, label, room=end - start, align="right", weight="bold", whole=True)
            tile.line(end + tile.px(14), after, unit, soft, room=right - end - tile.px(14))
            return
        if before:
            start += tile.line(start, before, unit, soft, room=right - start) + tile.px(18)
        tile.line(start, name, big, label, room=right - start, weight="bold", whole=True)

    def _colours(self) -> tuple[Colour, Colour, Colour]:
        if self.stale:
            return GREY, GREY, GREY
        return (INK, INK, INK) if self.lit else (AMBER, WHITE, WHITE if self.newest else SOFT)


class QueueRow(Struct, frozen=True):
    """A queue: its name, how many wait, and how long one would."""

    queue: Queue
    stale: bool
    ground: Colour

    def paint(self, tile: Tile) -> None:
        """The numbers stand right, one under the other."""
        queue, left = self.queue, tile.px(44)
        texts = pair(queue.name, queue.name_en, tile.language)
        size = min(round(tile.height * (0.48 if texts[1] else 0.58)), tile.px(52))
        number = min(round(tile.height * 0.66), tile.px(64))
        white, soft, blue = (GREY, GREY, GREY) if self.stale else (WHITE, SOFT, CYAN)
        tile.stack(left, texts, size, (white, soft), room=tile.width * NAME_END - left)
        people = {"weight": "bold", "whole": True, "align": "right"}
        tile.line(
            tile.width * PEOPLE_END,
            str(queue.waiting),
            number,
            white,
            room=tile.width * (PEOPLE_END - NAME_END) - tile.px(10),
            align="right",
            weight="bold",
            whole=True,
        )
        self._wait(tile, number, soft, blue)

    def _wait(self, tile: Tile, number: int, soft: Colour, blue: Colour) -> None:
        end, room = tile.width * MINUTES_END, tile.width * (MINUTES_END - PEOPLE_END) - tile.px(24)
        if self.queue.issuing:
            text = minutes(self.queue)
            tile.line(end, text, number, blue, room=room, align="right", weight="bold", whole=True)
        else:
            texts = words("stopped", tile.language)
            tile.stack(end, texts, round(number * 0.58), (soft, soft), room=room, align="right")


class Message(Struct, frozen=True):
    """A few words in the middle of a panel: nothing to show, or a closed hall."""

    texts: tuple[str, str]
    below: str = ""
    ground: Colour = ROW

    def paint(self, tile: Tile) -> None:
        """Large, with a quieter line below."""
        room = tile.width - tile.px(80)
        middle = tile.width / 2
        tile.stack(middle, self.texts, tile.px(84), (SOFT, SOFT), room=room, align="centre")
        if self.below:
            tile.line(
                middle,
                self.below,
                tile.px(40),
                SOFT,
                room=room,
                y=tile.height / 2 + tile.px(150),
                align="centre",
            )


class NoticeBar(Struct, frozen=True):
    """One sentence along the bottom."""

    text: str
    text_en: str
    ground: Colour = BAND

    def paint(self, tile: Tile) -> None:
        """Shortened with "…": nothing moves on this board but calls."""
        left = tile.px(44)
        texts = pair(self.text, self.text_en, tile.language)
        tile.stack(left, texts, tile.px(42), (WHITE, SOFT), room=tile.width - 2 * left)


def _underline(tile: Tile) -> None:
    tile.band(0, tile.height - tile.px(4), tile.width, tile.height, AMBER)


def _panel_title(tile: Tile, key: str, room: float) -> float:
    large, small = words(key, tile.language)
    left, size = tile.px(44), tile.px(38)
    wide = tile.line(left, large, size, WHITE, room=room)
    if small:
        gap = tile.px(18)
        wide += gap + tile.line(left + wide + gap, small, round(size * 0.7), SOFT, room=room - wide - gap)
    return wide
