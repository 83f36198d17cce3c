"""Distributions as text, and as seconds."""

from __future__ import annotations

import math
from random import Random
from statistics import fmean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.people.distributions import NONE, Distribution, DistributionError, parse

GOOD = [
    ("constant:300s", Distribution("constant", 300.0)),
    ("constant:5min", Distribution("constant", 300.0)),
    ("exponential:28/h", Distribution("exponential", 3600 / 28)),
    ("exponential:0.5/s", Distribution("exponential", 2.0)),
    ("exponential:1/min", Distribution("exponential", 60.0)),
    ("exponential:48/d", Distribution("exponential", 1800.0)),
    (" exponential:2h ", Distribution("exponential", 7200.0)),
    ("lognormal:8min", Distribution("lognormal", 480.0, 0.6)),
    ("lognormal:7.5/h,cv=1.25", Distribution("lognormal", 480.0, 1.25)),
]

BAD = [
    ("", "write SHAPE:MEAN"),
    ("exponential", "write SHAPE:MEAN"),
    ("gamma:3/h", "write SHAPE:MEAN"),
    ("exponential:28", "write a rate (28/h) or a duration (300s, 5min)"),
    ("exponential:-3/h", "write a rate"),
    ("exponential:1e3/h", "write a rate"),
    ("exponential:nan/h", "write a rate"),
    ("exponential:0/h", "must be more than 0"),
    ("constant:0s", "must be more than 0"),
    ("constant:367d", "not between 1 ms and 366 days"),
    ("constant:0.0001s", "not between 1 ms and 366 days"),
    ("lognormal:8min,cv=much", "cv must be a number from 0 to 10"),
    ("lognormal:8min,cv=11", "cv must be a number from 0 to 10"),
    ("lognormal:8min,cv=nan", "cv must be a number from 0 to 10"),
    ("exponential:8min,cv=1", '"cv=1" does not belong here'),
    ("lognormal:8min,sd=1", '"sd=1" does not belong here'),
]


@pytest.mark.parametrize(("text", "expected"), GOOD)
def test_a_distribution_is_read(text: str, expected: Distribution) -> None:
    found = parse(text)
    assert (found.shape, found.cv) == (expected.shape, expected.cv)
    assert found.mean_s == pytest.approx(expected.mean_s)


@pytest.mark.parametrize(("text", "says"), BAD)
def test_a_mistake_is_told_with_the_right_form(text: str, says: str) -> None:
    with pytest.raises(DistributionError) as told:
        parse(text)
    assert says in str(told.value)
    assert f'"{text}"' in str(told.value)


@given(st.text(max_size=40))
def test_any_text_is_read_or_told(text: str) -> None:
    try:
        found = parse(text)
    except DistributionError:
        return
    assert found.mean_s > 0.0


@pytest.mark.parametrize(
    ("distribution", "cv"),
    [
        (Distribution("constant", 90.0), 0.0),
        (Distribution("exponential", 90.0), 1.0),
        (Distribution("lognormal", 90.0, 0.6), 0.6),
        (Distribution("lognormal", 90.0, 0.0), 0.0),
    ],
)
def test_samples_have_the_mean_and_the_spread_they_should(distribution: Distribution, cv: float) -> None:
    rng = Random(3)
    samples = [distribution.sample(rng) for _ in range(20_000)]
    assert min(samples) >= 0.0
    assert fmean(samples) == pytest.approx(90.0, rel=0.02)
    assert pstdev(samples) / 90.0 == pytest.approx(cv, abs=0.03)
    assert distribution.relative_variance == pytest.approx(cv**2)


def test_half_of_lognormal_samples_are_under_their_median() -> None:
    rng, median_s = Random(4), 90.0 / math.sqrt(1 + 0.6**2)
    samples = [Distribution("lognormal", 90.0, 0.6).sample(rng) for _ in range(10_000)]
    assert sum(sample < median_s for sample in samples) / 10_000 == pytest.approx(0.5, abs=0.02)


def test_no_time_at_all_is_always_nothing() -> None:
    assert NONE.sample(Random(1)) == 0.0
    assert Distribution("exponential", 0.0).sample(Random(1)) == 0.0
