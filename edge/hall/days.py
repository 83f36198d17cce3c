"""Time passes: the business day, opening hours, a clock that is set.

Rules:
1. When the clock is set, forward or back, all that it stamped moves along: no wait, no order and no figure of
   the day changes. Hall time that goes back without a word is a clock that was set back.
2. When the business day changes while the hall is closed, its windows close: a visit still being served is
   finished, one still called is missed. A hall that is open around midnight goes on.
3. Where the clock is set to another day, the day was not over: all goes on under the right name, but for what
   the wrong clock had not stamped, which was of a day before. A clock that is set back by less than
   `EARLIER_S` beyond the start of its day stays in that day.
"""

from __future__ import annotations

from edge.hall import events as e
from edge.hall import state as s
from edge.hall.calendar import DAY_S, business_day, business_day_ends_s, is_issuing, is_open
from edge.hall.state import Hall

TOLERANCE_S = 2.0  # clocks are disciplined by less than this without being set
EARLIER_S = 7200.0  # an hour back around midnight is no reason to leave the day that has begun


def is_due(hall: Hall, now_s: float) -> bool:
    """Whether the business day or the clock must be seen to before anything else."""
    return _day_is_due(hall, now_s) or _set_back(hall, now_s)


def turn(hall: Hall, now_s: float) -> list[e.Event]:
    """What the passing of time makes happen; nothing in a hall without a catalogue."""
    if _set_back(hall, now_s):
        return set_clock(hall, now_s - hall.now_s, 0.0, now_s)
    return _calendar(hall, max(now_s, hall.now_s), None)


def set_clock(hall: Hall, by_s: float, since_s: float, now_s: float) -> list[e.Event]:
    """What the clock's being set makes happen; nothing in a hall without a catalogue."""
    if hall.catalogue.version < 0:
        return []
    clock_set = e.ClockSet(now_s, by_s, since_s)
    return [clock_set, *_calendar(hall, now_s, clock_set)]


def _calendar(hall: Hall, at_s: float, clock_set: e.ClockSet | None) -> list[e.Event]:
    """The day and the hours at `at_s`; `clock_set` is why they changed, if it is the reason."""
    if hall.catalogue.version < 0:
        return []
    events: list[e.Event] = []
    hours = hall.catalogue.hours
    is_open_now, is_issuing_now = is_open(hours, at_s), is_issuing(hours, at_s)
    if _day_is_due(hall, at_s):
        events += [] if is_open_now else _close_windows(hall, at_s, clock_set)
        ends_s = business_day_ends_s(hours, at_s)
        events.append(
            e.DayStarted(
                at_s, business_day(hours, at_s), ends_s, clock_set is not None, _kept_from_s(clock_set)
            )
        )
    if (is_open_now, is_issuing_now) != (hall.open, hall.issuing):
        events.append(e.HoursTurned(at_s, is_open_now, is_issuing_now))
    return events


def _kept_from_s(clock_set: e.ClockSet | None) -> float:
    """What the wrong clock stamped has moved along by now."""
    return clock_set.since_s + clock_set.by_s if clock_set and clock_set.since_s else 0.0


def _day_is_due(hall: Hall, now_s: float) -> bool:
    if hall.catalogue.version < 0:
        return False
    return now_s >= hall.day_ends_s or now_s < hall.day_ends_s - DAY_S - EARLIER_S


def _set_back(hall: Hall, now_s: float) -> bool:
    return now_s < hall.now_s - TOLERANCE_S


def _close_windows(hall: Hall, at_s: float, clock_set: e.ClockSet | None) -> list[e.Event]:
    """Close them all; where the clock was set, those alone that it had not stamped."""
    events: list[e.Event] = []
    for window, state in hall.windows.items():
        if clock_set is not None and state.since_s > clock_set.since_s:
            continue
        if state.visit and hall.visits[state.visit].state == s.SERVING:
            events.append(e.Finished(at_s, window, state.visit))
        elif state.visit:
            events.append(e.Missed(at_s, window, state.visit))
        if state.clerk:
            events.append(e.LoggedOut(at_s, window))
    return events
