"""The business day in figures, worked out from the hall as it is: ask before the day changes.

All durations are seconds of hall time. Waiting, walking, serving and idling are told apart: a wait is from
the number to its first call, walking from a call to begin (only where begin was pressed), serving the rest
of the time at windows.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from edge.hall import state as s
from edge.hall.state import Hall, Score, Visit


@dataclass(frozen=True, slots=True)
class Spread:
    """How a duration was spread; all 0 where `count` is."""

    count: int = 0
    mean_s: float = 0.0
    median_s: float = 0.0
    p90_s: float = 0.0


@dataclass(frozen=True, slots=True)
class EstimateError:
    """How far told waits were from true ones, for tickets that had to wait and were called in turn.

    `…rms_s` is the root of the mean squared error; `…relative` the mean squared error over the squared mean
    wait. `plain` is what the queue's length alone would have told, `forward` what playing ahead would have.
    """

    count: int = 0
    rms_s: float = 0.0
    relative: float = 0.0
    plain_rms_s: float = 0.0
    plain_relative: float = 0.0
    forward_rms_s: float = 0.0
    forward_relative: float = 0.0


@dataclass(frozen=True, slots=True)
class WindowUse:
    """One window's day: seconds in each phase, visits finished, calls made."""

    window: str
    label: str
    served: int
    calls: int
    closed_s: float
    paused_s: float
    idle_s: float
    calling_s: float
    serving_s: float

    @property
    def use(self) -> float:
        """Share of the time it was open for calls in which somebody was called or served."""
        open_s = self.idle_s + self.calling_s + self.serving_s
        return (self.calling_s + self.serving_s) / open_s if open_s else 0.0


@dataclass(frozen=True, slots=True)
class DayReport:
    """A business day up to now. Dicts are by id; `ratings` and `late_ratings` count levels 5 to 1."""

    day: str
    issued: int
    alone: int  # of these, without the coordinator
    called: int
    served: int
    no_shows: int
    waiting: int
    at_windows: int
    held: int
    calls: int
    wait: Spread
    wait_by_queue: dict[str, Spread]
    wait_by_class: dict[str, Spread]
    walking: Spread
    serving: Spread
    serving_by_service: dict[str, Spread]
    estimate: EstimateError
    estimate_by_queue: dict[str, EstimateError]
    ratings: dict[int, int]
    late_ratings: dict[int, int]
    windows: tuple[WindowUse, ...]


def day_report(hall: Hall, now_s: float) -> DayReport:
    """The day so far."""
    visits = list(hall.visits.values())
    called = [visit for visit in visits if visit.first_called_s != s.NEVER]
    served = [visit for visit in visits if visit.state == s.DONE]
    states = Counter(visit.state for visit in visits)
    served_at = Counter(window for visit in served for window in visit.served_at)
    return DayReport(
        day=hall.day,
        issued=len(visits),
        alone=sum(visit.origin == s.ALONE for visit in visits),
        called=len(called),
        served=len(served),
        no_shows=states[s.MISSED],
        waiting=states[s.WAITING],
        at_windows=states[s.CALLING] + states[s.SERVING],
        held=states[s.HELD],
        calls=sum(state.calls for state in hall.windows.values()),
        wait=spread(map(_wait, called)),
        wait_by_queue=_by(called, lambda visit: visit.queue, _wait),
        wait_by_class=_by(called, lambda visit: visit.priority, _wait),
        walking=spread(visit.walked_s for visit in visits if visit.walked_s != s.NEVER),
        serving=spread(visit.served_s for visit in served),
        serving_by_service=_by(served, lambda visit: visit.service, lambda visit: visit.served_s),
        estimate=_error(hall.scores.values()),
        estimate_by_queue={queue: _error([score]) for queue, score in hall.scores.items()},
        ratings=_levels(level for visit in visits for level in visit.ratings.values()),
        late_ratings=_levels(hall.late_ratings),
        windows=tuple(_use(hall, window, served_at[window], now_s) for window in hall.windows),
    )


def spread(durations_s: Iterable[float]) -> Spread:
    """Count, mean, median and 90th percentile (nearest rank) of some durations."""
    ordered = sorted(durations_s)
    count = len(ordered)
    if not count:
        return Spread()
    middle = (ordered[(count - 1) // 2] + ordered[count // 2]) / 2
    return Spread(count, math.fsum(ordered) / count, middle, ordered[math.ceil(0.9 * count) - 1])


def _wait(visit: Visit) -> float:
    return visit.first_called_s - visit.issued_s


def _by(
    visits: Iterable[Visit], key: Callable[[Visit], str], duration: Callable[[Visit], float]
) -> dict[str, Spread]:
    groups: dict[str, list[float]] = {}
    for visit in visits:
        groups.setdefault(key(visit), []).append(duration(visit))
    return {name: spread(groups[name]) for name in sorted(groups)}


def _levels(levels: Iterable[int]) -> dict[int, int]:
    counts = Counter(levels)
    return {level: counts[level] for level in (5, 4, 3, 2, 1)}


def _error(scores: Iterable[Score]) -> EstimateError:
    known = list(scores)
    count = sum(score.count for score in known)
    if not count:
        return EstimateError()
    mean_wait_sq = (math.fsum(score.wait_s for score in known) / count) ** 2
    figures: list[float] = []
    for name in ("told_sq", "plain_sq", "forward_sq"):
        mean_sq = math.fsum(getattr(score, name) for score in known) / count
        figures += [math.sqrt(mean_sq), mean_sq / mean_wait_sq if mean_wait_sq else 0.0]
    return EstimateError(count, *figures)


def _use(hall: Hall, window: str, served: int, now_s: float) -> WindowUse:
    state = hall.windows[window]
    spent = dict.fromkeys(("closed", "paused", "idle", "calling", "serving"), 0.0) | state.spent
    spent[s.phase_of(hall, window)] += max(now_s - state.since_s, 0.0)
    return WindowUse(
        window=window,
        label=hall.catalogue.windows[window].label,
        served=served,
        calls=state.calls,
        closed_s=spent["closed"],
        paused_s=spent["paused"],
        idle_s=spent["idle"],
        calling_s=spent["calling"],
        serving_s=spent["serving"],
    )
