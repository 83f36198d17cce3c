"""What others see of the hall, which of it an event changes, and what is stored."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

import edge.hall.decide
from edge.hall import commands as c
from edge.hall import events as e
from edge.hall import views
from edge.hall.catalogue import HallNotice
from edge.hall.hall import EVENTS, Facts, Refused, restore, snapshot
from edge.hall.refusals import TEXTS, refuse
from edge.hall.touched import Touched, touched


def test_a_window_from_closed_to_serving(make_stage):
    stage = make_stage()
    number = stage.take("tax")
    phases = [views.window_view(stage.hall, "w3").phase]
    for command in (
        c.Login("w3", "08"),
        c.PauseWindow("w3", "午休"),
        c.ResumeWindow("w3"),
        c.CallNext("w3"),
        c.Recall("w3"),
        c.Begin("w3"),
    ):
        stage.do(command, 5)
        phases.append(views.window_view(stage.hall, "w3").phase)
    assert phases == ["closed", "idle", "paused", "idle", "calling", "calling", "serving"]
    assert views.window_view(stage.hall, "w3") == views.WindowView(
        window="w3",
        label="3",
        name="",
        name_en="",
        phase="serving",
        clerk="08",
        visit="20240108-B001",
        ticket=number,
        service="办税",
        called_s=stage.now_s - 10,
        calls=2,
    )


def test_a_pause_tells_its_reason_and_a_window_its_held_tickets(stage):
    stage.take(), stage.take()
    for _ in range(2):
        stage.call("w1")
        stage.do(c.Hold("w1"))
    stage.do(c.PauseWindow("w1", "午休"))
    view = views.window_view(stage.hall, "w1")
    assert (view.phase, view.reason, view.held, view.waiting) == ("paused", "午休", ("A001", "A002"), 0)


def test_calls_are_counted_window_by_window(stage):
    stage.take("tax")
    stage.call("w9")
    stage.do(c.Recall("w9"))
    stage.do(c.Transfer("w9", to_window="w3"))
    stage.call("w3")
    assert views.window_view(stage.hall, "w3").calls == 1
    assert [(line.label, line.calls) for line in views.board_view(stage.hall)] == [("3", 1)]


def test_a_recall_moves_its_line_of_the_board_up(stage):
    stage.take(), stage.take()
    stage.call("w1"), stage.call("w2")
    stage.do(c.Recall("w1"))
    assert [(line.number, line.calls) for line in views.board_view(stage.hall)] == [("A001", 2), ("A002", 1)]


def test_waiting_counts_what_a_window_could_call(stage):
    stage.take("tax"), stage.take("tax-refund"), stage.take("pension"), stage.take("id-card")
    waiting = {window: views.window_view(stage.hall, window).waiting for window in stage.hall.windows}
    assert waiting == {"w1": 1, "w2": 1, "w3": 3, "w9": 2}
    assert [view.waiting for view in views.queue_views(stage.hall, ("id", "tax", "social"), stage.now_s)] == [
        1,
        2,
        1,
    ]


def test_a_comprehensive_window_with_a_queue_of_its_own_counts_no_ticket_twice(make_stage, catalogue):
    windows = catalogue().windows
    stage = make_stage(windows=windows | {"w9": replace(windows["w9"], queues=("tax",))}).open()
    stage.take("tax"), stage.take("tax-refund")
    assert views.window_view(stage.hall, "w9").waiting == 2
    assert [stage.call("w9"), stage.call("w9")] == ["B001", "B002"]


def test_a_queue_tells_a_range_that_grows_with_its_length(stage):
    highs = []
    for _ in range(6):
        stage.take("id-card")
        stage.call("w1"), stage.take("id-card"), stage.call("w2")
        highs += [views.queue_view(stage.hall, "id", stage.now_s).wait_high_s]
        stage.take("id-card"), stage.take("id-card")
    assert highs == sorted(highs) and highs[0] >= views.SHORTEST_TOLD_S and highs[-1] > highs[0]
    assert views.queue_view(stage.hall, "id", stage.now_s).windows_open == 2


def test_a_slip_and_its_copy_say_the_same(stage):
    stage.take("tax"), stage.take("tax", "priority")
    first = views.slip_view(stage.hall, "20240108-B002")
    assert (first.number, first.service, first.priority, first.ahead) == ("B002", "办税", "优先", 1)
    assert (first.windows, first.copy) == (("3", "9"), 0)
    stage.do(c.MarkPrinted("20240108-B002", "B002", "unknown", copy=0))
    stage.call("w3")
    assert views.slip_of_number(stage.hall, "B002") == replace(first, copy=1)
    stage.do(c.MarkPrinted("20240108-B002", "B002", "printed", copy=1))
    assert views.slip_of_number(stage.hall, "B002").copy == 2
    with pytest.raises(Refused, match="unknown_number"):
        views.slip_of_number(stage.hall, "B777")


@pytest.mark.parametrize(
    ("service", "priority", "code"), [("x", "ordinary", "service"), ("tax", "x", "class")]
)
def test_no_quote_for_what_is_not_there(stage, service, priority, code):
    with pytest.raises(Refused, match=f"unknown_{code}"):
        views.quote_view(stage.hall, service, priority, stage.now_s)


def test_a_quote_is_what_the_slip_then_says(stage):
    for _ in range(8):
        stage.take("tax"), stage.take("tax"), stage.call("w3"), stage.call("w9", after_s=200)
        quote = views.quote_view(stage.hall, "tax", "ordinary", stage.now_s)
        slip = views.slip_of_number(stage.hall, stage.take("tax", after_s=0))
        assert (slip.ahead, slip.wait_low_s, slip.wait_high_s) == (
            quote.ahead,
            quote.wait_low_s,
            quote.wait_high_s,
        )


def drawn(hall, now_s):
    """Everything others see, but for foretold waits, which change with time alone."""
    return (
        {window: views.window_view(hall, window) for window in hall.windows},
        {view.queue: replace(view, wait_low_s=0, wait_high_s=0) for view in queues(hall, now_s)},
        views.board_view(hall),
        views.hall_view(hall),
    )


def queues(hall, now_s):
    return views.queue_views(hall, tuple(hall.catalogue.queues), now_s)


def test_touched_names_all_that_changed(stage, catalogue):
    noticed = replace(catalogue(), version=2, notices=(HallNotice("今日停电"),))
    kinds = set()
    for command in (
        c.TakeNumber("tax"),
        c.TakeNumber("id-card"),
        c.TakeNumber("id-card"),
        c.CallNext("w1"),
        c.Recall("w1"),
        c.AskRating("w1"),
        c.Rate("20240108-A001", "w1", 5),
        c.Transfer("w1", to_window="w2"),
        c.CallNext("w2"),
        c.Transfer("w2", to_queue="social"),
        c.CallNext("w1"),
        c.Begin("w1"),
        c.Transfer("w1", to_window="w2"),
        c.Logout("w2"),
        c.Login("w2", "x"),
        c.CallNext("w9"),
        c.AddItem("w9", "pension"),
        c.Hold("w9"),
        c.PauseWindow("w9"),
        c.ResumeWindow("w9"),
        c.ResumeHeld("w9"),
        c.Finish("w9"),
        c.CallNext("w2"),
        c.NoShow("w2"),
        c.MarkPrinted("20240108-A001", "A001", "printed"),
        c.LeaseNumbers("north"),
        c.MergeIssued("20240108-Z501", "Z501", "tax", "ordinary", stage.now_s + 1),
        c.MarkMaybePrinted("Z", 502, 520),
        c.TakeNumber("id-card", request="press-1"),
        c.Withdraw("press-1"),
        c.CallNumber("w3", "Z502"),
        c.PassOver(60.0),
        c.MarkPrinted("20240108-A020", "A020", "printed", slip=c.Slip("id-card"), lost=True),
        c.TellCalled("20240108-A020", "w1", 1, stage.now_s + 100.0, lost=True),
        c.TellCalled("20240108-A020", "w2", 1, stage.now_s + 100.0, lost=True),
        c.TellNumbers((("A200", stage.now_s),)),
        c.PassOverLost(60.0),
        c.ApplyCatalogue(noticed),
    ):
        before, was = drawn(stage.hall, stage.now_s), snapshot(stage.hall)
        said = [touched(stage.hall, event) for event in stage.do(command, 1)]
        kinds |= {type(event) for event in stage.log}
        after = drawn(stage.hall, stage.now_s)
        assert was != stage.hall
        windows = {window for window in after[0] if after[0][window] != before[0][window]}
        assert windows <= {window for each in said for window in each.windows}, command
        changed = {queue for queue in after[1] if after[1][queue] != before[1][queue]}
        assert changed <= {queue for each in said for queue in each.queues}, command
        assert before[2] == after[2] or any(each.board for each in said), command
        assert before[3] == after[3] or any(each.hall for each in said), command
    assert {e.DayStarted, e.HoursTurned, *kinds} == set(EVENTS.values()) - {e.ClockSet}


def test_an_arrival_touches_only_those_who_may_call_it(stage):
    event = stage.do(c.TakeNumber("id-card"))[-1]
    assert touched(stage.hall, event) == Touched(("w1", "w2"), ("id",))
    event = stage.do(c.TakeNumber("pension"))[-1]
    assert touched(stage.hall, event) == Touched(("w3", "w9"), ("social",))


def test_events_and_halls_survive_json(stage):
    stage.take("tax", "priority")
    stage.call("w9")
    stage.do(c.AskRating("w9", "tax"))
    stage.do(c.Hold("w9"))
    for event in stage.log:
        again = msgspec.json.decode(msgspec.json.encode(event), type=EVENTS[type(event).__name__])
        assert again == event
    facts = msgspec.json.decode(msgspec.json.encode(snapshot(stage.hall)), type=Facts)
    assert restore(facts) == stage.hall


def test_a_snapshot_is_apart_from_its_hall(stage):
    stage.take("tax")
    facts = snapshot(stage.hall)
    text = msgspec.json.encode(facts)
    hall = restore(facts)
    stage.call("w3"), stage.do(c.Rate("20240108-B001", "w3", 4)), stage.do(c.Hold("w3"))
    assert msgspec.json.encode(facts) == text
    assert msgspec.json.encode(snapshot(hall)) == text


def test_every_refusal_is_used_and_speaks_two_languages():
    folder = Path(edge.hall.decide.__file__).parent
    used = {
        code
        for path in folder.glob("*.py")
        for code in re.findall(r'refuse\("(\w+)"', path.read_text("utf-8"))
    }
    assert used == set(TEXTS)
    names = {"number": "A001", "label": "3", "queue": "税务", "clerk": "08", "node": "north"}
    for code in TEXTS:
        refused = refuse(code, **names)
        assert re.search("[一-鿿]", refused.text_zh) and re.search("[a-z]", refused.text_en)
        assert "{" not in refused.text_zh + refused.text_en
