"""From the level of a contact to presses: pure, time is an argument.

A contact bounces: it opens and closes for some milliseconds before it rests.

    contact   ____|‾|_|‾|__|‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾|_|‾|________
    accepted  ___________________|‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾|____
                           <-----> debounce_s     <-----> debounce_s

Rules
1. A level is accepted when it has rested for `debounce_s`; a press is as long as the contact rested
   closed, not as long as it was accepted.
2. Without long presses (`long_press_s` 0) a press is told as soon as it is accepted. With them a short
   press is told at its release and a long one while it is held, never both.
3. A contact held for `stuck_s` is stuck, and freed when it opens.
4. A contact that is closed at the start is no press: it may be a short circuit.
5. Time never goes back: an event with an earlier time counts as now.

    UP --accepted--> HELD --long_press_s--> LONG      HELD, LONG, IGNORED --stuck_s--> STUCK
    any --released--> UP                              start, closed --> IGNORED
"""

from __future__ import annotations

from enum import Enum


class Gesture(Enum):
    """What somebody, or something, did to the button."""

    PRESS = "press"
    LONG_PRESS = "long_press"
    STUCK = "stuck"
    FREED = "freed"


class _Phase(Enum):
    UP = "up"
    HELD = "held"
    LONG = "long"
    IGNORED = "ignored"
    STUCK = "stuck"


class Debounce:
    """One contact. All times are monotonic seconds."""

    def __init__(self, *, debounce_s: float, long_press_s: float, stuck_s: float) -> None:
        self._debounce_s = debounce_s
        self._long_press_s = long_press_s
        self._stuck_s = stuck_s
        self.start(False, 0.0)

    def start(self, down: bool, now_s: float) -> None:
        """Begin anew with the contact as it is found."""
        self._phase = _Phase.IGNORED if down else _Phase.UP
        self._down = self._raw = down
        self._raw_since_s = self._down_since_s = self._now_s = now_s

    def edge(self, down: bool, at_s: float) -> list[Gesture]:
        """The contact closed or opened at `at_s`."""
        gestures = self.step(at_s)
        if down != self._raw:
            self._raw = down
            self._raw_since_s = self._now_s
        return gestures

    def step(self, now_s: float) -> list[Gesture]:
        """Time has passed."""
        self._now_s = max(self._now_s, now_s)
        gestures: list[Gesture] = []
        if self._raw != self._down and self._now_s >= self._raw_since_s + self._debounce_s:
            self._down = self._raw
            gestures += self._pressed() if self._down else self._released()
        if self._down and self._raw:
            gestures += self._held()
        return gestures

    def due_s(self) -> float | None:
        """When `step` has work to do."""
        if self._raw != self._down:
            return self._raw_since_s + self._debounce_s
        if not self._down or self._phase is _Phase.STUCK:
            return None
        is_long_next = self._phase is _Phase.HELD and self._long_press_s > 0
        return self._down_since_s + (self._long_press_s if is_long_next else self._stuck_s)

    def _pressed(self) -> list[Gesture]:
        self._phase = _Phase.HELD
        self._down_since_s = self._raw_since_s
        return [] if self._long_press_s else [Gesture.PRESS]

    def _released(self) -> list[Gesture]:
        phase, self._phase = self._phase, _Phase.UP
        if phase is _Phase.STUCK:
            return [Gesture.FREED]
        return [Gesture.PRESS] if phase is _Phase.HELD and self._long_press_s else []

    def _held(self) -> list[Gesture]:
        gestures: list[Gesture] = []
        if self._phase is _Phase.HELD and self._long_press_s and self._has_passed(self._long_press_s):
            self._phase = _Phase.LONG
            gestures.append(Gesture.LONG_PRESS)
        if self._phase is not _Phase.STUCK and self._has_passed(self._stuck_s):
            self._phase = _Phase.STUCK
            gestures.append(Gesture.STUCK)
        return gestures

    def _has_passed(self, held_s: float) -> bool:
        """The same sum as in `due_s`: the difference of the two times may fall short of it by a rounding."""
        return self._now_s >= self._down_since_s + held_s
