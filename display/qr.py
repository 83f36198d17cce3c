"""QR symbols as pictures, at level M: 15 % of a creased or soiled symbol may be lost."""

from __future__ import annotations

import segno
from PIL import Image

QUIET_MODULES = 4  # ISO/IEC 18004: a scanner needs so much white around the symbol
LEAST_DOTS = (
    2  # a quarter of a millimetre at 203 dots an inch, what a telephone still reads from thermal paper
)


def matrix(payload: str) -> tuple[bytes, ...]:
    """The modules of a level M symbol, a row each, 1 = dark, without the quiet zone.

    Raises ValueError when `payload` is longer than a symbol holds (about 2,300 bytes).
    """
    return tuple(
        bytes(row)
        for row in segno.make(payload, error="m", micro=False, boost_error=False, encoding="utf-8").matrix
    )


def module_dots(payload: str, room_px: int, most: int) -> int:
    """How large a module may be, at most `most`, so that the symbol with its quiet zone fits into `room_px`.

    0 when a module would be too small to be read, or the payload is none that a symbol holds.
    """
    try:
        side = len(matrix(payload)) + 2 * QUIET_MODULES
    except ValueError:
        return 0
    dots = min(most, room_px // side)
    return dots if dots >= LEAST_DOTS else 0


def picture(payload: str, module_px: int) -> Image.Image:
    """The symbol with its quiet zone, mode "1", black on white. Raises ValueError as `matrix`."""
    rows = matrix(payload)
    side = len(rows) + 2 * QUIET_MODULES
    small = Image.new("1", (side, side), 1)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                small.putpixel((x + QUIET_MODULES, y + QUIET_MODULES), 0)
    return small.resize((side * module_px, side * module_px), Image.Resampling.NEAREST)
