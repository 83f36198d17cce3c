"""The small parts of a simulation: agenda, meters, columns, axes."""

from __future__ import annotations

import pytest

from simulators.simulate.agenda import Agenda
from simulators.simulate.columns import columns, width
from simulators.simulate.figures import quantile
from simulators.simulate.meter import Meter
from simulators.simulate.plot_panel import round_up, ticks


def test_the_agenda_goes_by_time_and_among_equals_by_entry() -> None:
    agenda, done = Agenda(100.0), []
    agenda.at(130.0, done.append, "third")
    agenda.at(120.0, done.append, "first")
    agenda.after(20.0, done.append, "second")
    agenda.at(150.0, done.append, "not yet")
    agenda.run(150.0)
    assert done == ["first", "second", "third"]
    assert agenda.now_s == 150.0
    agenda.run(151.0)
    assert done[-1] == "not yet"


def test_what_is_late_is_done_now_and_time_never_runs_back() -> None:
    agenda, times = Agenda(100.0), []
    agenda.at(110.0, lambda: agenda.at(50.0, lambda: times.append(agenda.now_s)))
    agenda.run(120.0)
    assert times == [110.0]
    agenda.run(90.0)
    assert agenda.now_s == 120.0


def test_a_meter_averages_over_its_own_time_alone() -> None:
    meter = Meter(from_s=10.0, to_s=20.0)
    meter.set(4.0, 0.0)  # five seconds of it count
    meter.set(1.0, 15.0)  # five seconds too
    meter.set(9.0, 25.0)
    meter.read(30.0)
    assert meter.average() == pytest.approx((4 * 5 + 1 * 5) / 10)
    assert meter.peak == 1.0


def test_a_meter_keeps_the_average_of_each_bin() -> None:
    meter = Meter(from_s=0.0, to_s=100.0, bin_s=10.0)
    meter.set(2.0, 5.0)
    meter.set(6.0, 20.0)
    meter.set(0.0, 25.0)
    meter.read(100.0)
    assert meter.bins == pytest.approx([1.0, 2.0, 3.0])
    assert sum(meter.bins) * 10.0 == pytest.approx(meter.total)


def test_a_chinese_character_is_two_columns_wide() -> None:
    assert width("税务 Tax") == 8
    lines = columns([("名称", "n"), ("heading",), ("税务", "12"), ("a", "3")])
    assert lines == ["名称   n", "heading", "税务  12", "a      3"]


@pytest.mark.parametrize(
    ("top", "expected"),
    [(40.0, [0, 10, 20, 30, 40]), (1.0, [0, 0.2, 0.4, 0.6, 0.8, 1.0]), (7.0, [0, 2, 4, 6])],
)
def test_axes_have_round_numbers(top: float, expected: list[float]) -> None:
    assert ticks(top) == pytest.approx(expected)


def test_the_next_round_number() -> None:
    assert [round_up(value) for value in (0.0, 0.3, 1.0, 1.1, 3.0, 70.0)] == [1.0, 0.5, 1.0, 2.0, 5.0, 100.0]


def test_quantiles_are_by_nearest_rank() -> None:
    assert quantile([], 0.5) is None
    assert quantile([7.0], 0.9) == 7.0
    assert quantile([float(value) for value in range(1, 11)], 0.9) == 9.0
    assert quantile([float(value) for value in range(1, 11)], 0.5) == 5.0
