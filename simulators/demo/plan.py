"""What a demonstration plays: which windows are staffed, when, how fast, and who may come."""

from __future__ import annotations

import calendar
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from edge.hall.calendar import is_open
from edge.pace import Run
from edge.settings.catalogue import catalogue_of
from edge.settings.model import Site, Window
from simulators.people.arrivals import rate_at, steps_of
from simulators.people.citizen import Crowd
from simulators.people.clerk import service_times

BUSY = 0.95
"""Offered load of the staffed windows: everybody has work, and queues come and go."""
DAYS_TO_LOOK = 8
SPEEDS = (0.1, 200.0)
"""Hall time to life, from and to."""


@dataclass(frozen=True)
class DemoPlan:
    """`start_s` is hall time, `origin_s` the system clock at that moment; `lasts_s` is hall time.

    `speed` is that of the start; `edge.pace.Pace` has it as it is.
    """

    site: Site
    site_file: Path
    windows: tuple[str, ...]
    services: frozenset[str]
    speed: float
    seed: int
    start_s: float
    origin_s: float
    lasts_s: float
    scale: float
    out: Path
    broker: Literal["auto", "embedded"] = "auto"

    @property
    def run(self) -> Run:
        """How hall time begins to run."""
        return Run(self.start_s, self.origin_s, self.speed)


def choose_windows(site: Site, count: int) -> tuple[str, ...]:
    """`count` windows of the hall's own mix: comprehensive ones first, then where most people go."""
    staffed = [window for window in site.windows if _has_hands(site, window)]
    whole = [window for window in staffed if window.comprehensive]
    share = max(1, round(count * len(whole) / max(len(staffed), 1))) if whole else 0
    chosen = [window.id for window in whole[: min(share, count)]]
    rest = [window for window in staffed if window.id not in chosen and not window.comprehensive]
    weights = dict(site.people.queues) or {queue.id: 1.0 for queue in site.queues}
    while rest and len(chosen) < count:
        best = max(
            rest, key=lambda window: max((weights.get(queue, 0.0) for queue in window.queues), default=0.0)
        )
        rest.remove(best)
        chosen.append(best.id)
        for queue in best.queues:
            weights[queue] = weights.get(queue, 0.0) / 2
    return tuple(window.id for window in site.windows if window.id in chosen)


def _has_hands(site: Site, window: Window) -> bool:
    """Whether a clerk can call there."""
    return any(one.window == window.id and one.kind in ("keypad", "button") for one in site.devices)


def services_of(site: Site, windows: Iterable[str]) -> frozenset[str]:
    """Services with a code on the ticket machine that one of these windows takes."""
    open_windows = [window for window in site.windows if window.id in set(windows)]
    queues = {queue for window in open_windows for queue in window.queues}
    whole = any(window.comprehensive for window in open_windows)
    return frozenset(
        one.id for one in site.services if one.code and (one.queue in queues or (whole and one.accepted))
    )


def opening_s(site: Site) -> float:
    """The hall's opening of today, or of the next day it opens, as Unix seconds; now, if always open."""
    hours = catalogue_of(site, 1).hours
    if not hours.weekly:
        return time.time()
    today = date.fromtimestamp(time.time())
    for ahead in range(DAYS_TO_LOOK):
        day = today + timedelta(days=ahead)
        midnight_s = calendar.timegm(day.timetuple()) - hours.utc_offset_s
        for opens_s, _ in hours.weekly[day.weekday()]:
            if is_open(hours, midnight_s + opens_s + 1):
                return midnight_s + opens_s
    raise ValueError("the hall never opens: see [hours] in the site file")


def load_scale(site: Site, windows: tuple[str, ...], services: frozenset[str], start_s: float) -> float:
    """How many times the usual stream of people keeps these windows busy, at most as many as usual come."""
    times = service_times(site)
    offset_s = site.hours.utc_offset_min * 60
    people_s = (
        rate_at(steps_of(site.people), (start_s + 60 + offset_s) % 86_400) * Crowd(site, services).share
    )
    mean_s = sum(times[one].mean_s for one in services) / max(len(services), 1)
    visit_s = mean_s + site.people.clerk_s + site.people.walk_s
    return BUSY * len(windows) / (people_s * visit_s) if people_s else 1.0
