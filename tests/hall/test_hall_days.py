"""Business days, opening hours and clocks that are set back."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from edge.hall import commands as c
from edge.hall import events as e
from edge.hall import views
from edge.hall.calendar import (
    Hours,
    business_day,
    business_day_ends_s,
    day_name,
    is_issuing,
    is_open,
    next_change_s,
)
from edge.hall.catalogue import NumberFormat, Queue
from edge.hall.hall import Hall, Refused, decide, next_due_s
from edge.hall.report import day_report

DAY_S = 86_400.0
NINE_S = 1_704_675_600.0  # Monday 2024-01-08 09:00
HOUR_S = 3600.0


@pytest.mark.parametrize(
    "date", ["1970-01-01", "1999-12-31", "2000-02-29", "2024-02-29", "2024-03-01", "2100-03-01"]
)
def test_day_names_are_those_of_the_calendar(date):
    days = (datetime.date.fromisoformat(date) - datetime.date(1970, 1, 1)).days
    assert day_name(days) == date.replace("-", "")


def test_every_day_of_four_hundred_years_has_its_name():
    first = datetime.date(1900, 1, 1)
    start = (first - datetime.date(1970, 1, 1)).days
    for offset in range(146_097):
        assert day_name(start + offset) == (first + datetime.timedelta(offset)).strftime("%Y%m%d")


@pytest.mark.parametrize(
    ("hour", "opened", "issuing"),
    [
        (8.99, False, False),
        (9.0, True, True),
        (12.0, False, False),
        (13.5, True, True),
        (16.49, True, True),
        (16.5, True, False),
        (17.0, False, False),
    ],
)
def test_hours_of_a_monday(hours, hour, opened, issuing):
    now_s = NINE_S + (hour - 9) * HOUR_S
    assert (is_open(hours, now_s), is_issuing(hours, now_s)) == (opened, issuing)


def test_closed_on_saturday_and_always_open_without_a_week(hours):
    assert not is_open(hours, NINE_S + 5 * DAY_S)
    assert is_open(Hours(), NINE_S + 5 * DAY_S)
    assert not is_open(replace(hours, weekly=hours.weekly[:3]), NINE_S + 4 * DAY_S)


def test_a_span_past_midnight_is_open_on_both_sides():
    night = Hours(weekly=(((20 * HOUR_S, 26 * HOUR_S),), (), (), (), (), (), ()))
    assert is_open(night, NINE_S + 11.5 * HOUR_S) and is_open(night, NINE_S + 16.9 * HOUR_S)
    assert not is_open(night, NINE_S + 17.1 * HOUR_S)


def test_changes_of_a_monday_and_over_the_weekend(hours):
    seen, now_s = [], NINE_S
    for _ in range(5):
        now_s = next_change_s(hours, now_s)
        seen.append((now_s - NINE_S) / HOUR_S + 9)
    assert seen == [12, 13.5, 16.5, 17, 24]
    friday_evening = NINE_S + 4 * DAY_S + 9 * HOUR_S
    assert next_change_s(hours, friday_evening) == friday_evening + 6 * HOUR_S


def test_the_business_day_changes_at_its_hour():
    late = Hours(day_starts_s=4 * HOUR_S)
    assert business_day(late, NINE_S - 5.5 * HOUR_S) == "20240107"
    assert business_day(late, NINE_S) == "20240108"
    assert business_day_ends_s(late, NINE_S) == NINE_S + 19 * HOUR_S
    assert business_day_ends_s(late, NINE_S + 19 * HOUR_S) == NINE_S + 43 * HOUR_S


def test_no_numbers_outside_hours_nor_shortly_before_closing(make_stage, hours):
    stage = make_stage(hours=hours)
    assert stage.take() == "A001"
    assert stage.refused(c.TakeNumber("id-card"), 3 * HOUR_S) == "hall_closed"
    assert stage.refused(c.TakeNumber("id-card"), 4.5 * HOUR_S) == "issuing_stopped"
    assert stage.refused(c.TakeNumber("id-card"), HOUR_S) == "hall_closed"


def test_ticks_say_what_the_hours_do(make_stage, hours):
    stage = make_stage(hours=hours)
    told = []
    for _ in range(5):
        stage.now_s = next_due_s(stage.hall, stage.now_s)
        told += [type(event).__name__ for event in stage.do(c.Tick())]
        told.append(
            (views.hall_view(stage.hall).open, views.queue_view(stage.hall, "id", stage.now_s).issuing)
        )
    assert told == [
        *("HoursTurned", (False, False), "HoursTurned", (True, True)),
        *("HoursTurned", (True, False), "HoursTurned", (False, False)),
        *("DayStarted", (False, False)),
    ]
    assert stage.do(c.Tick()) == []


def test_a_new_day_in_a_closed_hall_empties_its_windows(make_stage, hours):
    stage = make_stage(hours=hours).open()
    stage.take(), stage.take()
    stage.call("w1"), stage.call("w2")
    stage.do(c.Begin("w1"))
    kinds = [type(event) for event in stage.do(c.Tick(), DAY_S - HOUR_S)]
    assert kinds[:4] == [e.Finished, e.LoggedOut, e.Missed, e.LoggedOut]
    assert {views.window_view(stage.hall, window).phase for window in stage.hall.windows} == {"closed"}
    assert views.board_view(stage.hall) == ()
    assert stage.hall.visits == {}


def test_a_new_day_in_an_open_hall_leaves_its_windows_alone(stage):
    number = stage.take()
    stage.call("w1")
    stage.take()
    assert [type(event) for event in stage.do(c.Tick(), DAY_S)] == [e.DayStarted]
    assert stage.at("w1") == number
    assert views.window_view(stage.hall, "w1").waiting == 0
    assert stage.take() == "A002"  # A001 is at a window still


def test_any_command_brings_the_new_day_with_it(make_stage, hours):
    stage = make_stage(hours=hours)
    stage.take()
    events = stage.do(c.TakeNumber("id-card"), DAY_S)
    assert [type(event) for event in events] == [e.DayStarted, e.NumberIssued]
    assert events[-1].visit == "20240109-A001"
    assert stage.replayed() == stage.hall


def test_a_refusal_at_the_change_of_day_leaves_the_day_to_the_next(make_stage):
    stage = make_stage()
    assert stage.refused(c.TakeNumber("ghost"), DAY_S) == "unknown_service"
    assert [type(event) for event in stage.do(c.Tick())] == [e.DayStarted]


def test_daily_numbers_start_again_and_carried_ones_go_on(make_stage, catalogue):
    carrying = Queue("tax", "税务", NumberFormat("B", 2, first=98, reset="carry"))
    stage = make_stage(queues=catalogue().queues | {"tax": carrying})
    assert [stage.take(), stage.take("tax")] == ["A001", "B98"]
    stage.do(c.Tick(), DAY_S)
    assert [stage.take(), stage.take("tax"), stage.take("tax")] == ["A001", "B99", "B98"]


def test_daily_limits_count_again_each_day(make_stage, catalogue):
    limited = replace(catalogue().queues["id"], daily_limit=2)
    stage = make_stage(queues=catalogue().queues | {"id": limited})
    stage.take(), stage.take()
    assert stage.refused(c.TakeNumber("id-card")) == "daily_limit"
    assert not views.queue_view(stage.hall, "id", stage.now_s).issuing
    stage.do(c.Tick(), DAY_S)
    assert stage.take() == "A001"


def test_a_clock_set_back_an_hour_changes_no_wait_and_no_order(stage):
    ordinary = stage.take()
    stage.take(priority="priority", after_s=300)
    stage.now_s += 60
    stage.now_s -= HOUR_S
    assert [type(event) for event in stage.do(c.Tick())] == [e.ClockSet]
    waits = [stage.now_s - visit.issued_s for visit in stage.hall.visits.values()]
    assert day_report(stage.hall, stage.now_s).windows[0].idle_s == pytest.approx(301)
    assert waits == pytest.approx([300, 0])  # the minute since the last event is lost: no clock told it
    assert stage.call("w1", after_s=50) == ordinary
    assert stage.take() == "A003"
    assert stage.replayed() == stage.hall


def test_a_slightly_slower_clock_is_no_jump(stage):
    stage.take()
    stage.do(c.CallNext("w1"), after_s=-1.5)
    assert stage.visit("A001").called_s == stage.visit("A001").issued_s


def test_a_clock_set_right_after_years_loses_nobody_and_repeats_no_number(stage):
    first = stage.take()
    stage.do(c.Tick(), 4000 * DAY_S)  # a wrong clock: the day changes, A001 is gone
    waiting = stage.take("tax")
    stage.do(c.Tick(), -4000 * DAY_S)
    assert stage.hall.day == "20240108"
    assert stage.call("w3") == waiting
    again = stage.take()
    assert (first, again) == ("A001", "A002")


def test_a_carried_count_that_wraps_in_a_day_come_back_to_repeats_no_visit(make_stage, catalogue):
    carrying = Queue("tax", "税务", NumberFormat("B", 1, reset="carry"))
    stage = make_stage(queues=catalogue().queues | {"tax": carrying})
    taken = [stage.take("tax") for _ in range(4)]
    stage.do(c.Tick(), 100 * DAY_S)
    stage.do(c.Tick(), -100 * DAY_S)
    taken += [stage.take("tax") for _ in range(5)]
    assert sorted(taken) == [f"B{count}" for count in range(1, 10)]
    assert stage.refused(c.TakeNumber("tax")) == "numbers_used_up"


def test_numbers_longer_than_the_contract_allows_are_used_up(make_stage, catalogue):
    wide = Queue("tax", "税务", NumberFormat("BBBBB", 3, first=999))
    stage = make_stage(queues=catalogue().queues | {"tax": wide})
    assert stage.take("tax") == "BBBBB999"
    assert stage.refused(c.TakeNumber("tax")) == "numbers_used_up"


def test_an_empty_hall_refuses_and_waits_for_its_catalogue():
    assert decide(Hall(), c.Tick(), NINE_S) == []
    with pytest.raises(Refused, match="unknown_service"):
        decide(Hall(), c.TakeNumber("tax"), NINE_S)
