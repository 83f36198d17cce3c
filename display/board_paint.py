"""What fills a box of the board: one frozen Struct a kind, equal when its picture is equal.

A part paints a tile of its own, from corner to corner, and so cannot touch its neighbours.
"""

from __future__ import annotations

from msgspec import Struct

from display.board_tile import AMBER, BAND, CYAN, GREY, INK, LIT, NIGHT, SOFT, WHITE, Tile
from display.board_view import Call, Queue
from display.board_words import minutes, pair, window_name, words
from display.text import Colour, one_line, width_px


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
        tile.stack(left, texts, tile.px(50), (WHITE, SOFT), room=tile.width - left - tile.px(12), least=0.7)
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
        tile.line(right, self.text, tile.px(80), WHITE, room=right, align="right", weight="bold", least=0.5)
        _underline(tile)


class CallsHeading(Struct, frozen=True):
    """Over the calls; of a stale board nobody knows whether they still hold."""

    stale: bool = False
    ground: Colour = NIGHT

    def paint(self, tile: Tile) -> None:
        """One line, both languages side by side."""
        _panel_title(tile, "calls_then" if self.stale else "calls", tile.width - tile.px(44))


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
NAME_END, PEOPLE_END, MINUTES_END = 0.57, 0.68, 0.95
# Where the columns of the calls stand: the arrow's middle, the label's right end in Chinese and English.
ARROW_AT, LABEL_END, LABEL_END_EN = 0.41, 0.7, 0.88


class CallRow(Struct, frozen=True):
    """A call: ticket, arrow, window. `lit` is the inverse look of one just made."""

    call: Call
    newest: bool
    lit: bool
    stale: bool
    ground: Colour

    def paint(self, tile: Tile) -> None:
        """Columns stand alike in all rows; the newest is larger, and keeps a bar at its left."""
        size = _even(tile.height * (0.74 if self.newest else 0.8))
        ticket, label, soft = self._colours()
        left, arrow = tile.px(44), tile.width * ARROW_AT
        if self.newest and not (self.lit or self.stale):
            tile.band(0, 0, tile.px(12), tile.height, AMBER)
        tile.line(
            left, self.call.ticket, size, ticket, room=arrow - size / 2 - left, weight="bold", least=0.5
        )
        tile.line(arrow, "→", round(size * 0.7), soft, room=size, align="centre", weight="bold")
        self._window(tile, arrow + size / 2, size, label, soft)

    def _window(self, tile: Tile, start: float, size: int, label: Colour, soft: Colour) -> None:
        """In its columns; a label too long for them has all the room to itself."""
        before, name, after = window_name(self.call.window, tile.language)
        end = tile.width * (LABEL_END_EN if tile.language == "en" else LABEL_END)
        unit, gap = round(size * (0.52 if before else 0.62)), tile.px(20)
        label_room = end - start - (width_px(before, unit) + gap if before else 0)
        wide = width_px(one_line(name), size, "bold")
        if wide > label_room:
            tile.line(start, name, size, label, room=tile.width - gap - start, weight="bold", least=0.5)
            return
        column = end - gap - max(wide, min(width_px("00", size, "bold"), label_room))
        tile.line(column, before, unit, soft, room=end - start, align="right")
        tile.line(end, name, size, label, room=end - start, align="right", weight="bold")
        tile.line(end + gap, after, unit, soft, room=tile.width - end - gap)

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
        texts = pair(self.queue.name, self.queue.name_en, tile.language)
        size = _even(min(tile.height * (0.48 if texts[1] else 0.58), tile.px(52)))
        left, name_end = tile.px(44), tile.width * NAME_END
        tile.stack(left, texts, size, self._colours(SOFT), room=name_end - left, least=0.8)
        self._number(tile, str(self.queue.waiting), NAME_END, PEOPLE_END, self._colours(SOFT)[0])
        if self.queue.issuing:
            self._number(tile, minutes(self.queue), PEOPLE_END, MINUTES_END, self._colours(CYAN)[1])
        else:
            self._stopped(tile)

    def _number(self, tile: Tile, text: str, start: float, end: float, colour: Colour) -> None:
        size, room = _even(min(tile.height * 0.66, tile.px(60))), tile.width * (end - start) - tile.px(16)
        tile.line(tile.width * end, text, size, colour, room=room, align="right", weight="bold", least=0.5)

    def _stopped(self, tile: Tile) -> None:
        room = tile.width * (MINUTES_END - PEOPLE_END) - tile.px(24)
        size, (_, soft) = _even(min(tile.height * 0.38, tile.px(38))), self._colours(SOFT)
        texts = words("stopped", tile.language)
        tile.stack(tile.width * MINUTES_END, texts, size, (soft, soft), room=room, align="right", least=0.5)

    def _colours(self, second: Colour) -> tuple[Colour, Colour]:
        return (GREY, GREY) if self.stale else (WHITE, second)


class Message(Struct, frozen=True):
    """A few words in the middle of a panel: nothing to show, or a closed hall and when it opens."""

    texts: tuple[str, str]
    below: tuple[str, str] = ("", "")
    ground: Colour = NIGHT

    def paint(self, tile: Tile) -> None:
        """Large, with quieter lines below."""
        middle, room = tile.width / 2, tile.width - tile.px(80)
        up = tile.px(80) if self.below[0] else 0
        tile.stack(middle, self.texts, tile.px(84), (SOFT, SOFT), room=room, align="centre", drop=-up)
        tile.stack(middle, self.below, tile.px(48), (SOFT, SOFT), room=room, align="centre", drop=1.4 * up)


class NoticeBar(Struct, frozen=True):
    """One sentence along the bottom."""

    text: str
    text_en: str
    ground: Colour = BAND

    def paint(self, tile: Tile) -> None:
        """Shortened with "…": nothing moves on this board but calls."""
        left = tile.px(44)
        texts = pair(self.text, self.text_en, tile.language)
        tile.stack(left, texts, tile.px(42), (WHITE, SOFT), room=tile.width - 2 * left, least=0.8)


def _even(size: float) -> int:
    """Rows of one panel differ by a pixel in height; their letters should not."""
    return int(size) // 2 * 2


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
