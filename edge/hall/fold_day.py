"""The rare folds that may touch every visit: a new business day, a new catalogue, a clock that was set."""

from __future__ import annotations

from dataclasses import replace

from edge.hall import events as e
from edge.hall import state as s
from edge.hall.learning import forget_half

PAST_DAYS = 7  # a pad that was cut off may send its ratings this many days later


def start_day(hall: s.Hall, event: e.DayStarted) -> None:
    """Visits of the day before leave memory, but for those being served and those their queue keeps."""
    hall.day, hall.day_ends_s = event.day, event.ends_s
    if event.keep_all and not event.kept_from_s:
        return  # the day had a wrong name
    staying = {visit.id: visit for visit in hall.visits.values() if _stays(hall, visit, event)}
    _remember(hall, staying)
    hall.visits = staying
    queues = hall.catalogue.queues
    hall.counters = {
        queue: count
        for queue, count in hall.counters.items()
        if queue in queues and queues[queue].number.reset == "carry"
    }
    hall.issued_today, hall.scores, hall.late_ratings = {}, {}, []
    hall.withdrawn, hall.maybe = [], hall.maybe if event.keep_all else []
    for visit in staying.values():
        if _is_of_today(visit, event):
            hall.issued_today[visit.queue] = hall.issued_today.get(visit.queue, 0) + 1
    hall.board = [line for line in hall.board if line.visit in hall.visits]
    for window in hall.windows.values():
        _start_window(hall, window, event.at_s)
    forget_half(hall)
    s.rebuild(hall)


def _stays(hall: s.Hall, visit: s.Visit, event: e.DayStarted) -> bool:
    if visit.state in s.AT_WINDOW or _is_of_today(visit, event):
        return True
    return visit.state in s.LIVE and hall.catalogue.queues[visit.queue].overnight == "keep"


def _is_of_today(visit: s.Visit, event: e.DayStarted) -> bool:
    """Issued on this day already, by a clock that took it for another."""
    return event.keep_all and visit.issued_s >= event.kept_from_s


def _start_window(hall: s.Hall, window: s.WindowState, at_s: float) -> None:
    window.held = [visit for visit in window.held if visit in hall.visits]
    window.last = window.last if window.last in hall.visits else ""
    if window.question and window.question.visit not in hall.visits:
        window.question = None
    window.calls, window.since_s, window.spent = 0, at_s, {}


def _remember(hall: s.Hall, staying: dict[str, s.Visit]) -> None:
    """Keep of each visit that leaves what a late rating needs, and that its number was used."""
    for visit in hall.visits.values():
        if visit.id not in staying:
            s.retire(hall, visit)
    for day in sorted(hall.past)[:-PAST_DAYS]:
        del hall.past[day]


def apply_catalogue(hall: s.Hall, event: e.CatalogueApplied) -> None:
    """Put the catalogue in force. What a living visit still needs of the old one is kept."""
    before, after = hall.catalogue, event.catalogue
    held = {item for visit in hall.visits.values() for item in visit.items}
    known = hall.retired | before.services
    hall.retired = {item: known[item] for item in sorted(held - after.services.keys())}
    hall.catalogue = after
    hall.windows = {
        window: hall.windows.get(window) or s.WindowState(since_s=event.at_s) for window in after.windows
    }
    s.rebuild(hall)


def set_clock(hall: s.Hall, event: e.ClockSet) -> None:
    """Move along all times that the wrong clock stamped."""

    def moved(at_s: float) -> float:
        return at_s + event.by_s if at_s > event.since_s else at_s

    for visit in hall.visits.values():
        visit.issued_s = moved(visit.issued_s)
        for name in ("first_called_s", "called_s", "begun_s", "held_s"):
            setattr(visit, name, moved(getattr(visit, name)))
    for window in hall.windows.values():
        window.since_s = moved(window.since_s)
        if window.question:
            window.question = replace(window.question, asked_s=moved(window.question.asked_s))
    hall.board = [replace(line, at_s=moved(line.at_s)) for line in hall.board]
    for flow in hall.flows.values():
        flow.first_s, flow.last_s = moved(flow.first_s), moved(flow.last_s)
    hall.foretold.clear()
    hall.clock_set_s = event.at_s
    s.rebuild(hall)
