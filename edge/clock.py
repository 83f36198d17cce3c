"""The two clocks of a node.

Durations come from the monotonic clock. The hall's own time (business day, numbers on slips, waits) is a
wall clock that never goes back while the hall runs: a Pi has no clock battery, and time servers step.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

log = logging.getLogger("hall.clock")

JUMP_S = 5.0
"""A difference of the system clock that is told in the log; smaller ones are everyday slewing."""

CATCH_UP = 0.1
"""While the hall's time is ahead of a clock that was set back, it runs slower by this part."""


class HallClock:
    """Hall time: follows the system clock forward at once, and never goes back.

    After the system clock was set back, hall time goes on by the monotonic clock, a tenth slower, until
    the two meet again. `floor_s` is the latest hall time already used (from the journal), so that a
    restart does not go back either. A demonstration gives `wall` and `monotonic` that run faster than life.
    """

    def __init__(
        self,
        *,
        floor_s: float = 0.0,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        speed: float = 1.0,
    ) -> None:
        self.speed = speed
        self._wall = wall
        self._monotonic = monotonic
        self._mono_s = monotonic()
        self._hall_s = max(floor_s, wall())
        self._ahead = False

    def now_s(self) -> float:
        """Hall time as Unix seconds."""
        mono_s, wall_s = self._monotonic(), self._wall()
        passed_s = mono_s - self._mono_s
        self._mono_s = mono_s
        expected_s = self._hall_s + passed_s
        if wall_s >= self._hall_s + passed_s * (1 - CATCH_UP):
            self._say_forward(wall_s - expected_s)
            self._hall_s, self._ahead = wall_s, False
        else:
            self._say_back(expected_s - wall_s)
            self._hall_s += passed_s * (1 - CATCH_UP)
        return self._hall_s

    def now_ms(self) -> int:
        """Hall time as Unix milliseconds."""
        return int(self.now_s() * 1000)

    def real_s(self, hall_s: float) -> float:
        """How long `hall_s` seconds of hall time take in the world."""
        return hall_s / self.speed

    def raise_floor(self, floor_s: float) -> None:
        """Hall time `floor_s` was used before this start: do not go back behind it."""
        if floor_s > self._hall_s:
            self._hall_s = floor_s

    def _say_forward(self, jump_s: float) -> None:
        if jump_s > JUMP_S and not self._ahead:
            log.warning("the system clock went %.0f s forward; the hall's time follows it", jump_s)

    def _say_back(self, jump_s: float) -> None:
        if jump_s > JUMP_S and not self._ahead:
            log.warning(
                "the system clock is %.0f s behind the hall's time; the hall lets it catch up", jump_s
            )
            self._ahead = True


def faster(start_s: float, origin_s: float, speed: float) -> HallClock:
    """A hall that runs `speed` times as fast as life: it was `start_s` when the system clock was `origin_s`.

    Every process of a demonstration is given the same three numbers and so shows the same time.
    """
    offset_s = time.time() - time.monotonic()

    def hall_s() -> float:
        return start_s + (time.monotonic() + offset_s - origin_s) * speed

    return HallClock(wall=hall_s, monotonic=hall_s, speed=speed)
