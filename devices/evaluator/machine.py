"""One question after another, one rating for each.

```
            open(token)            grade                 thank(token)
  CLOSED ──> WAITING ──> OPEN ───────────────> GRADED ───────────────> THANKED
    ^          pad quiet  │ time-out: lapsed     │ no thanks in time      │ close, time-out
    └─────────────────────┴── (back to OPEN) <───┘ (closed meanwhile:     v  CLOSED
                                                    to CLOSED)
```
Rules
1. The wire acknowledgement is the pad's thanks. It is sent only after `Thank`: that is, after the answer
   is durable. A repeat before that is neither acknowledged nor told again.
2. A question is answered once. Repeats after the thanks are acknowledged, so that the pad stops, and say
   nothing. A repeat is the same grade, not later than `repeat_ms` after it was last heard: anything else is
   another press, maybe the next citizen's, and nobody is thanked for what is not kept.
3. No repeat answers another question: the next one waits until the last grade was not heard for `repeat_ms`.
   Another grade meanwhile is a press, and answers it. Of a question answered before a start it is not
   known with which grade: then any may be a repeat.
4. A grade with no open question is no rating: counted, and not thanked for unless the settings say so.
5. A grade that was not thanked for in time may be given again, so that a rating lost inside the node is
   not lost to the citizen; the node keeps the first one it could store for a token.
"""

from __future__ import annotations

from enum import Enum
from math import inf
from typing import NamedTuple

from devices.evaluator.messages import Event, Graded, RatingLapsed
from devices.evaluator.settings import EvaluatorSettings


class State(Enum):
    CLOSED = "closed"
    WAITING = "waiting"
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
        self._repeat_s = settings.repeat_ms / 1000
        self.state = State.CLOSED
        self.due_s: float | None = None
        self.token = ""
        self.strays = 0
        self._closes_s = 0.0
        self._graded = ""  # the question that has the last grade
        self._value: int | None = None  # the last grade; None: not known which
        self._heard_s = -inf
        self._is_kept = False  # the last grade was thanked for

    def open(self, token: str, now_s: float) -> Do:
        """Ask. The question already asked and answered is not asked again."""
        asked = self.state is not State.CLOSED and token == self.token
        if not asked or self.state is State.GRADED:
            self._closes_s = now_s + self._settings.open_s
        if asked:
            return NOTHING
        self.token = token
        self._wait()
        return self.step(now_s)

    def close(self, now_s: float) -> Do:
        """Withdraw the question; what was graded is still thanked for."""
        self._closes_s = now_s
        if self.state in (State.WAITING, State.OPEN):
            self._go(State.CLOSED, None)
        elif self.state is State.THANKED:
            self._go(State.THANKED, now_s + self._repeat_s)
        return NOTHING

    def grade(self, value: int, now_s: float) -> Do:
        """The pad sent `value`. Raises KeyError for a value that is no grade by the settings."""
        level = self._level(value)
        is_repeat = self._value in (value, None) and self._is_recent(now_s)
        if self.state is State.OPEN or (self.state is State.WAITING and not is_repeat):
            self._graded, self._value, self._heard_s, self._is_kept = self.token, value, now_s, False
            self._go(State.GRADED, now_s + self._settings.commit_ms / 1000)
            return Do(tell=Graded(self.token, level))
        if is_repeat:
            return self._repeated(value, now_s)
        if self.state is State.GRADED:
            return NOTHING
        self.strays += 1
        return Do(ack=value) if self._settings.ack_strays else NOTHING

    def _repeated(self, value: int, now_s: float) -> Do:
        self._heard_s = now_s
        if self.state is State.WAITING:
            self._wait()
        is_over = self._settings.ack_strays and self.state is not State.GRADED
        return Do(ack=value) if self._is_kept or is_over else NOTHING

    def thank(self, token: str, now_s: float) -> Do:
        """The answer is durable, maybe since before the start. Thanks that nobody waits for say nothing."""
        if self._value is None and token != self._graded:
            self._graded, self._heard_s = token, now_s
        if self._value is None or self._is_kept or token != self._graded:
            return NOTHING
        self._is_kept = True
        is_awaited = self.state is State.GRADED and token == self.token
        if token == self.token and self.state in (State.GRADED, State.OPEN):
            self._go(State.THANKED, max(self._closes_s, now_s + self._repeat_s))
        return Do(ack=self._value) if is_awaited or self._is_recent(now_s) else NOTHING

    def step(self, now_s: float) -> Do:
        """Let time pass."""
        if self.due_s is None or now_s < self.due_s:
            return NOTHING
        if self.state in (State.WAITING, State.GRADED) and now_s < self._closes_s:
            start = self.state is State.WAITING and self._settings.send_open
            self._go(State.OPEN, self._closes_s)
            return Do(start=start)
        lapsed = self.state in (State.WAITING, State.OPEN)
        self._go(State.CLOSED, None)
        return Do(tell=RatingLapsed(self.token)) if lapsed else NOTHING

    def _wait(self) -> None:
        """Until no repeat of the last grade can be on its way any more."""
        self._go(State.WAITING, min(self._heard_s + self._repeat_s, self._closes_s))

    def _is_recent(self, now_s: float) -> bool:
        """Whether the pad may still be repeating the last grade."""
        return now_s - self._heard_s <= self._repeat_s

    def _level(self, value: int) -> int:
        grades = self._settings.grades
        if value >= len(grades) or not grades[value]:
            raise KeyError(value)
        return grades[value]

    def _go(self, state: State, due_s: float | None) -> None:
        self.state = state
        self.due_s = due_s
