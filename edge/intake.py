"""Takes in records: each is applied once, however often and in whatever order it comes.

The place of a record in the inbox and what it changes are one commit. Its source is told so by a receipt
after that, and never before; what could not be committed is not told, and comes again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from edge.commits import Commits
from edge.hall.events import Event
from edge.hall.refusals import Refused
from edge.inbox import Inboxes, place_of
from edge.keeper import Keeper, Reloading
from edge.ledger import Inbox
from edge.publisher import Port
from edge.rebuilding import Rebuilding
from edge.requests import command_of_record
from mqtt_bridge import messages as m

log = logging.getLogger("hall.coordinator")


class Intake:
    """Records on their way into the hall. All methods are called on the event loop."""

    def __init__(
        self,
        port: Port,
        loop: asyncio.AbstractEventLoop,
        keeper: Keeper,
        commits: Commits,
        inboxes: Inboxes,
        rebuilding: Rebuilding,
    ) -> None:
        self._port = port
        self._loop = loop
        self._keeper = keeper
        self._commits = commits
        self._inboxes = inboxes
        self._rebuilding = rebuilding
        self._under_way: set[Inbox] = set()
        self._receipts: set[tuple[str, str]] = set()

    def take(self, records: Sequence[m.Record], acknowledge: Callable[[], None]) -> None:
        """Apply records that came together, each unless it was applied or is being applied; then receipt."""
        fresh: dict[Inbox, m.Record] = {}
        for record in records:
            place = place_of(record)
            if self._inboxes.holds(place):
                self._receipt_soon(place)
            elif place not in self._under_way and self._inboxes.has_room(place):
                fresh[place] = record  # else its receipt comes, or it comes again
        if not fresh:
            acknowledge()
            return
        self._under_way.update(fresh)

        events: list[Event] = []

        def committed(error: Exception | None) -> None:
            self._under_way.difference_update(fresh)
            if error is None:
                for place, record in fresh.items():
                    self._inboxes.note(place, record.oldest)
                    self._receipt_soon(place)
                self._rebuilding.took(events)
            acknowledge()

        try:
            events += self._effects(fresh)
            received = tuple((place, record.oldest) for place, record in fresh.items())
            self._commits.commit(events, committed, received=received)
        except Reloading as error:
            committed(error)

    def _effects(self, fresh: dict[Inbox, m.Record]) -> list[Event]:
        """What records change. One that the rules refuse is kept as heard, and changes nothing.

        But while an earlier one of its node is missing, and may say what this one is about, it is taken out
        of `fresh`: it comes again, after those that the receipt says are lacking.
        """
        events: list[Event] = []
        for place, record in list(fresh.items()):
            command = command_of_record(record, lost=self._rebuilding.lost(record.at_ms))
            try:
                events += self._commits.act(command) if command is not None else ()
            except Refused as no:
                if self._inboxes.lacks_before(place, record.oldest, self._under_way):
                    del fresh[place]
                    self._under_way.discard(place)
                    self._receipt_soon(place)
                    continue
                log.warning("%s %s of %s: %s", type(record).__name__, record.id, record.source, no)
        return events

    def _receipt_soon(self, place: Inbox) -> None:
        """One receipt for all records of a source that are committed in this turn of the loop."""
        if not self._receipts:
            self._loop.call_soon(self._send_receipts)
        self._receipts.add((place.source, place.generation))

    def _send_receipts(self) -> None:
        for source, generation in sorted(self._receipts):
            self._port.publish("receipt", (source,), self._inboxes.receipt(source, generation))
        self._receipts.clear()
