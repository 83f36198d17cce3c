"""The two clocks of a node, and what is to be done later by them.

Durations come from the monotonic clock. The hall's own time (business day, numbers on slips, waits) is a wall
clock: a Pi has no battery for it, time servers step it, and people set it by hand. What the hall makes of it:

1. It starts at the latest time that is known: of the system clock, of the journal, of the release.
2. A clock that is set is followed, forward and back, and the rules move along what was stamped before it was
   (`edge/hall/days.py`). Not followed is a clock from before the release was made, and one set back by more
   than a day, unless that undoes a step or the system trusts it: such is a machine that has just been
   switched on and knows no time yet. Then the hall goes on beside its clock.
3. For less than `JUMP_S` the hall never goes back: it waits for its clock, going a tenth slower.
4. Only the coordinator's clock counts. The other nodes take the hall's time from what it says. Its word may
   come late, never early: one ahead of us is right, and one that is less than `JUMP_S` behind moves us by no
   more than clocks drift.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple, Protocol, TypeAlias

log = logging.getLogger("hall.clock")

JUMP_S: Final = 5.0
"""A step of the system clock that is told and followed; smaller ones are everyday slewing."""
CATCH_UP: Final = 0.1
"""While the hall's time is ahead of its clock, it runs slower by this part."""
DRIFT: Final = 500e-6
"""No two clocks drift apart by a larger part."""
BELIEVED_S: Final = 86_400.0
"""No clock is believed that was set back by more, but for the reasons of rule 2."""
LATEST_S: Final = 4_102_444_800.0
"""The year 2100, where the times of the contract end."""
TRUST: Final = Path("/run/systemd/timesync/synchronized")
"""Made by the system when a time server has set its clock since it was switched on."""


class Step(NamedTuple):
    """The hall's time was set by `by_s` and is `at_s` since. The wrong clock stamped all after `since_s`."""

    at_s: float
    by_s: float
    since_s: float


class Timer(Protocol):
    """Something that will be done."""

    def cancel(self) -> None:
        """It will not be done any more. Twice is fine."""


CallLater: TypeAlias = Callable[[float, Callable[[], object]], Timer]


class HallClock:
    """Hall time, by the rules above.

    `floor_s`: the latest hall time that is known. `made_s`: no earlier one can be. `trusted` tells whether
    the system trusts its clock. A demonstration has a clock whose time runs faster (`edge/pace.py`).
    `steps`: by what the hall's time was set, for the coordinator to tell the rules.
    """

    def __init__(
        self,
        *,
        floor_s: float = 0.0,
        made_s: float = 0.0,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        trusted: Callable[[], bool] = TRUST.exists,
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._trusted = trusted
        self._made_s = made_s
        self._mono_s, self._wall_s = monotonic(), wall()
        self._hall_s = max(floor_s, made_s, self._wall_s if self._wall_s <= LATEST_S else 0.0)
        self._is_known = floor_s > made_s or made_s <= self._wall_s <= LATEST_S
        self._unset_s = self._hall_s  # what it would be if nobody had set the clock
        self._since_s = 0.0 if trusted() else self._hall_s  # 0: all that was ever stamped
        self._is_led = False
        self._led_s = self._mono_s  # when the coordinator's word was taken last
        self._told = False
        self.steps: deque[Step] = deque(maxlen=100)

    def now_s(self) -> float:
        """Hall time as Unix seconds."""
        mono_s, wall_s = self._monotonic(), self._wall()
        passed_s = mono_s - self._mono_s
        was_set_back = wall_s - self._wall_s - passed_s < -JUMP_S
        self._mono_s, self._wall_s = mono_s, wall_s
        self._hall_s += passed_s
        self._unset_s += passed_s
        ahead_s = self._hall_s - wall_s
        if self._is_led:
            return self._hall_s
        if not self._is_believed(wall_s):
            self._warn("the system clock says %s, which cannot be; the hall goes on beside it", wall_s)
        elif ahead_s <= 0.0 or (was_set_back and ahead_s > JUMP_S):
            self._set(wall_s)
        else:
            if ahead_s > JUMP_S:
                self._warn("the hall's time is ahead of the system clock, %s; it lets it catch up", wall_s)
            self._hall_s = max(wall_s, self._hall_s - passed_s * CATCH_UP)
        return self._hall_s

    def now_ms(self) -> int:
        """Hall time as Unix milliseconds."""
        return int(self.now_s() * 1000)

    def known_ms(self) -> int:
        """Hall time as Unix milliseconds, and 0 while nothing but the release says which year it is."""
        now_ms = self.now_ms()
        return now_ms if self._is_known else 0

    def call_later(
        self, loop: asyncio.AbstractEventLoop, delay_s: float, action: Callable[[], object]
    ) -> Timer:
        """Run `action` when `delay_s` seconds of hall time have passed."""
        return loop.call_later(delay_s, action)

    def raise_floor(self, floor_s: float) -> None:
        """Hall time `floor_s` was used before this start: do not go back behind it.

        What the clock was set by before that is no matter of the hall, whose stamps are all of before.
        """
        self.steps.clear()
        if floor_s > self._hall_s:
            self._is_known = True
            self._hall_s = self._unset_s = floor_s
            self._since_s = floor_s if self._since_s else 0.0

    def led_ms(self) -> int:
        """Hall time as Unix milliseconds, where it was taken from a coordinator; else 0."""
        return self.now_ms() if self._is_led else 0

    def witnessed(self, hall_s: float) -> None:
        """Another node took this time from a coordinator that is over: what the system trusts says more."""
        if not self._trusted() and hall_s <= LATEST_S:
            self.raise_floor(hall_s)

    def look(self) -> None:
        """Every minute: what the system trusts now is believed, whatever was thought of it before."""
        self.now_s()
        if self._trusted() and not self._is_led:
            if self._made_s <= self._wall_s <= LATEST_S and self._hall_s - self._wall_s > JUMP_S:
                self._set(self._wall_s)
            self._unset_s = self._hall_s
            self._since_s = 0.0

    def follow(self, hall_s: float) -> None:
        """The coordinator said, a moment ago, that it is `hall_s`: its clock counts, and ours does not."""
        off_s = self.now_s() - hall_s
        if abs(off_s) > JUMP_S:
            log.warning("the clock here was %.0f s off; this node takes the time from the hall", off_s)
        elif off_s > 0:
            off_s = min(off_s, DRIFT * (self._mono_s - self._led_s))
        self._hall_s -= off_s
        self._is_led = self._is_known = True
        self._led_s = self._mono_s

    def _is_believed(self, wall_s: float) -> bool:
        if not self._made_s <= wall_s <= LATEST_S:
            return False
        return wall_s >= min(self._hall_s, self._unset_s - BELIEVED_S)

    def _set(self, wall_s: float) -> None:
        by_s = wall_s - self._hall_s
        self._hall_s, self._told, self._is_known = wall_s, False, True
        if abs(by_s) > JUMP_S:
            way = "forward" if by_s > 0 else "back"
            log.warning("the clock was set %.0f s %s: the hall follows, and its waits stay", abs(by_s), way)
            self.steps.append(Step(wall_s, by_s, self._since_s))
            self._since_s = 0.0

    def _warn(self, text: str, wall_s: float) -> None:
        """Once, until the clock is followed again."""
        if not self._told:
            self._told = True
            log.warning(text, time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(wall_s)))


class Timers:
    """What a node is to do later: none of it after `stop`."""

    def __init__(self, clock: HallClock, loop: asyncio.AbstractEventLoop) -> None:
        self._clock = clock
        self._loop = loop
        self._waiting: set[Timer] = set()

    def later(self, delay_s: float, action: Callable[[], None]) -> None:
        """Run `action` in `delay_s` seconds of hall time."""
        self._set(partial(self._clock.call_later, self._loop), delay_s, action)

    def after(self, delay_s: float, action: Callable[[], None]) -> None:
        """Run `action` in `delay_s` seconds."""
        self._set(self._loop.call_later, delay_s, action)

    def _set(self, call_later: CallLater, delay_s: float, action: Callable[[], None]) -> None:
        def due() -> None:
            self._waiting.discard(timer)
            action()

        timer = call_later(delay_s, due)
        self._waiting.add(timer)

    def stop(self) -> None:
        """Whatever still waits is not done any more."""
        for timer in self._waiting:
            timer.cancel()


def steady() -> Callable[[], float]:
    """The system clock as it is now, in Unix seconds, going on as the monotonic one does: nobody sets it."""
    offset_s = time.time() - time.monotonic()
    return lambda: time.monotonic() + offset_s
