"""Fair order, alternation and the bound on the longest wait; long runs against Kleinrock's formula."""

from __future__ import annotations

import heapq
import random

import pytest

from edge.hall.catalogue import Order
from edge.hall.order import Line, Rule, choose

RATES = {"ordinary": 1.0, "priority": 4.0}
FAIR = Rule(RATES, 1.0, 0, 0.0)


def line(**arrivals: list[float]) -> Line:
    made, seq = Line(), 0
    for priority, times in arrivals.items():
        for at_s in times:
            seq += 1
            made.add(priority, (at_s, seq, f"{priority}-{at_s:g}"))
    return made


def drained(lines: list[Line], rule: Rule, now_s: float) -> list[str]:
    names, fast_calls = [], 0
    while (choice := choose(lines, rule, fast_calls, now_s)) is not None:
        fast_calls = fast_calls + 1 if choice.fast else 0
        names.append(choice.entry[2])
        next(each for each in lines if choice.entry in each.classes.get(choice.priority, ())).remove(
            choice.priority, choice.entry
        )
    return names


def test_rank_is_rate_times_wait_over_all_lines():
    lines = [line(ordinary=[0, 70]), line(priority=[74, 76]), line(ordinary=[30])]
    assert drained(lines, FAIR, 100.0) == [
        "priority-74",  # 104
        "ordinary-0",  # 100
        "priority-76",  # 96
        "ordinary-30",  # 70
        "ordinary-70",  # 30
    ]


def test_equal_ranks_go_by_arrival_then_by_issue():
    lines = [line(priority=[75]), line(ordinary=[0])]
    assert drained(lines, FAIR, 100.0) == ["ordinary-0", "priority-75"]
    same = [Line(), Line()]
    same[0].add("ordinary", (5.0, 2, "second"))
    same[1].add("ordinary", (5.0, 1, "first"))
    assert drained(same, FAIR, 9.0) == ["first", "second"]


def test_nobody_waits():
    assert choose([], FAIR, 0, 0.0) is None
    assert choose([Line(), line(ordinary=[])], FAIR, 0, 0.0) is None


def test_the_longest_wait_goes_before_all_ranks_oldest_first():
    rule = Rule(RATES, 1.0, 0, 600.0)
    lines = [line(ordinary=[0, 100, 500]), line(priority=[400])]
    assert drained(lines, rule, 800.0) == ["ordinary-0", "ordinary-100", "priority-400", "ordinary-500"]


def test_the_longest_wait_is_not_reached_at_its_very_second():
    rule = Rule(RATES, 1.0, 0, 600.0)
    assert drained([line(ordinary=[0]), line(priority=[100])], rule, 600.0)[0] == "priority-100"


def test_alternation_gives_the_slowest_class_its_turn():
    rule = Rule(RATES, 1.0, 2, 0.0)
    lines = [line(ordinary=[0, 1, 2]), line(priority=[10, 11, 12, 13, 14])]
    expected = "priority-10 priority-11 ordinary-0 priority-12 priority-13 ordinary-1 priority-14 ordinary-2"
    assert drained(lines, rule, 20.0) == expected.split()


def test_alternation_counts_turns_window_by_window(make_stage):
    stage = make_stage(order=Order("alternating", 1)).open()
    slow = [stage.take() for _ in range(2)]
    fast = [stage.take(priority="priority") for _ in range(4)]
    assert [stage.call("w1"), stage.call("w2")] == fast[:2]
    assert [stage.call("w1"), stage.call("w1"), stage.call("w2")] == [slow[0], fast[2], slow[1]]


@pytest.mark.parametrize(("rate", "waits"), [(1.0, (4.0, 4.0)), (4.0, (5.161, 2.065))])
def test_mean_waits_are_those_of_kleinrock(rate, waits):
    """M/M/1, 0.5 ordinary and 0.3 priority a second, mean service 1 s; 3 % is 3 deviations of this run."""
    randomly, rule = random.Random(5), Rule({"ordinary": 1.0, "priority": rate}, 1.0, 0, 0.0)
    waiting, total, count = Line(), {"ordinary": 0.0, "priority": 0.0}, {"ordinary": 0, "priority": 0}
    coming = [(randomly.expovariate(0.5), "ordinary"), (randomly.expovariate(0.3), "priority")]
    heapq.heapify(coming)
    free_s, arrived = 0.0, 0
    while arrived < 300_000:
        choice = choose([waiting], rule, 0, free_s)
        if choice is None or coming[0][0] <= free_s:
            at_s, priority = coming[0]
            arrived += 1
            waiting.add(priority, (at_s, arrived, ""))
            heapq.heapreplace(
                coming, (at_s + randomly.expovariate(0.5 if priority == "ordinary" else 0.3), priority)
            )
            free_s = max(free_s, at_s) if choice is None else free_s
            continue
        waiting.remove(choice.priority, choice.entry)
        total[choice.priority] += free_s - choice.entry[0]
        count[choice.priority] += 1
        free_s += randomly.expovariate(1.0)
    means = total["ordinary"] / count["ordinary"], total["priority"] / count["priority"]
    assert means == pytest.approx(waits, rel=0.03)
