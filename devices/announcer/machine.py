"""When an announcer speaks: one voice at a time.

Rules
1. One announcement at a time, in the order asked; a new one never cuts off the one being spoken.
2. A ticket waits at most once. Asked again at the same window it keeps its place and its age starts
   anew ("merged"); asked to another window, the newer one takes that place ("superseded"). So a ticket
   being spoken can wait once more, and no more than once.
3. The queue is bounded; when it is full the oldest is given up ("dropped"). What waited longer than
   `max_age_s` is not spoken ("too_old").
4. After each announcement there is silence for `gap_s`.
5. Quiet: nothing new is taken and what waits is given up; the one being spoken is not cut off.
6. Each announcement gets exactly one outcome, and outcomes are counted.

    IDLE  --play-->  SPEAKING  --ended-->  RESTING  --gap_s-->  IDLE
"""

from __future__ import annotations

from collections import Counter
from enum import Enum
from typing import NamedTuple, TypeAlias

from devices.announcer.messages import Announce, Outcome, Spoken


class State(Enum):
    IDLE = "idle"
    SPEAKING = "speaking"
    RESTING = "resting"


class Play(NamedTuple):
    """Start to play this one."""

    announce: Announce


Action: TypeAlias = Play | Spoken


class IllegalEventError(RuntimeError):
    """An event that cannot happen in this state: a fault of the driver."""


class _Waiting(NamedTuple):
    announce: Announce
    asked_s: float


class AnnouncerMachine:
    """Every method takes the monotonic time in seconds and returns what should be done, in order."""

    def __init__(self, *, gap_s: float, max_waiting: int, max_age_s: float) -> None:
        self._gap_s = gap_s
        self._max_waiting = max_waiting
        self._max_age_s = max_age_s
        self._waiting: list[_Waiting] = []
        self._current: Announce | None = None
        self._rest_until_s = 0.0
        self._quiet = False
        self.state = State.IDLE
        self.outcomes: Counter[Outcome] = Counter()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def due_s(self) -> float | None:
        """When `step` has work to do."""
        return self._rest_until_s if self.state is State.RESTING else None

    def announce(self, announce: Announce, now_s: float) -> list[Action]:
        """Something is to be said."""
        if self._quiet:
            return [self._told(announce, "quiet")]
        return self._admit(_Waiting(announce, now_s)) + self._go_on(now_s)

    def set_quiet(self, quiet: bool) -> list[Action]:
        """The hall closed, or opened."""
        self._quiet = quiet
        given_up, self._waiting = (self._waiting, []) if quiet else ([], self._waiting)
        return [self._told(item.announce, "quiet") for item in given_up]

    def check(self) -> None:
        """The driver makes sure of its player with a silent sound; `ended` tells the end of it."""
        if self.state is not State.IDLE:
            raise IllegalEventError(f"check while {self.state.value}")
        self.state = State.SPEAKING

    def ended(self, outcome: Outcome, now_s: float) -> list[Action]:
        """The player is done with the current sound."""
        if self.state is not State.SPEAKING:
            raise IllegalEventError(f"ended while {self.state.value}")
        done, self._current = self._current, None
        self.state = State.RESTING
        self._rest_until_s = now_s + (self._gap_s if done else 0.0)
        told: list[Action] = [self._told(done, outcome)] if done else []
        return told + self.step(now_s)

    def give_up(self) -> list[Spoken]:
        """The port closes: all that is unspoken has failed."""
        unspoken = [self._current] if self._current else []
        unspoken += [item.announce for item in self._waiting]
        self._current, self._waiting, self.state = None, [], State.IDLE
        return [self._told(announce, "failed") for announce in unspoken]

    def step(self, now_s: float) -> list[Action]:
        """Time has passed."""
        if self.state is State.RESTING and now_s >= self._rest_until_s:
            self.state = State.IDLE
        return self._go_on(now_s)

    def _admit(self, new: _Waiting) -> list[Action]:
        for at, old in enumerate(self._waiting):
            if old.announce.ticket == new.announce.ticket:
                return [self._merge(at, old, new)]
        self._waiting.append(new)
        if len(self._waiting) <= self._max_waiting:
            return []
        return [self._told(self._waiting.pop(0).announce, "dropped")]

    def _merge(self, at: int, old: _Waiting, new: _Waiting) -> Spoken:
        if old.announce.label == new.announce.label:
            self._waiting[at] = old._replace(asked_s=new.asked_s)
            return self._told(new.announce, "merged")
        self._waiting[at] = new
        return self._told(old.announce, "superseded")

    def _go_on(self, now_s: float) -> list[Action]:
        actions: list[Action] = []
        while self.state is State.IDLE and self._waiting:
            item = self._waiting.pop(0)
            if now_s - item.asked_s > self._max_age_s:
                actions.append(self._told(item.announce, "too_old"))
                continue
            self._current = item.announce
            self.state = State.SPEAKING
            actions.append(Play(item.announce))
        return actions

    def _told(self, announce: Announce, outcome: Outcome) -> Spoken:
        self.outcomes[outcome] += 1
        return Spoken(announce.token, outcome)
