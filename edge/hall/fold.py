"""The hall is the fold of its events: `fold` changes it in place, at a cost that does not grow with the day.

An event was decided on the very state it is folded into; on any other hall the result has no meaning, and a
`KeyError` or `ValueError` may come of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edge.hall import events as e
from edge.hall import state as s
from edge.hall.calendar import DAY_S
from edge.hall.fold_alone import issued_alone, maybe_printed, numbers_leased, numbers_passed, withdrawn
from edge.hall.fold_day import apply_catalogue, set_clock, start_day
from edge.hall.fold_rebuilt import BOARD_LINES, call_rebuilt, ticket_rebuilt
from edge.hall.learning import learn_arrival, learn_error, learn_stay


def fold(hall: s.Hall, event: e.Event) -> None:
    """Bring `hall` forward by one event."""
    _FOLDS[type(event)](hall, event)
    hall.now_s = event.at_s


def _hours_turned(hall: s.Hall, event: e.HoursTurned) -> None:
    hall.open, hall.issuing = event.open, event.issuing


def _number_issued(hall: s.Hall, event: e.NumberIssued) -> None:
    hall.issued += 1
    hall.counters[event.queue] = event.count
    hall.issued_today[event.queue] = hall.issued_today.get(event.queue, 0) + 1
    visit = s.Visit(
        id=event.visit,
        number=event.number,
        seq=hall.issued,
        queue=event.queue,
        service=event.service,
        items=(event.service, *event.items),
        priority=event.priority,
        origin=event.origin,
        issued_s=event.at_s,
        prediction=event.prediction,
        request=event.request,
    )
    visit.accepted = s.is_accepted(hall, visit)
    hall.visits[visit.id] = visit
    hall.numbers[visit.number] = visit.id
    s.enter_lines(hall, visit)
    learn_arrival(hall, visit)


def _called(hall: s.Hall, event: e.Called) -> None:
    visit, window = hall.visits[event.visit], hall.windows[event.window]
    _turn(hall, event.window, event.at_s)
    if visit.state == s.WAITING:
        s.leave_lines(hall, visit)
    elif visit.state == s.HELD:
        hall.windows[visit.window].held.remove(visit.id)
    visit.called_s, visit.begun_s = event.at_s, s.NEVER
    if visit.first_called_s == s.NEVER:
        visit.first_called_s = event.at_s
        if event.how == "next":
            learn_error(hall, visit)
    if event.how == "next":
        fast = hall.rule.rates.get(visit.priority, hall.rule.slowest) > hall.rule.slowest
        window.fast_calls = window.fast_calls + 1 if fast else 0
    window.last, window.question, window.told = "", None, 0
    _take(hall, event.window, visit, s.CALLING)
    _count_call(hall, event.window, visit, event.at_s)


def _recalled(hall: s.Hall, event: e.Recalled) -> None:
    _count_call(hall, event.window, hall.visits[event.visit], event.at_s)


def _take(hall: s.Hall, window: str, visit: s.Visit, state: str) -> None:
    visit.state, visit.window = state, window
    hall.windows[window].visit = visit.id


def _count_call(hall: s.Hall, window: str, visit: s.Visit, at_s: float) -> None:
    hall.windows[window].calls += 1
    calls = visit.calls[window] = visit.calls.get(window, 0) + 1
    label = hall.catalogue.windows[window].label
    line = s.BoardLine(visit.id, visit.number, window, label, at_s, calls, visit.queue)
    hall.board = [line, *(old for old in hall.board if old.visit != visit.id)][:BOARD_LINES]


def _begun(hall: s.Hall, event: e.Begun) -> None:
    visit = hall.visits[event.visit]
    _turn(hall, event.window, event.at_s, "" if event.pressed else s.SERVING)
    if event.pressed:
        visit.walked_s = max(visit.walked_s, 0.0) + event.at_s - visit.called_s
        visit.stay_s += event.at_s - visit.called_s
        visit.begun_s = event.at_s
    else:
        visit.begun_s = visit.called_s
    visit.state = s.SERVING
    _serve_at(visit, event.window)


def _serve_at(visit: s.Visit, window: str) -> None:
    if window not in visit.served_at:
        visit.served_at = (*visit.served_at, window)


def _leave(hall: s.Hall, window: str, visit: s.Visit, at_s: float, state: str) -> None:
    """`visit` leaves its window, into `state`. Where begin was not pressed, all its time was service."""
    _turn(hall, window, at_s, s.CALLING if state == s.MISSED else s.SERVING)
    since_s = visit.begun_s if visit.state == s.SERVING else visit.called_s
    visit.stay_s += at_s - since_s
    if state != s.MISSED:
        visit.served_s += at_s - since_s
        _serve_at(visit, window)
    visit.state = state
    hall.windows[window].visit = ""


def _missed(hall: s.Hall, event: e.Missed) -> None:
    visit = hall.visits[event.visit]
    _leave(hall, event.window, visit, event.at_s, s.MISSED)
    _end_stay(hall, visit)


def _finished(hall: s.Hall, event: e.Finished) -> None:
    visit = hall.visits[event.visit]
    _leave(hall, event.window, visit, event.at_s, s.DONE)
    hall.windows[event.window].last = visit.id
    _end_stay(hall, visit)


def _end_stay(hall: s.Hall, visit: s.Visit) -> None:
    learn_stay(hall, visit)
    visit.stay_s = 0.0


def _held(hall: s.Hall, event: e.Held) -> None:
    visit, window = hall.visits[event.visit], hall.windows[event.window]
    _leave(hall, event.window, visit, event.at_s, s.HELD)
    visit.held_s = event.at_s
    window.held.append(visit.id)
    window.question = None


def _resumed(hall: s.Hall, event: e.Resumed) -> None:
    visit, window = hall.visits[event.visit], hall.windows[event.window]
    _turn(hall, event.window, event.at_s)
    window.held.remove(visit.id)
    window.last, window.question = "", None
    visit.begun_s = event.at_s
    _take(hall, event.window, visit, s.SERVING)


def _transferred(hall: s.Hall, event: e.Transferred) -> None:
    visit = hall.visits[event.visit]
    _leave(hall, event.window, visit, event.at_s, s.WAITING)
    visit.stay_s = 0.0
    visit.bound = event.to_window
    if event.to_queue:
        visit.queue, visit.sent, visit.accepted = event.to_queue, True, False
    hall.windows[event.window].question = None
    s.enter_lines(hall, visit)


def _item_added(hall: s.Hall, event: e.ItemAdded) -> None:
    visit = hall.visits[event.visit]
    visit.items = (*visit.items, event.service)
    visit.accepted = s.is_accepted(hall, visit)


def _rating_asked(hall: s.Hall, event: e.RatingAsked) -> None:
    hall.windows[event.window].question = s.Question(event.visit, event.item, event.at_s)


def _rating_given(hall: s.Hall, event: e.RatingGiven) -> None:
    visit = hall.visits.get(event.visit)
    if visit is None:
        if event.given_s == 0.0 or event.given_s >= hall.day_ends_s - DAY_S:
            hall.late_ratings.append(event.level)
        day = next((stubs for stubs in hall.past.values() if event.visit in stubs), {})
        day[event.visit].ratings[event.item] = event.level  # a KeyError where no release knows the visit
    else:
        visit.ratings[event.item] = event.level
    window = hall.windows.get(event.window)
    if (
        window
        and window.question
        and (window.question.visit, window.question.item) == (event.visit, event.item)
    ):
        window.question = None


def _window_paused(hall: s.Hall, event: e.WindowPaused) -> None:
    _turn(hall, event.window, event.at_s)
    window = hall.windows[event.window]
    window.paused, window.reason = True, event.reason


def _window_resumed(hall: s.Hall, event: e.WindowResumed) -> None:
    _turn(hall, event.window, event.at_s)
    window = hall.windows[event.window]
    window.paused, window.reason = False, ""


def _logged_in(hall: s.Hall, event: e.LoggedIn) -> None:
    _turn(hall, event.window, event.at_s)
    window = hall.windows[event.window]
    hall.clerks.pop(window.clerk, None)
    hall.clerks[event.clerk] = event.window
    window.clerk, window.paused, window.reason = event.clerk, False, ""


def _logged_out(hall: s.Hall, event: e.LoggedOut) -> None:
    _turn(hall, event.window, event.at_s)
    window = hall.windows[event.window]
    hall.clerks.pop(window.clerk, None)
    window.clerk, window.paused, window.reason = "", False, ""
    window.last, window.question, window.fast_calls = "", None, 0
    line = hall.lines[f"window/{event.window}"]
    for visit in [hall.visits[entry[2]] for entries in line.classes.values() for entry in entries]:
        s.leave_lines(hall, visit)
        visit.bound = ""
        s.enter_lines(hall, visit)


def _print_marked(hall: s.Hall, event: e.PrintMarked) -> None:
    visit = hall.visits[event.visit]
    visit.printed, visit.copies = event.outcome, max(visit.copies, event.copy)


def _turn(hall: s.Hall, window: str, at_s: float, phase: str = "") -> None:
    """The window's phase changes: book the time since the last change to the phase it was in, or `phase`."""
    state = hall.windows[window]
    phase = phase or s.phase_of(hall, window)
    state.spent[phase] = state.spent.get(phase, 0.0) + at_s - state.since_s
    state.since_s = at_s


_FOLDS: dict[type[e.Event], Callable[[s.Hall, Any], None]] = {
    e.CatalogueApplied: apply_catalogue,
    e.DayStarted: start_day,
    e.HoursTurned: _hours_turned,
    e.ClockSet: set_clock,
    e.NumberIssued: _number_issued,
    e.NumbersLeased: numbers_leased,
    e.IssuedAlone: issued_alone,
    e.Withdrawn: withdrawn,
    e.MaybePrinted: maybe_printed,
    e.NumbersPassed: numbers_passed,
    e.TicketRebuilt: ticket_rebuilt,
    e.CallRebuilt: call_rebuilt,
    e.Called: _called,
    e.Recalled: _recalled,
    e.Begun: _begun,
    e.Missed: _missed,
    e.Held: _held,
    e.Resumed: _resumed,
    e.Transferred: _transferred,
    e.ItemAdded: _item_added,
    e.RatingAsked: _rating_asked,
    e.RatingGiven: _rating_given,
    e.Finished: _finished,
    e.WindowPaused: _window_paused,
    e.WindowResumed: _window_resumed,
    e.LoggedIn: _logged_in,
    e.LoggedOut: _logged_out,
    e.PrintMarked: _print_marked,
}
