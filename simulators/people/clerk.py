"""Clerks: how long a service takes and how they deal with those who do not come. Plain data of a site.

times = service_times(site)            # by service id
times["id-renew"].sample(rng)          # seconds at the window
manners = manners_of(site.people)      # pause between visits, recalls before a no-show
"""

from __future__ import annotations

from dataclasses import dataclass

from edge.settings.model import Service, Site
from edge.settings.people import People, ServiceTimes
from simulators.people.distributions import NONE, Distribution


@dataclass(frozen=True, slots=True)
class Manners:
    """What a clerk does between visits, and with a number that nobody answers."""

    between: Distribution = NONE  # from the end of a visit to the next call
    recall_after_s: float = 40.0  # calls again after so long, and gives up after the last
    recalls: int = 2

    @property
    def no_show_s(self) -> float:
        """From the first call until the clerk gives up."""
        return self.recall_after_s * (self.recalls + 1)


def manners_of(people: People) -> Manners:
    """The clerks of a site file."""
    between = Distribution("exponential", people.clerk_s)
    return Manners(between, people.recall_after_s, people.recalls)


def service_times(site: Site) -> dict[str, Distribution]:
    """How long each service really takes, by its id."""
    own = {one.service: one for one in site.people.services}
    return {service.id: _time_of(service, own.get(service.id), site.people) for service in site.services}


def _time_of(service: Service, own: ServiceTimes | None, people: People) -> Distribution:
    mean_min = own.mean_min if own and own.mean_min else service.service_min
    spread_pct = own.spread_pct if own and own.spread_pct else people.spread_pct
    return Distribution((own.shape if own else "") or people.shape, mean_min * 60.0, spread_pct / 100.0)
