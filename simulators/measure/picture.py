"""`picture`: a strip's picture, and a hall board with one row changed.

The floor of a strip is one Pillow call that draws the same text at the same size. The floor of a board is
copying the changed pixels, drawn before, into the framebuffer. Ours draws and copies. The framebuffer is a
mapped file, as a real one is mapped memory. Ours and floor take turns.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from PIL import Image, ImageDraw

from devices.board.screens import Screen, screen_of
from display.board import BoardPicture
from display.board_view import BoardView, Box, Call, Notice, Queue
from display.fonts import load_text_font
from display.strip import Segment, draw_strip
from simulators.measure.figures import Bench
from simulators.measure.outcome import Check, Outcome, Row, Spread, Told, spread, times_floor
from simulators.measure.screens import BITS, BOARD, framebuffer

STRIP = (256, 32)
TEXT_PX = 16
MOST_MS = 10.0
TICKETS = 50
CHANGED_ROW = 3  # of the calls: one of the ordinary rows


def measure(bench: Bench) -> Outcome:
    """Raises LinkLost when the mapped file cannot be made."""
    strip = _strip_row(bench.times(3000, 100))
    board = BoardBench(bench.room("picture"))
    queue, row = board.one_queue(bench.times(200, 5)), board.one_call(bench.times(200, 5))
    shifted, whole = board.new_call(bench.times(60, 3)), board.whole(bench.times(20, 2))
    share = Check("of a whole board's time", row.ours.median / whole.median, 0.25, "×")
    checks = (
        Check("median", row.ours.median, MOST_MS, "ms"),
        Check("p99", row.ours.p99, MOST_MS, "ms"),
        share,
    )
    return Outcome(
        "picture",
        (strip, Row(row.what, row.unit, row.ours, row.floor, checks), queue),
        (
            Told("board, a new call: nine boxes change", shifted.median, "ms"),
            Told("board, all of it", whole.median, "ms"),
        ),
    )


# --- strip -------------------------------------------------------------------------------------------


def _strip_row(count: int) -> Row:
    font = load_text_font(TEXT_PX)

    def ours(ticket: str) -> None:
        draw_strip((Segment("请"), Segment(ticket, "green"), Segment("号到12号窗口")), *STRIP)

    def floor(ticket: str) -> None:
        image = Image.new("1", STRIP)
        ImageDraw.Draw(image).text((0, 8), f"请{ticket}号到12号窗口", 1, font)

    tickets = [f"A{number:03}" for number in range(TICKETS)]
    for ticket in tickets:
        ours(ticket)
        floor(ticket)
    mine, bare = [], []
    for number in range(count):
        ticket = tickets[number % TICKETS]
        mine.append(_ms(lambda: ours(ticket)))  # noqa: B023 - called at once
        bare.append(_ms(lambda: floor(ticket)))  # noqa: B023 - called at once
    row = Row("strip 256 x 32", "ms", spread(mine), spread(bare))
    return Row(row.what, row.unit, row.ours, row.floor, (times_floor("median", row.ratio, 1.5),))


def _ms(action: Callable[[], object]) -> float:
    started_s = time.perf_counter()
    action()
    return (time.perf_counter() - started_s) * 1000


# --- board -------------------------------------------------------------------------------------------


class BoardBench:
    """A board on a mapped file, and the same pixels copied there without being drawn."""

    def __init__(self, folder: Path) -> None:
        self._screen = _framebuffer(folder / "ours")
        self._bare = _framebuffer(folder / "bare")
        self._picture = BoardPicture(*BOARD)
        self._view = _view()
        self._show(self._view)

    def _show(self, view: BoardView) -> list[Box]:
        boxes = self._picture.update(view)
        self._screen.show(self._picture, boxes)
        return boxes

    def one_call(self, count: int) -> Row:
        """One row of the calls changes."""
        return self._row("board, one call's row", self._calls(count))

    def one_queue(self, count: int) -> Row:
        """How many wait in one queue changes."""
        return self._row("board, one queue's row", self._queues(count))

    def _row(self, what: str, views: Iterator[BoardView]) -> Row:
        mine, bare = [], []
        for view in views:
            boxes: list[Box] = []
            mine.append(_ms(lambda: boxes.extend(self._show(view))))  # noqa: B023 - called at once
            drawn = _Drawn(self._picture, boxes)
            bare.append(_ms(lambda: self._bare.show(drawn, boxes)))  # noqa: B023 - called at once
        return Row(what, "ms", spread(mine), spread(bare))

    def _calls(self, count: int) -> Iterator[BoardView]:
        for number in range(count):
            calls = list(self._view.calls)
            calls[CHANGED_ROW] = Call(f"C{number % 900 + 100}", "7")
            yield msgspec.structs.replace(self._view, calls=tuple(calls))

    def _queues(self, count: int) -> Iterator[BoardView]:
        for number in range(count):
            queues = list(self._view.queues)
            queues[0] = msgspec.structs.replace(queues[0], waiting=number % 90 + 10)
            yield msgspec.structs.replace(self._view, queues=tuple(queues))

    def new_call(self, count: int) -> Spread:
        """A call comes first and the others move down."""
        calls, times = self._view.calls, []
        for number in range(count):
            calls = (Call(f"D{number % 900 + 100}", "9"), *calls[:19])
            view = msgspec.structs.replace(self._view, calls=calls)
            times.append(_ms(lambda: self._show(view)))  # noqa: B023 - called at once
        return spread(times)

    def whole(self, count: int) -> Spread:
        """Everything is drawn."""
        times = []
        for _ in range(count):
            picture = BoardPicture(*BOARD)
            times.append(_ms(lambda: self._screen.show(picture, picture.update(self._view))))  # noqa: B023
        return spread(times)


class _Drawn(BoardPicture):
    """A picture whose pixels were made before: showing it costs the copy alone."""

    def __init__(self, picture: BoardPicture, boxes: list[Box]) -> None:
        self._ready = {box: picture.pixels(box, BITS) for box in boxes}

    def pixels(self, box: Box, bits_per_pixel: int) -> bytes:
        return self._ready[box]


def _framebuffer(folder: Path) -> Screen:
    screen = screen_of(framebuffer(folder))
    screen.open()
    return screen


def _view() -> BoardView:
    queues = tuple(
        Queue(f"业务办理{number}号", f"Business {number}", 10 + number, 300, 900) for number in range(12)
    )
    return BoardView(
        title="朝天区政务服务中心",
        title_en="Chaotian Service Hall",
        clock="10:24",
        calls=tuple(Call(f"A{number:03}", str(number)) for number in range(1, 21)),
        queues=queues,
        notices=(Notice("请先取号，在等候区休息。", "Please take a number and a seat."),),
    )
