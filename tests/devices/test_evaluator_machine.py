"""One question, one rating, thanks only for what is kept."""

from __future__ import annotations

import msgspec
import pytest

from devices.evaluator.machine import NOTHING, Do, EvaluatorMachine, State
from devices.evaluator.messages import Graded, RatingLapsed
from devices.evaluator.settings import EvaluatorSettings


def machine(**changes: object) -> EvaluatorMachine:
    settings = {"address": 3, "open_s": 60, "repeat_ms": 3000, "commit_ms": 3000, **changes}
    return EvaluatorMachine(msgspec.convert(settings, EvaluatorSettings))


def graded() -> EvaluatorMachine:
    pad = machine()
    pad.open("q1", 0.0)
    assert pad.grade(2, 5.0) == Do(tell=Graded("q1", 4))
    return pad


def test_a_rating_from_question_to_thanks() -> None:
    pad = machine()
    assert pad.open("q1", 0.0) == Do(start=True)
    assert pad.grade(3, 5.0) == Do(tell=Graded("q1", 5))
    assert pad.state is State.GRADED
    assert pad.thank("q1", 5.05) == Do(ack=3)
    assert pad.state is State.THANKED


def test_a_repeat_before_the_thanks_is_neither_told_nor_acknowledged() -> None:
    pad = graded()
    assert pad.grade(2, 5.3) == NOTHING
    assert pad.grade(0, 5.4) == NOTHING
    assert pad.thank("q1", 5.5) == Do(ack=2)


def test_after_the_thanks_repeats_are_acknowledged_and_none_is_told() -> None:
    pad = graded()
    pad.thank("q1", 5.1)
    assert [pad.grade(2, at_s) for at_s in (5.4, 8.3, 11.2)] == [Do(ack=2)] * 3
    assert pad.strays == 0


@pytest.mark.parametrize(("value", "at_s"), [(0, 5.2), (2, 8.2)])
def test_a_press_of_the_next_citizen_is_not_thanked_for_with_the_last_ones_rating(
    value: int, at_s: float
) -> None:
    pad = graded()
    pad.thank("q1", 5.1)
    assert pad.grade(value, at_s) == Do()
    assert pad.strays == 1
    assert pad.open("q2", 8.3).tell is None
    assert pad.grade(value, 8.4).tell == Graded("q2", pad._level(value))


def test_a_repeat_just_after_the_question_closed_is_still_acknowledged() -> None:
    pad = graded()
    pad.thank("q1", 5.1)
    assert pad.close(5.2) == NOTHING
    assert pad.grade(2, 5.5) == Do(ack=2)
    assert pad.step(8.2) == NOTHING
    assert pad.state is State.CLOSED
    assert pad.grade(2, 8.5) == Do(ack=2)
    assert pad.grade(2, 11.6) == NOTHING
    assert pad.strays == 1


def test_what_was_graded_before_the_question_closed_is_thanked_for() -> None:
    pad = graded()
    pad.close(5.1)
    assert pad.thank("q1", 5.2) == Do(ack=2)


def test_what_was_graded_before_the_question_closed_is_not_asked_again_without_thanks() -> None:
    pad = graded()
    pad.close(5.1)
    assert pad.step(8.0) == NOTHING
    assert (pad.state, pad.due_s) == (State.CLOSED, None)
    assert pad.grade(1, 8.1) == NOTHING


def test_a_question_that_closed_and_is_asked_again_before_the_thanks_stays_open() -> None:
    pad = graded()
    pad.close(5.1)
    assert pad.open("q1", 5.2) == NOTHING
    pad.step(8.0)
    assert pad.state is State.OPEN
    assert pad.step(65.1) == NOTHING
    assert pad.step(65.2) == Do(tell=RatingLapsed("q1"))


@pytest.mark.parametrize(("ack_strays", "done"), [(False, NOTHING), (True, Do(ack=1))])
def test_a_grade_without_a_question_is_counted_and_no_rating(ack_strays: bool, done: Do) -> None:
    pad = machine(ack_strays=ack_strays)
    assert pad.grade(1, 0.0) == done
    assert pad.strays == 1
    assert pad.state is State.CLOSED


def test_an_open_question_lapses() -> None:
    pad = machine(open_s=30)
    pad.open("q1", 10.0)
    assert pad.due_s == 40.0
    assert pad.step(39.9) == NOTHING
    assert pad.step(40.0) == Do(tell=RatingLapsed("q1"))
    assert pad.due_s is None
    assert pad.grade(1, 41.0) == NOTHING


def test_a_closed_question_lapses_silently() -> None:
    pad = machine()
    pad.open("q1", 0.0)
    assert pad.close(1.0) == NOTHING
    assert (pad.state, pad.due_s) == (State.CLOSED, None)


def test_a_grade_that_was_never_thanked_for_may_be_given_again() -> None:
    pad = graded()
    assert pad.step(7.9) == NOTHING
    assert pad.step(8.0) == NOTHING
    assert pad.state is State.OPEN
    assert pad.grade(2, 8.2) == Do(tell=Graded("q1", 4))
    assert pad.thank("q1", 8.3) == Do(ack=2)


def test_a_grade_without_thanks_at_the_end_of_the_question_closes_it() -> None:
    pad = machine()
    pad.open("q1", 0.0)
    pad.grade(1, 59.0)
    assert pad.step(62.0) == NOTHING
    assert pad.state is State.CLOSED


@pytest.mark.parametrize("when", ["open", "graded", "thanked"])
def test_the_same_question_is_not_asked_twice(when: str) -> None:
    pad = machine()
    pad.open("q1", 0.0)
    if when != "open":
        pad.grade(1, 1.0)
    if when == "thanked":
        pad.thank("q1", 1.1)
    state = pad.state
    assert pad.open("q1", 2.0) == NOTHING
    assert pad.state is state


def test_a_new_question_takes_the_place_of_any() -> None:
    pad = graded()
    assert pad.open("q2", 8.0) == Do(start=True)
    assert pad.grade(0, 9.0) == Do(tell=Graded("q2", 2))
    assert pad.thank("q1", 9.1) == NOTHING
    assert pad.thank("q2", 9.2) == Do(ack=0)


def test_a_repeat_of_the_last_grade_does_not_answer_the_next_question() -> None:
    pad = graded()
    pad.thank("q1", 5.1)
    assert pad.open("q2", 5.2) == NOTHING
    assert pad.grade(2, 5.3) == Do(ack=2), "its acknowledgement was lost"
    assert pad.step(8.2) == NOTHING
    assert pad.due_s == 8.3
    assert pad.step(8.3) == Do(start=True)
    assert pad.grade(2, 8.4) == Do(tell=Graded("q2", 4))


def test_a_grade_that_is_kept_late_is_thanked_for_beside_the_next_question() -> None:
    pad = graded()
    pad.open("q2", 5.2)
    assert pad.grade(2, 5.3) == NOTHING
    assert pad.thank("q1", 5.4) == Do(ack=2)
    assert pad.thank("q1", 5.5) == NOTHING
    assert pad.grade(2, 5.6) == Do(ack=2)


def test_another_grade_is_a_press_and_answers_the_next_question() -> None:
    pad = graded()
    pad.open("q2", 5.2)
    assert pad.grade(3, 5.3) == Do(tell=Graded("q2", 5))
    assert pad.thank("q1", 5.4) == NOTHING
    assert pad.thank("q2", 5.5) == Do(ack=3)


def test_a_question_behind_a_pad_that_never_stops_repeating_lapses() -> None:
    pad = graded()
    assert pad.open("q2", 6.0) == NOTHING
    for tenth in range(60, 660):
        assert pad.step(tenth / 10) == pad.grade(2, tenth / 10) == NOTHING
    assert pad.step(66.0) == Do(tell=RatingLapsed("q2"))


def test_a_pad_that_never_stops_is_stopped_where_the_settings_say_so() -> None:
    pad = machine(ack_strays=True)
    pad.open("q1", 0.0)
    pad.grade(2, 5.0)
    assert pad.grade(2, 5.1) == NOTHING
    pad.open("q2", 5.2)
    assert pad.grade(2, 5.3) == Do(ack=2)


def test_a_waiting_question_is_withdrawn_silently() -> None:
    pad = graded()
    pad.open("q2", 5.2)
    assert pad.close(5.3) == NOTHING
    assert (pad.state, pad.due_s) == (State.CLOSED, None)


def test_after_a_start_nobody_knows_with_what_the_last_question_was_answered() -> None:
    pad = machine()
    pad.thank("q1", 10.0)
    assert pad.open("q2", 10.1) == NOTHING
    assert pad.grade(2, 12.0) == pad.grade(3, 12.1) == NOTHING
    assert pad.step(15.1) == Do(start=True)
    assert pad.grade(3, 15.2) == Do(tell=Graded("q2", 5))


def test_the_last_answer_before_a_start_is_waited_for_once() -> None:
    pad = machine()
    pad.thank("q1", 10.0)
    pad.thank("q1", 20.0)
    assert pad.open("q2", 20.1) == Do(start=True)


def test_thanks_that_come_after_the_grade_may_be_given_again_are_thanks_all_the_same() -> None:
    pad = graded()
    pad.step(8.0)
    assert pad.state is State.OPEN
    assert pad.thank("q1", 8.1) == NOTHING, "the pad has given up"
    assert pad.state is State.THANKED
    assert pad.grade(1, 9.0) == NOTHING


def test_thanks_nobody_waits_for_are_silent() -> None:
    pad = machine()
    assert pad.thank("q1", 0.0) == NOTHING
    pad.open("q1", 0.0)
    assert pad.thank("q1", 0.0) == NOTHING


def test_a_pad_on_the_keypads_line_need_not_be_told_to_start() -> None:
    assert machine(send_open=False).open("q1", 0.0) == NOTHING


@pytest.mark.parametrize(
    ("grades", "levels"), [((2, 3, 4, 5), [2, 3, 4, 5]), ((1, 2, 3, 4, 5), [1, 2, 3, 4, 5]), ((5, 1), [5, 1])]
)
def test_four_or_five_grades_by_setting(grades: tuple[int, ...], levels: list[int]) -> None:
    told = []
    for value in range(len(grades)):
        pad = machine(grades=grades)
        pad.open("q1", 0.0)
        told.append(pad.grade(value, 1.0).tell)
    assert told == [Graded("q1", level) for level in levels]


@pytest.mark.parametrize("value", [1, 4, 255])
def test_a_value_that_is_no_grade_changes_nothing(value: int) -> None:
    pad = machine(grades=(5, 0, 3, 1))
    pad.open("q1", 0.0)
    with pytest.raises(KeyError):
        pad.grade(value, 1.0)
    assert pad.state is State.OPEN


@pytest.mark.parametrize(
    "changes", [{"grades": [6, 1]}, {"grades": [5]}, {"open_s": 1}, {"ack": "long"}, {"address": 300}]
)
def test_settings_are_bounded(changes: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        machine(**changes)
