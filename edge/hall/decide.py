"""Whether an action is accepted, and what it makes happen. Nothing is changed here: see `fold`.

`decide` answers with events to be kept and folded, in order, all or none. An empty list means accepted, with
nothing to change (a clerk who logs in twice). It raises `Refused` and nothing else.

When a new business day is due and no `Tick` came yet, any command brings the day's events with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edge.hall import alone, at_window, rebuilding, takeover
from edge.hall import commands as c
from edge.hall import events as e
from edge.hall import state as s
from edge.hall.calendar import is_issuing, is_open, next_change_s
from edge.hall.days import is_due, set_clock, turn
from edge.hall.estimate import predict
from edge.hall.fold import fold
from edge.hall.forecast import Ask
from edge.hall.numbers import next_number, visit_id
from edge.hall.refusals import refuse
from edge.hall.snapshot import restore
from edge.hall.state import Hall

Events = list[e.Event]


def decide(hall: Hall, command: c.Command, now_s: float) -> Events:
    """The events of `command` at `now_s`, Unix seconds. Raises `Refused`."""
    if isinstance(command, c.SetClock):
        return set_clock(hall, command.by_s, command.since_s, now_s)
    if not is_due(hall, now_s):
        return _DECISIONS[type(command)](hall, command, max(now_s, hall.now_s))
    events = turn(hall, now_s)
    if isinstance(command, c.Tick):
        return events
    turned = _folded(hall, events)
    return events + _DECISIONS[type(command)](turned, command, max(now_s, turned.now_s))


def _folded(hall: Hall, events: Events) -> Hall:
    """The hall as it will be once `events`, which are not yet kept, are folded."""
    later = restore(hall)
    for event in events:
        fold(later, event)
    return later


def next_due_s(hall: Hall, now_s: float) -> float:
    """When the next `Tick` is due, Unix seconds, later than `now_s`."""
    return next_change_s(hall.catalogue.hours, now_s)


def _take_number(hall: Hall, command: c.TakeNumber, now_s: float) -> Events:
    if command.request and command.request in hall.withdrawn:
        raise refuse("withdrawn")
    service = hall.catalogue.services.get(command.service)
    if service is None or any(item not in hall.catalogue.services for item in command.items):
        raise refuse("unknown_service")
    _check_hours(hall, now_s)
    queue = hall.catalogue.queues[service.queue]
    if queue.daily_limit and hall.issued_today.get(queue.id, 0) >= queue.daily_limit:
        raise refuse("daily_limit", queue=queue.name)
    priority, origin = _class_of(hall, command, now_s)
    count, number = next_number(hall, queue)
    items = tuple(dict.fromkeys(item for item in command.items if item != service.id))
    accepted = all(hall.catalogue.services[item].accepted for item in (service.id, *items))
    issued = e.NumberIssued(
        at_s=now_s,
        visit=visit_id(hall, number),
        number=number,
        count=count,
        queue=queue.id,
        service=service.id,
        priority=priority,
        origin=origin,
        items=items,
        appointment_s=command.appointment_s,
        prediction=predict(hall, Ask(queue.id, priority, accepted), now_s),
        request=command.request,
    )
    return [issued]


def _check_hours(hall: Hall, now_s: float) -> None:
    hours = hall.catalogue.hours
    if not is_open(hours, now_s):
        raise refuse("hall_closed")
    if not is_issuing(hours, now_s):
        raise refuse("issuing_stopped")


def _class_of(hall: Hall, command: c.TakeNumber, now_s: float) -> tuple[str, str]:
    """Class and origin: an appointment in its time is of the appointments' class if that is faster."""
    rates = hall.rule.rates
    if command.priority not in rates:
        raise refuse("unknown_class")
    if command.origin != "appointment":
        return command.priority, command.origin
    rule = hall.catalogue.appointments
    if not command.appointment_s - rule.early_s <= now_s <= command.appointment_s + rule.late_s:
        return command.priority, "walk_in"
    faster = rates.get(rule.priority, 0.0) > rates[command.priority]
    return (rule.priority if faster else command.priority), "appointment"


def _rate(hall: Hall, command: c.Rate, now_s: float) -> Events:
    if not 1 <= command.level <= 5:
        raise refuse("bad_level")
    if (rebuilt := rebuilding.rated(hall, command, now_s)) is not None:
        return rebuilt
    visit = hall.visits.get(command.visit)
    stub = visit or next((day[command.visit] for day in hall.past.values() if command.visit in day), None)
    if stub is None:
        raise refuse("unknown_visit")
    if command.item and command.item not in stub.items:
        raise refuse("unknown_item")
    if command.item in stub.ratings:
        raise refuse("already_rated")
    here = visit is not None and visit.state in s.AT_WINDOW and visit.window == command.window
    if not here and command.window not in stub.served_at:
        raise refuse("not_served")
    given = e.RatingGiven(now_s, command.window, command.visit, command.level, command.item)
    if visit is not None and here and visit.state == s.CALLING:
        return [e.Begun(now_s, command.window, visit.id, pressed=False), given]
    return [given]


def _mark_printed(hall: Hall, command: c.MarkPrinted, now_s: float) -> Events:
    if command.outcome not in ("printed", "not_printed", "unknown"):
        raise refuse("bad_outcome")
    rebuilt = rebuilding.printed(hall, command, now_s)
    visit = hall.visits.get(command.visit)
    if visit is None and not rebuilt and command.lost and not command.visit.startswith(hall.day):
        return []  # of a day that is over
    if not rebuilt and (visit is None or visit.number != command.number):
        raise refuse("unknown_visit")
    return [*rebuilt, e.PrintMarked(now_s, command.visit, command.outcome, command.reason, command.copy)]


def _merge(hall: Hall, command: c.MergeIssued, now_s: float) -> Events:
    known = hall.visits.get(command.visit)
    if known is None:
        return alone.merge(hall, command, now_s)
    return rebuilding.amended(hall, known, c.Slip(command.service, command.priority, command.issued_s), now_s)


def _apply(hall: Hall, command: c.ApplyCatalogue, now_s: float) -> Events:
    before, after = hall.catalogue, command.catalogue
    if after == before:
        return []
    if after.version <= before.version:
        raise refuse("old_version")
    if any(service.queue not in after.queues for service in after.services.values()):
        raise refuse("unknown_queue")
    for window in before.windows.keys() - after.windows.keys():
        if _window_in_use(hall, window):
            raise refuse("window_in_use", label=before.windows[window].label)
    gone = before.queues.keys() - after.queues.keys()
    for visit in hall.visits.values():
        if visit.queue in gone and visit.state in s.LIVE:
            raise refuse("queue_in_use", queue=before.queues[visit.queue].name)
    applied: Events = [e.CatalogueApplied(now_s, after)]
    return applied + turn(_folded(hall, applied), now_s)


def _window_in_use(hall: Hall, window: str) -> bool:
    state = hall.windows[window]
    return bool(state.clerk or state.visit or state.held or len(hall.lines[f"window/{window}"]))


def _tick(hall: Hall, command: c.Tick, now_s: float) -> Events:
    return turn(hall, now_s)


_DECISIONS: dict[type[c.Command], Callable[[Hall, Any, float], Events]] = {
    c.TakeNumber: _take_number,
    c.CallNext: at_window.call_next,
    c.CallNumber: at_window.call_number,
    c.Recall: at_window.recall,
    c.Begin: at_window.begin,
    c.NoShow: at_window.no_show,
    c.Hold: at_window.hold,
    c.ResumeHeld: at_window.resume_held,
    c.Transfer: at_window.transfer,
    c.AddItem: at_window.add_item,
    c.AskRating: at_window.ask_rating,
    c.Finish: at_window.finish,
    c.PauseWindow: at_window.pause,
    c.ResumeWindow: at_window.resume,
    c.Login: at_window.login,
    c.Logout: at_window.logout,
    c.Rate: _rate,
    c.MarkPrinted: _mark_printed,
    c.TellCalled: rebuilding.called,
    c.TellNumbers: rebuilding.numbers,
    c.LeaseNumbers: alone.lease,
    c.MergeIssued: _merge,
    c.Withdraw: alone.withdraw,
    c.MarkMaybePrinted: alone.mark_maybe_printed,
    c.PassOver: takeover.pass_over,
    c.PassOverLost: rebuilding.pass_over,
    c.ApplyCatalogue: _apply,
    c.Tick: _tick,
}
