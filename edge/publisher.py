"""Publishes the coordinator's states: what an event changed at once, counts and waits a little later.

Rules
1. A state is drawn when its events are folded and goes out when they are committed. Its version and time
   are given when it goes out, so that what goes out later is newer, also after a failed commit took back the
   hall.
2. How many wait and how long it takes changes with every ticket; that goes out at most once in
   `COUNTS_EVERY_S`, only where it differs, drawn into the state that went out last. So it never shows a
   call before its commit.
3. What is no longer in the hall, a window taken out of the site file, is taken off the broker.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

import msgspec

from edge.clock import HallClock
from edge.hall import events as e
from edge.hall import views
from edge.hall.catalogue import Catalogue
from edge.hall.events import Event
from edge.hall.touched import touched
from edge.keeper import Keeper
from edge.site_in_force import SiteInForce
from edge.states import StateWriter
from mqtt_bridge import messages as m

COUNTS_EVERY_S = 1.0

Place: TypeAlias = tuple[str, tuple[str, ...]]  # kind and rest of a topic


class Port(Protocol):
    """What is needed of the bridge."""

    def publish(self, kind: str, rest: tuple[str, ...], message: m.Message | None, /) -> bool:
        """Publish on a topic of this node; None takes a retained topic off the broker."""


class Publisher:
    """States of one coordinator's epoch. `storage` tells how much room the journal has."""

    def __init__(
        self,
        port: Port,
        loop: asyncio.AbstractEventLoop,
        clock: HallClock,
        keeper: Keeper,
        site: SiteInForce,
        epoch: int,
        storage: Callable[[], m.Storage],
    ) -> None:
        self._port = port
        self._loop = loop
        self._clock = clock
        self._keeper = keeper
        self._site = site
        self.writer = StateWriter(epoch, site.qr)
        self._storage = storage
        self._versions = itertools.count(1)
        self._sent: dict[Place, m.State | None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._counted_s = float("-inf")
        self._stopped = False
        self.is_quiet = False  # what the hall is, is not known yet: nothing is said

    def knew(self, catalogue: Catalogue) -> None:
        """The broker may still hold states of these windows and queues."""
        self._sent.update(dict.fromkeys(("state/window", (window,)) for window in catalogue.windows))
        self._sent.update(dict.fromkeys(("state/queue", (queue,)) for queue in catalogue.queues))

    def drawn(self, events: Sequence[Event]) -> list[m.State]:
        """The states that `events`, just folded, changed; to be published after their commit.

        A new site file is published whole, by `whole` and `replace`.
        """
        hall = self._keeper.hall
        windows: dict[str, None] = {}
        board = whole = False
        for event in events:
            changed = touched(hall, event)
            windows.update(dict.fromkeys(_at_once(event, changed.windows)))
            board, whole = board or changed.board, whole or changed.hall
        states: list[m.State] = [self.writer.window(hall, window) for window in windows]
        if board:
            states.append(self.writer.board(hall))
        if whole:
            states.append(self.writer.hall(hall))
        return states

    def publish(self, states: Sequence[m.State]) -> None:
        """Their events are committed: let everybody see them."""
        for state in states:
            self._send(state)
        self.counts_soon()

    def whole(self) -> list[m.State]:
        """All states as the hall is now; to be handed to `replace` when that is committed."""
        hall = self._keeper.hall
        return [
            *(self.writer.window(hall, window) for window in hall.catalogue.windows),
            *self.writer.queues(hall, self._clock.now_s()),
            self.writer.board(hall),
            self.writer.hall(hall),
            self.writer.site(hall),
        ]

    def replace(self, states: Sequence[m.State]) -> None:
        """After a start, and for a broker that forgot them: these are all, and the rest is over."""
        gone = self._sent.keys() - {_place_of(state) for state in states}
        for kind, rest in sorted(gone):
            del self._sent[kind, rest]
            if not self._stopped and not self.is_quiet:
                self._port.publish(kind, rest, None)
        self.publish(states)

    def storage_changed(self) -> None:
        """The journal's room has changed."""
        self._send(self.writer.hall(self._keeper.hall))

    def stop(self) -> None:
        """Publish no more."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()

    def counts_soon(self) -> None:
        """Counts and waits may have changed."""
        if self._timer is None and not self._stopped:
            wait_s = max(self._counted_s + COUNTS_EVERY_S - self._loop.time(), 0.0)
            self._timer = self._loop.call_later(wait_s, self._count)

    def _count(self) -> None:
        self._timer = None
        self._counted_s = self._loop.time()
        hall = self._keeper.hall
        for state in self.writer.queues(hall, self._clock.now_s()):
            known = self._sent.get(_place_of(state))
            if known is None or state != msgspec.structs.replace(known, version=0, at_ms=0):
                self._send(state)
        for window, waiting in views.waiting_by_window(hall).items():
            shown = self._sent.get(("state/window", (window,)))
            if isinstance(shown, m.WindowState) and shown.waiting != waiting:
                self._send(msgspec.structs.replace(shown, waiting=waiting))

    def _send(self, state: m.State) -> None:
        if self._stopped or self.is_quiet or not self._keeper.hall.day:  # books without a day are empty
            return
        kind, rest = place = _place_of(state)
        state = msgspec.structs.replace(state, version=next(self._versions), at_ms=self._clock.now_ms())
        match state:  # what is no matter of the rules is as it is now
            case m.HallState():
                state = msgspec.structs.replace(state, storage=self._storage())
            case m.SiteState():
                state = msgspec.structs.replace(state, toml=self._site.toml)
        self._sent[place] = state
        self._port.publish(kind, rest, state)


def _place_of(state: m.State) -> Place:
    match state:
        case m.WindowState():
            return "state/window", (state.window,)
        case m.QueueState():
            return "state/queue", (state.queue,)
        case m.BoardState():
            return "state/board", ()
        case m.HallState():
            return "state/hall", ()
        case _:
            return "state/site", ()


def _at_once(event: Event, windows: tuple[str, ...]) -> tuple[str, ...]:
    """Of the windows an event touched, those of which more changed than how many wait."""
    match event:
        case e.NumberIssued() | e.IssuedAlone() | e.TicketRebuilt() | e.Withdrawn():
            return ()
        case e.Called() | e.Transferred():
            return (event.window,)
        case _:
            return windows
