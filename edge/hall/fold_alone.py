"""Folds of what happened without the coordinator."""

from __future__ import annotations

from edge.hall import events as e
from edge.hall import state as s
from edge.hall.alone import is_over
from edge.hall.learning import learn_arrival
from edge.hall.spans import Span, taken_apart


def numbers_leased(hall: s.Hall, event: e.NumbersLeased) -> None:
    use_up(hall, event.prefix, event.last)


def use_up(hall: s.Hall, prefix: str, count: int) -> None:
    """Whoever said so: nothing up to `count` is ever leased again, also where the book of leases was lost.

    Letters of a queue are not leased: its own paper, found after a takeover, does not move its next days.
    """
    queues = hall.catalogue.queues.values()
    if prefix not in hall.series and any(queue.number.prefix == prefix for queue in queues):
        return
    hall.series[prefix] = max(hall.series.get(prefix, 0), count)


def issued_alone(hall: s.Hall, event: e.IssuedAlone) -> None:
    use_up(hall, *taken_apart(event.number))
    hall.issued += 1
    visit = s.Visit(
        id=event.visit,
        number=event.number,
        seq=hall.issued,
        queue=event.queue,
        service=event.service,
        items=(event.service,),
        priority=event.priority,
        origin=s.ALONE,
        issued_s=event.issued_s,
        prediction=e.Prediction(),
    )
    if is_over(hall, event.issued_s, event.queue):
        s.retire(hall, visit)
        return
    hall.issued_today[event.queue] = hall.issued_today.get(event.queue, 0) + 1
    visit.accepted = s.is_accepted(hall, visit)
    hall.visits[visit.id] = visit
    hall.numbers[visit.number] = visit.id
    s.enter_lines(hall, visit)
    learn_arrival(hall, visit)


def withdrawn(hall: s.Hall, event: e.Withdrawn) -> None:
    if not event.visit:
        hall.withdrawn.append(event.request)
        return
    visit = hall.visits.pop(event.visit)
    del hall.numbers[visit.number]
    hall.issued_today[visit.queue] = max(hall.issued_today.get(visit.queue, 0) - 1, 0)
    s.leave_lines(hall, visit)
    s.retire(hall, visit)


def maybe_printed(hall: s.Hall, event: e.MaybePrinted) -> None:
    use_up(hall, event.prefix, event.last)
    hall.maybe.append(Span(event.prefix, event.first, event.last))


def numbers_passed(hall: s.Hall, event: e.NumbersPassed) -> None:
    hall.counters[event.queue] = event.last
    passed = Span(event.prefix, event.first, event.last)
    hall.maybe = [*(old for old in hall.maybe if not _holds(passed, old)), passed]


def _holds(span: Span, other: Span) -> bool:
    return span.holds(other.prefix, other.first) and span.holds(other.prefix, other.last)
