"""Services, queues, windows and classes change while the hall runs."""

from __future__ import annotations

from dataclasses import replace

from edge.hall import commands as c
from edge.hall import views
from edge.hall.calendar import Hours
from edge.hall.catalogue import PriorityClass, Service, Window
from edge.hall.report import day_report


def without(table, name):
    return {key: value for key, value in table.items() if key != name}


def newer(stage, **changes):
    return c.ApplyCatalogue(
        replace(stage.hall.catalogue, version=stage.hall.catalogue.version + 1, **changes)
    )


def test_the_same_catalogue_again_changes_nothing_and_an_older_one_is_refused(stage, catalogue):
    assert stage.do(c.ApplyCatalogue(catalogue())) == []
    assert stage.refused(c.ApplyCatalogue(replace(catalogue(), version=0))) == "old_version"
    assert stage.refused(c.ApplyCatalogue(replace(catalogue(), recall_missed=False))) == "old_version"


def test_a_new_service_and_a_new_window_work_at_once(stage):
    services = stage.hall.catalogue.services | {"new": Service("new", "新事项", "id")}
    windows = stage.hall.catalogue.windows | {"w4": Window("w4", "4", queues=("id",))}
    stage.do(newer(stage, services=services, windows=windows))
    number = stage.take("new")
    stage.do(c.Login("w4", "new"))
    assert stage.call("w4") == number


def test_a_service_taken_away_is_finished_for_those_who_wait_for_it(stage):
    number = stage.take("tax")
    stage.do(newer(stage, services=without(stage.hall.catalogue.services, "tax")))
    assert stage.refused(c.TakeNumber("tax")) == "unknown_service"
    assert stage.call("w9") == number
    assert views.window_view(stage.hall, "w9").service == "办税"
    stage.do(c.Finish("w9"), 60)
    assert stage.reopened() == stage.hall == stage.replayed()


def test_a_service_no_longer_accepted_leaves_the_comprehensive_windows(stage):
    number = stage.take("tax")
    services = stage.hall.catalogue.services
    stage.do(newer(stage, services=services | {"tax": replace(services["tax"], accepted=False)}))
    assert stage.refused(c.CallNext("w9")) == "nobody_waiting"
    assert stage.call("w3") == number


def test_a_queue_with_people_and_a_window_in_use_stay(stage):
    stage.take("pension")
    queues = without(stage.hall.catalogue.queues, "social")
    services = without(stage.hall.catalogue.services, "pension")
    assert stage.refused(newer(stage, queues=queues)) == "unknown_queue"
    assert stage.refused(newer(stage, queues=queues, services=services)) == "queue_in_use"
    assert stage.refused(newer(stage, windows=without(stage.hall.catalogue.windows, "w9"))) == "window_in_use"


def test_an_empty_queue_and_a_closed_window_go(stage):
    stage.take("pension")
    stage.call("w9")
    stage.do(c.NoShow("w9"))
    stage.do(c.Logout("w9"))
    stage.do(
        newer(
            stage,
            queues=without(stage.hall.catalogue.queues, "social"),
            services=without(stage.hall.catalogue.services, "pension"),
            windows=without(stage.hall.catalogue.windows, "w9"),
        )
    )
    assert "w9" not in stage.hall.windows
    assert stage.refused(c.CallNumber("w3", "C001")) == "not_served_here"
    assert views.slip_of_number(stage.hall, "C001").windows == ()
    assert day_report(stage.hall, stage.now_s).no_shows == 1


def test_rates_change_for_those_who_wait_already(stage):
    ordinary = stage.take()
    stage.take(priority="priority", after_s=60)
    classes = stage.hall.catalogue.classes | {"priority": PriorityClass("priority", "优先", 1.0)}
    stage.do(newer(stage, classes=classes), 60)
    assert stage.call("w1") == ordinary


def test_a_class_taken_away_counts_as_the_slowest(stage):
    numbers = [stage.take(priority="priority"), stage.take()]
    stage.do(newer(stage, classes=without(stage.hall.catalogue.classes, "priority")))
    assert stage.refused(c.TakeNumber("tax", "priority")) == "unknown_class"
    assert [stage.call("w1"), stage.call("w2")] == numbers
    assert views.slip_of_number(stage.hall, numbers[0]).priority == ""


def test_new_hours_open_or_close_the_hall_at_once(stage):
    always, never = Hours(), Hours(weekly=((), (), (), (), (), (), ()))
    stage.do(newer(stage, hours=never))
    assert (views.hall_view(stage.hall).open, stage.refused(c.TakeNumber("tax"))) == (False, "hall_closed")
    stage.do(newer(stage, hours=always))
    assert (views.hall_view(stage.hall).open, stage.take("tax")) == (True, "B001")
