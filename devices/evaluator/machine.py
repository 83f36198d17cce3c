"""One question after another, one rating for each.

```
            open(token)            grade                 thank(token)
  CLOSED ───────────────> OPEN ───────────────> GRADED ───────────────> THANKED
    ^                      │ time-out: lapsed     │ no thanks in time      │ close, time-out
    └──────────────────────┴── (back to OPEN) <───┘ (closed meanwhile:     v  CLOSED
                                                     to CLOSED)
```
Rules
1. The wire acknowledgement is the pad's thanks. It is sent only after `Thank`: that is, after the answer
   is durable. A repeat before that is neither acknowledged nor told again.
2. A question is answered once. Repeats after the thanks are acknowledged, so that the pad stops, and say
   nothing. A repeat is the same grade, not later than `repeat_ms` after it was last heard: anything else is
   another press, maybe the next citizen's, and nobody is thanked for what is not kept.
3. A grade with no open question is no rating: counted, and not thanked for unless the settings say so.
4. A grade that was not thanked for in time may be given again, so that a rating lost inside the node is
   not lost to the citizen; the node keeps the first one it could store for a token.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from devices.evaluator.messages import Event, Graded, RatingLapsed
from devices.evaluator.settings import EvaluatorSettings


class State(Enum):
    CLOSED = "closed"
    OPEN = "open"
    GRADED = "graded"
    THANKED = "thanked"


class Do(NamedTuple):
    """What should be done: tell an event, acknowledge the grade `ack` on the wire, start the pad."""

    tell: Event | None = None
    ack: int | None = None
    start: bool = False


NOTHING = Do()


class EvaluatorMachine:
    """One pad. Times are seconds of the monotonic clock."""

    def __init__(self, settings: EvaluatorSettings) -> None:
        self._settings = settings
        self.state = State.CLOSED
        self.due_s: float | None = None
        self.token = ""
        self.strays = 0
        self._value = 0
        self._heard_s = 0.0
        self._closes_s = 0.0

    def open(self, token: str, now_s: float) -> Do:
        """Ask. The question already asked and answered is not asked again."""
        asked = self.state is not State.CLOSED and token == self.token
        if not asked or self.state is State.GRADED:
            self._closes_s = now_s + self._settings.open_s
        if asked:
            return NOTHING
        self._go(State.OPEN, self._closes_s)
        self.token = token
        return Do(start=self._settings.send_open)

    def close(self, now_s: float) -> Do:
        """Withdraw the question; what was graded is still thanked for."""
        self._closes_s = now_s
        if self.state is State.OPEN:
            self._go(State.CLOSED, None)
        elif self.state is State.THANKED:
            self._go(State.THANKED, now_s + self._settings.repeat_ms / 1000)
        return NOTHING

    def grade(self, value: int, now_s: float) -> Do:
        """The pad sent `value`. Raises KeyError for a value that is no grade by the settings."""
        level = self._level(value)
        is_repeat = value == self._value and now_s - self._heard_s <= self._settings.repeat_ms / 1000
        if self.state is State.OPEN or is_repeat:
            self._heard_s = now_s
        if self.state is State.OPEN:
            self._value = value
            self._go(State.GRADED, now_s + self._settings.commit_ms / 1000)
            return Do(tell=Graded(self.token, level))
        if self.state is State.THANKED and is_repeat:
            return Do(ack=value)
        if self.state is not State.GRADED:
            self.strays += 1
            return Do(ack=value) if self._settings.ack_strays else NOTHING
        return NOTHING

    def thank(self, token: str, now_s: float) -> Do:
        """The answer is durable. Thanks for a question that is no longer the present one say nothing."""
        if self.state is not State.GRADED or token != self.token:
            return NOTHING
        self._go(State.THANKED, max(self._closes_s, now_s + self._settings.repeat_ms / 1000))
        return Do(ack=self._value)

    def step(self, now_s: float) -> Do:
        """Let time pass."""
        if self.due_s is None or now_s < self.due_s:
            return NOTHING
        if self.state is State.GRADED and now_s < self._closes_s:
            self._go(State.OPEN, self._closes_s)
            return NOTHING
        lapsed = self.state is State.OPEN
        self._go(State.CLOSED, None)
        return Do(tell=RatingLapsed(self.token)) if lapsed else NOTHING

    def _level(self, value: int) -> int:
        grades = self._settings.grades
        if value >= len(grades) or not grades[value]:
            raise KeyError(value)
        return grades[value]

    def _go(self, state: State, due_s: float | None) -> None:
        self.state = state
        self.due_s = due_s
