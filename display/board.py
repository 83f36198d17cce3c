"""The hall board's picture, painted only where it changed.

Rules
1. The newest call stands first in a larger row; calls beyond the eight rows are not shown.
2. A call that is `lit` is drawn inverse. When and how long is up to the caller.
3. Up to twelve queues stand at once; more take turns in pages of equal length, and the heading tells
   "1/2". Notices take turns likewise. `turn` counts the turns.
4. A text that is too long ends in "…"; ticket and window numbers become smaller first.
5. A stale board is grey, has no lit call, claims no present one, and says since when; a closed hall without
   calls says so.
"""

from __future__ import annotations

from collections.abc import Collection
from io import BytesIO
from typing import TypeAlias

from PIL import Image, ImageChops

from display import board_paint as paint
from display.board_layout import MAX_QUEUE_ROWS, Layout, lay_out, queue_rows, with_badge
from display.board_tile import LIT, NEWEST, NIGHT, ROW, ROW_ODD, Tile
from display.board_view import BoardView, Box, Language, Notice
from display.board_words import pair, words
from display.text import Colour

Part: TypeAlias = (
    paint.Blank
    | paint.TitleBar
    | paint.Badge
    | paint.Clock
    | paint.CallsHeading
    | paint.QueuesHeading
    | paint.CallRow
    | paint.QueueRow
    | paint.Message
    | paint.NoticeBar
)
# Where the bits of a channel go in the bytes of a 16-bit pixel.
_RED, _GREEN_HIGH = [value & 0xF8 for value in range(256)], [value >> 5 for value in range(256)]
_GREEN_LOW, _BLUE = [value << 3 & 0xE0 for value in range(256)], [value >> 3 for value in range(256)]

Parts: TypeAlias = dict[Box, Part]


class BoardPicture:
    """The picture of one board: what stands in each of its boxes, painted when its pixels are asked for.

    No picture is kept: at 1920 x 1080 it would be 8 MB of a small computer, and the screen has it anyway.
    """

    def __init__(self, width_px: int, height_px: int, language: Language = "both") -> None:
        """Raises ValueError below 800 x 480 (either way up) and above 7680 x 4320."""
        self._size = width_px, height_px
        self._layout = lay_out(width_px, height_px)
        self._language = language
        self._parts: Parts = {}

    def update(self, view: BoardView, lit: Collection[str] = (), turn: int = 0) -> list[Box]:
        """Take the next view; return the boxes that changed, none of them overlapping.

        `lit` are the tickets drawn inverse. The first update returns boxes that cover the whole picture.
        """
        before, self._parts = self._parts, parts_of(view, self._layout, self._language, frozenset(lit), turn)
        return [box for box, part in self._parts.items() if before.get(box) != part]

    def pixels(self, box: Box, bits_per_pixel: int) -> bytes:
        """One box of the last view row by row as a Linux framebuffer keeps it; see `packed`."""
        return packed(self._painted(box), bits_per_pixel)

    @property
    def image(self) -> Image.Image:
        """The whole of the last view, mode "RGB", painted anew at each call: some 15 ms at 1920 x 1080."""
        image = Image.new("RGB", self._size, NIGHT)
        for box in self._parts:
            image.paste(self._painted(box), box)
        return image

    def png(self) -> bytes:
        """The whole as a PNG file; some 50 ms at 1920 x 1080."""
        file = BytesIO()
        self.image.save(file, "png", compress_level=1)
        return file.getvalue()

    def _painted(self, box: Box) -> Image.Image:
        part, (left, top, right, bottom) = self._parts[box], box
        tile = Tile(right - left, bottom - top, self._layout.unit_px, self._language, part.ground)
        part.paint(tile)
        return tile.image


def packed(pixels: Image.Image, bits_per_pixel: int) -> bytes:
    """Pixels row by row as a Linux framebuffer keeps them, low byte first.

    16 bits: 5 red, 6 green, 5 blue. 32 bits: blue, green, red, one byte unused (0). Raises ValueError
    for another depth.
    """
    if bits_per_pixel == 32:
        return pixels.tobytes("raw", "BGRX")
    if bits_per_pixel == 16:
        return _five_six_five(pixels)
    raise ValueError(f"{bits_per_pixel} bits a pixel: 16 and 32 are possible")


def _five_six_five(pixels: Image.Image) -> bytes:
    """Low byte gggbbbbb, high byte rrrrrggg: each made of two channels, then paired as mode "LA"."""
    red, green, blue = pixels.split()
    low = ImageChops.add(green.point(_GREEN_LOW), blue.point(_BLUE))
    high = ImageChops.add(red.point(_RED), green.point(_GREEN_HIGH))
    return Image.merge("LA", (low, high)).tobytes()


def turns(view: BoardView) -> int:
    """How many turns it takes to see all pages and notices; 1 when nothing turns."""
    return max(_pages(view), len(view.notices), 1)


def parts_of(view: BoardView, layout: Layout, language: Language, lit: frozenset[str], turn: int) -> Parts:
    """What stands in which box. The boxes touch, never overlap, and cover the picture."""
    stale = bool(view.stale_since)
    parts = _header(view, layout, language)
    if view.calls or view.open:
        parts |= _calls(view, layout, language, frozenset() if stale else lit)
        parts |= _queues(view, layout, language, turn)
        parts |= {layout.gap: paint.Blank()} if layout.gap else {}
    else:
        hours = pair(view.hours, view.hours_en, language)
        parts[layout.middle] = paint.Message(words("closed", language), hours)
    notice = view.notices[turn % len(view.notices)] if view.notices else Notice("")
    parts[layout.notice] = paint.NoticeBar(notice.text, notice.text_en)
    return parts


def _header(view: BoardView, layout: Layout, language: Language) -> Parts:
    title, clock = paint.TitleBar(view.title, view.title_en), paint.Clock(view.clock)
    sign = _sign(view, language)
    if not sign[0]:
        return {layout.header: title, layout.clock: clock}
    name, badge = with_badge(layout)
    return {name: title, badge: paint.Badge(sign), layout.clock: clock}


def _sign(view: BoardView, language: Language) -> tuple[str, str]:
    """What is unusual about the whole board."""
    if view.stale_since:
        large, small = words("stale", language)
        return f"{large} {view.stale_since}", f"{small} {view.stale_since}" if small else ""
    return ("", "") if view.open or not view.calls else words("closed", language)


def _calls(view: BoardView, layout: Layout, language: Language, lit: frozenset[str]) -> Parts:
    stale = bool(view.stale_since)
    parts: Parts = {layout.calls_title: paint.CallsHeading(stale)}
    if not view.calls:
        what = words("recovering" if stale else "no_calls", language)
        parts[layout.calls] = paint.Message(what, ground=ROW)
        return parts
    for row, box in enumerate(layout.call_rows):
        ground = ROW_ODD if row % 2 else ROW
        if row < len(view.calls):
            parts[box] = _call_row(view, row, ground, view.calls[row].ticket in lit)
        else:
            parts[box] = paint.Blank(ground)
    return parts


def _call_row(view: BoardView, row: int, ground: Colour, lit: bool) -> paint.CallRow:
    stale = bool(view.stale_since)
    ground = NEWEST if row == 0 and not stale else ground
    return paint.CallRow(view.calls[row], row == 0, lit, stale, LIT if lit else ground)


def _pages(view: BoardView) -> int:
    return -(-len(view.queues) // MAX_QUEUE_ROWS)


def _queues(view: BoardView, layout: Layout, language: Language, turn: int) -> Parts:
    pages = _pages(view)
    if not pages:
        return {
            layout.queues_title: paint.QueuesHeading(),
            layout.queues: paint.Message(words("no_queues", language)),
        }
    rows, page = -(-len(view.queues) // pages), turn % pages
    boxes, rest = queue_rows(layout, rows)
    parts: Parts = {layout.queues_title: paint.QueuesHeading(f"{page + 1}/{pages}" if pages > 1 else "")}
    shown = view.queues[page * rows : (page + 1) * rows]
    for row, box in enumerate(boxes):
        ground = ROW_ODD if row % 2 else ROW
        parts[box] = (
            paint.QueueRow(shown[row], bool(view.stale_since), ground) if row < len(shown) else paint.Blank()
        )
    if rest[1] < rest[3]:
        parts[rest] = paint.Blank()
    return parts
