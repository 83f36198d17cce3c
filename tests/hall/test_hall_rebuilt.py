"""The coordinator's store was lost: the hall is put together again from what nodes tell, in any order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.hall import commands as c
from edge.hall import events as e
from edge.hall import state as s
from edge.hall.alone import may_be_on_paper
from edge.hall.catalogue import NumberFormat
from edge.hall.takeover import LEAST, MOST

DAY = "20240108"


def printed(
    stage: Any, number: str, before_s: float, service: str = "id-card", day: str = DAY
) -> c.MarkPrinted:
    slip = c.Slip(service, "ordinary", stage.now_s - before_s)
    return c.MarkPrinted(f"{day}-{number}", number, "printed", slip=slip, lost=True)


def shown(
    stage: Any, number: str, window: str, before_s: float, calls: int = 1, seq: int = 0
) -> c.TellCalled:
    seq = seq or 1000 - int(before_s)  # later records have higher sequences
    return c.TellCalled(f"{DAY}-{number}", window, calls, stage.now_s - before_s, seq, lost=True)


def rated(stage: Any, number: str, window: str, before_s: float, **more: Any) -> c.Rate:
    more = {"day": DAY, "item": "", **more}
    at_s = stage.now_s - before_s
    return c.Rate(f"{more['day']}-{number}", window, 4, more["item"], at_s=at_s, lost=True)


def standing(stage: Any) -> dict[str, tuple[str, str]]:
    """By number: the state, and the window where it is."""
    return {
        visit.number: (visit.state, visit.window if visit.state in s.AT_WINDOW else "")
        for visit in stage.hall.visits.values()
    }


def morning(stage: Any) -> list[c.Command]:
    """A001 was served and rated at w1, A002 called twice there; A003 called at w1, then at w2; A004 waits."""
    return [
        *(printed(stage, f"A00{at}", 1000.0 - at) for at in (1, 2, 3, 4)),
        shown(stage, "A001", "w1", 900.0),
        rated(stage, "A001", "w1", 850.0),
        shown(stage, "A003", "w1", 800.0),
        shown(stage, "A002", "w1", 700.0),
        shown(stage, "A002", "w1", 690.0, calls=2),
        shown(stage, "A003", "w2", 600.0),
    ]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_in_any_order_the_same_hall_comes_of_it(make_stage: Any, data: st.DataObject) -> None:
    stage = make_stage()
    for command in data.draw(st.permutations(morning(stage))):
        stage.do(command)
    assert standing(stage) | {"A001": ""} == {
        "A001": "",
        "A002": (s.CALLING, "w1"),
        "A003": (s.CALLING, "w2"),
        "A004": (s.WAITING, ""),
    }
    assert standing(stage)["A001"] == (s.DONE, "")
    assert stage.visit("A001").ratings == {"": 4}
    assert stage.visit("A002").calls == {"w1": 2}
    assert [line.number for line in stage.hall.board] == ["A003", "A002", "A001"]
    assert {one.number: stage.now_s - one.issued_s for one in stage.hall.visits.values()} == {
        f"A00{at}": pytest.approx(1000.0 - at) for at in (1, 2, 3, 4)
    }, "where a call was told first, its slip says more"
    assert stage.replayed() == stage.reopened() == stage.hall
    stage.open("w1")
    assert stage.at("w1") == "A002"
    assert stage.call("w1") == "A004"
    assert stage.refused(c.CallNext("w2")) == "window_closed"
    for again in morning(stage):
        before = standing(stage)
        if isinstance(again, c.TellCalled):
            assert stage.do(again) == []
        elif isinstance(again, c.MarkPrinted):
            stage.do(again)
        assert standing(stage) == before, "told again, it changes nothing"


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_where_a_clock_was_set_the_order_of_records_counts(stage: Any, order: tuple[int, ...]) -> None:
    calls = [
        shown(stage, "A001", "w1", 100.0, seq=5),
        shown(stage, "A001", "w1", 90.0, calls=2, seq=6),
        shown(stage, "A002", "w1", 500.0, seq=8),
    ]
    for at in order:
        stage.do(calls[at])
    assert stage.at("w1") == "A002"
    assert standing(stage)["A001"] == (s.DONE, "")


def test_what_is_kept_of_calls_is_the_same_whichever_is_told_first(stage: Any) -> None:
    for told in (
        shown(stage, "A002", "w1", 100.0),
        shown(stage, "A001", "w2", 600.0, calls=2),
        shown(stage, "A001", "w2", 590.0, calls=3),
        shown(stage, "A001", "w1", 800.0),
    ):
        stage.do(told)
    visit = stage.visit("A001")
    assert (stage.now_s - visit.first_called_s, stage.now_s - visit.called_s) == (800.0, 590.0)
    assert (visit.calls, visit.served_at) == ({"w1": 1, "w2": 3}, ("w2", "w1"))
    stage.do(shown(stage, "A003", "w1", 200.0))
    assert (stage.visit("A003").state, stage.visit("A003").window) == (s.DONE, "w1")
    assert stage.at("w1") == "A002"


def test_the_last_call_at_a_window_ends_those_before_also_where_it_is_over(stage: Any) -> None:
    stage.do(shown(stage, "A002", "w1", 500.0))
    stage.do(rated(stage, "A001", "w1", 60.0))
    stage.do(shown(stage, "A001", "w1", 100.0))
    assert standing(stage) == {"A001": (s.DONE, ""), "A002": (s.DONE, "")}


def test_a_rating_alone_shows_no_call_and_makes_none_forgotten(stage: Any) -> None:
    for number in ("A001", "A002"):
        stage.do(printed(stage, number, 100.0))
    stage.do(rated(stage, "A001", "w1", 60.0))
    assert stage.hall.board == []
    stage.open("w1")
    assert stage.call("w1") == "A002"
    stage.do(c.NoShow("w1"))
    stage.do(rated(stage, "A002", "w1", 1.0))
    assert stage.visit("A002").calls == {"w1": 1}


def test_a_call_of_another_day_is_over_and_one_at_an_unknown_window_too(stage: Any) -> None:
    assert stage.do(replace(shown(stage, "A001", "w1", 60.0), visit="20240105-A001")) == []
    stage.do(shown(stage, "A002", "of another site file", 60.0))
    assert standing(stage) == {"A002": (s.DONE, "")}


def test_who_was_called_since_stays_when_an_older_call_is_told(stage: Any) -> None:
    stage.open("w1")
    number = stage.take()
    assert stage.call("w1") == number
    stage.do(shown(stage, "A002", "w1", 500.0))
    assert stage.at("w1") == number
    assert standing(stage)["A002"] == (s.DONE, "")


def test_a_call_of_a_clock_that_goes_ahead_was_now(stage: Any) -> None:
    stage.do(shown(stage, "A001", "w1", -60.0))
    assert stage.visit("A001").called_s == stage.now_s


def test_who_is_over_is_not_called_in_turn_but_by_number(stage: Any) -> None:
    stage.open("w1")
    for number in ("A001", "A002"):
        stage.do(printed(stage, number, 100.0))
        stage.do(shown(stage, number, "w1", 60.0 if number == "A001" else 30.0))
    stage.do(c.Finish("w1"))
    assert stage.refused(c.CallNext("w1")) == "nobody_waiting"
    stage.do(c.CallNumber("w1", "A001"))
    assert stage.at("w1") == "A001"


@pytest.mark.parametrize("numbers", [(), ("A007",)], ids=["nobody heard", "heard of A007"])
def test_numbers_go_on_above_all_that_is_known_and_paper_below_is_callable(stage: Any, numbers: Any) -> None:
    for number in ("A005", "A001"):
        stage.do(printed(stage, number, 500.0))
    stage.do(c.TellNumbers(tuple((number, stage.now_s) for number in numbers)))
    stage.do(c.PassOverLost(1.0, LEAST))
    last = 7 if numbers else 5
    assert stage.take() == f"A{last + 2 * 2 + LEAST + 1:03}", "twice the two of one second"
    stage.open("w1")
    stage.do(c.CallNumber("w1", "A003"))
    assert stage.at("w1") == "A003"
    assert stage.refused(c.CallNumber("w1", "A099")) == "unknown_number"
    assert len(stage.hall.maybe) == len(stage.hall.catalogue.queues)


def test_a_store_without_any_witness_leaves_out_what_a_day_may_have_had(stage: Any) -> None:
    stage.do(c.PassOverLost(0.0, MOST))
    assert stage.take() == f"A{MOST + 1}"


def test_numbers_of_another_day_say_nothing_of_this_one(stage: Any) -> None:
    assert stage.do(c.TellNumbers((("A050", stage.now_s - 86_400.0), ("Q001", stage.now_s)))) == []
    assert stage.take() == "A001"
    assert stage.do(c.TellNumbers((("A001", stage.now_s),))) == [], "what is known says nothing new"


def test_numbers_that_begin_again_go_on_above_the_latest(make_stage: Any, catalogue: Any) -> None:
    carried = {"id": replace(catalogue().queues["id"], number=NumberFormat("A", digits=2, reset="carry"))}
    stage = make_stage(queues=catalogue().queues | carried)
    (passed,) = stage.do(c.TellNumbers((("A07", stage.now_s - 86_400.0),)))
    assert (passed.first, passed.last) == (1, 7), "its day may be any"
    stage.do(printed(stage, "A02", 100.0))
    stage.do(printed(stage, "A98", 300.0))
    stage.do(c.PassOverLost(0.0, LEAST))
    assert int(stage.take()[1:]) > 2 + LEAST
    stage.open("w1")
    stage.do(c.CallNumber("w1", "A99"))


def test_a_rating_of_a_day_that_is_over_is_kept_and_no_rating_of_today(stage: Any) -> None:
    events = stage.do(rated(stage, "A012", "w1", 86_400.0 * 3, day="20240105"))
    assert [type(event) for event in events] == [e.TicketRebuilt, e.RatingGiven]
    assert stage.hall.past["20240105"]["20240105-A012"].ratings == {"": 4}
    assert stage.hall.late_ratings == []
    assert stage.refused(rated(stage, "A012", "w1", 9.0, day="20240105")) == "already_rated"
    stage.do(rated(stage, "A012", "w2", 86_400.0 * 3, day="20240105", item="tax"))
    assert stage.do(printed(stage, "A013", 9.0, day="20240105")) == []
    assert "A012" not in standing(stage)


def test_a_ticket_is_what_its_slip_says_as_far_as_that_can_be(stage: Any) -> None:
    slip = printed(stage, "A001", 60.0).slip
    for number, told in (
        ("A001", replace(slip, priority="priority")),
        ("A002", replace(slip, priority="of another site file")),
        ("A003", replace(slip, service="of another site file")),
        ("A004", replace(slip, issued_s=stage.now_s + 60.0)),  # its clock goes ahead
        ("A005", replace(slip, issued_s=5.0)),  # its clock stood in 1970
    ):
        stage.do(replace(printed(stage, number, 0.0), slip=told))
    now_s = stage.now_s
    assert [(one.service, one.priority, one.issued_s) for one in stage.hall.visits.values()] == [
        ("id-card", "priority", now_s - 60.0),
        ("id-card", "ordinary", now_s - 60.0),
        ("id-card", "ordinary", now_s - 60.0),
        ("id-card", "ordinary", now_s),
        ("id-card", "ordinary", now_s),
    ]


def test_a_slip_says_more_of_a_ticket_that_was_guessed_and_of_no_other(stage: Any) -> None:
    assert stage.take("tax") == "B001"
    issued_s = stage.visit("B001").issued_s
    (marked,) = stage.do(printed(stage, "B001", 500.0, "tax-refund"))
    assert isinstance(marked, e.PrintMarked)
    assert (stage.visit("B001").service, stage.visit("B001").issued_s) == ("tax", issued_s)
    stage.do(rated(stage, "B002", "w1", 60.0, item="id-card"))
    assert stage.visit("B002").service == "tax", "by its letter"
    slip = printed(stage, "B002", 100.0, "tax-refund")
    for told in (
        replace(slip.slip, issued_s=5.0),  # its clock stood in 1970
        replace(slip.slip, issued_s=stage.now_s - 30.0),
        replace(slip.slip, service="of another site file"),
    ):
        stage.do(replace(slip, slip=told))
        assert stage.visit("B002").issued_s == stage.now_s - 60.0
    stage.do(replace(slip, slip=replace(slip.slip, priority="of another site file")))
    visit = stage.visit("B002")
    assert (visit.service, visit.priority, visit.items) == (
        "tax-refund",
        "ordinary",
        ("tax-refund", "id-card"),
    )
    assert visit.issued_s == stage.now_s - 100.0
    assert stage.refused(replace(printed(stage, "A001", 9.0), number="A002")) == "unknown_visit"


def test_a_rebuilt_ticket_waits_as_one_that_was_issued(stage: Any) -> None:
    stage.do(c.TellNumbers((("B005", stage.now_s),)))
    assert may_be_on_paper(stage.hall, "B001")
    stage.do(printed(stage, "B001", 100.0, "tax"))
    assert not may_be_on_paper(stage.hall, "B001")
    assert stage.hall.issued_today == {"tax": 1}
    assert stage.visit("B001").accepted
    nothing_told = replace(printed(stage, "B002", 0.0), slip=c.Slip())
    stage.do(nothing_told)
    assert (stage.visit("B002").service, stage.visit("B002").accepted) == ("tax", True)
    more = c.Slip("tax-refund", "priority", stage.now_s - 300.0)
    stage.do(replace(nothing_told, slip=more))
    assert not stage.visit("B002").accepted
    assert stage.reopened() == stage.hall, "lines too"
    stage.open("w3")
    assert [stage.call("w3"), stage.call("w3")] == ["B002", "B001"]
    stage.do(c.Finish("w3"))
    assert stage.refused(c.CallNext("w3")) == "nobody_waiting"


def test_a_rating_counts_at_its_time_as_far_as_its_clock_is_right(stage: Any) -> None:
    for command in (
        rated(stage, "A001", "w1", 60.0),
        rated(stage, "A002", "w1", -60.0),
        replace(rated(stage, "A003", "w1", 0.0), at_s=5.0),
    ):
        given = stage.do(command)[-1]
        assert given.given_s == stage.now_s - (60.0 if command.visit.endswith("A001") else 0.0)


def test_who_is_called_and_rated_is_being_served(stage: Any) -> None:
    stage.do(shown(stage, "A001", "w1", 60.0))
    stage.do(rated(stage, "A001", "w1", 30.0))
    assert standing(stage)["A001"] == (s.SERVING, "w1")


def test_who_is_elsewhere_or_was_there_is_only_rated(stage: Any) -> None:
    stage.do(shown(stage, "A001", "w2", 60.0))
    stage.do(rated(stage, "A002", "w1", 60.0))
    for told in rated(stage, "A001", "w1", 30.0), rated(stage, "A002", "w1", 30.0, item="id-card"):
        assert [type(event) for event in stage.do(told)] == [e.RatingGiven]
    assert standing(stage) == {"A001": (s.CALLING, "w2"), "A002": (s.DONE, "")}
    assert stage.visit("A002").window == "w1"


def test_a_visit_that_the_books_know_is_rated_by_the_usual_rules(stage: Any) -> None:
    number = stage.take()
    waits = rated(stage, number, "w1", 9.0)
    assert stage.refused(waits) == "not_served"
    stage.do(c.Tick(), 86_400.0)
    assert stage.refused(replace(waits, lost=False)) == "not_served"
    assert [type(event) for event in stage.do(waits)] == [e.RatingGiven], "then the books may be wrong"


def test_items_are_rated_too(stage: Any) -> None:
    stage.do(rated(stage, "A001", "w1", 60.0, item="id-card"))
    stage.do(rated(stage, "A001", "w1", 50.0, item="passport"))
    assert stage.visit("A001").ratings == {"id-card": 4, "passport": 4}
    stage.do(rated(stage, "A002", "w1", 60.0, item="tax"))
    stage.do(rated(stage, "A003", "w1", 60.0, item="of another site file"))
    assert [stage.visit(number).items for number in ("A002", "A003")] == [
        ("id-card", "tax"),
        ("id-card",),
    ]


def test_a_call_of_a_number_issued_alone_waits_for_its_own_slip(stage: Any) -> None:
    stage.do(shown(stage, "Z501", "w1", 60.0))
    stage.do(c.MergeIssued(f"{DAY}-Z501", "Z501", "id-card", "priority", stage.now_s - 300.0))
    visit = stage.visit("Z501")
    assert (visit.service, visit.priority, visit.state) == ("id-card", "priority", s.CALLING)
    assert stage.refused(printed(stage, "Z502", 60.0)) == "unknown_visit"
    stage.do(shown(stage, "Z503", "w3", 60.0))
    stage.do(rated(stage, "Z504", "of another site file", 60.0))
    assert [stage.visit(number).service for number in ("Z503", "Z504")] == ["tax", "id-card"]
    assert stage.hall.series == {"Z": 504}, "leases go on above it"
    assert (stage.take(), stage.take("tax")) == ("A001", "B001"), "its count is of another series"


def test_books_that_lack_nothing_are_not_told_what_they_do_not_know(stage: Any) -> None:
    known = {"lost": False}
    assert stage.refused(replace(printed(stage, "A001", 9.0), **known)) == "unknown_visit"
    assert stage.refused(replace(rated(stage, "A001", "w1", 9.0), **known)) == "unknown_visit"
    assert stage.do(replace(shown(stage, "A001", "w1", 9.0), **known)) == []
    stage.do(c.PassOver(1.0))
    stage.do(replace(rated(stage, "A001", "w1", 9.0), **known))
    assert stage.visit("A001").ratings == {"": 4}, "that number may be on paper"
    before = replace(rated(stage, "A002", "w1", 9.0, day="20240105"), **known)
    assert stage.refused(before) == "unknown_visit", "of today alone"


def test_what_nothing_can_be_made_of_is_refused(stage: Any) -> None:
    nowhere = c.Rate(f"{DAY}-ABC", "w1", 4, at_s=stage.now_s, lost=True)
    assert stage.refused(nowhere) == "unknown_visit"


def test_a_visit_of_a_day_that_came_again_is_known(stage: Any) -> None:
    """The clock was a day ahead for a while, and nothing had it stamped."""
    slip = printed(stage, stage.take(), 0.0)
    stage.do(c.Tick(), 86_400.0)
    stage.do(c.SetClock(-86_400.0, 0.0), -86_400.0)
    assert stage.hall.day == DAY
    assert f"{DAY}-A001" in stage.hall.past[DAY]
    assert stage.refused(slip) == "unknown_visit", "it is over, and makes no second one"


def test_a_number_of_a_day_that_was_named_wrong_is_not_given_to_another_visit(stage: Any) -> None:
    stage.do(c.SetClock(86_400.0, 0.0), 86_400.0)
    assert stage.take() == "A001"
    stage.do(c.SetClock(-86_400.0, stage.now_s - 3600.0), -86_400.0)
    assert (stage.hall.day, list(stage.hall.visits)) == (DAY, ["20240109-A001"])
    assert stage.refused(printed(stage, "A001", 9.0)) == "number_taken"
