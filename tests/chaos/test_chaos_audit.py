"""The audit finds what is lost, doubled and wrong, and nothing in a hall that kept its promises."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from edge.hall import events as e
from simulators.chaos.audit import Books, Findings, audit
from simulators.chaos.seen import Rating, Seen

VISIT = "20261123-A001"


def issued(number: str = "A001") -> e.NumberIssued:
    return e.NumberIssued(1.0, f"20261123-{number}", number, 1, "social", "pension", "ordinary", "walk_in")


def good() -> tuple[Books, Seen]:
    """One visit, whole."""
    events: list[Any] = [issued(), e.Called(2.0, "1", VISIT), e.RatingGiven(3.0, "1", VISIT, 4)]
    rating = Rating("1", 4, "A001")
    seen = Seen(
        takes=1,
        papers=["A001"],
        calls=Counter({"1": 1}),
        shown={("A001", "1")},
        rated=Counter({rating: 1}),
        thanked=Counter({rating: 1}),
    )
    return Books(events, {"east": [1, 2]}, {"east": 2}, {"east": 0}), seen


def found(books: Books, seen: Seen) -> Findings:
    return audit(books, seen, Counter())


def test_a_hall_that_kept_its_promises() -> None:
    assert found(*good()) == Findings((), (), ())


LOST = {
    "paper": lambda seen: seen.papers.append("A002"),
    "rating": lambda seen: seen.thanked.update([Rating("1", 5, "")]),
}
DOUBLED = {
    "paper": lambda seen: seen.papers.append("A001"),
    "number": lambda seen: setattr(seen, "takes", 0),
    "call": lambda seen: seen.calls.clear(),
}
WRONG = {
    "call": lambda seen: seen.shown.add(("A001", "2")),
    "rating": lambda seen: seen.rated.clear(),
}


@pytest.mark.parametrize("what", LOST)
def test_what_is_lost(what: str) -> None:
    books, seen = good()
    LOST[what](seen)
    assert [len(one) for one in found(books, seen)] == [1, 0, 0]


@pytest.mark.parametrize("what", DOUBLED)
def test_what_is_doubled(what: str) -> None:
    books, seen = good()
    DOUBLED[what](seen)
    assert [len(one) for one in found(books, seen)] == [0, 1, 0]


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong(what: str) -> None:
    books, seen = good()
    WRONG[what](seen)
    assert [len(one) for one in found(books, seen)] == [0, 0, 1]


def test_a_rating_of_somebody_else_is_lost() -> None:
    books, seen = good()
    seen.thanked = Counter({Rating("1", 4, "A002"): 1})
    assert len(found(books, seen).lost) == 1


def test_records_that_never_arrived() -> None:
    books, seen = good()
    assert found(books._replace(held={"east": 1}), seen).lost
    assert found(books._replace(waiting={"east": 1}), seen).lost


def test_a_slip_of_which_the_hall_does_not_know() -> None:
    books, seen = good()
    assert found(books._replace(printed=frozenset([VISIT])), seen).lost
    marked = [*books.events, e.PrintMarked(2.0, VISIT, "printed")]
    assert not found(books._replace(printed=frozenset([VISIT]), events=marked), seen).lost


def test_events_that_came_twice() -> None:
    books, seen = good()
    again = books._replace(events=[*books.events, books.events[2]])
    seen = replace(seen, rated=seen.rated + seen.rated)
    assert found(again, seen).doubled == (f"{VISIT} was rated 2 times",)
    again = books._replace(events=[*books.events, issued()])
    assert f"{VISIT} was issued 2 times" in found(again, seen).doubled


def test_a_start_in_the_middle_of_a_press_may_double_it() -> None:
    books, seen = good()
    seen.calls.clear()
    assert audit(books, seen, Counter({"1": 1})) == Findings((), (), ())
