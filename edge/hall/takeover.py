"""Numbers that a coordinator may have issued after the last that is known here: passed over, kept callable.

A coordinator that takes over with a copy of the books does not know what the one before it did last, nor
does one whose card may have forgotten the last commits. What may have been issued is never issued again; who
holds such paper is called when he shows it, as with every number that may be on paper
(`edge/hall/alone.py`, rule 4).
"""

from __future__ import annotations

from collections.abc import Iterator

from edge.hall import commands as c
from edge.hall import events as e
from edge.hall.calendar import DAY_S
from edge.hall.catalogue import Queue
from edge.hall.numbers import count_after
from edge.hall.spans import taken_apart
from edge.hall.state import Hall

LEAST = 10
"""Numbers of each queue that are passed over in any case: some seconds of a rush at the doors."""
MOST = 500
"""More than a queue issues until somebody sees that the hall stands still."""
TIMES = 2
"""As many times as in the busiest such stretch of the day."""


def pass_over(hall: Hall, command: c.PassOver, now_s: float) -> list[e.Event]:
    """Of each queue the next numbers, as many as may have been issued in `unheard_s` seconds."""
    events: list[e.Event] = []
    for queue in hall.catalogue.queues.values():
        if queue.number.reset == "daily" and command.day not in ("", hall.day):
            continue
        events += passed(hall, queue, to_pass(hall, queue, command.unheard_s, now_s, command.least), now_s)
    return events


def to_pass(hall: Hall, queue: Queue, unheard_s: float, now_s: float, least: int = 0) -> int:
    """How many numbers of a queue may have been issued in `unheard_s` seconds; `least` in any case."""
    return min(TIMES * _busiest(hall, queue, unheard_s, now_s) + max(LEAST, least), MOST)


def passed(hall: Hall, queue: Queue, numbers: int, now_s: float) -> Iterator[e.NumbersPassed]:
    """One run, or two where the numbers begin again in between."""
    form = queue.number
    first = count_after(form, hall.counters.get(queue.id, form.first - 1))
    last = first + numbers - 1
    end = 10**form.digits - 1
    if form.reset == "carry" and last > end:
        yield e.NumbersPassed(now_s, queue.id, form.prefix, first, end)
        first, last = form.first, form.first + last - end - 1
    yield e.NumbersPassed(now_s, queue.id, form.prefix, first, last)


def _busiest(hall: Hall, queue: Queue, unheard_s: float, now_s: float) -> int:
    """The most numbers that were issued of a queue in any stretch of `unheard_s` of the day.

    Where it reaches back beyond the day, all of the last day that is remembered, if that is more.
    """
    issued = sorted(visit.issued_s for visit in hall.visits.values() if visit.queue == queue.id)
    most = start = 0
    for end, at_s in enumerate(issued):
        while issued[start] < at_s - unheard_s:
            start += 1
        most = max(most, end - start + 1)
    is_older = now_s - unheard_s < hall.day_ends_s - DAY_S
    return max(most, len(list(_of_last_day(hall, queue)))) if is_older else most


def _of_last_day(hall: Hall, queue: Queue) -> Iterator[str]:
    last = max((day for day in hall.past if day < hall.day), default="")
    for visit in hall.past.get(last, {}):
        if taken_apart(visit.partition("-")[2])[0] == queue.number.prefix:
            yield visit
