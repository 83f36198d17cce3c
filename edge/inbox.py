"""Which records the coordinator holds, by source and generation, and the receipts that say so."""

from __future__ import annotations

from collections.abc import Mapping

from edge.ledger import Inbox as Place
from mqtt_bridge.messages import Receipt, Record

MISSING_MOST = 100
"""Holes named in one receipt; the sender fills these first and is told of the next ones then."""


def place_of(record: Record) -> Place:
    """Source, generation and sequence of a record."""
    generation, _, seq = record.id.partition("-")
    return Place(record.source, generation, int(seq))


class Inboxes:
    """What is durable here. `note` is called after the commit and never before."""

    def __init__(
        self, marks: Mapping[tuple[str, str], int], beyond: Mapping[tuple[str, str], set[int]]
    ) -> None:
        self._marks = dict(marks)
        self._beyond = {key: set(seqs) for key, seqs in beyond.items()}

    def holds(self, place: Place) -> bool:
        """Whether the record is durable here already."""
        key = (place.source, place.generation)
        return place.seq <= self._marks.get(key, 0) or place.seq in self._beyond.get(key, ())

    def note(self, place: Place) -> None:
        """The record has become durable."""
        key = (place.source, place.generation)
        beyond = self._beyond.setdefault(key, set())
        beyond.add(place.seq)
        mark = self._marks.get(key, 0)
        while mark + 1 in beyond:
            mark += 1
            beyond.remove(mark)
        self._marks[key] = mark

    def receipt(self, source: str, generation: str) -> Receipt:
        """What to tell the source: durable up to the highest held, and the holes below it."""
        mark, beyond = (
            self._marks.get((source, generation), 0),
            self._beyond.get((source, generation), set()),
        )
        if not beyond:
            return Receipt(generation, mark)
        holes = [seq for seq in range(mark + 1, max(beyond)) if seq not in beyond]
        up_to = holes[MISSING_MOST] - 1 if len(holes) > MISSING_MOST else max(beyond)
        return Receipt(generation, up_to, tuple(holes[:MISSING_MOST]))
