"""The hall of a site file on usual days, from a Monday on, with the people of its `[people]`.

Rules:
1. Days on which the hall does not open are passed over. What the hall learned on one day it knows the next.
2. `windows` fewer than the hall has are opened in its own mix; people who want what none of them takes stay
   away, and their share is told. More windows are added in the same mix.
3. Each day is one batch: confidence comes from how much the days differ.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from msgspec.structs import replace

from edge.hall.calendar import DAY_S, Hours
from edge.hall.catalogue import Catalogue
from edge.settings.catalogue import catalogue_of
from edge.settings.model import Site, Window
from simulators.people.citizen import Citizen, Crowd, draw_citizens
from simulators.people.clerk import manners_of
from simulators.people.crew import crew, services_served
from simulators.simulate.floor import Floor
from simulators.simulate.tally import Tally

BIN_S = 300.0  # of the plot
MOST_DAYS = 366
_MONDAY_S = 1_704_067_200.0  # 2024-01-01 00:00, if it were UTC


@dataclass(frozen=True, slots=True)
class SitePlan:
    """What to simulate: `site` with the windows that are open, `days_s` the days' midnights, Unix seconds."""

    site: Site
    catalogue: Catalogue
    windows_of_hall: int
    days_s: tuple[float, ...]
    seed: int
    share: float  # of all people, those who come for something that is served

    @property
    def windows(self) -> tuple[Window, ...]:
        return self.site.windows


@dataclass(frozen=True, slots=True)
class SiteRun:
    """What came of it. `turned_away` counts refused numbers by code; `gave_up` those tired of waiting."""

    tally: Tally
    turned_away: dict[str, int]
    gave_up: int


def plan_site(site: Site, windows: int | None, days: int, seed: int) -> SitePlan:
    """Open `windows` of the hall (None = all) for `days`. Raises `ValueError` for less than one of either."""
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"--days must be from 1 to {MOST_DAYS}, not {days}")
    opened = site.windows if windows is None else crew(site, windows)
    staffed = replace(site, windows=opened)
    catalogue = catalogue_of(staffed, 1)
    share = Crowd(staffed, services_served(staffed, opened)).share
    days_s = _open_days(catalogue.hours, days)
    return SitePlan(staffed, catalogue, len(site.windows), days_s, seed, share)


def simulate_site(plan: SitePlan) -> SiteRun:
    """Run the days; the tally is closed."""
    from_s, to_s = plan.days_s[0], plan.days_s[-1] + DAY_S
    tally = Tally(from_s, to_s, lambda at_s: _day_of(plan.days_s, at_s), BIN_S)
    manners = manners_of(plan.site.people)
    rng = Random(f"{plan.seed}/clerks")
    floor = Floor(plan.catalogue, _citizens(plan), manners, rng, from_s, tally.listen)
    floor.run(to_s)
    tally.close(to_s)
    return SiteRun(tally, dict(floor.turned_away), floor.clerks.gave_up)


def _citizens(plan: SitePlan) -> Iterator[Citizen]:
    """Day by day, so that a longer run begins with the days of a shorter one."""
    services = services_served(plan.site, plan.windows)
    for day, midnight_s in enumerate(plan.days_s):
        yield from draw_citizens(plan.site, f"{plan.seed}/{day}", midnight_s, midnight_s + DAY_S, services)


def _open_days(hours: Hours, count: int) -> tuple[float, ...]:
    """Local midnights of the first `count` days on which the hall opens."""
    first_s = _MONDAY_S - hours.utc_offset_s
    opens = [bool(spans) for spans in hours.weekly] or [True] * 7
    days = (day for day in range(7 * count) if opens[day % 7])
    return tuple(first_s + next(days) * DAY_S for _ in range(count))


def _day_of(days_s: Sequence[float], at_s: float) -> int:
    return max(bisect_right(days_s, at_s) - 1, 0)
