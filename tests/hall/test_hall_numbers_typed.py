"""What digits typed on a keypad stand for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.hall import commands as c
from edge.hall.catalogue import Catalogue, NumberFormat, PriorityClass, Queue, Service, Window
from edge.hall.hall import Hall, decide, fold
from edge.hall.typed import number_typed

NOW_S = 1_795_395_600.0


def queue(name: str, prefix: str, **form: int) -> Queue:
    return Queue(id=name, name=name, number=NumberFormat(prefix=prefix, **form))


def service(name: str) -> Service:
    return Service(id=name, name=name, queue=name)


CATALOGUE = Catalogue(
    version=1,
    services={name: service(name) for name in ("social", "tax", "plain")},
    queues={
        "social": queue("social", "A"),
        "tax": queue("tax", "B"),
        "plain": queue("plain", "", first=500),
    },
    windows={
        "1": Window(id="1", label="1", queues=("social",)),
        "2": Window(id="2", label="2", queues=("tax", "social", "plain")),
    },
    classes={"ordinary": PriorityClass(id="ordinary", name="普通")},
)


class Desk:
    """A hall that is told what happens."""

    def __init__(self) -> None:
        self.hall = Hall()
        self.now_s = NOW_S
        self.do(c.ApplyCatalogue(CATALOGUE), c.Login("1", "1001"), c.Login("2", "1002"))

    def do(self, *commands: c.Command) -> None:
        for command in commands:
            self.now_s += 1
            for event in decide(self.hall, command, self.now_s):
                fold(self.hall, event)

    def take(self, *services: str) -> None:
        self.do(*(c.TakeNumber(one) for one in services))


@pytest.fixture()
def desk() -> Desk:
    one = Desk()
    one.take("tax", "social", "social", "plain")  # B001, A001, A002, 500
    return one


@pytest.mark.parametrize(
    ("window", "typed", "number"),
    [
        ("1", "1", "A001"),
        ("1", "001", "A001"),
        ("1", "2", "A002"),
        ("2", "1", "B001"),  # issued before A001
        ("2", "500", "500"),
        ("2", "0500", "500"),
        ("2", "A001", "A001"),
        ("1", "B001", "B001"),  # the rules say that it is not served here
        ("1", "77", "77"),
        ("1", "", ""),
        ("1", "0", "0"),
        ("", "2", "A002"),
    ],
)
def test_digits_find_the_number(desk: Desk, window: str, typed: str, number: str) -> None:
    assert number_typed(desk.hall, window, typed) == number


def test_a_window_means_its_own_first(desk: Desk) -> None:
    hall = desk.hall
    desk.do(c.CallNumber("2", "A001"), c.Hold("2"))
    assert number_typed(hall, "2", "1") == "A001", "held here, before one that waits"
    desk.do(c.ResumeHeld("2"), c.Finish("2"))
    assert number_typed(hall, "2", "1") == "B001", "finished: nobody means it"
    desk.do(c.CallNumber("2", "B001"), c.NoShow("2"))
    assert number_typed(hall, "2", "1") == "B001", "missed here, though another waits"
    assert number_typed(hall, "1", "1") == "A001", "finished, but the other is not served here"


def test_a_call_at_this_window_is_meant_before_what_waits(desk: Desk) -> None:
    desk.do(c.CallNumber("2", "A001"))
    assert number_typed(desk.hall, "2", "1") == "A001"


def test_a_missed_one_elsewhere_is_meant_after_those_that_wait(desk: Desk) -> None:
    desk.do(c.CallNumber("1", "A001"), c.NoShow("1"))
    assert number_typed(desk.hall, "2", "1") == "B001"


def test_a_machine_means_the_paper_that_is_missing(desk: Desk) -> None:
    hall = desk.hall
    assert number_typed(hall, "", "1") == "A001", "the last issued"
    visit = hall.numbers["A001"]
    desk.do(c.MarkPrinted(visit, "A001", "printed"))
    assert number_typed(hall, "", "1") == "B001"
    desk.do(c.MarkPrinted(hall.numbers["B001"], "B001", "printed"))
    assert number_typed(hall, "", "1") == "A001"
    desk.do(c.MarkPrinted(hall.numbers["B001"], "B001", "not_printed"))
    assert number_typed(hall, "", "1") == "B001"


@given(st.text(max_size=20) | st.integers().map(str) | st.just("9" * 5000), st.sampled_from(["", "1", "2"]))
def test_whatever_is_typed_gives_a_number_of_today_or_comes_back(typed: str, window: str) -> None:
    one = Desk()
    one.take("tax", "social")
    found = number_typed(one.hall, window, typed)
    assert found == typed or found in one.hall.numbers
