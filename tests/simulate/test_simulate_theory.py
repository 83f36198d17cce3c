"""`hall simulate` against published results of queueing theory, seeds fixed.

Every mean must lie within three half-widths of the run's own 95 % confidence interval.
"""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from simulators.people.distributions import Distribution
from simulators.simulate.confidence import BATCHES
from simulators.simulate.figures import one_queue_figures
from simulators.simulate.one_queue import ClassPlan, Plan, simulate
from simulators.simulate.tally import Tally, Waits

EXPONENTIAL_1 = Distribution("exponential", 1.0)  # mean service of a second


def run(
    windows: int,
    arrivals: dict[str, tuple[float, float]],
    service: Distribution = EXPONENTIAL_1,
    visits: int = 12_000,
    seed: int = 1,
    shape: str = "exponential",
) -> tuple[Plan, Tally]:
    """`arrivals`: by class, people a second and rate in line. About so many visits are counted."""
    classes = tuple(
        ClassPlan(name, Distribution(shape, 1.0 / per_s), rate)  # type: ignore[arg-type]
        for name, (per_s, rate) in arrivals.items()
    )
    hours = visits / sum(per_s for per_s, _ in arrivals.values()) / 3600.0
    plan = Plan(windows, classes, service, hours * 1.05, hours * 0.05, seed)
    return plan, simulate(plan)


def assert_mean(waits: Waits, expected_s: float, widest: float = 0.5) -> None:
    """Within three half-widths of an interval that says something: half-width under `widest` of the mean."""
    mean, half = waits.batches.mean, waits.batches.half_width(BATCHES, correlated=True)
    assert mean is not None
    assert half is not None
    assert half < widest * expected_s
    assert abs(mean - expected_s) <= 3 * half


def erlang_c(windows: int, load: float) -> float:
    """Probability of waiting in M/M/c, by the recursion of Erlang B; `load` in erlangs."""
    blocked = 1.0
    for count in range(1, windows + 1):
        blocked = load * blocked / (count + load * blocked)
    return blocked / (1.0 - load / windows * (1.0 - blocked))


def accumulating(classes: dict[str, tuple[float, float]], delay_s: float) -> dict[str, float]:
    """Kleinrock's time-dependent priorities, one server, mean service 1 s; `delay_s` is the FCFS wait.

    W_p = (W - sum over slower i of rho_i W_i (1 - b_i/b_p)) / (1 - sum over faster i of rho_i (1 - b_p/b_i))
    """
    waits: dict[str, float] = {}
    for name, (_, own) in sorted(classes.items(), key=lambda item: item[1][1]):
        slower = sum(
            per_s * waits[other] * (1 - rate / own) for other, (per_s, rate) in classes.items() if rate < own
        )
        faster = sum(per_s * (1 - own / rate) for per_s, rate in classes.values() if rate > own)
        waits[name] = (delay_s - slower) / (1 - faster)
    return waits


# Windows, erlangs, probability of waiting as printed in tables of Erlang C.
ERLANG_C_TABLE = [(1, 0.5, 0.5), (2, 1.6, 0.7111), (3, 2.0, 0.4444), (5, 4.0, 0.5541), (10, 8.0, 0.4092)]


@pytest.mark.parametrize(("windows", "load", "p_wait"), ERLANG_C_TABLE)
def test_waits_before_several_windows_agree_with_erlang_c(windows: int, load: float, p_wait: float) -> None:
    assert erlang_c(windows, load) == pytest.approx(p_wait, abs=5e-5)
    plan, tally = run(windows, {"ordinary": (load, 1.0)}, seed=10 + windows)
    figures = one_queue_figures(plan, tally)
    assert_mean(tally.all, p_wait / (windows - load))
    assert abs(figures["p_wait"] - p_wait) <= 3 * figures["p_wait_ci95"]
    assert figures["p_wait_ci95"] < 0.25 * p_wait
    assert figures["utilisation"] == pytest.approx(load / windows, rel=0.04)


def test_the_hall_of_sixty_windows_agrees_with_the_printed_check() -> None:
    assert erlang_c(60, 50.0) == pytest.approx(0.1173, abs=5e-5)
    minutes = {"ordinary": (1 / 60.0, 1.0)}
    plan, tally = run(60, minutes, Distribution("exponential", 3000.0), visits=32_000)
    assert_mean(tally.all, 0.5865 * 60.0, widest=1.0)
    figures = one_queue_figures(plan, tally)
    assert abs(figures["p_wait"] - 0.1173) <= 3 * figures["p_wait_ci95"]


@pytest.mark.parametrize("load", [0.5, 0.8])
def test_equal_services_wait_half_as_long_as_exponential_ones(load: float) -> None:
    _, tally = run(1, {"ordinary": (load, 1.0)}, Distribution("constant", 1.0))
    assert_mean(tally.all, load / (2 * (1 - load)))


@pytest.mark.parametrize(("load", "cv"), [(0.6, 0.6), (0.7, 1.5)])
def test_lognormal_services_agree_with_pollaczek_and_khinchine(load: float, cv: float) -> None:
    _, tally = run(1, {"ordinary": (load, 1.0)}, Distribution("lognormal", 1.0, cv), visits=16_000)
    assert_mean(tally.all, load * (1 + cv**2) / (2 * (1 - load)))


def test_people_who_come_at_equal_gaps_agree_with_the_root_of_their_equation() -> None:
    root = 0.5
    for _ in range(200):  # sigma = exp(-(1 - sigma) / rho), of D/M/1
        root = math.exp(-(1 - root) / 0.8)
    plan, tally = run(1, {"ordinary": (0.8, 1.0)}, shape="constant")
    assert_mean(tally.all, root / (1 - root))
    figures = one_queue_figures(plan, tally)
    assert abs(figures["p_wait"] - root) <= 3 * figures["p_wait_ci95"]


# Rates of ordinary and priority people (0.5 and 0.3 a second): printed waits for 1:1 and 1:4.
PRINTED = [(1.0, 4.000, 4.000), (4.0, 5.161, 2.065)]


@pytest.mark.parametrize(("rate", "ordinary_s", "priority_s"), PRINTED)
def test_two_classes_agree_with_the_printed_waits(rate: float, ordinary_s: float, priority_s: float) -> None:
    classes = {"ordinary": (0.5, 1.0), "priority": (0.3, rate)}
    computed = accumulating(classes, 4.0)
    assert computed["ordinary"] == pytest.approx(ordinary_s, abs=5e-4)
    assert computed["priority"] == pytest.approx(priority_s, abs=5e-4)
    _, tally = run(1, classes, visits=24_000)
    assert_mean(tally.classes["ordinary"], ordinary_s)
    assert_mean(tally.classes["priority"], priority_s)


@pytest.mark.parametrize(
    "classes",
    [
        {"ordinary": (0.4, 1.0), "priority": (0.4, 2.0)},
        {"ordinary": (0.5, 1.0), "elderly": (0.15, 3.0), "urgent": (0.15, 10.0)},
        {"ordinary": (0.3, 1.0), "priority": (0.45, 100.0)},
    ],
)
def test_other_rates_agree_with_kleinrock_and_conserve_work(classes: dict[str, tuple[float, float]]) -> None:
    load = sum(per_s for per_s, _ in classes.values())
    fcfs_s = load / (1 - load)
    waits = accumulating(classes, fcfs_s)
    _, tally = run(1, classes, visits=16_000)
    for name, expected_s in waits.items():
        assert_mean(tally.classes[name], expected_s)
    conserved = sum(per_s * waits[name] for name, (per_s, _) in classes.items())
    assert conserved == pytest.approx(load * fcfs_s)
    assert_mean(tally.all, fcfs_s)  # the classes weighted by their work


def test_classes_with_lognormal_services_agree_with_kleinrock() -> None:
    classes = {"ordinary": (0.4, 1.0), "priority": (0.3, 3.0)}
    fcfs_s = 0.7 * (1 + 0.5**2) / (2 * 0.3)
    _, tally = run(1, classes, Distribution("lognormal", 1.0, 0.5))
    for name, expected_s in accumulating(classes, fcfs_s).items():
        assert_mean(tally.classes[name], expected_s)


def test_classes_before_three_windows_wait_as_before_one_three_times_as_fast() -> None:
    """While all of c equal exponential windows are busy, they are one window that is c times as fast."""
    one = {"ordinary": (0.5, 1.0), "priority": (0.3, 4.0)}
    three = {name: (3 * per_s, rate) for name, (per_s, rate) in one.items()}
    thinner = erlang_c(3, 2.4) / 0.8
    _, tally = run(3, three, visits=20_000)
    for name, expected_s in accumulating(one, 4.0).items():
        assert_mean(tally.classes[name], thinner * expected_s / 3)


def test_the_higher_the_rate_the_longer_ordinary_people_wait() -> None:
    waits = []
    for rate in (1.0, 2.0, 8.0):
        _, tally = run(1, {"ordinary": (0.5, 1.0), "priority": (0.3, rate)}, visits=2500)
        waits.append(tally.classes["ordinary"].batches.mean or 0.0)
    assert all(fewer < more for fewer, more in pairwise(waits))


def test_people_waiting_are_arrivals_times_waits_by_littles_law() -> None:
    plan, tally = run(2, {"ordinary": (1.2, 1.0), "priority": (0.4, 4.0)})
    figures = one_queue_figures(plan, tally)
    per_s = tally.all.issued / ((plan.hours - plan.warmup_h) * 3600.0)
    assert figures["waiting_mean"] == pytest.approx(per_s * (tally.all.batches.mean or 0.0), rel=0.02)


def test_changes_of_day_lose_nobody_who_waits() -> None:
    """Ten days, nearly too much work: every midnight finds people waiting."""
    per_s = 0.97 / 600.0
    _, tally = run(1, {"ordinary": (per_s, 1.0)}, Distribution("exponential", 600.0), visits=1400)
    assert tally.all.batches.count == tally.all.issued
    assert tally.waiting.average() > 3.0


def test_the_same_seed_gives_the_same_figures_and_another_does_not() -> None:
    first, again, other = (
        one_queue_figures(*run(2, {"ordinary": (1.5, 1.0)}, visits=500, seed=seed)) for seed in (7, 7, 8)
    )
    assert first == again
    assert first["waiting_mean"] != other["waiting_mean"]
