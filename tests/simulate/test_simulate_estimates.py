"""What is told before the slip is taken, judged by the floor of theory and by the plain estimate."""

from __future__ import annotations

import pytest

from simulators.people.distributions import Distribution
from simulators.simulate.one_queue import ClassPlan, Plan, simulate
from simulators.simulate.tally import Foretold


def foretold(
    windows: int,
    *classes: tuple[str, float, float],
    service: Distribution | None = None,
    visits: int = 8000,
    seed: int = 2,
) -> Foretold:
    """`classes`: name, people a second, rate in line; the mean service takes a second."""
    plans = tuple(ClassPlan(name, Distribution("exponential", 1.0 / per_s), b) for name, per_s, b in classes)
    hours = visits / sum(per_s for _, per_s, _ in classes) / 3600.0
    plan = Plan(windows, plans, service or Distribution("exponential", 1.0), hours, hours * 0.05, seed)
    return simulate(plan).foretold


@pytest.mark.parametrize(("windows", "load"), [(1, 0.5), (1, 0.8), (3, 0.8), (10, 0.7)])
def test_one_class_is_told_close_to_the_floor(windows: int, load: float) -> None:
    """Floor: 1 - rho, if the mean service time is known; the hall learns it as it goes."""
    sums = foretold(windows, ("ordinary", load * windows, 1.0))
    error = sums.relative(sums.told_sq)
    assert error == pytest.approx(1.0 - load, rel=0.15)
    assert sums.told_sq == sums.plain_sq  # one queue, one class: the length of the queue says all


@pytest.mark.parametrize(
    ("windows", "service", "most"),
    [
        (1, Distribution("exponential", 1.0), 0.60),
        (3, Distribution("exponential", 1.0), 0.60),
        (3, Distribution("constant", 1.0), 0.38),
        (3, Distribution("lognormal", 1.0, 0.6), 0.50),
    ],
)
def test_two_classes_are_told_better_than_by_the_queues_length(
    windows: int, service: Distribution, most: float
) -> None:
    """`most`: of the plain squared error; a forecast that forgets who will overtake is over it."""
    classes = [("ordinary", 0.5 * windows, 1.0), ("priority", 0.3 * windows, 4.0)]
    sums = foretold(windows, *classes, service=service)
    assert sums.forward_sq < most * sums.plain_sq
    assert sums.told_sq < most * sums.plain_sq


@pytest.mark.parametrize("load", [0.4, 0.8])
@pytest.mark.parametrize("rate", [1.0, 2.0, 10.0])
def test_the_told_wait_is_never_worse_than_the_plain_one(load: float, rate: float) -> None:
    windows = 4
    per_s = load * windows
    sums = foretold(windows, ("ordinary", 0.8 * per_s, 1.0), ("priority", 0.2 * per_s, rate), visits=4000)
    assert sums.told_sq <= 1.02 * sums.plain_sq


def test_the_told_range_holds_for_about_six_in_ten() -> None:
    sums = foretold(3, ("ordinary", 2.4, 1.0))
    assert sums.in_range / sums.count == pytest.approx(0.6, abs=0.05)
