"""A ticket on its way through the printer. Sans-I/O: commands, answers and time in; bytes and events out.

Rules
1. No ticket is begun before the printer said how it is, or was given up as one that never answers.
2. A ticket is printed when the printer confirmed it after the cut (`confirm.py`).
3. A fault before the first byte: the ticket waits on, `hold_s` at most, then it is not printed. A fault, a
   time-out or a lost link after the first byte: unknown.
4. After an unknown ticket nothing is printed until the printer gave the answers it owes, lest a late one
   confirm the wrong ticket. What may stick out of the slot is cut off.
5. A printer that left two tickets in a row unconfirmed is not waited for again until it confirms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from devices.base import DeviceHealth, Message
from devices.printer import wire_escpos as wire
from devices.printer.course import Course
from devices.printer.jobs import Job, Jobs
from devices.printer.settings import PrinterSettings
from devices.printer.states import Event, State
from devices.printer.status import Status, fault_of, health
from devices.printer.talk import Fact, Talk

_IDLE = (State.ASKING, State.READY, State.BLOCKED)


class Machine:
    """Rules 1 to 5 for one printer. `events` collects what to emit, until the driver takes it."""

    def __init__(self, settings: PrinterSettings) -> None:
        self.events: list[Message] = []
        self._settings = settings
        self._talk = Talk(settings)
        self._jobs = Jobs(settings.queue_most, settings.hold_s, self.events.append)
        self._course = Course(settings, self._talk, self._jobs)
        self._told: DeviceHealth | None = None

    @property
    def state(self) -> State:
        """Where the printer is."""
        return self._course.state

    def open(self, now_s: float) -> None:
        """The link is there."""
        self._told = None
        self._tell(DeviceHealth("init"))
        self._course.open(now_s)
        self._settle_down(now_s)

    def close(self) -> None:
        """The link is gone: every job gets its result. Safe in any state."""
        self._course.close()

    def outgoing(self) -> bytes:
        """The bytes to write next, at most a chunk; b"" while there are none or the printer asked to wait."""
        return self._talk.outgoing()

    def taken(self, count: int, now_s: float) -> None:
        """The link took `count` of the bytes of `outgoing`."""
        if count:
            self._course.moving(now_s)
        self._learn(self._talk.taken(count, now_s), now_s)

    def received(self, answers: Iterable[wire.Answer], now_s: float) -> None:
        """What the printer said."""
        for answer in answers:
            self._learn(self._talk.heard(answer, now_s), now_s)

    def submit(self, job: Job, now_s: float) -> None:
        """Print a job when its turn comes. The same name again prints nothing and gets the same result."""
        self._jobs.submit(job, now_s)
        if self.state is State.CLOSED:
            self._jobs.refuse_all("link_lost")
        self._settle_down(now_s)

    def due_s(self) -> float | None:
        """When `step` has something to do."""
        if self.state is State.CLOSED:
            return None
        watch_s = self._talk.watch.due_s() if self._watching() else None
        times = (self._course.deadline_s, self._jobs.due_s(), watch_s)
        return min((time_s for time_s in times if time_s is not None), default=None)

    def step(self, now_s: float) -> None:
        """Do what is due."""
        self._jobs.expire(now_s, self._course.fault or "late")
        if self._course.deadline_s is not None and now_s >= self._course.deadline_s:
            self._course.deadline_s = None
            self._timed_out(now_s)
        self._learn(self._talk.step(now_s) if self._watching() else [], now_s)

    # --- what is learned, and what follows ------------------------------------------------------

    def _learn(self, facts: Iterable[Fact], now_s: float) -> None:
        for fact in facts:
            self._LEARN[fact](self, now_s)
        self._settle_down(now_s)

    def _on_sent(self, now_s: float) -> None:
        if self.state is State.SENDING:
            self._course.all_sent(now_s)
        elif self.state in (State.ASKING, State.BLOCKED):
            self._course.reconsider(now_s)

    def _on_status(self, now_s: float) -> None:
        status = self._talk.watch.status or Status()
        if fault_of(status):
            self._course.faulty(status, now_s)
        elif self.state in (State.ASKING, State.BLOCKED):
            self._course.reconsider(now_s)

    def _on_silent(self, now_s: float) -> None:
        if self.state not in _IDLE:
            return
        if self._talk.watch.heard:
            self._course.block("gone")
        elif self.state is State.ASKING:
            self._course.go_on(Event.BLIND, now_s)

    def _on_worked_off(self, now_s: float) -> None:
        self._talk.confirm.proven()
        if self.state is State.CONFIRMING:
            self._course.printed()
        elif self.state is State.SETTLING:
            self._course.done()

    def _on_owing(self, now_s: float) -> None:
        self._talk.confirm.proven()
        if self.state is State.SETTLING:
            self._course.paid_in_part(now_s)

    def _on_no_paper(self, now_s: float) -> None:
        if self.state is State.CONFIRMING:
            self._course.break_off("paper_out")
            self._talk.ask_again(now_s)
        else:
            self._on_owing(now_s)

    _LEARN: ClassVar[dict[Fact, Callable[[Machine, float], None]]] = {
        Fact.SENT: _on_sent,
        Fact.STATUS: _on_status,
        Fact.SILENT: _on_silent,
        Fact.WORKED_OFF: _on_worked_off,
        Fact.OWING: _on_owing,
        Fact.NO_PAPER: _on_no_paper,
    }

    def _timed_out(self, now_s: float) -> None:
        if self.state is State.SENDING or (self.state is State.ASKING and not self._talk.outbox.empty):
            self._talk.go()
            self._course.break_off("stalled")
        elif self.state is State.CONFIRMING:
            self._talk.confirm.missed()
            self._course.give_up(now_s)
        elif self.state is State.SETTLING:
            self._course.settle_over(now_s)

    def _settle_down(self, now_s: float) -> None:
        if self.state is State.READY:
            self._course.next(now_s)
        if self.state not in (State.ASKING, State.CLOSED):
            self._tell(health(self._course.fault or self._talk.complaint()))

    def _tell(self, how: DeviceHealth) -> None:
        if how != self._told:
            self._told = how
            self.events.append(how)

    def _watching(self) -> bool:
        asks = self.state in _IDLE or not self._talk.watch.auto
        return self._settings.answers and self.state is not State.CLOSED and self._talk.outbox.empty and asks
