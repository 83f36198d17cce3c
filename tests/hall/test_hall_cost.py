"""What an action costs, counted in lines run: it grows with neither the day, the line nor the windows."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from edge.hall import commands as c
from edge.hall.catalogue import Catalogue, NumberFormat, PriorityClass, Queue, Service, Window
from edge.hall.hall import Hall, decide, fold


def hall_of(windows: int) -> Hall:
    """`windows` windows, each with a queue and a service, and one more that is comprehensive."""
    names = [f"n{count}" for count in range(windows)]
    counters = {name: Window(name, name, queues=(name,)) for name in names}
    catalogue = Catalogue(
        1,
        {name: Service(name, name, name, accepted=True) for name in names},
        {
            name: Queue(name, name, NumberFormat("ABCDEFGHIJ"[count % 10] + chr(65 + count // 10 % 26) * 2))
            for count, name in enumerate(names)
        },
        counters | {"wide": Window("wide", "0", comprehensive=True)},
        {"ordinary": PriorityClass("ordinary", "普通")},
    )
    hall = Hall()
    act(hall, c.ApplyCatalogue(catalogue))
    for name in (*names[:2], "wide"):
        act(hall, c.Login(name, name))
    return hall


def act(hall: Hall, command: c.Command, now_s: float = 1_704_675_600.0) -> None:
    for event in decide(hall, command, now_s):
        fold(hall, event)


def lines_run(action: Callable[[], object]) -> int:
    count = 0

    def trace(frame: Any, kind: str, _: Any) -> Any:
        nonlocal count
        count += kind == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        action()
    finally:
        sys.settrace(before)
    return count


def visits(hall: Hall, count: int) -> None:
    for _ in range(count):
        act(hall, c.TakeNumber("n0"))
        act(hall, c.CallNext("n0"))


def test_an_hour_late_in_the_day_costs_what_the_first_did():
    hall = hall_of(3)
    visits(hall, 30)
    early = lines_run(lambda: visits(hall, 10))
    visits(hall, 800)
    assert lines_run(lambda: visits(hall, 10)) == early


def test_a_call_costs_the_same_with_five_hundred_windows():
    assert lines_of_two_calls(10) == lines_of_two_calls(500)


def lines_of_two_calls(windows: int) -> int:
    hall = hall_of(windows)
    for name in ("n0", "n1", "n2", "n3"):
        act(hall, c.TakeNumber(name))
    return lines_run(lambda: [act(hall, c.CallNext(window)) for window in ("n0", "wide")])


def test_a_call_costs_the_same_however_many_wait():
    hall = hall_of(3)
    visits(hall, 30)
    costs = []
    for _ in range(2):
        for _ in range(200):
            fold(hall, decide(hall, c.TakeNumber("n0"), 1_704_675_600.0)[0])
        act(hall, c.CallNext("n0"))
        costs.append(lines_run(lambda: act(hall, c.CallNext("n0"))))
    assert costs[0] == costs[1]
