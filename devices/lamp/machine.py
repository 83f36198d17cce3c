"""Whether a lamp is lit: off, on, or blinking. Pure; time is an argument.

A blink starts lit. Asked to blink again it goes on as it is, so that repeated commands do not freeze it.
"""

from __future__ import annotations

import math

from devices.lamp.messages import LampState


class Lamp:
    """One lamp. `lit(now_s)` may be asked at any time; all times are monotonic seconds."""

    def __init__(self, blink_s: float) -> None:
        self._blink_s = blink_s
        self._state: LampState = "off"
        self._since_s = 0.0

    def set(self, state: LampState, now_s: float) -> None:
        """A command."""
        if state != self._state:
            self._state, self._since_s = state, now_s

    def lit(self, now_s: float) -> bool:
        """Whether it is lit at that time."""
        if self._state == "blink":
            return self._turn(now_s) % 2 == 0
        return self._state == "on"

    def due_s(self, now_s: float) -> float | None:
        """The next time after `now_s` at which `lit` changes by itself."""
        if self._state != "blink":
            return None
        return self._since_s + (self._turn(now_s) + 1) * self._blink_s

    def _turn(self, now_s: float) -> int:
        """Half periods since the start. The least part of a second is forgiven: sums of floats fall short."""
        return math.floor((now_s - self._since_s) / self._blink_s + 1e-6)
