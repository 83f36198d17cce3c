"""What a board does by itself as time passes: calls that flash, pages that turn.

Rules
1. A call is new when its (ticket, window, times) was not in the view before. Calls of the first view and
   of a stale one are not new: a restart does not set the whole hall flashing.
2. A new call flashes, bright first, then stays lit until `lit_s` after it came; only calls on the board do.
3. Pages turn every `turn_s`, while there is something to turn.
"""

from __future__ import annotations

from devices.board.settings import BoardSettings
from display.board import turns
from display.board_layout import CALL_ROWS
from display.board_view import BoardView, Call


class BoardMachine:
    """Keeps the newest view and when its calls came. Times are monotonic seconds."""

    def __init__(self, settings: BoardSettings, *, flashing: bool) -> None:
        self._settings = settings
        self._flash_s = settings.flashes * settings.flash_period_s if flashing else 0.0
        self._came_s: dict[Call, float] = {}
        self._known: frozenset[Call] | None = None
        self._turn_since_s = 0.0
        self.turn = 0
        self.view: BoardView | None = None

    def on_view(self, view: BoardView, now_s: float) -> None:
        """Take a new view."""
        on_board = frozenset(view.calls[:CALL_ROWS])
        if not view.stale_since:
            new = on_board - self._known if self._known is not None else frozenset()
            self._came_s |= dict.fromkeys(new, now_s)
            self._known = frozenset(view.calls)
        self._came_s = {call: came for call, came in self._came_s.items() if call in on_board}
        if self.view is None or turns(self.view) != turns(view):
            self.turn, self._turn_since_s = 0, now_s
        self.view = view

    def lit(self, now_s: float) -> frozenset[str]:
        """The tickets drawn inverse now."""
        return frozenset(call.ticket for call, came in self._came_s.items() if self._is_lit(now_s - came))

    def advance(self, now_s: float) -> None:
        """Turn the page if it is time, and forget calls that have stopped flashing."""
        end = max(self._flash_s, self._settings.lit_s)
        self._came_s = {call: came for call, came in self._came_s.items() if now_s - came < end}
        if self._turning() and now_s >= self._turn_since_s + self._settings.turn_s:
            self.turn, self._turn_since_s = self.turn + 1, now_s

    def due_s(self, now_s: float) -> float | None:
        """When the picture changes by itself, or None."""
        times = [came + self._next_edge(now_s - came) for came in self._came_s.values()]
        if self._turning():
            times.append(self._turn_since_s + self._settings.turn_s)
        return min(times, default=None)

    def _turning(self) -> bool:
        return self.view is not None and turns(self.view) > 1

    def _half_period(self, age_s: float) -> int:
        # A hair is added so that an age computed from the edge itself falls behind it.
        return int(age_s / (self._settings.flash_period_s / 2) + 1e-6)

    def _is_lit(self, age_s: float) -> bool:
        if age_s < self._flash_s - 1e-6:
            return self._half_period(age_s) % 2 == 0
        return age_s < self._settings.lit_s

    def _next_edge(self, age_s: float) -> float:
        if age_s < self._flash_s - 1e-6:
            return (self._half_period(age_s) + 1) * self._settings.flash_period_s / 2
        return max(self._flash_s, self._settings.lit_s)
