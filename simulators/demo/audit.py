"""Holds what was seen from outside against the hall's own books, after all is over.

Outside: numbers on paper, calls on strips, ratings that a pad thanked for, and what a plain MQTT client
heard. The books: the events in the coordinator's journal. Anything in one and not in the other is lost.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from edge.hall import events as e
from edge.hall.events import Event
from edge.keeper import decode_event
from edge.look import read_events
from edge.settings.model import Site
from simulators.demo.observer import Observer
from simulators.demo.world import Seen


@dataclass(frozen=True)
class Audit:
    """Counts of what was seen outside, and sentences for what does not agree."""

    numbers: int
    calls: int
    ratings: int
    lost: tuple[str, ...]


class Books:
    """The hall's own record of its day."""

    def __init__(self, events: list[Event]) -> None:
        self.numbers: dict[str, str] = {}  # visit -> number
        self.calls: Counter[tuple[str, str]] = Counter()  # (visit, window)
        self.ratings: Counter[str] = Counter()  # window
        self.unprinted: set[str] = set()
        for event in events:
            self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case e.NumberIssued() | e.IssuedAlone():
                self.numbers[event.visit] = event.number
            case e.Withdrawn():
                self.unprinted.add(event.visit)
            case e.Called() | e.Recalled():
                self.calls[event.visit, event.window] += 1
            case e.RatingGiven():
                self.ratings[event.window] += 1
            case e.PrintMarked() if event.outcome != "printed":
                self.unprinted.add(event.visit)


def audit(journal: Path, site: Site, seen: Seen, observer: Observer) -> Audit:
    """Compare. The nodes must have stopped."""
    books = Books([decode_event(stored.kind, stored.body) for stored in read_events(journal)])
    lost = [
        *_numbers(books, seen, observer),
        *_calls(books, site, seen, observer),
        *_ratings(books, seen, observer),
    ]
    return Audit(
        numbers=len(observer.numbers | set(seen.papers)),
        calls=len(observer.calls),
        ratings=len(observer.ratings),
        lost=tuple(lost),
    )


def _numbers(books: Books, seen: Seen, observer: Observer) -> list[str]:
    issued = set(books.numbers.values())
    papers = Counter(seen.papers)
    lost = [
        f"number {one} was seen and is not in the books"
        for one in sorted((observer.numbers | set(papers)) - issued)
    ]
    lost += [f"number {one} is on {count} papers" for one, count in papers.items() if count > 1]
    for visit, number in books.numbers.items():
        if number not in papers and visit not in books.unprinted:
            lost.append(f"number {number} is in the books and nobody holds the paper")
    return lost


def _calls(books: Books, site: Site, seen: Seen, observer: Observer) -> list[str]:
    labels = {window.id: window.label for window in site.windows}
    booked = {(books.numbers.get(visit, ""), labels[window]) for visit, window in books.calls}
    heard = {(visit, window) for visit, window, _ in observer.calls}
    lost = [
        f"call of {one[0]} to {one[1]} stood on a strip and is not in the books"
        for one in seen.calls
        if one not in booked
    ]
    lost += [
        f"call {count} of {visit} at {window} was heard and is not in the books"
        for visit, window, count in observer.calls
        if count > books.calls[visit, window]
    ]
    lost += [
        f"call of {visit} at {window} was never heard"
        for visit, window in books.calls
        if (visit, window) not in heard
    ]
    return lost


def _ratings(books: Books, seen: Seen, observer: Observer) -> list[str]:
    lost = [
        f"window {window}: {count} ratings thanked for, {books.ratings[window]} in the books"
        for window, count in seen.thanked.items()
        if count != books.ratings[window]
    ]
    heard = Counter(record["window"] for record in observer.ratings.values())
    lost += [
        f"window {window}: {heard[window]} ratings heard, {count} in the books"
        for window, count in books.ratings.items()
        if count != heard[window]
    ]
    return lost
