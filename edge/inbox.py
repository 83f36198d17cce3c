"""Which records the coordinator holds, by source and generation, and the receipts that say so."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from itertools import islice

from edge.ledger import Inbox as Place
from mqtt_bridge.messages import Receipt, Record

MISSING_MOST = 100
"""Holes named in one receipt; the sender fills these first and is told of the next ones then."""
BEYOND_MOST = 10_000
"""Records held beyond the first hole, for each source: far more than a node sends ahead of its receipts."""


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

    def is_whole(self, source: str, generation: str, up_to: int) -> bool:
        """Whether all records of a source up to this number are durable here, or will never come."""
        return self._marks.get((source, generation), 0) >= up_to

    def has_room(self, place: Place) -> bool:
        """Whether one more of this source can be held: it fills the first hole, or there are few beyond."""
        key = (place.source, place.generation)
        return (
            place.seq <= self._marks.get(key, 0) + 1
            or len(self._beyond.get(key, ())) < BEYOND_MOST
            or self.holds(place)
        )

    def lacks_before(self, place: Place, oldest: int, coming: Container[Place]) -> bool:
        """Whether a record between `oldest` and this one is neither durable here nor among those `coming`."""
        mark = max(self._marks.get((place.source, place.generation), 0), oldest - 1)
        before = (place._replace(seq=seq) for seq in range(mark + 1, place.seq))
        return any(not self.holds(one) and one not in coming for one in before)

    def note(self, place: Place, oldest: int = 0) -> None:
        """The record has become durable; of its source nothing below `oldest` will come any more."""
        key = (place.source, place.generation)
        mark = max(self._marks.get(key, 0), oldest - 1)
        beyond = self._beyond[key] = {seq for seq in self._beyond.get(key, ()) if seq > mark}
        if place.seq > mark:
            beyond.add(place.seq)
        while mark + 1 in beyond:
            mark += 1
            beyond.remove(mark)
        self._marks[key] = mark

    def receipt(self, source: str, generation: str) -> Receipt:
        """What to tell the source: durable up to the highest held, and the holes below it.

        With more holes than fit, up to the last before the first that is not named.
        """
        mark = self._marks.get((source, generation), 0)
        beyond = sorted(self._beyond.get((source, generation), ()))
        holes = list(islice(_holes(mark, beyond), MISSING_MOST + 1))
        if len(holes) > MISSING_MOST:
            return Receipt(generation, holes[MISSING_MOST] - 1, tuple(holes[:MISSING_MOST]))
        return Receipt(generation, beyond[-1] if beyond else mark, tuple(holes))


def _holes(mark: int, beyond: list[int]) -> Iterator[int]:
    """What is missing between `mark` and the last of `beyond`, which is in order."""
    for held in beyond:
        yield from range(mark + 1, held)
        mark = held
