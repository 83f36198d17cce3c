"""Folds of what nodes told after the coordinator's store was lost."""

from __future__ import annotations

from edge.hall import events as e
from edge.hall import state as s
from edge.hall.fold_alone import use_up
from edge.hall.spans import taken_apart

BOARD_LINES = 20


def ticket_rebuilt(hall: s.Hall, event: e.TicketRebuilt) -> None:
    known = hall.visits.get(event.visit)
    if known is not None:
        _amend(hall, known, event)
        return
    hall.issued += 1
    visit = s.Visit(
        id=event.visit,
        number=event.number,
        seq=hall.issued,
        queue=event.queue,
        service=event.service,
        items=tuple(dict.fromkeys((event.service, *event.items))),
        priority=event.priority,
        origin=s.REBUILT,
        issued_s=event.issued_s,
        prediction=e.Prediction(),
        served_at=event.served_at,
    )
    if event.visit.partition("-")[0] != hall.day:
        s.retire(hall, visit)
        return
    use_up(hall, *taken_apart(event.number))
    _count(hall, event)
    hall.issued_today[event.queue] = hall.issued_today.get(event.queue, 0) + 1
    hall.visits[visit.id] = visit
    hall.numbers[visit.number] = visit.id
    visit.accepted = s.is_accepted(hall, visit)
    if event.served_at:
        visit.state, visit.window = s.DONE, event.served_at[-1]
    else:
        s.enter_lines(hall, visit)


def _amend(hall: s.Hall, visit: s.Visit, event: e.TicketRebuilt) -> None:
    """What had to be guessed is told now."""
    waits = visit.state == s.WAITING
    if waits:
        s.leave_lines(hall, visit)
    visit.service, visit.priority, visit.issued_s = event.service, event.priority, event.issued_s
    visit.items = tuple(dict.fromkeys((event.service, *event.items)))
    visit.accepted = s.is_accepted(hall, visit)
    if waits:
        s.enter_lines(hall, visit)


def _count(hall: s.Hall, event: e.TicketRebuilt) -> None:
    """The queue goes on above this number; where numbers begin again, above that of the latest ticket."""
    form = hall.catalogue.queues[event.queue].number
    prefix, count = taken_apart(event.number)
    if prefix != form.prefix:
        return
    known = hall.counters.get(event.queue, form.first - 1)
    if form.reset == "carry":
        issued = (one.issued_s for one in hall.visits.values() if one.queue == event.queue)
        hall.counters[event.queue] = count if event.issued_s >= max(issued, default=0.0) else known
    else:
        hall.counters[event.queue] = max(known, count)


def call_rebuilt(hall: s.Hall, event: e.CallRebuilt) -> None:
    visit, window = hall.visits[event.visit], hall.windows.get(event.window)
    if visit.state == s.WAITING:
        s.leave_lines(hall, visit)
        visit.state, visit.window = s.DONE, event.window
    if event.called_s >= visit.called_s:
        visit.called_s = event.called_s
    first_s = visit.first_called_s
    visit.first_called_s = event.called_s if first_s == s.NEVER else min(first_s, event.called_s)
    visit.calls[event.window] = max(event.calls, visit.calls.get(event.window, 0))
    if event.window not in visit.served_at:
        visit.served_at = (*visit.served_at, event.window)
    if window is None:
        return
    label = hall.catalogue.windows[event.window].label
    line = s.BoardLine(visit.id, visit.number, event.window, label, event.called_s, event.calls, visit.queue)
    _show(hall, line)
    before = hall.visits.get(window.visit)
    if event.last:
        window.told = event.seq
        if before is not None and before is not visit:
            before.state, window.visit = s.DONE, ""
    if not event.over:
        _stand_at(hall, event.window, visit)


def _show(hall: s.Hall, line: s.BoardLine) -> None:
    """The board has the calls in the order in which they were."""
    known = [old for old in hall.board if old.visit == line.visit]
    if line.calls and all(old.at_s < line.at_s for old in known):
        others = (old for old in hall.board if old.visit != line.visit)
        hall.board = sorted((line, *others), key=lambda one: one.at_s, reverse=True)[:BOARD_LINES]


def _stand_at(hall: s.Hall, window: str, visit: s.Visit) -> None:
    """The visit is called at the window and nowhere else."""
    if visit.state in s.AT_WINDOW:
        hall.windows[visit.window].visit = ""
    visit.state, visit.window, visit.begun_s = s.CALLING, window, s.NEVER
    hall.windows[window].visit = visit.id
