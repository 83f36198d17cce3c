"""The way of all the coordinator does: decide, commit, meanwhile draw the new states, publish, answer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from edge.clock import HallClock
from edge.hall.commands import Command, PassOver, SetClock, Tick
from edge.hall.days import is_due
from edge.hall.events import DayStarted, Event
from edge.keeper import Done, Keeper, Reloading
from edge.ledger import Received
from edge.publisher import Publisher
from mqtt_bridge.messages import State

log = logging.getLogger("hall.coordinator")


class Commits:
    """Binds the hall's clock and keeper to the publisher of its states. `on_day`: a day has begun."""

    def __init__(self, keeper: Keeper, publisher: Publisher, clock: HallClock) -> None:
        self._keeper = keeper
        self._publisher = publisher
        self._clock = clock
        self.on_day: Callable[[], None] = lambda: None

    def act(self, command: Command) -> list[Event]:
        """Decide and fold `command` now; to be committed right after. Raises Refused or Reloading.

        A day that begins is committed before, for `on_day` to settle: nothing of it is issued while a card
        may forget it.
        """
        now_s = self.now_s()
        if not isinstance(command, PassOver) and is_due(self._keeper.hall, now_s):
            events = self._keeper.act(Tick(), now_s)
            self.commit(events, _log_failure)
            if any(isinstance(event, DayStarted) for event in events):
                self.on_day()
        return self._keeper.act(command, now_s)

    def now_s(self) -> float:
        """Hall time. When the clock was set, the hall is told so before anything else. Raises Reloading."""
        now_s = self._clock.now_s()
        steps = self._clock.steps
        while steps:
            events = self._keeper.act(SetClock(steps[0].by_s, steps[0].since_s), steps[0].at_s)
            steps.popleft()
            self.commit(events, _log_failure)
        return now_s

    def commit(
        self,
        events: Sequence[Event],
        then: Done,
        *,
        answer: tuple[str, int, bytes] | None = None,
        received: Sequence[Received] = (),
        site: str | None = None,
    ) -> None:
        """Commit `events`, just folded, with what belongs to them; then publish; then `then(None)`.

        `then(error)` when that or anything before it could not be committed. With nothing to commit, `then`
        still waits for what was decided before. Raises Reloading.
        """
        states: list[State] = []

        def committed(error: Exception | None) -> None:
            if error is None:
                self._publisher.publish(states)
            then(error)

        if events or received or site is not None or self._keeper.is_ahead:
            self._keeper.commit(events, committed, answer=answer, received=received, site=site)
            states += self._publisher.drawn(events)  # while the disk works
        else:
            then(None)

    def everything(self) -> None:
        """Publish the hall whole, as it is now, once that is committed."""
        states = self._publisher.whole()

        def committed(error: Exception | None) -> None:
            if error is None:  # else the hall is read again, and published whole then
                self._publisher.replace(states)

        try:
            self.commit((), committed)
        except Reloading:
            pass


def _log_failure(error: Exception | None) -> None:
    if error is not None:
        log.error("%s", error)
