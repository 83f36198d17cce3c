"""Conversations of clerks with the hall, told as scripts: a command, then its events or its refusal."""

from __future__ import annotations

from typing import Any

import pytest

from edge.hall import commands as c
from edge.hall import views
from edge.hall.hall import Event


def told(events: list[Event]) -> str:
    """Events as words: "Finished A001 at w1, Called A002 at w1"."""
    return ", ".join(_told(event) for event in events)


def _told(event: Any) -> str:
    visit = getattr(event, "visit", "").partition("-")[2]
    window = getattr(event, "window", "")
    return " ".join(
        [type(event).__name__, *([visit] if visit else []), *([f"at {window}"] if window else [])]
    )


NEXT, BEGIN, FINISH, MISS = c.CallNext("w1"), c.Begin("w1"), c.Finish("w1"), c.NoShow("w1")
HOLD, RESUME, LOGOUT, PAUSE = c.Hold("w1"), c.ResumeHeld("w1"), c.Logout("w1"), c.PauseWindow("w1", "午休")

# Each starts with A001 and A002 waiting and all windows open. "!" marks a refusal.
SCRIPTS: dict[str, list[tuple[c.Command, str]]] = {
    "call next finishes a visit being served": [
        (NEXT, "Called A001 at w1"),
        (BEGIN, "Begun A001 at w1"),
        (NEXT, "Finished A001 at w1, Called A002 at w1"),
    ],
    "call next takes a called one as served": [
        (NEXT, "Called A001 at w1"),
        (NEXT, "Finished A001 at w1, Called A002 at w1"),
        (c.CallNumber("w1", "A001"), "!already_finished"),
    ],
    "call next with nobody waiting ends service but not a call": [
        (c.CallNext("w2"), "Called A001 at w2"),
        (NEXT, "Called A002 at w1"),
        (NEXT, "!nobody_waiting"),
        (BEGIN, "Begun A002 at w1"),
        (NEXT, "Finished A002 at w1"),
        (NEXT, "!nobody_waiting"),
    ],
    "recall only who is called": [
        (c.Recall("w1"), "!nobody_here"),
        (NEXT, "Called A001 at w1"),
        (c.Recall("w1"), "Recalled A001 at w1"),
        (c.CallNumber("w1", "A001"), "Recalled A001 at w1"),
        (BEGIN, "Begun A001 at w1"),
        (c.Recall("w1"), "!already_begun"),
        (c.CallNumber("w1", "A001"), "!already_begun"),
        (BEGIN, "!already_begun"),
    ],
    "a number out of turn": [
        (c.CallNumber("w1", "A002"), "Called A002 at w1"),
        (c.CallNumber("w2", "A002"), "!at_other_window"),
        (c.CallNumber("w3", "A001"), "!not_served_here"),
        (c.CallNumber("w1", "A001"), "Finished A002 at w1, Called A001 at w1"),
        (c.CallNumber("w1", "A777"), "!unknown_number"),
    ],
    "a no-show comes back": [
        (MISS, "!nobody_here"),
        (NEXT, "Called A001 at w1"),
        (MISS, "Missed A001 at w1"),
        (MISS, "!nobody_here"),
        (NEXT, "Called A002 at w1"),
        (BEGIN, "Begun A002 at w1"),
        (MISS, "!already_begun"),
        (c.CallNumber("w3", "A001"), "!not_served_here"),
        (c.CallNumber("w2", "A001"), "Called A001 at w2"),
    ],
    "hold and resume": [
        (HOLD, "!nobody_here"),
        (NEXT, "Called A001 at w1"),
        (HOLD, "Begun A001 at w1, Held A001 at w1"),
        (NEXT, "Called A002 at w1"),
        (RESUME, "!busy"),
        (c.CallNumber("w2", "A001"), "!held_elsewhere"),
        (HOLD, "Begun A002 at w1, Held A002 at w1"),
        (RESUME, "Resumed A001 at w1"),
        (FINISH, "Finished A001 at w1"),
        (c.ResumeHeld("w1", "A001"), "!not_held"),
        (c.ResumeHeld("w1", "A002"), "Resumed A002 at w1"),
        (FINISH, "Finished A002 at w1"),
        (RESUME, "!nothing_held"),
    ],
    "a held visit may be called, by others once its window is closed": [
        (NEXT, "Called A001 at w1"),
        (HOLD, "Begun A001 at w1, Held A001 at w1"),
        (c.CallNumber("w1", "A001"), "Called A001 at w1"),
        (HOLD, "Begun A001 at w1, Held A001 at w1"),
        (LOGOUT, "LoggedOut at w1"),
        (c.CallNumber("w3", "A001"), "!not_served_here"),
        (c.CallNumber("w2", "A001"), "Called A001 at w2"),
    ],
    "transfer to a window": [
        (NEXT, "Called A001 at w1"),
        (c.Transfer("w1"), "!target_missing"),
        (c.Transfer("w1", "w2", "tax"), "!target_missing"),
        (c.Transfer("w1", "w1"), "!same_window"),
        (c.Transfer("w1", "w77"), "!unknown_window"),
        (c.Transfer("w1", "w2"), "Begun A001 at w1, Transferred A001 at w1"),
        (c.CallNumber("w1", "A001"), "!bound_elsewhere"),
        (NEXT, "Called A002 at w1"),
        (c.CallNext("w2"), "Called A001 at w2"),
    ],
    "no transfer to a closed window or an unserved queue": [
        (c.Logout("w3"), "LoggedOut at w3"),
        (NEXT, "Called A001 at w1"),
        (c.Transfer("w1", "w3"), "!target_closed"),
        (c.Transfer("w1", to_queue="tax"), "!queue_closed"),
        (c.Transfer("w1", to_queue="none"), "!unknown_queue"),
    ],
    "a ticket sent to a window that closes waits in its queue again": [
        (NEXT, "Called A001 at w1"),
        (c.Transfer("w1", "w2"), "Begun A001 at w1, Transferred A001 at w1"),
        (c.Logout("w2"), "LoggedOut at w2"),
        (NEXT, "Called A001 at w1"),
    ],
    "pause and logout finish service but not a call": [
        (NEXT, "Called A001 at w1"),
        (PAUSE, "!call_open"),
        (LOGOUT, "!call_open"),
        (BEGIN, "Begun A001 at w1"),
        (PAUSE, "Finished A001 at w1, WindowPaused at w1"),
        (PAUSE, ""),
        (NEXT, "!window_paused"),
        (c.ResumeWindow("w1"), "WindowResumed at w1"),
        (c.ResumeWindow("w1"), "!not_paused"),
        (NEXT, "Called A002 at w1"),
        (BEGIN, "Begun A002 at w1"),
        (LOGOUT, "Finished A002 at w1, LoggedOut at w1"),
        (LOGOUT, "!window_closed"),
        (NEXT, "!window_closed"),
        (PAUSE, "!window_closed"),
    ],
    "a clerk sits at one window": [
        (c.Login("w1", "clerk-w2"), "!clerk_elsewhere"),
        (c.Login("w1", ""), "!clerk_missing"),
        (c.Login("w1", "clerk-w1"), ""),
        (c.Login("w1", "relief"), "LoggedIn at w1"),
        (c.Logout("w2"), "LoggedOut at w2"),
        (c.Login("w2", "clerk-w1"), "LoggedIn at w2"),
    ],
    "a login ends a pause": [
        (PAUSE, "WindowPaused at w1"),
        (c.Login("w1", "clerk-w1"), "LoggedIn at w1"),
        (NEXT, "Called A001 at w1"),
    ],
    "items": [
        (c.AddItem("w1", "id-card"), "!nobody_here"),
        (NEXT, "Called A001 at w1"),
        (c.AddItem("w1", "ghost"), "!unknown_service"),
        (c.AddItem("w1", "tax"), "!item_not_served_here"),
        (c.AddItem("w1", "id-card"), "!item_there"),
    ],
    "a rating is asked of who is here, or has just left": [
        (c.AskRating("w1"), "!nobody_here"),
        (NEXT, "Called A001 at w1"),
        (c.AskRating("w1"), "Begun A001 at w1, RatingAsked A001 at w1"),
        (c.AskRating("w1"), "RatingAsked A001 at w1"),
        (c.AskRating("w1", "id-card"), "!items_not_rated"),
        (FINISH, "Finished A001 at w1"),
        (c.AskRating("w1"), "RatingAsked A001 at w1"),
        (c.Rate("20240108-A001", "w1", 5), "RatingGiven A001 at w1"),
        (c.AskRating("w1"), "!already_rated"),
        (NEXT, "Called A002 at w1"),
        (MISS, "Missed A002 at w1"),
        (c.AskRating("w1"), "!nobody_here"),
    ],
    "a rating is of a visit that took place there, once": [
        (c.Rate("20240108-A001", "w1", 5), "!not_served"),
        (NEXT, "Called A001 at w1"),
        (c.Rate("20240108-A001", "w2", 5), "!not_served"),
        (c.Rate("20240108-A001", "w1", 0), "!bad_level"),
        (c.Rate("20240108-A001", "w1", 6), "!bad_level"),
        (c.Rate("20240108-A001", "w1", 5, "tax"), "!unknown_item"),
        (c.Rate("20240108-A777", "w1", 5), "!unknown_visit"),
        (c.Rate("20240108-A001", "w1", 4), "Begun A001 at w1, RatingGiven A001 at w1"),
        (c.Rate("20240108-A001", "w1", 1), "!already_rated"),
        (NEXT, "Finished A001 at w1, Called A002 at w1"),
        (MISS, "Missed A002 at w1"),
        (c.Rate("20240108-A002", "w1", 1), "!not_served"),
    ],
    "prints": [
        (c.MarkPrinted("20240108-A001", "A001", "printed"), "PrintMarked A001"),
        (c.MarkPrinted("20240108-A001", "A002", "printed"), "!unknown_visit"),
        (c.MarkPrinted("20240108-A001", "A001", "burnt"), "!bad_outcome"),
    ],
    "unknown window": [(c.CallNext("w77"), "!unknown_window"), (c.Login("w77", "x"), "!unknown_window")],
}


@pytest.mark.parametrize("title", SCRIPTS)
def test_script(stage, title):
    stage.take(), stage.take()
    for command, expected in SCRIPTS[title]:
        if expected.startswith("!"):
            assert (command, "!" + stage.refused(command, 1.0)) == (command, expected)
        else:
            assert (command, told(stage.do(command, 1.0))) == (command, expected)
    assert stage.replayed() == stage.hall == stage.reopened()
    held = [visit for state in stage.hall.windows.values() for visit in state.held]
    assert held == [visit.id for visit in stage.hall.visits.values() if visit.state == "held"]


def test_missed_numbers_are_not_called_where_the_catalogue_forbids(make_stage):
    stage = make_stage(recall_missed=False).open()
    number = stage.take()
    stage.call("w1")
    stage.do(MISS)
    assert stage.refused(c.CallNumber("w1", number)) == "missed"


def test_a_transferred_ticket_keeps_the_place_its_arrival_gives_it(stage):
    early = stage.take("tax")
    stage.call("w3")
    late = stage.take("tax", after_s=60)
    stage.do(c.Transfer("w3", to_window="w9"), 60)
    assert [stage.call("w9"), stage.call("w9")] == [early, late]


def test_a_ticket_sent_to_a_queue_does_not_come_back_to_a_comprehensive_window(stage):
    number = stage.take("tax")
    assert stage.call("w9") == number
    stage.do(c.Transfer("w9", to_queue="tax"))
    assert stage.refused(c.CallNext("w9")) == "nobody_waiting"
    assert stage.call("w3") == number


def test_comprehensive_windows_call_accepted_services_of_any_queue_and_no_others(stage):
    stage.take("tax-refund"), stage.take("id-card")
    accepted = [stage.take("tax"), stage.take("pension")]
    assert [stage.call("w9"), stage.call("w9")] == accepted
    assert stage.refused(c.CallNumber("w9", "B001")) == "not_served_here"


def test_a_visit_with_an_item_not_accepted_stays_with_its_queue(stage):
    stage.do(c.TakeNumber("tax", items=("tax-refund", "tax", "tax-refund")))
    assert stage.visit("B001").items == ("tax", "tax-refund")
    assert stage.refused(c.CallNext("w9")) == "nobody_waiting"
    assert stage.call("w3") == "B001"


def test_items_are_rated_one_by_one_where_the_window_says_so(stage):
    stage.take("tax")
    stage.call("w9")
    stage.do(c.AddItem("w9", "pension"))
    visit, asked = stage.visit("B001").id, []
    for _ in range(3):
        stage.do(c.AskRating("w9"))
        asked.append(views.window_view(stage.hall, "w9").question.item)
        stage.do(c.Rate(visit, "w9", 5, asked[-1]))
    assert asked == ["tax", "pension", ""]
    assert stage.refused(c.AskRating("w9")) == "already_rated"
    assert stage.refused(c.AskRating("w9", "id-card")) == "unknown_item"


@pytest.mark.parametrize(
    "ending", [c.Rate("20240108-A001", "w1", 5), c.CallNext("w1"), c.Hold("w1"), c.Logout("w1")]
)
def test_a_question_is_closed_by_its_rating_and_by_what_comes_next(stage, ending):
    stage.take(), stage.take()
    stage.call("w1")
    stage.do(c.AskRating("w1"))
    assert views.window_view(stage.hall, "w1").question.visit == "20240108-A001"
    stage.do(ending)
    assert views.window_view(stage.hall, "w1").question is None


def test_a_late_rating_is_counted_days_later_but_once(make_stage, hours):
    stage = make_stage(hours=hours).open()
    stage.take()
    stage.call("w1")
    stage.do(c.Finish("w1"))
    stage.do(c.Tick(), 2 * 86_400.0)
    rating = c.Rate("20240108-A001", "w1", 2)
    assert stage.refused(c.Rate("20240108-A001", "w2", 2)) == "not_served"
    assert told(stage.do(rating)) == "RatingGiven A001 at w1"
    assert stage.refused(rating) == "already_rated"
    stage.do(c.Tick(), 5 * 86_400.0)
    stage.do(c.Tick(), 5 * 86_400.0)
    assert stage.refused(rating) == "already_rated"


def test_a_rating_taken_before_the_coordinator_knew_of_the_visits_end_counts(stage):
    stage.take(), stage.take()
    stage.call("w1"), stage.call("w1")
    assert told(stage.do(c.Rate("20240108-A001", "w1", 3))) == "RatingGiven A001 at w1"


@pytest.mark.parametrize(
    ("minutes", "priority", "expected"),
    [
        (-31, "ordinary", ("ordinary", "walk_in")),
        (-30, "ordinary", ("priority", "appointment")),
        (15, "ordinary", ("priority", "appointment")),
        (16, "ordinary", ("ordinary", "walk_in")),
        (16, "priority", ("priority", "walk_in")),
    ],
)
def test_an_appointment_is_first_only_in_its_time(stage, minutes, priority, expected):
    asked = c.TakeNumber("tax", priority, "appointment", stage.now_s - minutes * 60)
    event: Any = stage.do(asked)[-1]
    assert (event.priority, event.origin) == expected


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (c.TakeNumber("ghost"), "unknown_service"),
        (c.TakeNumber("tax", items=("ghost",)), "unknown_service"),
        (c.TakeNumber("tax", "ghost"), "unknown_class"),
    ],
)
def test_no_number_for_what_is_not_there(stage, command, code):
    assert stage.refused(command) == code
