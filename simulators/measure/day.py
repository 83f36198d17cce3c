"""`day`: a Monday of the Chaotian hall in virtual time, through its rules and the machines of its counters.

The people are those of the site file's `[people]`. What they press goes through keypads and evaluators, what
the hall decides goes onto strips (`counters`); no broker, journal or process is in it. The time is for the
day as it came out, and counted for 2,000 visits.
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import NamedTuple

from edge.hall import events as e
from edge.hall.calendar import DAY_S
from edge.hall.hall import Event, Hall
from edge.run_node import read_site
from edge.settings.model import Site
from simulators.measure.counters import Counters
from simulators.measure.figures import Bench
from simulators.measure.outcome import Check, Outcome, Row, Told, spread
from simulators.people.citizen import draw_citizens
from simulators.people.clerk import manners_of
from simulators.people.crew import services_served
from simulators.simulate.floor import Floor
from simulators.simulate.ground import Listener
from simulators.simulate.site_days import SitePlan, plan_site

SITE = Path(__file__).parents[2] / "examples" / "chaotian.toml"
VISITS = 2000
CROWD = 1.6  # as many as usual come, and more than half as many again: then there are about 2,000 visits
MOST_S = 5.0
OPENING_S = 2 * 3600.0  # of a quick day: from midnight to soon after the doors open


class Day(NamedTuple):
    """What a day came to."""

    took_s: float
    visits: int
    events: int
    counts: Counter[str]


def run_day(site: Site, lasts_s: float = DAY_S) -> Day:
    """One Monday from midnight, or the first part of it."""
    plan = plan_site(site, None, 1, 1)
    kinds: Counter[type] = Counter()

    def listen(_hall: Hall, event: Event) -> None:
        kinds[type(event)] += 1

    floor = _floor(plan, listen)
    counters = Counters(site, floor.ground)
    started_s = time.perf_counter()
    floor.run(plan.days_s[0] + lasts_s)
    took_s = time.perf_counter() - started_s
    return Day(took_s, kinds[e.NumberIssued], sum(kinds.values()), counters.counts)


def _floor(plan: SitePlan, listen: Listener) -> Floor:
    from_s = plan.days_s[0]
    services = services_served(plan.site, plan.windows)
    people = draw_citizens(plan.site, "measure", from_s, from_s + DAY_S, services, CROWD)
    return Floor(plan.catalogue, people, manners_of(plan.site.people), Random("measure"), from_s, listen)


def measure(bench: Bench) -> Outcome:
    """A few days, one after the other."""
    site = read_site(SITE)
    lasts_s = OPENING_S + 8 * 3600.0 if bench.quick else DAY_S
    days = [run_day(site, lasts_s) for _ in range(bench.times(3, 1))]
    day = days[0]
    times = spread(one.took_s / max(one.visits, 1) * VISITS for one in days)
    check = Check("median", times.median, MOST_S, "s")
    return Outcome(
        "day",
        (Row(f"a day of {VISITS:,} visits", "s", times, None, (check,)),),
        (
            Told("visits of the day that was run", day.visits, ""),
            Told("events", day.events, ""),
            *(Told(what, count, "") for what, count in sorted(day.counts.items())),
        ),
    )
