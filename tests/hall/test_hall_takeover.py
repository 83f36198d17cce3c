"""A coordinator that goes on with a copy of the books: what was issued after it is not issued again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.hall import commands as c
from edge.hall.catalogue import NumberFormat
from edge.hall.takeover import LEAST, MOST


def copied(stage):
    """The hall as the copy has it."""
    return stage.reopened()


@pytest.mark.parametrize("after", [0, 1, LEAST, LEAST + 4])
def test_numbers_that_were_issued_after_the_copy_are_not_issued_again(stage, after):
    """Two a minute; the copy is `after` numbers old, and as much time is unheard."""
    for _ in range(5):
        stage.take(after_s=30.0)
    copy, at_s = copied(stage), stage.now_s
    theirs = [stage.take(after_s=30.0) for _ in range(after)]
    stage.hall = copy
    stage.do(c.PassOver(stage.now_s - at_s))
    ours = [stage.take() for _ in range(20)]
    assert not set(theirs) & set(ours)
    assert ours[0] == f"A{5 + 2 * min(after + 1 if after else 1, 5) + LEAST + 1:03}"


def test_each_queue_by_its_own_rush(stage):
    for _ in range(30):
        stage.take("id-card", after_s=1.0)
    stage.take("tax", after_s=1.0)
    stage.do(c.PassOver(30.0))
    assert stage.take("id-card") == f"A{30 + 2 * 30 + LEAST + 1:03}"
    assert stage.take("tax") == f"B{1 + 2 * 1 + LEAST + 1:03}"
    assert stage.take("pension") == f"C{LEAST + 1:03}"


def test_who_holds_such_paper_is_called_when_he_shows_it(stage):
    stage.take()
    stage.do(c.PassOver(10.0))
    assert stage.call("w1") == "A001"
    assert stage.refused(c.CallNext("w1")) == "nobody_waiting"
    stage.do(c.CallNumber("w1", "A002"))
    assert stage.at("w1") == "A002"
    assert stage.refused(c.CallNumber("w2", "A099")) == "unknown_number"


def test_the_next_day_begins_as_every_day(stage):
    stage.take()
    stage.do(c.PassOver(10.0))
    stage.do(c.CallNumber("w1", "A002"))
    stage.do(c.Finish("w1"))
    stage.do(c.Tick(), 24 * 3600.0)
    assert stage.take() == "A001"


def test_a_copy_of_the_day_before_leaves_out_what_a_whole_day_had(stage):
    for _ in range(40):
        stage.take(after_s=60.0)
    stage.do(c.PassOver(24 * 3600.0), 24 * 3600.0)
    assert stage.take() == f"A{2 * 40 + LEAST + 1:03}"


def test_it_is_never_more_than_a_bound(stage):
    for _ in range(400):
        stage.take(after_s=0.1)
    stage.do(c.PassOver(3600.0))
    assert stage.take() == f"A{400 + MOST + 1}"


def test_numbers_that_begin_again_are_passed_over_round_the_end(make_stage, catalogue):
    carried = {
        "id": replace(catalogue().queues["id"], number=NumberFormat("A", digits=2, first=1, reset="carry"))
    }
    stage = make_stage(queues=catalogue().queues | carried).open()
    for _ in range(95):
        stage.take(after_s=3600.0)
        stage.call("w1")
    stage.do(c.PassOver(10.0))
    assert stage.take() == "A09"
    assert {(span.first, span.last) for span in stage.hall.maybe if span.prefix == "A"} == {(96, 99), (1, 8)}


def test_it_is_replayed_as_it_happened(stage):
    stage.take()
    stage.do(c.PassOver(60.0))
    stage.take()
    assert stage.replayed() == stage.hall


def test_so_many_as_the_machines_of_a_site_can_have_given(stage):
    stage.take()
    stage.do(c.PassOver(5.0, least=60))
    assert stage.take() == f"A{1 + 2 + 60 + 1:03}"


def test_a_day_that_begins_now_had_no_numbers_yet(stage):
    stage.take()
    before = stage.hall.day
    stage.do(c.PassOver(5.0, day=before), 24 * 3600.0)
    assert stage.hall.day != before
    assert stage.take() == "A001"


def test_numbers_that_never_begin_anew_are_passed_over_on_a_new_day_too(make_stage, catalogue):
    carried = {"id": replace(catalogue().queues["id"], number=NumberFormat("A", reset="carry"))}
    stage = make_stage(queues=catalogue().queues | carried).open()
    stage.take()
    stage.do(c.PassOver(5.0, day=stage.hall.day), 24 * 3600.0)
    assert stage.take() == f"A{1 + LEAST + 1:03}"
