"""Confidence intervals: the quantiles, the batches, and whether 95 % means 95 %."""

from __future__ import annotations

import pytest

from simulators.people.distributions import Distribution
from simulators.simulate.confidence import BATCHES, Batches, student_95
from simulators.simulate.one_queue import ClassPlan, Plan, simulate


def batches_of(*values: list[float]) -> Batches:
    batches = Batches()
    for index, batch in enumerate(values):
        for value in batch:
            batches.add(index, value)
    return batches


@pytest.mark.parametrize(
    ("freedom", "quantile"), [(1, 12.706), (4, 2.776), (10, 2.228), (11, 2.201), (19, 2.093), (60, 2.000)]
)
def test_students_quantiles_are_those_of_the_tables(freedom: int, quantile: float) -> None:
    assert student_95(freedom) == pytest.approx(quantile, abs=6e-4)


def test_equal_batches_give_the_interval_of_their_means() -> None:
    batches = batches_of([1.0, 3.0], [3.0, 5.0], [5.0, 7.0])  # means 2, 4, 6: deviation 2
    assert batches.mean == 4.0
    assert batches.half_width(3, correlated=False) == pytest.approx(4.3027 * 2.0 / 3**0.5, rel=1e-4)


def test_a_busy_batch_weighs_more_than_a_quiet_one() -> None:
    batches = batches_of([10.0], [2.0] * 9)
    assert batches.mean == pytest.approx(2.8)


def test_a_batch_without_anybody_counts_as_a_batch() -> None:
    with_gap = batches_of([4.0, 4.0], [], [4.0, 4.0])
    assert with_gap.half_width(3, correlated=False) == pytest.approx(0.0)
    uneven = batches_of([8.0, 8.0], [], [2.0, 2.0])
    assert (uneven.half_width(3, correlated=False) or 0.0) > 5.0


def test_nothing_and_a_single_batch_say_nothing() -> None:
    assert Batches().mean is None
    assert Batches().half_width(20, correlated=True) is None
    assert batches_of([1.0, 2.0]).half_width(1, correlated=False) is None


def test_neighbours_that_resemble_each_other_widen_the_interval() -> None:
    wave = batches_of(*([float(at // 5 % 2)] * 10 for at in range(20)))
    shuffled = batches_of(*([float(at * 7 % 20 // 5 % 2)] * 10 for at in range(20)))
    narrow = wave.half_width(20, correlated=False)
    assert narrow == pytest.approx(shuffled.half_width(20, correlated=False))
    assert (wave.half_width(20, correlated=True) or 0.0) > 2 * (narrow or 0.0)


def test_ninety_five_per_cent_of_the_intervals_hold_the_true_wait() -> None:
    """40 short runs of M/M/1 at 0.6; fewer than 34 hits have a chance of 0.3 % at true 95 %."""
    hits = 0
    for seed in range(40):
        arrivals = ClassPlan("ordinary", Distribution("exponential", 1.0 / 0.6))
        plan = Plan(1, (arrivals,), Distribution("exponential", 1.0), 0.6, 0.04, seed)
        waits = simulate(plan).all.batches
        half = waits.half_width(BATCHES, correlated=True)
        hits += abs((waits.mean or 0.0) - 1.5) <= (half or 0.0)
    assert 34 <= hits <= 40
