"""An evaluator as the citizen knows it: a lamp, keys with grades, a thank-you.

Rules
1. A pressed grade goes out every `repeat_s` until it is acknowledged, at most `repeats_max` times.
2. The thank-you shows only after the acknowledgement, for `thanks_s`; then the lamp goes out.
3. The lamp goes on when the host starts an evaluation or the keypad's own key is overheard, and off by
   itself after `open_s`. The keys work with the lamp on or off, as on a real pad.
"""

from __future__ import annotations

from enum import Enum

from simulators.faults import Faults
from simulators.trouble import CannotBe


class Lamp(Enum):
    OFF = "off"
    OPEN = "open"
    SENDING = "sending"
    THANKS = "thanks"


class EvaluatorModel:
    """No bytes. `step` returns the grade that must be sent now."""

    def __init__(
        self,
        faults: Faults,
        *,
        grades: int,
        repeat_s: float,
        repeats_max: int,
        open_s: float,
        thanks_s: float,
    ) -> None:
        self.faults = faults
        self.lamp = Lamp.OFF
        self.grades = grades
        self.opened = 0
        self.thanked = 0
        self.given_up = 0
        self.sent = 0
        self.last: int | None = None
        self.next_s: float | None = None
        self._repeat_s = repeat_s
        self._repeats_max = repeats_max
        self._open_s = open_s
        self._thanks_s = thanks_s
        self._grade: int | None = None
        self._tries = 0

    def open(self, now_s: float) -> None:
        """Ask for a rating. A grade just being sent goes on being sent."""
        if self.faults.refuse or self.lamp is Lamp.SENDING:
            return
        if self.lamp is not Lamp.OPEN:
            self.opened += 1
        self.lamp, self.next_s = Lamp.OPEN, now_s + self._open_s

    def check(self, grade: int) -> None:
        """Raises CannotBe for a key that the pad has not."""
        if not 0 <= grade < self.grades:
            raise CannotBe(f"this pad has the grades 0 to {self.grades - 1}, not {grade}")

    def press(self, grade: int, now_s: float) -> None:
        """A citizen presses a key. Raises CannotBe for a key that the pad has not."""
        self.check(grade)
        self.last = grade
        if self.faults.refuse or self.faults.dead or self.lamp is Lamp.SENDING:
            return
        self._grade, self._tries = grade, 0
        self.lamp, self.next_s = Lamp.SENDING, now_s

    def step(self, now_s: float) -> int | None:
        """The grade that goes out now, or None."""
        if self.next_s is None or now_s < self.next_s:
            return None
        if self.lamp is not Lamp.SENDING:
            self._off()
            return None
        if self._tries > self._repeats_max and not self.faults.stuck:
            self.given_up += 1
            self._off()
            return None
        self._tries += 1
        self.sent += 1
        self.next_s = now_s + self._repeat_s
        return self._grade

    def acknowledge(self, grade: int | None, now_s: float) -> None:
        """The host has it: a grade, or None where the acknowledgement names none."""
        if self.lamp is not Lamp.SENDING or self.faults.stuck or grade not in (None, self._grade):
            return
        self.thanked += 1
        self._grade = None
        self.lamp, self.next_s = Lamp.THANKS, now_s + self._thanks_s

    def power_cut(self) -> None:
        """All is forgotten."""
        self._off()

    def _off(self) -> None:
        self.lamp, self.next_s, self._grade = Lamp.OFF, None, None
