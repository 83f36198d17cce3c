from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.button.debounce import Debounce, Gesture

PRESS, LONG, STUCK, FREED = Gesture.PRESS, Gesture.LONG_PRESS, Gesture.STUCK, Gesture.FREED


def contact(long_press_s: float = 0.0, stuck_s: float = 30.0) -> Debounce:
    return Debounce(debounce_s=0.03, long_press_s=long_press_s, stuck_s=stuck_s)


def play(
    contact: Debounce, edges: list[tuple[float, int]], end_s: float = 100.0
) -> list[tuple[float, Gesture]]:
    """Feed edges and call `step` exactly when it is due; the gestures with the time of the call."""
    told: list[tuple[float, Gesture]] = []
    for at_s, down in [*edges, (end_s, -1)]:
        while (due_s := contact.due_s()) is not None and due_s < at_s:
            told += [(round(due_s, 6), gesture) for gesture in contact.step(due_s)]
        if down >= 0:
            told += [(at_s, gesture) for gesture in contact.edge(bool(down), at_s)]
    return told


SHORT = {
    "clean": ([(1.0, 1), (1.2, 0)], [(1.03, PRESS)]),
    "nothing": ([], []),
    "bounces as it closes": (
        [(1.0, 1), (1.002, 0), (1.005, 1), (1.009, 0), (1.011, 1), (1.3, 0)],
        [(1.041, PRESS)],
    ),
    "bounces as it opens": (
        [(1.0, 1), (1.2, 0), (1.203, 1), (1.206, 0), (1.21, 1), (1.214, 0)],
        [(1.03, PRESS)],
    ),
    "too short": ([(1.0, 1), (1.02, 0)], []),
    "just too short": ([(1.0, 1), (1.0299, 0)], []),
    "just long enough": ([(1.0, 1), (1.0301, 0)], [(1.03, PRESS)]),
    "noise": ([(1.0, 1), (1.01, 0), (1.02, 1), (1.03, 0), (1.04, 1), (1.05, 0)], []),
    "a short opening while held": ([(1.0, 1), (1.2, 0), (1.22, 1), (1.5, 0)], [(1.03, PRESS)]),
    "two presses": ([(1.0, 1), (1.1, 0), (1.2, 1), (1.3, 0)], [(1.03, PRESS), (1.23, PRESS)]),
    "the same level twice": ([(1.0, 1), (1.01, 1), (1.2, 0), (1.21, 0)], [(1.03, PRESS)]),
    "stuck": ([(1.0, 1)], [(1.03, PRESS), (31.0, STUCK)]),
    "stuck and freed": ([(1.0, 1), (40.0, 0)], [(1.03, PRESS), (31.0, STUCK), (40.03, FREED)]),
    "not quite stuck": ([(1.0, 1), (30.99, 0)], [(1.03, PRESS)]),
}


@pytest.mark.parametrize(("edges", "told"), SHORT.values(), ids=SHORT.keys())
def test_presses(edges: list[tuple[float, int]], told: list[tuple[float, Gesture]]) -> None:
    assert play(contact(), edges) == told


LONGER = {
    "short is told at its release": ([(1.0, 1), (1.4, 0)], [(1.43, PRESS)]),
    "long is told while held, once": ([(1.0, 1), (3.0, 0)], [(2.0, LONG)]),
    "just not long": ([(1.0, 1), (1.99, 0)], [(2.02, PRESS)]),
    "too short": ([(1.0, 1), (1.02, 0)], []),
    "length counts from the last bounce": ([(1.0, 1), (1.01, 0), (1.02, 1), (2.01, 0)], [(2.04, PRESS)]),
    "an opening too short to count": ([(1.0, 1), (1.5, 0), (1.51, 1), (2.5, 0)], [(2.0, LONG)]),
    "long, then stuck, then freed": ([(1.0, 1), (50.0, 0)], [(2.0, LONG), (31.0, STUCK), (50.03, FREED)]),
    "long, then short": ([(1.0, 1), (2.5, 0), (3.0, 1), (3.2, 0)], [(2.0, LONG), (3.23, PRESS)]),
}


@pytest.mark.parametrize(("edges", "told"), LONGER.values(), ids=LONGER.keys())
def test_long_presses(edges: list[tuple[float, int]], told: list[tuple[float, Gesture]]) -> None:
    assert play(contact(long_press_s=1.0), edges) == told


def test_a_busy_loop_loses_no_press_and_no_length() -> None:
    """All edges of two seconds come at once, with their own times and no step between."""
    late = contact(long_press_s=1.0)
    edges = [(1.0, 1), (1.2, 0), (1.3, 1), (2.5, 0)]
    told = [gesture for at_s, down in edges for gesture in late.edge(bool(down), at_s)] + late.step(3.0)
    assert told == [PRESS, LONG]


def test_a_late_step_tells_long_and_stuck_in_order() -> None:
    late = contact(long_press_s=1.0)
    late.edge(True, 1.0)
    assert late.step(60.0) == [LONG, STUCK]


def test_a_contact_closed_at_the_start_is_no_press() -> None:
    closed = contact(long_press_s=1.0)
    closed.start(True, 5.0)
    assert play(closed, [(6.0, 0), (7.0, 1), (7.2, 0)]) == [(7.23, PRESS)]


def test_a_contact_closed_at_the_start_gets_stuck() -> None:
    closed = contact()
    closed.start(True, 5.0)
    assert play(closed, [(50.0, 0)]) == [(35.0, STUCK), (50.03, FREED)]


def test_starting_again_forgets() -> None:
    again = contact()
    again.edge(True, 1.0)
    again.start(False, 2.0)
    assert (again.step(9.0), again.due_s()) == ([], None)


def test_time_that_goes_back_counts_as_now() -> None:
    back = contact()
    back.edge(True, 10.0)
    back.edge(False, 9.0)
    back.edge(True, 9.5)
    assert back.due_s() == pytest.approx(10.03)


edge_lists = st.lists(
    st.tuples(st.floats(0.0001, 40.0) | st.floats(0.0001, 0.05), st.integers(0, 1)), max_size=60
)


@given(edge_lists, st.sampled_from([0.0, 1.0]))
def test_at_most_one_gesture_a_rest_and_stuck_is_always_freed(
    steps: list[tuple[float, int]], long_press_s: float
) -> None:
    now_s = 0.0
    edges: list[tuple[float, int]] = []
    for pause_s, down in steps:
        now_s += pause_s
        edges.append((now_s, down))
    edges.append((now_s + 1.0, 0))
    gestures = [gesture for _, gesture in play(contact(long_press_s), edges, now_s + 100.0)]
    changes = sum(1 for _, down in edges if down)
    assert sum(gesture in (PRESS, LONG) for gesture in gestures) <= changes
    troubles = [gesture for gesture in gestures if gesture in (STUCK, FREED)]
    assert troubles == [STUCK, FREED] * (len(troubles) // 2)
