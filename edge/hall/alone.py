"""Numbers that ticket machines issue without the coordinator: leased before, merged afterwards.

Rules
1. A number is leased to one node and once: above all that were ever leased of its letters, that the node
   itself knows of, and that a queue with these letters has used.
2. A ticket issued alone is taken in as it is, whatever hours and limits say now: it is on paper. It stands
   in line by the hour of its issue, and one of a day that is over is over too, where its queue keeps none.
   One of a clock that was never set is taken to be of now.
3. A press that was given up has no number: one issued for it is taken back unless somebody was called by
   it, and one that would be issued later is refused.
4. A number that may be on paper and is in no record stands in no line. Shown at a window it becomes a
   ticket there.
"""

from __future__ import annotations

from collections.abc import Iterator

from edge.hall import commands as c
from edge.hall import events as e
from edge.hall import state as s
from edge.hall.calendar import CLOCK_SET_S, DAY_S
from edge.hall.refusals import refuse
from edge.hall.spans import MAX_LENGTH, Span, number_text, taken_apart
from edge.hall.state import Hall

Events = list[e.Event]


def lease(hall: Hall, command: c.LeaseNumbers, now_s: float) -> Events:
    """Whole blocks up to the size of a reserve; nothing where less than one is missing."""
    alone = hall.catalogue.alone
    prefix = alone.series.get(command.source, "")
    if not prefix or not alone.numbers:
        raise refuse("no_series", node=command.source)
    numbers = (alone.numbers - command.held) // alone.block * alone.block
    if numbers <= 0:
        return []
    known = command.up_to if command.prefix == prefix else 0
    first = max(alone.first - 1, hall.series.get(prefix, 0), known, *_used(hall, prefix)) + 1
    if len(number_text(prefix, first + numbers - 1)) > MAX_LENGTH:
        raise refuse("numbers_used_up", queue=prefix)
    return [e.NumbersLeased(now_s, command.source, prefix, first, first + numbers - 1)]


def _used(hall: Hall, prefix: str) -> Iterator[int]:
    """Counts of these letters that are on tickets of today, or that live."""
    gone = (visit.partition("-")[2] for visit in hall.past.get(hall.day, {}))
    for number in (*hall.numbers, *gone):
        letters, count = taken_apart(number)
        if letters == prefix:
            yield count


def merge(hall: Hall, command: c.MergeIssued, now_s: float) -> Events:
    """The ticket enters the hall, once; one whose service is gone may still be called by its number."""
    day, _, number = command.visit.partition("-")
    prefix, count = taken_apart(command.number)
    if number != command.number or count < 0:
        raise refuse("unknown_visit")
    if command.visit in hall.visits or command.visit in hall.past.get(day, {}):
        return []
    if number in hall.numbers:
        raise refuse("number_taken", number=number)
    service = hall.catalogue.services.get(command.service)
    if service is None:
        return mark_maybe_printed(hall, c.MarkMaybePrinted(prefix, count, count), now_s)
    issued_s = min(command.issued_s, now_s) if command.issued_s >= CLOCK_SET_S else now_s
    return [
        e.IssuedAlone(now_s, issued_s, command.visit, number, service.queue, service.id, command.priority)
    ]


def is_over(hall: Hall, issued_s: float, queue: str) -> bool:
    """Whether a ticket issued then belongs to a day that is over."""
    return issued_s < hall.day_ends_s - DAY_S and hall.catalogue.queues[queue].overnight == "discard"


def withdraw(hall: Hall, command: c.Withdraw, now_s: float) -> Events:
    """The press came to nothing. Somebody who was called by its number stays."""
    if command.request in hall.withdrawn:
        return []
    visit = next((one for one in hall.visits.values() if one.request == command.request), None)
    if visit is None:
        return [e.Withdrawn(now_s, command.request)]
    if visit.state != s.WAITING or visit.first_called_s != s.NEVER:
        return []
    return [e.Withdrawn(now_s, command.request, visit.id)]


def mark_maybe_printed(hall: Hall, command: c.MarkMaybePrinted, now_s: float) -> Events:
    """Nothing where they are marked already."""
    span = Span(command.prefix, command.first, command.last)
    if not len(span) or span in hall.maybe:
        return []
    return [e.MaybePrinted(now_s, command.prefix, command.first, command.last)]


def may_be_on_paper(hall: Hall, number: str) -> bool:
    """Whether a number that is no ticket's may be shown all the same."""
    if number in hall.numbers or f"{hall.day}-{number}" in hall.past.get(hall.day, {}):
        return False
    prefix, count = taken_apart(number)
    return any(span.holds(prefix, count) for span in hall.maybe)


def found_on_paper(hall: Hall, window: str, number: str, now_s: float) -> e.IssuedAlone:
    """Its ticket, for the first service that the window serves: nobody knows which it was issued for."""
    services = hall.catalogue.services.values()
    service = next((one for one in services if s.may_serve(hall, window, one.id)), None)
    if service is None:
        raise refuse("not_served_here", number=number)
    rates = hall.rule.rates
    priority = "ordinary" if "ordinary" in rates else min(rates, key=rates.__getitem__)
    return e.IssuedAlone(now_s, now_s, f"{hall.day}-{number}", number, service.queue, service.id, priority)
