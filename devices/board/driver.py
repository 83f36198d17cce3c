"""The hall board as a port: takes views, draws what changed, writes it to the screen.

`handle` only keeps the view; drawing and writing happen in `step`, so that of several views that come at
once the newest is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence

from devices.base import DeviceHealth, Emit, Message
from devices.board.machine import BoardMachine
from devices.board.messages import ShowBoard, Shown
from devices.board.screens import screen_of
from devices.board.settings import BoardSettings
from devices.errors import LinkLost
from display.board import BoardPicture
from display.board_layout import CALL_ROWS
from display.board_view import BoardView, Box, Call


class BoardPort:
    """One board on its own port (`devices.base.Port`)."""

    def __init__(self, name: str, url: str, device: str, settings: BoardSettings, emit: Emit) -> None:
        """Raises ValueError for a url that is neither a framebuffer nor a file."""
        self.name = name
        self._device, self._settings, self._emit = device, settings, emit
        self._screen = screen_of(url)
        self._machine = BoardMachine(settings, flashing=self._screen.flashes)
        self._picture: BoardPicture | None = None
        self._unwritten = False
        self._due_s: float | None = None
        self._write_after_s = float("-inf")
        self._shown: frozenset[Call] = frozenset()

    @property
    def devices(self) -> tuple[str, ...]:
        """The one device."""
        return (self._device,)

    def open(self, now_s: float) -> None:
        """Take the screen. What was shown last is drawn anew at the next step. Raises LinkLost."""
        size = self._screen.open() or (self._settings.width_px, self._settings.height_px)
        try:
            self._picture = BoardPicture(*size, self._settings.language)
        except ValueError as error:
            self._screen.close()
            raise LinkLost(f"{self.name}: {error}") from error
        self._unwritten, self._write_after_s = False, now_s
        self._due_s = now_s if self._machine.view else None
        self._emit(self._device, DeviceHealth("ready"))

    def close(self) -> None:
        """Release the screen; the last picture stays on it."""
        self._screen.close()
        self._picture = None
        self._due_s = None

    def read_fd(self) -> int | None:
        """Nothing is read from a board."""
        return None

    def write_fd(self) -> int | None:
        """Writing never waits."""
        return None

    def due_s(self) -> float | None:
        """When there is something to draw or write."""
        return self._due_s

    def on_readable(self, now_s: float) -> None:
        """Never called: there is no descriptor."""

    def on_writable(self, now_s: float) -> None:
        """Never called: there is no descriptor."""

    def handle(self, device: str, message: Message, now_s: float) -> None:
        """Keep a view for the next step. Raises TypeError for a message that is no `ShowBoard`."""
        if not isinstance(message, ShowBoard):
            raise TypeError(f"{device} is a board and does not know {type(message).__name__}")
        self._machine.on_view(message.view, now_s)
        if self._picture is not None:
            self._due_s = now_s

    def step(self, now_s: float) -> None:
        """Draw what is due, and write it unless the least interval forbids. Raises LinkLost."""
        picture, view = self._picture, self._machine.view
        if picture is None or view is None or self._due_s is None or now_s < self._due_s:
            return
        self._machine.advance(now_s)
        boxes = picture.update(view, self._machine.lit(now_s), self._machine.turn)
        self._unwritten = self._unwritten or bool(boxes)
        if now_s >= self._write_after_s:
            self._write(picture, boxes, view, now_s)
        self._due_s = self._next_due_s(now_s)

    def _write(self, picture: BoardPicture, boxes: Sequence[Box], view: BoardView, now_s: float) -> None:
        if self._unwritten:
            self._screen.show(picture, boxes)
            self._unwritten = False
            self._write_after_s = now_s + (self._settings.min_interval_s if self._screen.slow else 0)
        if not view.stale_since:
            self._tell_shown(view.calls[:CALL_ROWS])

    def _tell_shown(self, calls: Sequence[Call]) -> None:
        new = [call for call in calls if call not in self._shown]
        self._shown = frozenset(calls)
        for call in new:
            self._emit(self._device, Shown(call.ticket, call.window, call.times))

    def _next_due_s(self, now_s: float) -> float | None:
        own = self._machine.due_s(now_s)
        if not self._unwritten:
            return own
        return self._write_after_s if own is None else min(own, self._write_after_s)
