"""Time passes: the business day, opening hours, a clock that is set back.

Rules:
1. Hall time never runs backwards. A clock set back by more than `TOLERANCE_S` moves the times of all living
   visits back with it; the business day stays, so that no number is issued twice. Only when the clock lands
   more than a whole day before it does the earlier day start again, and everybody waiting is kept.
2. When the business day changes while the hall is closed, its windows close: a visit still being served is
   finished, one still called is missed. A hall that is open around midnight goes on.
"""

from __future__ import annotations

from edge.hall import events as e
from edge.hall import state as s
from edge.hall.calendar import DAY_S, business_day, business_day_ends_s, is_issuing, is_open
from edge.hall.state import Hall

TOLERANCE_S = 2.0  # clocks are disciplined by less than this without being set


def is_due(hall: Hall, now_s: float) -> bool:
    """Whether the business day or the clock must be seen to before anything else."""
    return _day_is_due(hall, now_s) or _set_back(hall, now_s)


def turn(hall: Hall, now_s: float) -> list[e.Event]:
    """What the passing of time makes happen; nothing in a hall without a catalogue."""
    if hall.catalogue.version < 0:
        return []
    events: list[e.Event] = []
    if _set_back(hall, now_s):
        events.append(e.ClockSetBack(now_s, hall.now_s - now_s))
    at_s = now_s if events else max(now_s, hall.now_s)
    hours = hall.catalogue.hours
    is_open_now, is_issuing_now = is_open(hours, at_s), is_issuing(hours, at_s)
    if _day_is_due(hall, at_s):
        events += [] if is_open_now else _close_windows(hall, at_s)
        keep = at_s < hall.day_ends_s
        events.append(e.DayStarted(at_s, business_day(hours, at_s), business_day_ends_s(hours, at_s), keep))
    if (is_open_now, is_issuing_now) != (hall.open, hall.issuing):
        events.append(e.HoursTurned(at_s, is_open_now, is_issuing_now))
    return events


def _day_is_due(hall: Hall, now_s: float) -> bool:
    if hall.catalogue.version < 0:
        return False
    return now_s >= hall.day_ends_s or now_s < hall.day_ends_s - 2 * DAY_S


def _set_back(hall: Hall, now_s: float) -> bool:
    return now_s < hall.now_s - TOLERANCE_S


def _close_windows(hall: Hall, at_s: float) -> list[e.Event]:
    events: list[e.Event] = []
    for window, state in hall.windows.items():
        if state.visit and hall.visits[state.visit].state == s.SERVING:
            events.append(e.Finished(at_s, window, state.visit))
        elif state.visit:
            events.append(e.Missed(at_s, window, state.visit))
        if state.clerk:
            events.append(e.LoggedOut(at_s, window))
    return events
