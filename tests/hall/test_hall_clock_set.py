"""The clock of a hall is set: nobody loses his place, and the day's figures are what they would have been."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edge.hall import commands as c
from edge.hall import events as e
from edge.hall import state as s
from edge.hall import views
from edge.hall.report import day_report

DAY_S = 86_400.0
HOUR_S = 3600.0


def morning(stage: Any) -> None:
    """One served and rated, one being served, one called, two waiting."""
    for _ in range(5):
        stage.take(after_s=60)
    stage.call("w1", after_s=30)
    stage.do(c.Begin("w1"), 20)
    stage.do(c.AskRating("w1"), 200)
    stage.do(c.Rate("20240108-A001", "w1", 5), 5)
    stage.call("w1", after_s=10)
    stage.do(c.Begin("w1"), 20)
    stage.call("w2", after_s=10)


def afternoon(stage: Any) -> None:
    """What was begun is ended, and one more comes."""
    stage.do(c.Begin("w2"), 40)
    stage.do(c.Finish("w1"), 300)
    stage.call("w1", after_s=10)
    stage.take(after_s=60)
    stage.do(c.Finish("w2"), 60)


def figures(stage: Any) -> Any:
    """The report, and everybody's wait as a clerk or a citizen is told it."""
    waits = {
        visit.number: round(stage.now_s - visit.issued_s, 3)
        for visit in stage.hall.visits.values()
        if visit.state == s.WAITING
    }
    return day_report(stage.hall, stage.now_s), waits, views.queue_view(stage.hall, "id", stage.now_s)


def set_by(stage: Any, by_s: float, since_s: float = 0.0) -> list[str]:
    stage.now_s += by_s
    return [type(event).__name__ for event in stage.do(c.SetClock(by_s, since_s))]


@pytest.mark.parametrize("by_s", [HOUR_S, -HOUR_S, 3 * HOUR_S, -3 * HOUR_S, 60.0])
def test_a_step_in_the_middle_of_visits_changes_no_wait_and_no_figure(make_stage: Any, by_s: float) -> None:
    steady, stepped = make_stage().open(), make_stage().open()
    for stage in (steady, stepped):
        morning(stage)
    assert set_by(stepped, by_s) == ["ClockSet"]
    assert figures(stepped) == figures(steady)
    for stage in (steady, stepped):
        afternoon(stage)
    assert figures(stepped) == figures(steady)
    assert stepped.replayed() == stepped.hall == stepped.reopened()


def test_a_day_ahead_and_back_again_and_the_day_goes_on_as_if_nothing_had_been(make_stage: Any) -> None:
    steady, stepped = make_stage().open(), make_stage().open()
    for stage in (steady, stepped):
        morning(stage)
    assert set_by(stepped, DAY_S) == ["ClockSet", "DayStarted"]
    assert stepped.hall.day == "20240109"
    assert [stepped.at(window) for window in ("w1", "w2")] == ["A002", "A003"], "nobody leaves"
    assert stepped.replayed() == stepped.hall == stepped.reopened()
    for stage in (steady, stepped):
        afternoon(stage)
    assert stepped.visit("A006").id == "20240109-A006", "the numbers go on"
    assert set_by(stepped, -DAY_S) == ["ClockSet", "DayStarted"]
    assert stepped.hall.day == "20240108"
    assert figures(stepped) == figures(steady)
    assert stepped.take() == steady.take() == "A007"
    assert stepped.replayed() == stepped.hall == stepped.reopened()


def test_a_rating_that_comes_while_the_clock_is_wrong_counts(stage: Any) -> None:
    morning(stage)
    set_by(stage, DAY_S)
    stage.do(c.Rate("20240108-A002", "w1", 3), 10)
    set_by(stage, -DAY_S)
    assert day_report(stage.hall, stage.now_s).ratings == {1: 0, 2: 0, 3: 1, 4: 0, 5: 1}
    assert stage.refused(c.Rate("20240108-A002", "w1", 1)) == "already_rated"


def test_the_true_midnight_after_a_wrong_day_begins_a_day_like_any_other(stage: Any) -> None:
    morning(stage)
    set_by(stage, DAY_S)
    assert [stage.take(), stage.take()] == ["A006", "A007"]
    set_by(stage, -DAY_S)
    stage.do(c.Tick(), 15 * HOUR_S)
    assert stage.hall.day == "20240109"
    numbers = [stage.take() for _ in range(8)]
    assert numbers == ["A001", "A004", "A005", "A008", "A009", "A010", "A011", "A012"], (
        "A002 and A003 are at windows; A006 and A007 were numbers of this day, by the wrong clock"
    )


def test_a_machine_without_the_time_is_set_right_in_the_morning(make_stage: Any, hours: Any) -> None:
    """Switched off last evening with people still waiting, on again with last evening's time."""
    stage = make_stage(hours=hours).open("w1")
    stage.take()
    left_over = stage.take()
    stage.call("w1")
    booted_s = stage.now_s = stage.now_s + 7.5 * HOUR_S  # 16:30
    stage.do(c.Login("w2", "early"), 60)
    waiting = stage.hall.visits["20240108-A002"]
    assert set_by(stage, 15.5 * HOUR_S, booted_s) == [  # it is 8:01 of the next day
        *("ClockSet", "Missed", "LoggedOut", "DayStarted", "HoursTurned"),
    ]
    assert waiting.id not in stage.hall.visits and left_over == "A002", "yesterday is over"
    assert stage.hall.windows["w2"].clerk == "early", "who sat down this morning stays"
    assert stage.replayed() == stage.hall


def test_tickets_taken_before_the_time_was_known_stay_and_those_of_yesterday_leave(stage: Any) -> None:
    yesterday = stage.take()
    stage.now_s += 9 * HOUR_S
    booted_s = stage.now_s
    early = stage.take(after_s=30)
    set_by(stage, 14 * HOUR_S, booted_s)
    alive = {visit.number: stage.now_s - visit.issued_s for visit in stage.hall.visits.values()}
    assert alive == {early: 0.0}
    assert yesterday not in stage.hall.numbers
    assert stage.call("w1") == early


def test_time_without_power_was_waited_for_by_those_who_had_come_before(stage: Any) -> None:
    before = stage.take()
    booted_s = stage.now_s
    after = stage.take(after_s=10)
    set_by(stage, 1800.0, booted_s)
    assert stage.now_s - stage.visit(before).issued_s == 1810.0
    assert stage.now_s - stage.visit(after).issued_s == 0.0


def test_an_hour_back_after_midnight_stays_in_the_day_that_has_begun(stage: Any) -> None:
    stage.do(c.Tick(), 15.5 * HOUR_S)
    assert stage.hall.day == "20240109"
    number = stage.take()
    assert set_by(stage, -HOUR_S) == ["ClockSet"]
    assert (stage.hall.day, stage.take()) == ("20240109", "A002")
    stage.do(c.Tick(), HOUR_S)
    assert stage.call("w1") == number


def test_midnight_in_the_middle_of_a_call(make_stage: Any, catalogue: Any) -> None:
    kept = {**catalogue().queues, "id": replace(catalogue().queues["id"], overnight="keep")}
    stage = make_stage(queues=kept).open()
    stage.now_s += 14.98 * HOUR_S
    called, waiting = stage.take(), stage.take()
    assert stage.call("w1") == called
    assert [type(event) for event in stage.do(c.Recall("w1"), 120)] == [e.DayStarted, e.Recalled]
    assert stage.at("w1") == called
    assert stage.visit(called).calls == {"w1": 2}
    assert stage.call("w2") == waiting
    assert stage.take() == "A003", "their numbers are not given again while they are here"
