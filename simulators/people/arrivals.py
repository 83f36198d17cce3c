"""When people come: a Poisson stream whose rate follows the profile of a day. Pure and seeded.

    for at_s in arrival_times(rng, steps_of(site.people), start_s, end_s, utc_offset_s, scale=0.2): ...

Rules: each step lasts until the next one; the last lasts until the first of the next day. Times are Unix
seconds. `scale` multiplies all rates: a share of a Poisson stream is a Poisson stream.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from edge.settings.people import People
from edge.settings.values import seconds_of_day

DAY_S = 86_400.0
PEOPLE_PER_H = 20.0  # of a site file that says nothing


@dataclass(frozen=True, slots=True)
class Step:
    """From `from_s` seconds after local midnight on, so many people a second."""

    from_s: float
    per_s: float


def steps_of(people: People) -> tuple[Step, ...]:
    """The profile of a site file, in order of time; never empty."""
    if not people.arrivals:
        return (Step(0.0, PEOPLE_PER_H / 3600.0),)
    steps = [Step(float(seconds_of_day(one.at)), one.people_per_h / 3600.0) for one in people.arrivals]
    return tuple(sorted(steps, key=lambda step: step.from_s))


def rate_at(steps: Sequence[Step], of_day_s: float) -> float:
    """People a second at so many seconds after local midnight."""
    return steps[bisect_right(steps, of_day_s, key=lambda step: step.from_s) - 1].per_s


def arrival_times(
    rng: Random, steps: Sequence[Step], start_s: float, end_s: float, utc_offset_s: float, scale: float = 1.0
) -> Iterator[float]:
    """Arrivals from `start_s` up to `end_s`, by thinning a stream of the highest rate."""
    highest = max(step.per_s for step in steps)
    if highest * scale <= 0.0:
        return
    at_s = start_s
    while (at_s := at_s + rng.expovariate(highest * scale)) < end_s:
        if rng.random() * highest < rate_at(steps, (at_s + utc_offset_s) % DAY_S):
            yield at_s
