"""A counter keypad as its user knows it: keys, a few digits, a beeper.

Rules
1. Typed digits are held until a function key; then both go out together.
2. What goes out is repeated every `repeat_s` until it is echoed, at most `repeats_max` times; then the
   keypad gives up. Presses meanwhile wait behind it, at most PRESSES_MAX.
3. A stuck key goes out again and again, echoed or not.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

from simulators.faults import Faults
from simulators.trouble import CannotBe

KEYS: Final = ("start", "evaluate", "next", "recall", "cancel", "confirm", "line", "pause", "transfer")
PRESSES_MAX: Final = 8
DIGITS_MAX: Final = 60  # what a frame can hold


class Press(NamedTuple):
    """Digits and the function key that sends them."""

    digits: str
    key: str


class KeypadModel:
    """No bytes. `step` returns what must be sent now."""

    def __init__(self, faults: Faults, repeat_s: float, repeats_max: int) -> None:
        self.faults = faults
        self.shown = ""
        self.beeps = 0
        self.echoed = 0
        self.given_up = 0
        self.was_echoed = True  # the last press that is over; before the first, nothing is missing
        self.sent = 0
        self.last: Press | None = None
        self.next_s: float | None = None
        self._repeat_s = repeat_s
        self._repeats_max = repeats_max
        self._waiting: deque[Press] = deque()
        self._current: Press | None = None
        self._tries = 0

    @property
    def is_busy(self) -> bool:
        """Whether a press still waits for its echo."""
        return self._current is not None or bool(self._waiting)

    @staticmethod
    def check(press: Press) -> None:
        """Raises CannotBe for a key or digits that the keypad has not."""
        if press.key not in KEYS or not all(digit in "0123456789" for digit in press.digits):
            typed = f"{press.digits} {press.key}".strip()
            raise CannotBe(f'this keypad cannot send "{typed}"; use digits, if any, and {" or ".join(KEYS)}')
        if len(press.digits) > DIGITS_MAX:
            raise CannotBe(f"this keypad sends at most {DIGITS_MAX} digits")

    def press(self, press: Press, now_s: float) -> None:
        """A function key goes down. Raises CannotBe for a key or digits that the keypad has not."""
        self.check(press)
        self.last = press
        if self.faults.refuse or self.faults.dead or len(self._waiting) == PRESSES_MAX:
            return
        self._waiting.append(press)
        if self._current is None:
            self._start_next(now_s)

    def step(self, now_s: float) -> Press | None:
        """What goes out now, or None."""
        if self.next_s is None or now_s < self.next_s or self._current is None:
            return None
        if self._tries > self._repeats_max and not self.faults.stuck:
            self.given_up += 1
            self.was_echoed = False
            self._start_next(now_s)
            return self.step(now_s)
        self._tries += 1
        self.sent += 1
        self.next_s = now_s + self._repeat_s
        return self._current

    def echo(self, press: Press, now_s: float) -> None:
        """The host sent a press back."""
        if press == self._current and self._tries and not self.faults.stuck:
            self.echoed += 1
            self.was_echoed = True
            self._start_next(now_s)

    def show(self, digits: str) -> None:
        """The host wants digits on the display, "_" for a blank place."""
        if not self.faults.refuse:
            self.shown = digits

    def beep(self) -> None:
        """The host asks for attention."""
        if not self.faults.refuse:
            self.beeps += 1

    def power_cut(self) -> None:
        """All is forgotten."""
        self.shown = ""
        self._waiting.clear()
        self._current, self.next_s = None, None

    def _start_next(self, now_s: float) -> None:
        self._current = self._waiting.popleft() if self._waiting else None
        self._tries = 0
        self.next_s = now_s if self._current is not None else None
