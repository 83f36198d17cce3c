"""The day in figures."""

from __future__ import annotations

import pytest

from edge.hall import commands as c
from edge.hall.report import EstimateError, Spread, day_report, spread


@pytest.mark.parametrize(
    ("durations", "expected"),
    [
        ([], Spread()),
        ([5.0], Spread(1, 5.0, 5.0, 5.0)),
        ([4.0, 1.0], Spread(2, 2.5, 2.5, 4.0)),
        ([float(n) for n in range(10, 0, -1)], Spread(10, 5.5, 5.5, 9.0)),
    ],
)
def test_spread(durations, expected):
    assert spread(durations) == expected


def test_a_day(stage):
    for service, priority in (
        ("tax", "ordinary"),
        ("tax", "priority"),
        ("id-card", "ordinary"),
        ("id-card", "ordinary"),
    ):
        stage.take(service, priority, after_s=0)
    stage.take("pension", after_s=0)
    stage.call("w3", after_s=100)  # B002: priority
    stage.do(c.Begin("w3"), 20)
    stage.do(c.AskRating("w3"), 80)
    stage.do(c.Rate("20240108-B002", "w3", 5))
    stage.call("w3", after_s=100)  # finishes B002 after 180 s of service; B001 waited 300 s
    stage.do(c.NoShow("w3"), 50)
    stage.call("w1", after_s=50)  # A001 waited 400 s
    stage.do(c.Finish("w1"), 200)
    report = day_report(stage.hall, stage.now_s)
    assert (report.day, report.issued, report.called, report.served) == ("20240108", 5, 3, 2)
    assert (report.no_shows, report.waiting, report.held, report.at_windows, report.calls) == (1, 2, 0, 0, 3)
    assert report.wait == Spread(3, 800 / 3, 300, 400)
    assert report.wait_by_queue == {"tax": Spread(2, 200, 200, 300), "id": Spread(1, 400, 400, 400)}
    assert report.wait_by_class == {
        "ordinary": Spread(2, 350, 350, 400),
        "priority": Spread(1, 100, 100, 100),
    }
    assert report.walking == Spread(1, 20, 20, 20)
    assert report.serving_by_service == {"id-card": Spread(1, 200, 200, 200), "tax": Spread(1, 180, 180, 180)}
    assert report.ratings == {5: 1, 4: 0, 3: 0, 2: 0, 1: 0}
    use = {window.window: window for window in report.windows}
    assert (use["w3"].served, use["w3"].calls) == (1, 2)
    assert (use["w3"].idle_s, use["w3"].calling_s, use["w3"].serving_s) == (350, 70, 180)
    assert use["w3"].use == pytest.approx(250 / 600)
    assert (use["w9"].idle_s, use["w9"].use) == (600, 0.0)


def test_estimates_are_measured_for_those_who_had_to_wait(stage):
    stage.take("tax-refund", after_s=0)
    stage.call("w3", after_s=0)
    stage.take("tax-refund", after_s=0)  # told: one stay of 600 s
    stage.call("w3", after_s=480)
    report = day_report(stage.hall, stage.now_s)
    error = report.estimate
    assert (error.count, error.plain_rms_s, error.rms_s) == (1, 120.0, 120.0)
    assert error.relative == pytest.approx((120 / 480) ** 2)
    assert report.estimate_by_queue == {"tax": error}


def test_an_empty_day(make_stage):
    stage = make_stage()
    report = day_report(stage.hall, stage.now_s + 100)
    assert (report.issued, report.wait, report.estimate) == (0, Spread(), EstimateError())
    assert {window.closed_s for window in report.windows} == {100.0}


def test_late_ratings_are_counted_apart(make_stage, hours):
    stage = make_stage(hours=hours).open()
    stage.take()
    stage.call("w1")
    stage.do(c.Finish("w1"))
    stage.do(c.Tick(), 86_400.0)
    stage.do(c.Rate("20240108-A001", "w1", 1))
    report = day_report(stage.hall, stage.now_s)
    assert (report.ratings[1], report.late_ratings[1]) == (0, 1)
