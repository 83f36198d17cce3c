"""Means with confidence intervals: batches of a long run, or days, and Student's law.

Rules:
1. A batch is a count and a sum, so that busy batches weigh more: the mean is the ratio of all sums to all
   counts, and its error follows from how far each batch's sum is from that mean times its count.
2. Batches of one long run are not independent when it is busy: what a correlation r of neighbours adds is
   put in, as (1 + r) / (1 - r) on the variance and fewer degrees of freedom. Days need none of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import NormalDist

BATCHES = 20  # few enough to be long against the memory of a busy queue, enough for Student's law
_STUDENT_95 = (12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281)
_MOST_CORRELATED = 0.9  # of neighbours; more would only say that the run is too short


@dataclass(slots=True)
class Batches:
    """Counts and sums by batch."""

    counts: list[int] = field(default_factory=list)
    sums: list[float] = field(default_factory=list)

    def add(self, batch: int, value: float) -> None:
        """One more value in batch number `batch`, from 0."""
        while len(self.counts) <= batch:
            self.counts.append(0)
            self.sums.append(0.0)
        self.counts[batch] += 1
        self.sums[batch] += value

    @property
    def count(self) -> int:
        return sum(self.counts)

    @property
    def mean(self) -> float | None:
        """Mean of all values; None when there are none."""
        count = self.count
        return math.fsum(self.sums) / count if count else None

    def half_width(self, batches: int, correlated: bool) -> float | None:
        """Half width of the mean's 95 % confidence interval over `batches`; None when nobody can say."""
        mean = self.mean
        if mean is None or batches < 2:
            return None
        counts = self.counts + [0] * (batches - len(self.counts))
        sums = self.sums + [0.0] * (batches - len(self.sums))
        usual = sum(counts) / batches
        errors = [(total - mean * count) / usual for count, total in zip(counts, sums, strict=True)]
        return _half_width(errors, _neighbours(errors) if correlated else 0.0)


def student_95(freedom: float) -> float:
    """The 97.5 % quantile of Student's law: exact up to 10 degrees, then by Cornish and Fisher."""
    if freedom <= len(_STUDENT_95):
        return _STUDENT_95[max(1, math.floor(freedom)) - 1]
    z = NormalDist().inv_cdf(0.975)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3


def _half_width(errors: Sequence[float], correlation: float) -> float:
    number = len(errors)
    variance = math.fsum(error * error for error in errors) / (number - 1)
    widening = (1 + correlation) / (1 - correlation)
    freedom = max(number / widening - 1, 1.0)
    return student_95(freedom) * math.sqrt(variance / number * widening)


def _neighbours(errors: Sequence[float]) -> float:
    """Correlation of neighbouring batches, with its known bias of 1 / batches put right; at least 0."""
    total = math.fsum(error * error for error in errors)
    if not total:
        return 0.0
    products = math.fsum(a * b for a, b in pairwise(errors))
    return min(max(products / total + 1 / len(errors), 0.0), _MOST_CORRELATED)
