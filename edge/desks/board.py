"""A hall board: the last calls, the queues, the notices, the clock."""

from __future__ import annotations

from collections.abc import Callable

from devices.base import DeviceHealth
from devices.base import Message as DeviceMessage
from devices.board.messages import ShowBoard
from display.board_view import BoardView, Call, Notice, Queue
from edge.desks.base import Host
from edge.desks.directory import Directory
from mqtt_bridge import messages as m
from mqtt_bridge.topics import Topic

MINUTE_MS = 60_000


class BoardDesk:
    """One board. Shows `windows` and `queues` of the hall; none named means all."""

    def __init__(
        self,
        host: Host,
        device: str,
        windows: tuple[str, ...],
        queues: tuple[str, ...],
        directory: Callable[[], Directory],
    ) -> None:
        self._host = host
        self._device = device
        self._windows = windows
        self._queue_names = queues
        self._directory = directory
        self._board = m.BoardState(0, 0, 0)
        self._hall: m.HallState | None = None
        self._queues: dict[str, m.QueueState] = {}
        self._live = False
        self._stale_ms = host.now_ms()
        self._drawing = False
        self.wants: tuple[tuple[str, ...], ...] = (("state/board",), ("state/hall",), ("state/queue", "+"))
        self._every_minute()

    def hear(self, topic: Topic, message: m.Message) -> None:
        """Something the board shows has changed."""
        match message:
            case m.BoardState():
                self._board = message
            case m.HallState():
                self._hall = message
            case m.QueueState():
                self._queues[message.queue] = message
        self._draw_soon()

    def said(self, device: str, message: DeviceMessage) -> None:
        """A board says what it shows; nobody asked."""

    def health(self, device: str, health: DeviceHealth) -> None:
        """Its panel is there, or there again: it is drawn."""
        if health.state == "ready":
            self._draw_soon()

    def link(self, live: bool) -> None:
        """Without a coordinator the board keeps its state and says since when it is old."""
        if self._live and not live:
            self._stale_ms = self._host.now_ms()
        self._live = live
        self._draw_soon()

    def _every_minute(self) -> None:
        self._draw_soon()
        to_next_ms = MINUTE_MS - self._host.now_ms() % MINUTE_MS
        self._host.later(to_next_ms / 1000 + 0.01, self._every_minute)

    def _draw_soon(self) -> None:
        """Draw once for all that came in this turn of the loop."""
        if not self._drawing:
            self._drawing = True
            self._host.later(0, self._draw)

    def _draw(self) -> None:
        self._drawing = False
        self._host.tell(self._device, ShowBoard(view=self._view()))

    def _view(self) -> BoardView:
        directory = self._directory()
        site, hall = directory.site.site, self._hall
        return BoardView(
            title=site.name,
            title_en=site.name_en,
            clock=directory.local_time(self._host.now_ms(), "%H:%M"),
            calls=self._calls(),
            queues=self._lines(),
            notices=tuple(Notice(one.text, one.text_en) for one in hall.notices) if hall else (),
            open=hall.open if hall else True,
            hours=directory.hours_zh,
            hours_en=directory.hours_en,
            stale_since="" if self._live else directory.local_time(self._stale_ms, "%H:%M"),
        )

    def _calls(self) -> tuple[Call, ...]:
        labels = {window.label for window in self._directory().site.windows if window.id in self._windows}
        return tuple(
            Call(call.ticket, call.label, call.calls)
            for call in self._board.calls
            if not self._windows or call.label in labels
        )

    def _lines(self) -> tuple[Queue, ...]:
        wanted = self._queue_names or tuple(queue.id for queue in self._directory().site.queues)
        states = [self._queues[name] for name in wanted if name in self._queues]
        return tuple(
            Queue(s.name, s.name_en, s.waiting, s.wait_low_s, s.wait_high_s, s.issuing) for s in states
        )
