"""The way of everything the coordinator does: commit, meanwhile draw the new states, publish, answer."""

from __future__ import annotations

from collections.abc import Sequence

from edge.hall.events import Event
from edge.keeper import Done, Keeper, Reloading
from edge.ledger import Received
from edge.publisher import Publisher
from mqtt_bridge.messages import State


class Commits:
    """Binds the keeper of the hall to the publisher of its states."""

    def __init__(self, keeper: Keeper, publisher: Publisher) -> None:
        self._keeper = keeper
        self._publisher = publisher

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
