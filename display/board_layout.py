"""Where things stand on the board: boxes only, no colours and no fonts.

All lengths follow one unit, 1/1080 of the shorter way across a Full HD screen, so that a board looks the
same on any panel. A wide screen has the calls left and the queues right; a tall one has them above each
other. The boxes of one board touch, never overlap, and cover the picture.
"""

from __future__ import annotations

from msgspec import Struct

from display.board_view import Box

CALL_ROWS = 8
NEWEST_ROW = 1.75  # height of the newest call's row, in heights of the others
MAX_QUEUE_ROWS = 12  # more queues than this turn in pages
SMALLEST, LARGEST = (800, 480), (7680, 4320)

_HEADER, _NOTICE, _TITLE = 112, 92, 72
_CLOCK, _BADGE, _GAP = 260, 420, 12
_QUEUE_ROW_MAX = 132
_CALLS_SHARE_WIDE, _CALLS_SHARE_TALL = 0.56, 0.55


class Layout(Struct, frozen=True):
    """The fixed boxes, and `unit_px`: how many pixels one of 1080 units is."""

    unit_px: float
    header: Box
    clock: Box
    middle: Box
    calls_title: Box
    call_rows: tuple[Box, ...]
    queues_title: Box
    queues: Box
    notice: Box
    gap: Box | None

    def px(self, units: float) -> int:
        """A length in pixels, at least one."""
        return max(1, round(units * self.unit_px))

    @property
    def calls(self) -> Box:
        """The area of all call rows."""
        first, last = self.call_rows[0], self.call_rows[-1]
        return first[0], first[1], last[2], last[3]


def lay_out(width_px: int, height_px: int) -> Layout:
    """The boxes of a board of this size. Raises ValueError below 800 x 480 (either way up) and above 8K."""
    long, short = max(width_px, height_px), min(width_px, height_px)
    if long < SMALLEST[0] or short < SMALLEST[1] or long > LARGEST[0] or short > LARGEST[1]:
        raise ValueError(f"a board of {width_px} x {height_px} pixels: 800 x 480 to 7680 x 4320 are possible")
    tall = height_px > width_px
    unit = min(width_px / 1080, height_px / 1920) if tall else min(width_px / 1920, height_px / 1080)
    header, notice, title = round(_HEADER * unit), round(_NOTICE * unit), round(_TITLE * unit)
    middle = (0, header, width_px, height_px - notice)
    if tall:
        calls, gap, queues = _above(middle, _CALLS_SHARE_TALL)
    else:
        calls, gap, queues = _beside(middle, _CALLS_SHARE_WIDE, max(2, round(_GAP * unit)))
    clock_at = width_px - round(_CLOCK * unit)
    return Layout(
        unit_px=unit,
        header=(0, 0, clock_at, header),
        clock=(clock_at, 0, width_px, header),
        middle=middle,
        calls_title=(calls[0], calls[1], calls[2], calls[1] + title),
        call_rows=_call_rows((calls[0], calls[1] + title, calls[2], calls[3])),
        queues_title=(queues[0], queues[1], queues[2], queues[1] + title),
        queues=(queues[0], queues[1] + title, queues[2], queues[3]),
        notice=(0, height_px - notice, width_px, height_px),
        gap=gap,
    )


def with_badge(layout: Layout) -> tuple[Box, Box]:
    """The header's box as two: the hall's name, and a sign right of it."""
    left, top, right, bottom = layout.header
    badge_at = right - layout.px(_BADGE)
    return (left, top, badge_at, bottom), (badge_at, top, right, bottom)


def queue_rows(layout: Layout, count: int) -> tuple[tuple[Box, ...], Box]:
    """Boxes for `count` queues (1 to MAX_QUEUE_ROWS), few of them taller, and the rest below them."""
    left, top, right, bottom = layout.queues
    row = min((bottom - top) / count, _QUEUE_ROW_MAX * layout.unit_px)
    edges = [top + round(row * index) for index in range(count + 1)]
    boxes = tuple((left, edges[i], right, edges[i + 1]) for i in range(count))
    return boxes, (left, edges[-1], right, bottom)


def _call_rows(area: Box) -> tuple[Box, ...]:
    left, top, right, bottom = area
    row = (bottom - top) / (CALL_ROWS - 1 + NEWEST_ROW)
    edges = [top, *(bottom - round(row * left_over) for left_over in range(CALL_ROWS - 1, -1, -1))]
    return tuple((left, edges[i], right, edges[i + 1]) for i in range(CALL_ROWS))


def _beside(area: Box, share: float, gap_px: int) -> tuple[Box, Box, Box]:
    left, top, right, bottom = area
    middle = left + round((right - left) * share)
    between = middle + gap_px
    return (left, top, middle, bottom), (middle, top, between, bottom), (between, top, right, bottom)


def _above(area: Box, share: float) -> tuple[Box, None, Box]:
    left, top, right, bottom = area
    middle = top + round((bottom - top) * share)
    return (left, top, right, middle), None, (left, middle, right, bottom)
