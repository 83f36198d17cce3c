"""A small hall, and a stage on which a conversation with it is played."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from edge.hall.catalogue import (
    Alone,
    Appointments,
    Catalogue,
    Hours,
    NumberFormat,
    PriorityClass,
    Queue,
    Service,
    Window,
)
from edge.hall.commands import ApplyCatalogue, CallNext, Command, Login, TakeNumber
from edge.hall.hall import Event, Hall, Refused, decide, fold, restore, snapshot

MONDAY_NINE_S = 1_704_675_600.0  # 2024-01-08 09:00 at UTC+8


def small_catalogue(**changes: Any) -> Catalogue:
    """Three queues, two windows for the first, one for the second, a comprehensive one; always open."""
    services = [
        Service("id-card", "身份证", "id", name_en="Identity card", service_s=300.0),
        Service("tax", "办税", "tax", service_s=600.0, accepted=True),
        Service("tax-refund", "退税", "tax", service_s=600.0),
        Service("pension", "社保", "social", service_s=400.0, accepted=True),
    ]
    queues = [
        Queue("id", "户籍", NumberFormat("A")),
        Queue("tax", "税务", NumberFormat("B")),
        Queue("social", "社保", NumberFormat("C"), overnight="keep"),
    ]
    windows = [
        Window("w1", "1", queues=("id",)),
        Window("w2", "2", queues=("id",)),
        Window("w3", "3", queues=("tax", "social")),
        Window("w9", "9", comprehensive=True, rates_items=True),
    ]
    classes = [PriorityClass("ordinary", "普通"), PriorityClass("priority", "优先", 4.0)]
    fresh = Catalogue(
        1,
        {item.id: item for item in services},
        {item.id: item for item in queues},
        {item.id: item for item in windows},
        {item.id: item for item in classes},
        appointments=Appointments("priority"),
        alone=Alone({"north": "Z", "south": "Y"}, numbers=40, block=10),
    )
    return replace(fresh, **changes)


def office_hours() -> Hours:
    """Monday to Friday 9:00-12:00 and 13:30-17:00; no numbers in the last half hour."""
    day = ((9 * 3600.0, 12 * 3600.0), (13.5 * 3600.0, 17 * 3600.0))
    return Hours(weekly=(day, day, day, day, day, (), ()), stop_issue_s=1800.0)


class Stage:
    """A hall with a clock of its own, on which commands are decided and folded."""

    def __init__(self, catalogue: Catalogue, now_s: float = MONDAY_NINE_S) -> None:
        self.hall = Hall()
        self.now_s = now_s
        self.log: list[Event] = []
        self.do(ApplyCatalogue(catalogue))

    def do(self, command: Command, after_s: float = 0.0) -> list[Event]:
        self.now_s += after_s
        events = decide(self.hall, command, self.now_s)
        for event in events:
            fold(self.hall, event)
        self.log += events
        return events

    def refused(self, command: Command, after_s: float = 0.0) -> str:
        """The code of the refusal; nothing may have changed."""
        self.now_s += after_s
        before = snapshot(self.hall)
        with pytest.raises(Refused) as caught:
            decide(self.hall, command, self.now_s)
        assert snapshot(self.hall) == before
        assert caught.value.text_zh and caught.value.text_en and "{" not in caught.value.text_zh
        return caught.value.code

    def open(self, *windows: str) -> Stage:
        for window in windows or tuple(self.hall.catalogue.windows):
            self.do(Login(window, f"clerk-{window}"))
        return self

    def take(self, service: str = "id-card", priority: str = "ordinary", after_s: float = 1.0) -> str:
        """The number."""
        event: Any = self.do(TakeNumber(service, priority), after_s)[-1]
        number: str = event.number
        return number

    def call(self, window: str, after_s: float = 1.0) -> str:
        """The number called next at the window."""
        self.do(CallNext(window), after_s)
        return self.at(window)

    def at(self, window: str) -> str:
        """The number at the window, or ""."""
        visit = self.hall.windows[window].visit
        return self.hall.visits[visit].number if visit else ""

    def visit(self, number: str) -> Any:
        return self.hall.visits[self.hall.numbers[number]]

    def replayed(self) -> Hall:
        hall = Hall()
        for event in self.log:
            fold(hall, event)
        return hall

    def reopened(self) -> Hall:
        return restore(snapshot(self.hall))


@pytest.fixture
def catalogue() -> Callable[..., Catalogue]:
    return small_catalogue


@pytest.fixture
def hours() -> Hours:
    return office_hours()


@pytest.fixture
def stage() -> Stage:
    """The small hall with all windows open, Monday nine o'clock."""
    return Stage(small_catalogue()).open()


@pytest.fixture
def make_stage() -> Callable[..., Stage]:
    """`make_stage(**changes of the catalogue)`: the small hall, windows closed."""
    return lambda **changes: Stage(small_catalogue(**changes))
