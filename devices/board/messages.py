"""What can be said to and by a hall board."""

from __future__ import annotations

from msgspec import Struct

from display.board_view import BoardView

# --- commands ---------------------------------------------------------------------------------------


class ShowBoard(Struct, frozen=True, tag="show_board"):
    """The whole board as it is now. The newest command wins; what is unchanged costs nothing."""

    view: BoardView


# --- events -----------------------------------------------------------------------------------------


class Shown(Struct, frozen=True, tag="shown"):
    """A call now stands on the panel. A screen on HDMI acknowledges nothing: this says it was written.

    Said once for each (ticket, window, times), also of calls that already stood in the first view; never
    for a stale board, and not for calls beyond the rows of the board.
    """

    ticket: str
    window: str
    times: int
