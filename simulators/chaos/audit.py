"""The outside observer's ledger against the hall's own books, after all is over.

lost: outside there is something that the books do not know. doubled: the books, or the world, have it more
often than people did it. wrong: the two contradict each other.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from edge.hall import events as e
from edge.hall.events import Event
from edge.journal import JournalError
from edge.keeper import decode_event, hall_of
from edge.look import read_events, read_file
from simulators.chaos.seen import Rating, Seen

UNREADABLE = (JournalError, apsw.Error)
"""What is raised for stores that cannot be read."""


class Findings(NamedTuple):
    """Sentences; none where the hall kept its promises."""

    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    wrong: tuple[str, ...]


class Books(NamedTuple):
    """What the hall's stores hold."""

    events: list[Event]
    records: dict[str, list[int]]  # by node: sequences that it keeps
    held: dict[str, int]  # by node: the coordinator holds all up to here, of the node's store
    waiting: dict[str, int]  # by node: records without a receipt
    printed: frozenset[str] = frozenset()  # visits of which a node keeps what became of the slip


def read_books(core: Path, others: dict[str, Path]) -> Books:
    """Read the stores of nodes that have stopped. Raises one of `UNREADABLE`."""
    records, held, waiting = {}, {}, {}
    printed: set[str] = set()
    found = read_file(core)
    for node, path in {**others, "core": core}.items():
        generation, kept, waiting[node] = _read(path)
        records[node], held[node] = list(kept), found.marks.get((node, generation), 0)
        printed |= {one["visit"] for one in kept.values() if one["type"] == "printed"}
    events = [decode_event(one.kind, one.body) for one in read_events(core)]
    return Books(events, records, held, waiting, frozenset(printed))


def _read(path: Path) -> tuple[str, dict[int, dict[str, Any]], int]:
    """Generation, records by their sequence, and how many of them have no receipt."""
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        generation = str(db.execute("SELECT value FROM meta WHERE key = 'generation'").get)
        rows = {int(seq): json.loads(body) for seq, body in db.execute("SELECT seq, body FROM outbox")}
        receipted = db.execute("SELECT receipted FROM outbox ORDER BY seq DESC LIMIT 1").get or 0
        waiting = sum(seq > receipted for seq in rows)
    finally:
        db.close()
    return generation, rows, waiting


def replayed(core: Path) -> list[str]:
    """Whether the books can be played from their beginning, as at a start."""
    try:
        hall_of(read_file(core))
    except JournalError as error:
        return [str(error)]
    return []


def audit(books: Books, seen: Seen, slack: dict[str, int]) -> Findings:
    """Compare.

    `slack`, by window and "" for the ticket machines, counts starts of its node and plugs put back: a key
    that is down meanwhile is a second press for it.
    """
    return Findings(
        lost=(
            *_lost_numbers(books, seen),
            *_lost_ratings(books, seen),
            *_lost_records(books),
            *_unmarked(books),
        ),
        doubled=(
            *_doubled_numbers(books, seen, slack),
            *_doubled_calls(books, seen, slack),
            *_rated_twice(books),
        ),
        wrong=(*_calls_that_never_were(books, seen), *_ratings_that_never_were(books, seen)),
    )


def _of(books: Books, kind: type[Any]) -> Iterator[Any]:
    return (event for event in books.events if isinstance(event, kind))


def _issued(books: Books) -> Iterator[e.NumberIssued | e.IssuedAlone]:
    yield from _of(books, e.NumberIssued)
    yield from _of(books, e.IssuedAlone)


def _numbers(books: Books) -> dict[str, str]:
    return {event.visit: event.number for event in _issued(books)}


def _lost_numbers(books: Books, seen: Seen) -> Iterator[str]:
    issued = set(_numbers(books).values())
    for number in sorted(set(seen.papers) - issued):
        yield f"number {number} is on paper and not in the books"
    withdrawn = {event.visit for event in _of(books, e.Withdrawn)}
    for number in sorted(
        {one for visit, one in _numbers(books).items() if visit in withdrawn} & set(seen.papers)
    ):
        yield f"number {number} is on paper and was taken back"


def _lost_records(books: Books) -> Iterator[str]:
    for node, sequences in books.records.items():
        beyond = [seq for seq in sequences if seq > books.held[node]]
        if beyond:
            yield f"records {beyond[:5]} of {node} never reached the coordinator"
        if books.waiting[node]:
            yield f"{books.waiting[node]} records of {node} have no receipt"


def _unmarked(books: Books) -> Iterator[str]:
    """Slips that a node said to be printed, and of which the hall does not know what became."""
    marked = {event.visit for event in _of(books, e.PrintMarked)}
    for visit in sorted((books.printed & _numbers(books).keys()) - marked):
        yield f"{visit} was printed, its node said so, and the hall does not know"


def _given(books: Books, by: Callable[[Rating], Any]) -> Counter[Any]:
    numbers = _numbers(books)
    return Counter(
        by(Rating(event.window, event.level, numbers.get(event.visit, "?")))
        for event in _of(books, e.RatingGiven)
    )


def _lost_ratings(books: Books, seen: Seen) -> Iterator[str]:
    """By whom they are, where that is known, and all together by window and level."""
    given = _given(books, lambda one: one) + _given(books, lambda one: (one.window, one.level))
    thanked = Counter[Any]()
    for rating, count in seen.thanked.items():
        thanked[rating.window, rating.level] += count
        if rating.number:
            thanked[rating] += count
    for rating, count in (thanked - given).items():
        yield f"{count} ratings thanked for and not in the books: {rating}"


def _doubled_numbers(books: Books, seen: Seen, slack: dict[str, int]) -> Iterator[str]:
    for number, count in Counter(seen.papers).items():
        if count > 1:
            yield f"number {number} is on {count} papers"
    issued = [event.visit for event in _issued(books)]
    for visit, count in Counter(issued).items():
        if count > 1:
            yield f"{visit} was issued {count} times"
    withdrawn = {event.visit for event in _of(books, e.Withdrawn)}
    if len(set(issued) - withdrawn) > seen.takes + slack[""]:
        yield f"{len(set(issued) - withdrawn)} numbers issued for {seen.takes} presses"


def _doubled_calls(books: Books, seen: Seen, slack: dict[str, int]) -> Iterator[str]:
    calls = Counter(event.window for kind in (e.Called, e.Recalled) for event in _of(books, kind))
    for window, count in calls.items():
        if count > seen.calls[window] + slack[window]:
            yield f"window {window} called {count} times for {seen.calls[window]} presses"


def _rated_twice(books: Books) -> Iterator[str]:
    ratings = Counter((event.visit, event.item) for event in _of(books, e.RatingGiven))
    for (visit, _), count in ratings.items():
        if count > 1:
            yield f"{visit} was rated {count} times"


def _calls_that_never_were(books: Books, seen: Seen) -> Iterator[str]:
    numbers = _numbers(books)
    called = {(numbers[event.visit], event.window) for event in _of(books, e.Called)}
    for number, window in sorted(seen.shown - called):
        yield f"{number} stood on the strip of window {window} and was never called there"


def _ratings_that_never_were(books: Books, seen: Seen) -> Iterator[str]:
    pressed = Counter[Any]()
    for rating, count in seen.rated.items():
        pressed[rating.window, rating.level] += count
    for (window, level), count in _given(books, lambda one: (one.window, one.level)).items():
        if count > pressed[window, level]:
            yield f"window {window}: {count} ratings of level {level} for {pressed[window, level]} presses"
