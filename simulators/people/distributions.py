"""Durations drawn at random: constant, exponential, lognormal. Pure; the caller brings a seeded generator.

As text:

    constant:300s               always 300 seconds
    exponential:28/h            28 an hour on average, so a mean of 128.6 seconds
    lognormal:8min,cv=0.6       mean 8 minutes, standard deviation 0.6 of the mean

A mean is a duration (s, min, h) or a rate (/s, /min, /h, /d). `parse("exponential:28/h").sample(rng)`
gives seconds.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from random import Random
from typing import Literal, cast, get_args

Shape = Literal["constant", "exponential", "lognormal"]
SHAPES: tuple[str, ...] = get_args(Shape)
DEFAULT_CV = 0.6
MAX_CV = 10.0
LONGEST_S = 366 * 86_400.0  # a longer mean is a slip of the pen
SHORTEST_S = 1e-3

_UNITS_S = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}
_MEAN = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?P<per>/?)(?P<unit>s|min|h|d)")
FORM = "SHAPE:MEAN, as exponential:28/h, constant:300s or lognormal:8min,cv=0.6"


class DistributionError(ValueError):
    """A text that is no distribution. The message says what is wrong and shows the right form."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """`mean_s` seconds on average. `cv` (deviation over mean) counts for the lognormal shape alone."""

    shape: Shape
    mean_s: float
    cv: float = DEFAULT_CV

    def sample(self, rng: Random) -> float:
        """One duration in seconds, never negative."""
        if self.mean_s <= 0.0 or self.shape == "constant":
            return self.mean_s
        if self.shape == "exponential":
            return rng.expovariate(1.0 / self.mean_s)
        variance = math.log1p(self.cv * self.cv)
        return self.mean_s * math.exp(rng.gauss(0.0, math.sqrt(variance)) - variance / 2)

    @property
    def relative_variance(self) -> float:
        """Variance over the squared mean."""
        return {"constant": 0.0, "exponential": 1.0, "lognormal": self.cv**2}[self.shape]


NONE = Distribution("constant", 0.0)


def parse(text: str) -> Distribution:
    """A distribution as written above. Raises `DistributionError`."""
    shape, colon, rest = text.strip().partition(":")
    if not colon or shape not in SHAPES:
        raise DistributionError(f'"{text}" is no distribution; write {FORM}')
    mean, *options = rest.split(",")
    return Distribution(cast(Shape, shape), parse_mean_s(mean, text), _cv(shape, options, text))


def parse_mean_s(mean: str, text: str) -> float:
    """Seconds of "28/h", "300s", "5min"; `text` is what to quote. Raises `DistributionError`."""
    match = _MEAN.fullmatch(mean.strip())
    if match is None:
        raise DistributionError(
            f'"{text}": "{mean}" is no mean; write a rate (28/h) or a duration (300s, 5min)'
        )
    number, unit_s = float(match["number"]), _UNITS_S[match["unit"]]
    if number <= 0.0:
        raise DistributionError(f'"{text}": the mean must be more than 0')
    mean_s = unit_s / number if match["per"] else unit_s * number
    if not SHORTEST_S <= mean_s <= LONGEST_S:
        raise DistributionError(f'"{text}": a mean of {mean_s:g} s is not between 1 ms and 366 days')
    return mean_s


def _cv(shape: str, options: list[str], text: str) -> float:
    cv = DEFAULT_CV
    for option in options:
        key, _, value = option.partition("=")
        if key.strip() != "cv" or shape != "lognormal":
            raise DistributionError(f'"{text}": "{option}" does not belong here; write {FORM}')
        cv = parse_number(value, 0.0, MAX_CV, f'"{text}": cv')
    return cv


def parse_number(value: str, least: float, most: float, name: str) -> float:
    """A number within bounds; raises `DistributionError` that begins with `name`."""
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not least <= number <= most:
        raise DistributionError(f'{name} must be a number from {least:g} to {most:g}, not "{value}"')
    return number
