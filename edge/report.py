"""A hall's day as text, from its coordinator's journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from edge.hall.report import DayReport, EstimateError, Spread, day_report
from edge.hall.state import Hall
from edge.keeper import hall_of
from edge.look import read_file
from edge.store import JournalError

_LEVELS = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}


def read_hall(journal: Path) -> Hall:
    """The hall as the journal has it. Raises JournalError."""
    try:
        return hall_of(read_file(journal))[0]
    except (KeyError, msgspec.DecodeError) as error:
        raise JournalError(f"journal {journal} was written by another release: {error}") from error


def report_text(journal: Path) -> str:
    """Today's report. Raises JournalError."""
    hall = read_hall(journal)
    names = {one.id: one.name for one in hall.catalogue.classes.values()}
    queues = {one.id: one.name for one in hall.catalogue.queues.values()}
    return "\n".join(lines(day_report(hall, hall.now_s), names, queues))


def lines(day: DayReport, classes: Mapping[str, str], queues: Mapping[str, str]) -> Iterator[str]:
    """The report, a line at a time. `classes` and `queues` give the names of ids."""
    yield f"业务日 Business day {day.day}"
    yield (
        f"取号 issued {day.issued}   叫号 called {day.called}   办结 served {day.served}"
        f"   过号 no-shows {day.no_shows}   等候 waiting {day.waiting}"
        f"   窗口 at windows {day.at_windows}   挂起 held {day.held}   脱机取号 issued alone {day.alone}"
    )
    yield _spread("等候 waited", day.wait)
    for one, spread in day.wait_by_class.items():
        yield _spread(f"  {classes.get(one, one)}", spread)
    for one, spread in day.wait_by_queue.items():
        yield _spread(f"  {queues.get(one, one)}", spread)
    yield _spread("到窗 walked", day.walking)
    yield _spread("办理 served", day.serving)
    yield _estimate(day.estimate)
    yield _ratings(day.ratings)
    yield _use(day)


def _spread(name: str, spread: Spread) -> str:
    if not spread.count:
        return f"{name}: -"
    return (
        f"{name}: {spread.count} x, mean {_minutes(spread.mean_s)}, "
        f"median {_minutes(spread.median_s)}, p90 {_minutes(spread.p90_s)}"
    )


def _estimate(error: EstimateError) -> str:
    if not error.count:
        return "预计等候 estimate: nobody had to wait"
    return (
        f"预计等候 estimate: error {_minutes(error.rms_s)} (by queue length alone "
        f"{_minutes(error.plain_rms_s)}), relative {error.relative:.2f} ({error.plain_relative:.2f}), "
        f"{error.count} x"
    )


def _ratings(levels: Mapping[int, int]) -> str:
    parts = [f"{name} {levels.get(level, 0)}" for level, name in _LEVELS.items()]
    return f"评价 ratings {sum(levels.values())}: {'  '.join(parts)}"


def _use(day: DayReport) -> str:
    used = [window for window in day.windows if window.calls]
    if not used:
        return "窗口 windows: none called"
    mean = sum(window.use for window in used) / len(used)
    return f"窗口 windows: {len(used)} called, in use {mean:.0%} of their open time"


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
