"""A hall board: the last calls, the queues, the notices, the clock."""

from __future__ import annotations

from collections.abc import Callable

from devices.base import DeviceHealth
from devices.base import Message as DeviceMessage
from devices.board.messages import ShowBoard
from display.board_view import BoardView, Call, Notice, Queue
from edge.desks.base import Host
from edge.desks.directory import Directory
from edge.desks.fresh import Freshness
from mqtt_bridge import messages as m
from mqtt_bridge.topics import Topic

MINUTE_MS = 60_000
FIRST_WORD_S = 1.0
"""So long a board that starts waits for the hall's first word, and leaves on the panel what is there."""


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
        self._epoch = 0
        self._drawing = False
        self._is_waiting = True
        self._fresh = Freshness(host, lambda: directory().site.screens.stale_s, self._draw_soon)
        self.wants: tuple[tuple[str, ...], ...] = (("state/board",), ("state/hall",), ("state/queue", "+"))
        self._every_minute()
        host.after(FIRST_WORD_S, self._waited)

    def hear(self, topic: Topic, message: m.Message) -> None:
        """Something the board shows has changed."""
        match message:
            case m.BoardState():
                self._board = message
                self._fresh.hear(message)
            case m.HallState():
                self._hall = message
                self._fresh.told(message)
            case m.QueueState():
                self._queues[message.queue] = message
                self._fresh.told(message)
        self._waited()

    def said(self, device: str, message: DeviceMessage) -> None:
        """A board says what it shows; nobody asked."""

    def health(self, device: str, health: DeviceHealth) -> None:
        """Its panel is there, or there again: it is drawn."""
        if health.state == "ready":
            self._draw_soon()

    def link(self, epoch: int) -> None:
        """Without a coordinator the board keeps its state, and after a while says of when it is."""
        self._epoch = epoch
        self._fresh.link(epoch)
        self._draw_soon()

    def _waited(self) -> None:
        self._is_waiting = False
        self._draw_soon()

    def _every_minute(self) -> None:
        self._draw_soon()
        to_next_ms = MINUTE_MS - self._host.now_ms() % MINUTE_MS
        self._host.later(to_next_ms / 1000 + 0.01, self._every_minute)

    def _draw_soon(self) -> None:
        """Draw once for all that came in this turn of the loop."""
        if not self._drawing and not self._is_waiting:
            self._drawing = True
            self._host.later(0, self._draw)

    def _draw(self) -> None:
        self._drawing = False
        self._host.tell(self._device, ShowBoard(view=self._view()))

    def _view(self) -> BoardView:
        directory, fresh = self._directory(), self._fresh
        is_old = fresh.stale or fresh.unknown
        is_over = is_old and fresh.over
        site, hall = directory.site.site, None if is_over else self._hall
        return BoardView(
            title=site.name,
            title_en=site.name_en,
            clock=directory.local_time(self._host.now_ms(), "%H:%M"),
            calls=() if is_over else self._calls(),
            queues=() if is_over else self._lines(),
            notices=tuple(Notice(one.text, one.text_en) for one in hall.notices) if hall else (),
            open=hall.open if hall else True,
            hours=directory.hours_zh,
            hours_en=directory.hours_en,
            stale_since=directory.local_time(fresh.since_ms, "%H:%M") if is_old else "",
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
        if self._fresh.current:
            states = [state for state in states if state.epoch == self._epoch]
        return tuple(
            Queue(s.name, s.name_en, s.waiting, s.wait_low_s, s.wait_high_s, s.issuing) for s in states
        )
