"""The speed of hall time is changed while the hall runs: it never jumps or goes back, and is everybody's."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import os
import random
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from edge.pace import LEAD_S, Pace, PacedClock, Run, RunLines, run_of

NOON_S = 1_795_838_400.0
BEGAN_S = 500.0
FIRST = Run(NOON_S, BEGAN_S, 1.0)


class Life:
    """Time of life moved by hand, and what was to be done in it: as much of a loop as timers need."""

    def __init__(self) -> None:
        self.now_s = BEGAN_S
        self._due: list[tuple[float, int, Entry]] = []
        self._order = itertools.count()
        self.woken = 0

    def call_later(self, delay_s: float, action: Callable[[], object]) -> Entry:
        entry = Entry(action)
        heapq.heappush(self._due, (self.now_s + delay_s, next(self._order), entry))
        return entry

    def until(self, then_s: float) -> None:
        while self._due and self._due[0][0] <= then_s:
            self.now_s, _, entry = heapq.heappop(self._due)
            if not entry.cancelled:
                self.woken += 1
                entry.action()
        self.now_s = then_s

    def pass_s(self, seconds: float) -> None:
        self.until(self.now_s + seconds)


class Entry:
    def __init__(self, action: Callable[[], object]) -> None:
        self.action = action
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


@pytest.fixture()
def life() -> Life:
    return Life()


@pytest.fixture()
def pace(life: Life) -> Pace:
    return Pace(FIRST, lambda: life.now_s)


def test_another_speed_begins_a_moment_later_where_the_first_has_come(life: Life, pace: Pace) -> None:
    life.pass_s(10)
    pace.turn(60.0)
    assert pace.speed == 60.0
    life.pass_s(LEAD_S)
    assert pace.hall_s() == pytest.approx(NOON_S + 10 + LEAD_S)
    life.pass_s(2)
    assert pace.hall_s() == pytest.approx(NOON_S + 10 + LEAD_S + 120)
    pace.turn(0.5)
    life.pass_s(LEAD_S + 4)
    assert pace.hall_s() == pytest.approx(NOON_S + 10 + LEAD_S + 120 + 60 * LEAD_S + 2)


@pytest.mark.parametrize("seed", range(20))
def test_all_show_the_same_time_however_often_it_is_turned_and_nobodys_goes_back(
    life: Life, seed: int
) -> None:
    rng = random.Random(seed)
    bench, node = (Pace(FIRST, lambda: life.now_s) for _ in range(2))
    last_s, heard_s = 0.0, life.now_s
    for _ in range(200):
        if rng.random() < 0.3:
            run = bench.turn(rng.choice([0.1, 1.0, 60.0, 200.0]))
            heard_s = max(heard_s, life.now_s + rng.uniform(0, LEAD_S * 0.99))  # a pipe keeps the order
            life.call_later(heard_s - life.now_s, partial(node.add, run_of(str(run))))
        life.pass_s(rng.expovariate(3))
        node_s = node.hall_s()
        assert node_s >= last_s
        assert node_s == pytest.approx(bench.hall_s(), abs=1e-4)
        last_s = node_s


def test_who_hears_too_late_of_a_slower_time_stands_still_until_it_has_caught_up(
    life: Life, pace: Pace
) -> None:
    fast, slow = Run(NOON_S, BEGAN_S, 100.0), Run(NOON_S + 100, BEGAN_S + 1, 1.0)
    pace.add(fast)
    life.pass_s(1.5)
    before_s = pace.hall_s()
    pace.add(slow)
    assert before_s == pace.hall_s() == NOON_S + 150
    life.pass_s(49)
    assert pace.hall_s() == NOON_S + 150
    life.pass_s(1)
    assert pace.hall_s() == pytest.approx(NOON_S + 150.5)


@pytest.mark.parametrize("speed", [0.1, 2.0, 60.0])
def test_what_is_due_in_an_hour_of_the_hall_comes_then_at_any_speed(
    life: Life, pace: Pace, speed: float
) -> None:
    clock = PacedClock(pace)
    done: list[float] = []
    clock.call_later(life, 3600.0, lambda: done.append(pace.hall_s()))  # type: ignore[arg-type]
    life.pass_s(60)
    pace.turn(speed)
    life.pass_s(LEAD_S + (3540 - LEAD_S) / speed - 0.001)
    assert not done
    life.pass_s(0.002)
    assert done == [pytest.approx(NOON_S + 3600, abs=0.2)]
    assert life.woken <= 4, "nothing polls"
    life.pass_s(10_000)
    assert len(done) == 1


def test_what_was_called_off_does_not_come_and_is_not_kept(life: Life, pace: Pace) -> None:
    timer = pace.call_later(life, 5.0, lambda: pytest.fail("called off"))  # type: ignore[arg-type]
    timer.cancel()
    timer.cancel()
    pace.turn(60.0)
    life.pass_s(100)
    assert life.woken == 0


def test_a_process_that_starts_in_between_is_told_both_runs(life: Life, pace: Pace) -> None:
    for speed in (60.0, 2.0, 1.0):
        pace.turn(speed)
        life.pass_s(LEAD_S * 2)
    pace.turn(5.0)
    late = Pace(pace.runs[0], lambda: life.now_s)
    for run in pace.runs[1:]:
        late.add(run)
    assert [run.speed for run in late.runs] == [1.0, 5.0]
    for seconds in (0.0, LEAD_S / 2, LEAD_S, 60.0):
        life.pass_s(seconds)
        assert late.hall_s() == pytest.approx(pace.hall_s())


@pytest.mark.parametrize(
    "text", ["", "now", "1,2", "1,2,0", "1,2,x", "1,2,3,4", "1,2,nan", "inf,0,1", "1,2,5000"]
)
def test_what_is_no_run_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="a clock"):
        run_of(text)


async def turns() -> None:
    """Let the loop look at its descriptors: what was written to a pipe is there at once."""
    for _ in range(3):
        await asyncio.sleep(0)


def test_runs_come_as_lines_and_what_is_none_is_passed_over(caplog: Any) -> None:
    async def body() -> None:
        loop = asyncio.get_running_loop()
        ours, theirs = os.pipe()
        now_s = loop.time()
        os.write(theirs, f"{Run(NOON_S, now_s, 1.0)}\n{Run(NOON_S, now_s, 2.0)}\n1,2".encode())
        lines = RunLines(ours)
        pace = lines.first()
        lines.follow(pace, loop)
        assert pace.speed == 2.0
        os.write(theirs, b"3,4\nrubbish \xff\n" + f"{Run(NOON_S, now_s, 30.0)}\n".encode())
        await turns()
        assert pace.speed == 30.0
        os.close(theirs)
        await turns()
        assert not loop.remove_reader(ours), "it has seen the end"
        os.close(ours)

    asyncio.run(body())
    (told,) = caplog.messages
    assert told.startswith("not heeded: a clock is START,ORIGIN,SPEED, three numbers, and not 'rubbish")


def test_no_line_at_all_is_said() -> None:
    ours, theirs = os.pipe()
    os.close(theirs)
    with pytest.raises(ValueError, match="a clock is START,ORIGIN,SPEED, three numbers, and not ''"):
        RunLines(ours).first()
    os.close(ours)


def test_a_node_without_a_clock_of_its_own_loads_none_of_it() -> None:
    program = "import sys, edge.run_node as run; run._clock(''); print('edge.pace' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
