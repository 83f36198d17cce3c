"""Hall time that runs faster than life, or slower, and whose speed may be changed while the hall runs.

Only a demonstration and the bench have it: a node without `--clock` never loads this. All processes of such
a hall are told the same runs, three numbers each, and so show the same time. A new run begins `LEAD_S` after
it is told, at the time to which the one before has come by then: nobody's time jumps, and nobody's goes back.
Who hears of a slower run too late stands still until it has caught up.

Wires, devices, deadlines of requests and all else that is counted in seconds of life stay as they are.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
from collections.abc import Callable
from typing import Final, NamedTuple

from edge.clock import HallClock, Timer, steady

log = logging.getLogger("hall.clock")

LEAD_S: Final = 0.5
"""From the word of a new run to its beginning: longer than a word takes to a process of this machine."""
SLOWEST, FASTEST = 0.01, 1000.0
_READ_BYTES: Final = 4096


class Run(NamedTuple):
    """Hall time is `start_s` when the system clock is `origin_s`, and goes `speed` times as fast since."""

    start_s: float
    origin_s: float
    speed: float

    def at(self, system_s: float) -> float:
        """Hall time at a time of the system clock."""
        return self.start_s + (system_s - self.origin_s) * self.speed

    def __str__(self) -> str:
        return f"{self.start_s!r},{self.origin_s!r},{self.speed!r}"


def run_of(text: str) -> Run:
    """A run as its own `str` writes it. Raises ValueError with a plain sentence."""
    try:
        start_s, origin_s, speed = (float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"a clock is START,ORIGIN,SPEED, three numbers, and not {text!r}") from None
    if not SLOWEST <= speed <= FASTEST or not math.isfinite(start_s + origin_s):
        raise ValueError(f"a clock's speed is {SLOWEST:g} to {FASTEST:g}, and not that of {text!r}")
    return Run(start_s, origin_s, speed)


class Pace:
    """Hall time by its runs. `system_s` is a system clock that nobody sets."""

    def __init__(self, first: Run, system_s: Callable[[], float]) -> None:
        self._system_s = system_s
        self._runs = [first]
        self._hall_s = float("-inf")
        self._timers: set[_Timer] = set()

    @property
    def runs(self) -> list[Run]:
        """What a process that starts now has to know: the run in force, and those that begin later."""
        now_s = self._system_s()
        return [self._run(now_s), *self._ahead(now_s)]

    @property
    def speed(self) -> float:
        """Of the newest run."""
        return self._runs[-1].speed

    def hall_s(self) -> float:
        """Hall time as Unix seconds; it never goes back."""
        now_s = self._system_s()
        self._hall_s = max(self._hall_s, self._run(now_s).at(now_s))
        return self._hall_s

    def turn(self, speed: float) -> Run:
        """Begin to go so fast, `LEAD_S` from now. Returns the run, to be told to the others."""
        origin_s = self._system_s() + LEAD_S
        run = Run(self._run(origin_s).at(origin_s), origin_s, speed)
        self.add(run)
        return run

    def add(self, run: Run) -> None:
        """A run that follows all known ones."""
        self._runs = [*self.runs, run]
        for timer in list(self._timers):
            timer.aim()

    def call_later(
        self, loop: asyncio.AbstractEventLoop, delay_s: float, action: Callable[[], object]
    ) -> Timer:
        """Run `action` when `delay_s` seconds of hall time have passed, however fast they pass."""
        timer = _Timer(self, loop, self.hall_s() + delay_s, action)
        self._timers.add(timer)
        timer.aim()
        return timer

    def wait_s(self, due_s: float) -> float:
        """How long to wait before looking again whether it is `due_s`: until then, or the next run."""
        now_s = self._system_s()
        waits = [(due_s - self.hall_s()) / self._run(now_s).speed]
        waits += [run.origin_s - now_s for run in self._ahead(now_s)]
        return max(min(waits), 0.0)

    def forget(self, timer: _Timer) -> None:
        """It is over."""
        self._timers.discard(timer)

    def _run(self, system_s: float) -> Run:
        """The one in force then; before the first it is the first."""
        return next((run for run in reversed(self._runs) if run.origin_s <= system_s), self._runs[0])

    def _ahead(self, system_s: float) -> list[Run]:
        return [run for run in self._runs[1:] if run.origin_s > system_s]


def pace_of(text: str) -> Pace:
    """A pace on the clock of this machine. Raises ValueError with a plain sentence."""
    return Pace(run_of(text), steady())


class _Timer:
    """An action at a time of the hall."""

    def __init__(
        self, pace: Pace, loop: asyncio.AbstractEventLoop, due_s: float, action: Callable[[], object]
    ) -> None:
        self._pace, self._loop, self._due_s, self._action = pace, loop, due_s, action
        self._handle: asyncio.TimerHandle | None = None

    def aim(self) -> None:
        """As the pace is now."""
        if self._handle is not None:
            self._handle.cancel()
        self._handle = self._loop.call_later(self._pace.wait_s(self._due_s), self._look)

    def cancel(self) -> None:
        """Not any more. Twice is fine."""
        self._pace.forget(self)
        if self._handle is not None:
            self._handle.cancel()

    def _look(self) -> None:
        if self._pace.hall_s() < self._due_s:
            self.aim()
        else:
            self._pace.forget(self)
            self._action()


class PacedClock(HallClock):
    """The hall time of a node in such a hall."""

    def __init__(self, pace: Pace, made_s: float = 0.0) -> None:
        super().__init__(made_s=made_s, wall=pace.hall_s, monotonic=pace.hall_s, trusted=lambda: False)
        self._pace = pace

    def call_later(
        self, loop: asyncio.AbstractEventLoop, delay_s: float, action: Callable[[], object]
    ) -> Timer:
        return self._pace.call_later(loop, delay_s, action)


class RunLines:
    """Runs that come as lines on a descriptor: standard input, whose other end the bench holds."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._rest = b""

    def first(self) -> Pace:
        """Wait for the first line. Raises ValueError with a plain sentence."""
        while b"\n" not in self._rest and (data := os.read(self._descriptor, _READ_BYTES)):
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return pace_of(line.decode("ascii", "replace"))

    def follow(self, pace: Pace, loop: asyncio.AbstractEventLoop) -> None:
        """Take in those that come later, until the other end is closed."""
        self._take(pace)
        loop.add_reader(self._descriptor, self._read, pace, loop)

    def _read(self, pace: Pace, loop: asyncio.AbstractEventLoop) -> None:
        data = os.read(self._descriptor, _READ_BYTES)
        if not data:
            loop.remove_reader(self._descriptor)
        self._rest = (self._rest + data)[-_READ_BYTES:]
        self._take(pace)

    def _take(self, pace: Pace) -> None:
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            try:
                pace.add(run_of(line.decode("ascii", "replace")))
            except ValueError as error:
                log.error("not heeded: %s", error)
