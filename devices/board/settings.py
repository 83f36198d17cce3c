"""Settings of a hall board."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from display.board_layout import lay_out
from display.board_view import Language


class BoardSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One board.

    `width_px` and `height_px` count for image files; a framebuffer has its own size. `min_interval_s` is
    the least time between two image files. A new call flashes `flashes` times (framebuffer only), a period
    lasting `flash_period_s`, and stays inverse until `lit_s` after it came. Pages of queues and notices
    change every `turn_s`.
    """

    width_px: Annotated[int, Meta(ge=480, le=7680)] = 1920
    height_px: Annotated[int, Meta(ge=480, le=7680)] = 1080
    language: Language = "both"
    min_interval_s: Annotated[float, Meta(ge=0.1, le=60)] = 1.0
    flashes: Annotated[int, Meta(ge=0, le=20)] = 4
    flash_period_s: Annotated[float, Meta(ge=0.4, le=5)] = 1.0
    lit_s: Annotated[float, Meta(ge=0, le=120)] = 10.0
    turn_s: Annotated[float, Meta(ge=2, le=600)] = 8.0

    def __post_init__(self) -> None:
        """Raises ValueError for a size that no board can have."""
        lay_out(self.width_px, self.height_px)
