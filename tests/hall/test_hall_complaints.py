"""What users of other systems complain of: each is a promise of this hall (domain.md, section 4)."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from edge.hall import views
from edge.hall.catalogue import NumberFormat, Queue
from edge.hall.commands import (
    ApplyCatalogue,
    Begin,
    CallNext,
    CallNumber,
    Finish,
    NoShow,
    TakeNumber,
    Tick,
    Transfer,
)
from edge.hall.hall import decide
from edge.hall.report import day_report

DAY_S = 86_400.0


def test_priority_does_not_always_go_first(stage):
    ordinary = stage.take()
    priority = stage.take(priority="priority", after_s=90)
    assert stage.call("w1", after_s=10) == ordinary  # 100 s x 1 against 10 s x 4
    assert stage.call("w2") == priority


def test_priority_overtakes_who_waited_less_than_four_times_as_long(stage):
    ordinary = stage.take()
    priority = stage.take(priority="priority", after_s=60)
    assert stage.call("w1", after_s=21) == priority  # 81 s x 1 against 21 s x 4
    assert stage.call("w2") == ordinary


def test_priority_is_right_at_every_second_around_the_crossing(stage):
    ordinary = stage.take()
    priority = stage.take(priority="priority", after_s=60)
    first = []
    for second in range(1, 40):
        hall = stage.reopened()
        events = decide(hall, CallNext("w1"), stage.now_s + second)
        first.append(hall.visits[events[-1].visit].number)
    assert first == [ordinary] * 20 + [priority] * 19  # at 20 s both ranks are 80: the earlier arrival


def test_among_equals_the_earlier_arrival_goes_first(stage):
    numbers = [stage.take(after_s=after_s) for after_s in (1, 0, 0, 2, 0)]
    assert [stage.call("w1") for _ in numbers] == numbers


def test_no_number_twice_under_load_nor_from_an_appointment(stage):
    origins = ("walk_in", "appointment", "pre_review")
    taken = [
        stage.do(TakeNumber("id-card", origin=origins[turn % 3], appointment_s=stage.now_s))[-1].number
        for turn in range(1200)
    ]
    assert len(set(taken)) == 1200
    assert taken[0] == "A001" and taken[998:1000] == ["A999", "A1000"]


def test_no_ticket_at_two_desks(stage):
    number = stage.take()
    assert stage.call("w1") == number
    assert stage.refused(CallNext("w2")) == "nobody_waiting"
    assert stage.refused(CallNumber("w2", number)) == "at_other_window"


def test_a_transferred_ticket_is_seen_by_the_new_desk_and_by_no_other(stage):
    stage.take()
    stage.call("w1")
    stage.do(Transfer("w1", to_window="w3"))
    assert [views.window_view(stage.hall, window).waiting for window in ("w1", "w2", "w3", "w9")] == [
        0,
        0,
        1,
        0,
    ]
    assert stage.refused(CallNext("w1")) == "nobody_waiting"
    assert stage.call("w3") == "A001"


def test_two_calls_between_two_looks_at_the_board_both_stand_on_it(stage):
    stage.take(), stage.take()
    stage.call("w1"), stage.call("w2")
    board = views.board_view(stage.hall)
    assert [(line.number, line.label, line.calls) for line in board] == [("A002", "2", 1), ("A001", "1", 1)]


def test_the_board_shows_the_last_calls_not_only_the_next(stage):
    for _ in range(25):
        stage.take()
        stage.call("w1")
    assert [line.number for line in views.board_view(stage.hall)] == [f"A{n:03d}" for n in range(25, 5, -1)]


def test_figures_tell_waiting_walking_serving_and_idling_apart(stage):
    stage.take(after_s=0)
    stage.do(CallNext("w1"), after_s=100)
    stage.do(Begin("w1"), after_s=30)
    stage.do(Finish("w1"), after_s=200)
    report = day_report(stage.hall, stage.now_s + 50)
    assert (report.wait.mean_s, report.walking.mean_s, report.serving.mean_s) == (100, 30, 200)
    use = report.windows[0]
    assert (use.idle_s, use.calling_s, use.serving_s) == (150, 30, 200)


def test_the_night_keeps_or_discards_as_the_queue_says(make_stage, hours):
    stage = make_stage(hours=hours).open()
    discarded, kept = stage.take("id-card"), stage.take("pension")
    stage.do(Tick(), after_s=DAY_S)
    assert stage.call("w3") == kept
    assert stage.refused(CallNumber("w1", discarded)) == "unknown_number"


def test_a_number_kept_overnight_is_not_issued_again(make_stage, hours):
    stage = make_stage(hours=hours).open()
    kept = [stage.take("pension"), stage.take("pension")]
    stage.do(Tick(), after_s=DAY_S)
    assert kept == ["C001", "C002"]
    assert stage.take("pension") == "C003"


def test_may_serve_is_cleared_when_the_catalogue_takes_it_away(stage):
    number = stage.take("id-card")
    before = stage.hall.catalogue
    windows = before.windows | {"w2": replace(before.windows["w2"], queues=("social",))}
    stage.do(ApplyCatalogue(replace(before, version=2, windows=windows)))
    assert stage.refused(CallNext("w2")) == "nobody_waiting"
    assert stage.refused(CallNumber("w2", number)) == "not_served_here"
    assert stage.call("w1") == number


def test_a_call_touches_no_other_ticket(stage):
    for _ in range(50):
        stage.take()
    others = {visit.id: msgspec.json.encode(visit) for visit in stage.hall.visits.values()}
    stage.call("w1")
    changed = [name for name, text in others.items() if msgspec.json.encode(stage.hall.visits[name]) != text]
    assert changed == ["20240108-A001"]


def test_a_missed_number_can_be_called_again_and_is_not_lost(stage):
    number = stage.take()
    stage.call("w1")
    stage.do(NoShow("w1"))
    stage.do(CallNumber("w2", number))
    assert stage.at("w2") == number


def test_carried_numbers_skip_those_still_alive_when_they_wrap(make_stage, catalogue):
    carrying = Queue("social", "社保", NumberFormat("C", 1, reset="carry"), overnight="keep")
    queues = catalogue().queues | {"social": carrying}
    stage = make_stage(queues=queues).open()
    assert [stage.take("pension") for _ in range(8)] == [f"C{n}" for n in range(1, 9)]
    for _ in range(6):
        stage.call("w3")
    stage.do(Tick(), after_s=DAY_S)  # open all night: C6 is at the window, C7 and C8 wait
    assert [stage.take("pension") for _ in range(6)] == ["C9", "C1", "C2", "C3", "C4", "C5"]
    assert stage.refused(TakeNumber("pension")) == "numbers_used_up"
