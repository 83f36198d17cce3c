"""Numbers issued without the coordinator: leased, merged in the order of issue, given up, found on paper."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edge.hall import commands as c
from edge.hall import events as e
from edge.hall import state as s
from edge.hall import views
from edge.hall.catalogue import Alone, NumberFormat, Queue
from edge.hall.report import day_report

DAY = "20240108"
TOMORROW_S = 86_400.0


def merge(stage: Any, number: str, *, before_s: float = 0.0, service: str = "id-card", **fields: Any) -> Any:
    command = c.MergeIssued(
        f"{fields.get('day', DAY)}-{number}",
        number,
        service,
        fields.get("priority", "ordinary"),
        stage.now_s - before_s,
    )
    return stage.do(command)


def leased(events: list[Any]) -> tuple[str, int, int]:
    (event,) = events
    assert isinstance(event, e.NumbersLeased)
    return event.prefix, event.first, event.last


# --- leases ---------------------------------------------------------------------------------------------


def test_each_node_is_leased_numbers_of_its_own_letters_and_none_twice(stage: Any) -> None:
    assert leased(stage.do(c.LeaseNumbers("north"))) == ("Z", 501, 540)
    assert leased(stage.do(c.LeaseNumbers("south"))) == ("Y", 501, 540)
    assert leased(stage.do(c.LeaseNumbers("north"))) == ("Z", 541, 580), "the first answer may be lost"
    stage.do(c.Tick(), TOMORROW_S)
    assert leased(stage.do(c.LeaseNumbers("north"))) == ("Z", 581, 620), "not on another day either"


@pytest.mark.parametrize(("held", "numbers"), [(0, 40), (9, 30), (10, 30), (29, 10), (31, 0), (400, 0)])
def test_a_reserve_is_filled_up_in_whole_blocks(stage: Any, held: int, numbers: int) -> None:
    events = stage.do(c.LeaseNumbers("north", held))
    assert sum(event.last - event.first + 1 for event in events) == numbers


def test_a_coordinator_that_lost_its_store_goes_on_above_what_the_node_knows(stage: Any) -> None:
    assert leased(stage.do(c.LeaseNumbers("north", 0, "Z", 700))) == ("Z", 701, 740)
    assert leased(stage.do(c.LeaseNumbers("south", 0, "Z", 900))) == ("Y", 501, 540), "of other letters"
    merge(stage, "Y555")
    assert leased(stage.do(c.LeaseNumbers("south"))) == ("Y", 556, 595), "a ticket says it too"
    stage.do(c.MarkMaybePrinted("Y", 600, 620))
    assert leased(stage.do(c.LeaseNumbers("south"))) == ("Y", 621, 660)


def test_who_has_no_letters_is_leased_nothing(stage: Any, make_stage: Any) -> None:
    assert stage.refused(c.LeaseNumbers("stranger")) == "no_series"
    never = make_stage(alone=Alone({"north": "Z"}, numbers=0))
    assert never.refused(c.LeaseNumbers("north")) == "no_series"
    longest = make_stage(alone=Alone({"north": "Z"}, numbers=40, block=10))
    assert longest.refused(c.LeaseNumbers("north", 0, "Z", 9_999_980)) == "numbers_used_up"


def test_a_queue_that_gets_the_letters_of_a_node_goes_round_its_numbers(stage: Any, catalogue: Any) -> None:
    stage.do(c.LeaseNumbers("north"))
    queue = replace(catalogue().queues["id"], number=NumberFormat("Z"))
    after = replace(catalogue(), version=2, queues=catalogue().queues | {"id": queue})
    stage.do(c.ApplyCatalogue(after))
    assert stage.take() == "Z541"
    assert leased(stage.do(c.LeaseNumbers("north"))) == ("Z", 542, 581)


# --- merging --------------------------------------------------------------------------------------------


def test_they_are_called_in_the_order_of_issue_whenever_they_come(stage: Any) -> None:
    assert stage.take() == "A001"
    stage.now_s += 600
    merge(stage, "Z502", before_s=100)
    merge(stage, "Y501", before_s=300)
    merge(stage, "Z501", before_s=900)
    assert [stage.call("w1") for _ in range(4)] == ["Z501", "A001", "Y501", "Z502"]
    assert [stage.visit(number).origin for number in ("Z501", "A001")] == [s.ALONE, "walk_in"]


def test_under_priorities(stage: Any) -> None:
    stage.now_s += 600
    merge(stage, "Z501", before_s=500)
    merge(stage, "Z502", before_s=200, priority="priority")
    merge(stage, "Z503", before_s=90, priority="priority")
    assert [stage.call("w1") for _ in range(3)] == ["Z502", "Z501", "Z503"]


def test_once_however_often_they_come(stage: Any) -> None:
    assert len(merge(stage, "Z501", before_s=10)) == 1
    assert merge(stage, "Z501", before_s=10) == []
    stage.call("w1"), stage.do(c.Finish("w1"))
    assert merge(stage, "Z501", before_s=10) == []
    stage.do(c.Tick(), TOMORROW_S)
    assert merge(stage, "Z501", before_s=TOMORROW_S) == [], "also when its day is over"
    assert day_report(stage.hall, stage.now_s).issued == 0


def test_nobody_said_how_long_it_would_take(stage: Any) -> None:
    merge(stage, "Z501", before_s=10)
    slip = views.slip_of_number(stage.hall, "Z501")
    assert slip.alone
    assert (slip.wait_low_s, slip.wait_high_s, slip.copy) == (0, 0, 1)
    stage.call("w1")
    assert not stage.hall.scores, "nothing was foretold"
    assert day_report(stage.hall, stage.now_s).alone == 1


def test_hours_and_limits_do_not_keep_out_what_is_on_paper(make_stage: Any, hours: Any) -> None:
    queues = {"id": Queue("id", "户籍", NumberFormat("A"), daily_limit=1)}
    stage = make_stage(hours=hours)
    stage.do(
        c.ApplyCatalogue(
            replace(stage.hall.catalogue, version=2, queues=stage.hall.catalogue.queues | queues)
        )
    )
    stage.open().take()
    stage.do(c.Tick(), 9 * 3600)
    merge(stage, "Z501", before_s=3600)
    assert stage.visit("Z501").state == s.WAITING
    assert stage.hall.issued_today["id"] == 2


def test_a_ticket_of_a_day_that_is_over_is_over_but_where_the_queue_keeps_them(stage: Any) -> None:
    stage.do(c.Tick(), TOMORROW_S)
    merge(stage, "Z501", before_s=TOMORROW_S)
    merge(stage, "Z502", before_s=TOMORROW_S, service="pension")
    assert "Z501" not in stage.hall.numbers
    assert f"{DAY}-Z501" in stage.hall.past[DAY]
    assert stage.visit("Z502").state == s.WAITING
    assert stage.call("w3") == "Z502"


def test_a_clock_that_was_never_set_loses_nobody_their_place(stage: Any) -> None:
    stage.do(c.MergeIssued("19700101-Z501", "Z501", "id-card", "ordinary", 60.0))
    assert stage.visit("Z501").issued_s == stage.now_s
    assert stage.take() == "A001"
    assert [stage.call("w1"), stage.call("w2")] == ["Z501", "A001"]


def test_a_clock_that_is_ahead_puts_nobody_behind_those_who_come_later(stage: Any) -> None:
    merge(stage, "Z501", before_s=-7200)
    assert stage.take() == "A001"
    assert stage.call("w1") == "Z501"


def test_one_whose_service_is_gone_can_be_called_by_its_number(stage: Any) -> None:
    merge(stage, "Z501", service="ghost")
    assert "Z501" not in stage.hall.numbers
    stage.do(c.CallNumber("w3", "Z501"))
    assert stage.at("w3") == "Z501"


@pytest.mark.parametrize("visit", [f"{DAY}-Z502", f"{DAY}-", "Z501"])
def test_a_visit_that_is_not_the_numbers_is_none(stage: Any, visit: str) -> None:
    assert stage.refused(c.MergeIssued(visit, "Z501", "id-card", "ordinary", stage.now_s)) == "unknown_visit"


def test_a_rating_of_a_ticket_issued_alone_counts(stage: Any) -> None:
    merge(stage, "Z501", before_s=10)
    stage.call("w1")
    stage.do(c.Rate(f"{DAY}-Z501", "w1", 5))
    assert stage.visit("Z501").ratings == {"": 5}


# --- given up -------------------------------------------------------------------------------------------


def test_a_number_whose_answer_came_too_late_is_nobodys(stage: Any) -> None:
    stage.do(c.TakeNumber("id-card", request="press-1"))
    stage.do(c.Withdraw("press-1"))
    assert stage.refused(c.CallNext("w1")) == "nobody_waiting"
    assert stage.refused(c.CallNumber("w1", "A001")) == "unknown_number"
    assert stage.take() == "A002", "its number is used all the same"
    assert stage.hall.issued_today["id"] == 1


def test_a_press_that_comes_after_it_was_given_up_gets_nothing(stage: Any) -> None:
    stage.do(c.Withdraw("press-1"))
    assert stage.refused(c.TakeNumber("id-card", request="press-1")) == "withdrawn"
    assert stage.take() == "A001"
    assert stage.do(c.Withdraw("press-1")) == []


def test_who_was_called_by_it_stays(stage: Any) -> None:
    stage.do(c.TakeNumber("id-card", request="press-1"))
    stage.call("w1")
    assert stage.do(c.Withdraw("press-1")) == []
    stage.do(c.Transfer("w1", to_window="w2"))
    assert stage.do(c.Withdraw("press-1")) == [], "waiting again, but seen"
    assert stage.call("w2") == "A001"


# --- on paper, perhaps ------------------------------------------------------------------------------------


def test_a_number_that_may_be_on_paper_is_never_called_in_its_turn(stage: Any) -> None:
    stage.do(c.MarkMaybePrinted("Z", 503, 510))
    assert stage.refused(c.CallNext("w1")) == "nobody_waiting"
    assert stage.do(c.MarkMaybePrinted("Z", 503, 510)) == []
    assert stage.do(c.MarkMaybePrinted("Z", 510, 503)) == []


def test_shown_at_a_window_it_becomes_a_ticket_there(stage: Any) -> None:
    stage.do(c.MarkMaybePrinted("Z", 503, 510))
    assert stage.refused(c.CallNumber("w1", "Z511")) == "unknown_number"
    issued, called = stage.do(c.CallNumber("w3", "Z510"))
    assert (issued.service, issued.visit) == ("tax", f"{DAY}-Z510"), "the first that the window serves"
    assert (called.window, called.how) == ("w3", "number")
    stage.do(c.CallNumber("w3", "Z503"))
    assert stage.visit("Z510").state == s.DONE, "calling a number finishes the visit before"
    assert stage.refused(c.CallNumber("w3", "Z510")) == "already_finished"
    stage.do(c.CallNumber("w9", "Z504"))
    assert stage.visit("Z504").service == "tax"


def test_a_window_that_serves_nothing_takes_no_paper(make_stage: Any, catalogue: Any) -> None:
    services = {"pension": catalogue().services["pension"]}
    stage = make_stage(services=services).open()
    stage.do(c.MarkMaybePrinted("Z", 503, 503))
    assert stage.refused(c.CallNumber("w1", "Z503")) == "not_served_here"


def test_the_record_of_one_that_was_shown_before_changes_nothing(stage: Any) -> None:
    stage.do(c.MarkMaybePrinted("Z", 503, 510))
    stage.do(c.CallNumber("w1", "Z503"))
    assert merge(stage, "Z503", before_s=50) == []


def test_a_record_goes_before_a_mark(stage: Any) -> None:
    merge(stage, "Z503")
    stage.do(c.MarkMaybePrinted("Z", 503, 510))
    assert stage.call("w1") == "Z503"


def test_paper_of_yesterday_is_paper_no_more(stage: Any) -> None:
    stage.do(c.MarkMaybePrinted("Z", 503, 510))
    stage.do(c.Tick(), TOMORROW_S)
    stage.do(c.Login("w1", "x"))
    assert stage.refused(c.CallNumber("w1", "Z503")) == "unknown_number"
