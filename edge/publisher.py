"""Publishes the coordinator's states: what an event changed at once, counts and waits a little later.

How many wait and how long it takes changes with every ticket; that is published at most once in
`COUNTS_EVERY_S`, and only where it differs. It is drawn from what was published last and the newest
counts, so it never shows a call before its commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

import msgspec

from edge.clock import HallClock
from edge.hall import events as e
from edge.hall import views
from edge.hall.events import Event
from edge.keeper import Keeper
from edge.site_in_force import SiteInForce
from edge.states import StateWriter
from mqtt_bridge import messages as m

COUNTS_EVERY_S = 1.0


class Port(Protocol):
    """What is needed of the bridge."""

    def publish(self, kind: str, rest: tuple[str, ...], message: m.Message, /) -> bool:
        """Publish on a topic of this node."""


class Publisher:
    """States of one coordinator's epoch."""

    def __init__(
        self,
        port: Port,
        loop: asyncio.AbstractEventLoop,
        clock: HallClock,
        keeper: Keeper,
        site: SiteInForce,
        epoch: int,
    ) -> None:
        self._port = port
        self._loop = loop
        self._clock = clock
        self._keeper = keeper
        self._site = site
        self.writer = StateWriter(epoch, site.qr)
        self._storage: m.Storage = "ok"
        self._windows: dict[str, m.WindowState] = {}
        self._queues: dict[str, m.QueueState] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._counted_s = float("-inf")

    def drawn(self, events: Sequence[Event]) -> list[m.State]:
        """The states that `events`, just folded, changed; to be published after their commit."""
        hall, version = self._keeper.hall, self._keeper.seq
        windows: dict[str, None] = {}
        board = whole = False
        for event in events:
            touched = views.touched(hall, event)
            windows.update(dict.fromkeys(_at_once(event, touched.windows)))
            board, whole = board or touched.board, whole or touched.hall
        states: list[m.State] = [self.writer.window(hall, version, window) for window in windows]
        if board:
            states.append(self.writer.board(hall, version))
        if whole:
            states.append(self.writer.hall(hall, version, self._storage))
        if any(isinstance(event, e.CatalogueApplied) for event in events):
            states.append(self.writer.site(hall, version, self._site.toml))
        return states

    def publish(self, states: Sequence[m.State]) -> None:
        """Their events are committed: let everybody see them."""
        for state in states:
            self._send(state)
        self.counts_soon()

    def everything(self) -> None:
        """All states, whole: after a start, and for a broker that forgot them."""
        hall, version = self._keeper.hall, self._keeper.seq
        self._windows.clear()
        self._queues.clear()
        for window in hall.catalogue.windows:
            self._send(self.writer.window(hall, version, window))
        self._send(self.writer.board(hall, version))
        self._send(self.writer.hall(hall, version, self._storage))
        self._send(self.writer.site(hall, version, self._site.toml))
        self._count()

    def storage(self, storage: m.Storage) -> None:
        """The journal's room has changed."""
        self._storage = storage
        self._send(self.writer.hall(self._keeper.hall, self._keeper.seq, storage))

    def stop(self) -> None:
        """Publish no more."""
        if self._timer is not None:
            self._timer.cancel()

    def counts_soon(self) -> None:
        """Counts and waits may have changed."""
        if self._timer is None:
            wait_s = max(self._counted_s + COUNTS_EVERY_S - self._loop.time(), 0.0)
            self._timer = self._loop.call_later(wait_s, self._count)

    def _count(self) -> None:
        self._timer = None
        self._counted_s = self._loop.time()
        hall, version = self._keeper.hall, self._keeper.seq
        for state in self.writer.queues(hall, version, self._clock.now_s()):
            known = self._queues.get(state.queue)
            if known is None or state != msgspec.structs.replace(known, version=state.version):
                self._send(state)
        for window, shown in list(self._windows.items()):
            waiting = views.window_view(hall, window).waiting
            if waiting != shown.waiting:
                self._send(msgspec.structs.replace(shown, waiting=waiting))

    def _send(self, state: m.State) -> None:
        match state:
            case m.WindowState():
                self._windows[state.window] = state
                self._port.publish("state/window", (state.window,), state)
            case m.QueueState():
                self._queues[state.queue] = state
                self._port.publish("state/queue", (state.queue,), state)
            case m.BoardState():
                self._port.publish("state/board", (), state)
            case m.HallState():
                self._port.publish("state/hall", (), state)
            case m.SiteState():
                self._port.publish("state/site", (), state)


def _at_once(event: Event, windows: tuple[str, ...]) -> tuple[str, ...]:
    """Of the windows an event touched, those of which more changed than how many wait."""
    match event:
        case e.NumberIssued():
            return ()
        case e.Called() | e.Transferred():
            return (event.window,)
        case _:
            return windows
