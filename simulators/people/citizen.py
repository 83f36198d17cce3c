"""Citizens: what each of them wants and will do, drawn from a site's `[people]`. Pure and seeded.

    for citizen in draw_citizens(site, seed=7, start_s=..., end_s=..., services=served, scale=0.2):
        ...                                # in order of arrival; the same seed gives the same people

Rules:
1. All is settled before a citizen comes in, so that two halls can be compared with the same people.
2. People come while the hall is open. Those who want a service that is not in `services` stay away: the
   others come as often as ever. `scale` makes all of them rarer or more frequent.
3. A citizen who does not show up, or whose patience ends, says so to nobody: the ticket stays in line.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import TypeVar

from edge.hall.calendar import is_open
from edge.settings.catalogue import catalogue_of
from edge.settings.model import Site
from edge.settings.people import People
from simulators.people.arrivals import arrival_times, steps_of
from simulators.people.clerk import service_times
from simulators.people.distributions import NONE, Distribution

PAPER_COPY_S = 300.0  # mean absence of somebody sent to copy a paper
ORDINARY = "ordinary"  # every site has this class

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Citizen:
    """One visitor. Times of day are Unix seconds, the rest durations in seconds."""

    arrives_s: float
    service: str
    queue: str
    service_s: float  # at the window, for all items together
    priority: str = ORDINARY
    appointment_s: float = 0.0  # 0 = a walk-in
    more_item: str = ""  # a second service, told at the window
    no_show: bool = False  # leaves at once: called and not there
    patience_s: float = math.inf  # leaves when not called by then
    walk_s: float = 0.0  # from the seat to the window
    hold_s: float = 0.0  # away to copy a paper in the middle of the visit; 0 = stays
    sent_to: str = ""  # queue where the second half is done
    level: int = 0  # grade pressed when asked, 5 to 1; 0 = does not rate
    rating_s: float = 0.0  # from the question to the grade

    @property
    def origin(self) -> str:
        """As `TakeNumber` wants it."""
        return "appointment" if self.appointment_s else "walk_in"


def draw_citizens(
    site: Site,
    seed: int | str,
    start_s: float,
    end_s: float,
    services: Collection[str] | None = None,
    scale: float = 1.0,
) -> Iterator[Citizen]:
    """Those who come from `start_s` up to `end_s`, in order. `services` None = all of the site."""
    crowd = Crowd(site, services)
    moments, traits = Random(f"{seed}/arrivals"), Random(f"{seed}/traits")
    hours = catalogue_of(site, 0).hours
    steps = steps_of(site.people)
    for at_s in arrival_times(moments, steps, start_s, end_s, hours.utc_offset_s, scale * crowd.share):
        if is_open(hours, at_s):
            yield crowd.draw(traits, at_s)


class Crowd:
    """The people of a site as weights to draw from. `share`: how many of all come for these services."""

    def __init__(self, site: Site, services: Collection[str] | None = None) -> None:
        self._people = site.people
        self._early_s = site.appointments.early_min * 60.0
        self._late_s = site.appointments.late_min * 60.0
        self._times = service_times(site)
        self._queue_of = {one.id: one.queue for one in site.services}
        weights = service_weights(site)
        wanted = {one: w for one, w in weights.items() if services is None or one in services}
        everybody = math.fsum(weights.values())
        self.share = math.fsum(wanted.values()) / everybody if everybody else 0.0
        self._service = _picker(wanted)
        self._others = _neighbours(wanted, self._queue_of)
        self._queues = tuple(dict.fromkeys(self._queue_of[one] for one in wanted))
        self._priority = _picker(site.people.classes or {ORDINARY: 1.0})
        self._level = _picker(_levels(site.people))

    def draw(self, rng: Random, at_s: float) -> Citizen:
        """Somebody who comes in at `at_s`."""
        people, service = self._people, self._service(rng)
        queue = self._queue_of[service]
        more = _maybe(rng, people.more_items_pct, self._others[queue])
        more = "" if more == service else more
        return Citizen(
            arrives_s=at_s,
            service=service,
            queue=queue,
            service_s=self._times[service].sample(rng) + self._times.get(more, NONE).sample(rng),
            priority=self._priority(rng),
            appointment_s=self._appointment_s(rng, at_s),
            more_item=more,
            no_show=_happens(rng, people.no_show_pct),
            patience_s=_exponential(rng, people.patience_min * 60.0) or math.inf,
            walk_s=_exponential(rng, people.walk_s),
            hold_s=_exponential(rng, PAPER_COPY_S) if _happens(rng, people.hold_pct) else 0.0,
            sent_to=_maybe(rng, people.transfer_pct, [one for one in self._queues if one != queue]),
            level=self._level(rng) if _happens(rng, people.rating_pct) else 0,
            rating_s=_exponential(rng, people.rating_s),
        )

    def _appointment_s(self, rng: Random, at_s: float) -> float:
        """Most come within the time for checking in."""
        hour_s = at_s + rng.uniform(-self._late_s, self._early_s)
        return hour_s if _happens(rng, self._people.appointment_pct) else 0.0


def service_weights(site: Site) -> dict[str, float]:
    """How often each service is wanted: the share of its queue, divided among the queue's services."""
    own = {one.service: one.weight for one in site.people.services}
    queues = site.people.queues or {one.id: 1.0 for one in site.queues}
    totals: dict[str, float] = {}
    for one in site.services:
        totals[one.queue] = totals.get(one.queue, 0.0) + own.get(one.id, 1.0)
    return {
        one.id: queues.get(one.queue, 0.0) * own.get(one.id, 1.0) / totals[one.queue]
        for one in site.services
        if totals[one.queue] > 0.0
    }


def _levels(people: People) -> dict[int, float]:
    shares = people.ratings
    return {
        5: shares.very_satisfied,
        4: shares.satisfied,
        3: shares.basically_satisfied,
        2: shares.dissatisfied,
        1: shares.very_dissatisfied,
    }


def _neighbours(wanted: Mapping[str, float], queue_of: Mapping[str, str]) -> dict[str, list[str]]:
    """Services of each queue, from which a second item is taken."""
    groups: dict[str, list[str]] = {}
    for service in wanted:
        groups.setdefault(queue_of[service], []).append(service)
    return groups


def _picker(weights: Mapping[_T, float]) -> Callable[[Random], _T]:
    """Draws keys by weight; equally often where all weights are 0."""
    keys = list(weights)
    up_to = list(accumulate(weights.values()))
    if not any(up_to):
        up_to = list(range(1, len(keys) + 1))
    return lambda rng: rng.choices(keys, cum_weights=up_to)[0]


def _happens(rng: Random, pct: float) -> bool:
    return rng.random() * 100.0 < pct


def _maybe(rng: Random, pct: float, choices: Sequence[str]) -> str:
    """One of `choices` in `pct` of all cases, else ""."""
    return rng.choice(choices) if choices and _happens(rng, pct) else ""


def _exponential(rng: Random, mean_s: float) -> float:
    return Distribution("exponential", mean_s).sample(rng)
