"""Business days and opening hours, by arithmetic alone.

Rules: local time is Unix seconds + `utc_offset_s` (a fixed offset: the hall's country keeps no summer time).
Spans belong to the calendar day they start on and may run past midnight. The business day changes at
`day_starts_s` and is named by the calendar day it starts on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

DAY_S = 86_400.0
CLOCK_SET_S = 1_577_836_800.0
"""A clock that shows a time before 2020 was never set."""
_THURSDAY = 3  # 1970-01-01, with Monday as 0


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours. `weekly[0]` is Monday: spans (open_s, close_s) after local midnight, in order.

    The business day changes at `day_starts_s`. Issuing stops `stop_issue_s` before the last span ends.
    An empty week means always open.
    """

    weekly: tuple[tuple[tuple[float, float], ...], ...] = ()
    utc_offset_s: float = 28_800.0
    day_starts_s: float = 0.0
    stop_issue_s: float = 0.0


def business_day(hours: Hours, now_s: float) -> str:
    """The business day as "YYYYMMDD"."""
    return day_name(_day_index(hours, now_s))


def business_day_ends_s(hours: Hours, now_s: float) -> float:
    """When the business day of `now_s` ends, Unix seconds; always later than `now_s`."""
    return (_day_index(hours, now_s) + 1) * DAY_S + hours.day_starts_s - hours.utc_offset_s


def day_name(days: int) -> str:
    """Days since 1970-01-01 as "YYYYMMDD". Years are counted from 1 March, so that a leap day is the last."""
    shifted = days + 719_468
    era, of_era = divmod(shifted, 146_097)
    year_of_era = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_from_march = (5 * of_year + 2) // 153
    day = of_year - (153 * month_from_march + 2) // 5 + 1
    month = month_from_march + 3 if month_from_march < 10 else month_from_march - 9
    year = year_of_era + era * 400 + (month <= 2)
    return f"{year:04d}{month:02d}{day:02d}"


def is_open(hours: Hours, now_s: float) -> bool:
    """True inside a span, and always where the week is empty."""
    if not hours.weekly:
        return True
    return any(open_s <= now_s < close_s for open_s, close_s, _ in _spans(hours, now_s, -1, 0))


def is_issuing(hours: Hours, now_s: float) -> bool:
    """True while open and not yet within `stop_issue_s` of the day's last closing."""
    if not hours.weekly:
        return True
    return any(
        open_s <= now_s < min(close_s, stop_s) for open_s, close_s, stop_s in _spans(hours, now_s, -1, 0)
    )


def next_change_s(hours: Hours, now_s: float) -> float:
    """The next time after `now_s` that the hall opens, closes, stops issuing or changes its day."""
    moments = [business_day_ends_s(hours, now_s)]
    if hours.weekly:
        moments += [moment for span in _spans(hours, now_s, -1, 7) for moment in span]
    return min(moment for moment in moments if moment > now_s)


def _day_index(hours: Hours, now_s: float) -> int:
    return int((now_s + hours.utc_offset_s - hours.day_starts_s) // DAY_S)


def _spans(hours: Hours, now_s: float, first: int, last: int) -> Iterator[tuple[float, float, float]]:
    """(open, close, issuing stops) in Unix seconds, from `first` to `last` days after today."""
    today = int((now_s + hours.utc_offset_s) // DAY_S)
    for days in range(today + first, today + last + 1):
        weekday = (days + _THURSDAY) % 7
        spans = hours.weekly[weekday] if weekday < len(hours.weekly) else ()
        midnight_s = days * DAY_S - hours.utc_offset_s
        for open_s, close_s in spans:
            stop_s = spans[-1][1] - hours.stop_issue_s
            yield midnight_s + open_s, midnight_s + close_s, midnight_s + stop_s
