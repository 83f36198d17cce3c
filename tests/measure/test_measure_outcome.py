"""Medians, bad ends, ratios, targets, and the table made of them."""

from __future__ import annotations

import json
import math

import pytest

from simulators.measure.outcome import (
    Check,
    Outcome,
    Row,
    Spread,
    Told,
    as_data,
    share_of_floor,
    spread,
    times_floor,
)
from simulators.measure.table import heading, lines_of


@pytest.mark.parametrize(
    ("samples", "better", "expected"),
    [
        ([7.0], "less", Spread(7.0, 7.0, 1)),
        ([3.0, 1.0, 2.0], "less", Spread(2.0, 3.0, 3)),
        ([4.0, 1.0, 3.0, 2.0], "less", Spread(2.0, 4.0, 4)),
        (range(1, 101), "less", Spread(50, 99, 100)),
        (range(1, 201), "less", Spread(100, 198, 200)),
        (range(1, 101), "more", Spread(51, 2, 100)),
        ([10.0, 30.0, 20.0], "more", Spread(20.0, 10.0, 3)),
    ],
)
def test_median_and_bad_end(samples: list[float], better: str, expected: Spread) -> None:
    assert spread(samples, better) == expected  # type: ignore[arg-type]


def test_nothing_measured_is_no_figure() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        spread([])


def test_ratios_are_of_like_to_like() -> None:
    row = Row("press", "ms", Spread(3.0, 8.0, 10), Spread(2.0, 2.0, 10))
    assert (row.ratio, row.ratio_p99) == (1.5, 4.0)
    assert Row("alone", "ms", Spread(3.0, 8.0, 10)).ratio is None
    assert Row("of nothing", "ms", Spread(3.0, 8.0, 10), Spread(0.0, 0.0, 1)).ratio == math.inf


@pytest.mark.parametrize(
    ("check", "met"),
    [
        (times_floor("median", 1.5, 1.5), True),
        (times_floor("median", 1.51, 1.5), False),
        (times_floor("median", None, 1.5), False),
        (share_of_floor("median", 0.5, 0.5), True),
        (share_of_floor("median", 0.49, 0.5), False),
        (share_of_floor("median", None, 0.5), False),
        (Check("late", 0, 0, ""), True),
        (Check("late", 1, 0, ""), False),
    ],
)
def test_a_target_is_met_or_missed(check: Check, met: bool) -> None:
    assert check.met is met


def outcome() -> Outcome:
    good, bad = times_floor("median", 1.2, 1.5), times_floor("p99", 2.6, 2.0)
    row = Row("press to strip", "ms", Spread(1.2, 2.6, 9), Spread(1.0, 1.0, 9), (good, bad))
    told = (Told("wire time", 10.42, "ms"),)
    return Outcome("press_to_strip", (row, Row("alone", "MB", Spread(1234.0, 0.123, 1))), told, ("a note",))


def test_people_see_what_was_missed_and_by_how_much() -> None:
    assert list(lines_of(outcome())) == [
        "press_to_strip",
        "  press to strip, ms                    1.20      2.60      1.00      1.00   1.20   2.60"
        "  median ≤ 1.50 × met",
        f"{'':89}p99 ≤ 2.00 × MISSED: 2.60",
        "  alone, MB                            1,234     0.123         –         –      –      –",
        "    wire time: 10.4 ms",
        "    (a note)",
    ]
    assert heading().split() == ["ours", "p99", "floor", "p99", "ratio", "p99", "target"]


def test_programs_get_every_number() -> None:
    data = json.loads(json.dumps(as_data(outcome())))
    assert (data["name"], data["met"]) == ("press_to_strip", False)
    first, second = data["rows"]
    assert first["ours"] == {"median": 1.2, "p99": 2.6, "n": 9}
    assert first["floor"] == {"median": 1.0, "p99": 1.0, "n": 9}
    assert [check["met"] for check in first["checks"]] == [True, False]
    assert first["checks"][1] == {
        "what": "p99",
        "value": 2.6,
        "limit": 2.0,
        "unit": "×",
        "sense": "at most",
        "met": False,
    }
    assert second["floor"] is None
    assert second["ratio"] is None
    assert data["told"] == [{"what": "wire time", "value": 10.42, "unit": "ms"}]
    assert outcome().missed == ["press to strip, p99"]
