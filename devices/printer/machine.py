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
from devices.printer.jobs import Job, JobQueue
from devices.printer.messages import Outcome
from devices.printer.settings import PrinterSettings
from devices.printer.states import Event, State, after
from devices.printer.status import STOPS_A_TICKET, Status, fault_of, health
from devices.printer.talk import Fact, Talk

SETTLE_QUIET_S = 1.0  # answers that a printer owes come in one go, milliseconds apart
RECOVER_EVERY_S = 30.0  # each try drives the cutter

_IDLE = (State.ASKING, State.READY, State.BLOCKED)
_AT_WORK = (State.SENDING, State.CONFIRMING)


class Machine:
    """Rules 1 to 5 for one printer. `events` collects what to emit, until the driver takes it."""

    def __init__(self, settings: PrinterSettings) -> None:
        self.state = State.CLOSED
        self.events: list[Message] = []
        self._settings = settings
        self._talk = Talk(settings)
        self._jobs = JobQueue(settings.queue_most, settings.hold_s)
        self._job: tuple[Job, float] | None = None
        self._told: DeviceHealth | None = None
        self._deadline_s: float | None = None
        self._recover_s = 0.0
        self._fault = ""
        self._quiet = False  # while settling: an answer came, and after a moment no more will

    # --- what the driver calls ------------------------------------------------------------------

    def open(self, now_s: float) -> None:
        """The link is there."""
        self._move(Event.OPENED)
        self._told, self._fault = None, ""
        self._tell(DeviceHealth("init"))
        self._talk.open(now_s)
        self._deadline_s = now_s + self._settings.stall_timeout_s
        if not self._settings.answers:
            self._go_on(Event.BLIND, now_s)
        self._settle_down(now_s)

    def close(self) -> None:
        """The link is gone: every job gets its result. Safe in any state."""
        if self._job is not None:
            self._finish("unknown" if self._talk.break_off() else "not_printed", "link_lost")
        while (waiting := self._jobs.take()) is not None:
            self._result(waiting[0], "not_printed", "link_lost")
        self._talk.lost()
        self._deadline_s = None
        self._move(Event.CLOSED)

    def outgoing(self) -> bytes:
        """The bytes to write next, at most a chunk; b"" while there are none or the printer asked to wait."""
        return self._talk.outgoing()

    def taken(self, count: int, now_s: float) -> None:
        """The link took `count` of the bytes of `outgoing`."""
        if count and self.state is State.SENDING:
            self._deadline_s = now_s + self._settings.stall_timeout_s
        self._learn(self._talk.taken(count, now_s), now_s)

    def received(self, answers: Iterable[wire.Answer], now_s: float) -> None:
        """What the printer said."""
        for answer in answers:
            self._learn(self._talk.heard(answer, now_s), now_s)

    def submit(self, job: Job, now_s: float) -> None:
        """Print a job when its turn comes. The same name again prints nothing and gets the same result."""
        past = self._jobs.past(job.name)
        if past is not None:
            self.events.append(past)
        elif self.state is State.CLOSED:
            self._result(job, "not_printed", "link_lost")
        elif not self._has(job.name) and not self._jobs.add(job, now_s):
            self._result(job, "not_printed", "queue_full")
        self._settle_down(now_s)

    def due_s(self) -> float | None:
        """When `step` has something to do."""
        if self.state is State.CLOSED:
            return None
        watch_s = self._talk.watch.due_s() if self._watching() else None
        times = (self._deadline_s, self._jobs.due_s(), watch_s)
        return min((time_s for time_s in times if time_s is not None), default=None)

    def step(self, now_s: float) -> None:
        """Do what is due."""
        for job in self._jobs.expired(now_s):
            self._result(job, "not_printed", self._fault or "late")
        if self._deadline_s is not None and now_s >= self._deadline_s:
            self._deadline_s = None
            self._timed_out(now_s)
        self._learn(self._talk.step(now_s) if self._watching() else [], now_s)

    # --- facts ----------------------------------------------------------------------------------

    def _learn(self, facts: Iterable[Fact], now_s: float) -> None:
        for fact in facts:
            self._LEARN[fact](self, now_s)
        self._settle_down(now_s)

    def _on_sent(self, now_s: float) -> None:
        if self.state is State.SENDING:
            self._move(Event.SENT)
            self._deadline_s = now_s + self._settings.confirm_timeout_s
            if not self._settings.answers:
                self._finish("unknown", "")
                self._done()
            elif not self._talk.confirm.patient:
                self._give_up(now_s)
        elif self.state in (State.ASKING, State.BLOCKED):
            self._reconsider(now_s)

    def _on_status(self, now_s: float) -> None:
        status = self._talk.watch.status or Status()
        fault = fault_of(status)
        if self.state in _AT_WORK:
            if fault in STOPS_A_TICKET:
                self._break_off(fault)
        elif fault:
            self._block(fault)
            self._recover(status, now_s)
        elif self.state in (State.ASKING, State.BLOCKED):
            self._reconsider(now_s)

    def _on_silent(self, now_s: float) -> None:
        if self.state not in _IDLE:
            return
        if self._talk.watch.heard:
            self._block("gone")
        elif self.state is State.ASKING:
            self._go_on(Event.BLIND, now_s)

    def _on_worked_off(self, now_s: float) -> None:
        self._talk.confirm.proven()
        if self.state is State.CONFIRMING:
            self._finish("printed", "")
            self._done()
        elif self.state is State.SETTLING:
            self._done()

    def _on_owing(self, now_s: float) -> None:
        self._talk.confirm.proven()
        if self.state is State.SETTLING:
            self._quiet = True
            self._deadline_s = now_s + SETTLE_QUIET_S

    def _on_no_paper(self, now_s: float) -> None:
        if self.state is State.CONFIRMING:
            self._break_off("paper_out")
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
            self._break_off("stalled")
        elif self.state is State.CONFIRMING:
            self._talk.confirm.missed()
            self._give_up(now_s)
        elif self.state is State.SETTLING:
            self._settled(now_s)

    # --- steps ----------------------------------------------------------------------------------

    def _next(self, now_s: float) -> None:
        confirm = self._talk.confirm
        if confirm.owed and confirm.patient and self._talk.watch.heard:
            self._settle(now_s)
        elif (waiting := self._jobs.take()) is not None:
            self._job = waiting
            self._talk.print(waiting[0].commands)
            self._deadline_s = now_s + self._settings.stall_timeout_s
            self._move(Event.JOB)

    def _reconsider(self, now_s: float) -> None:
        """ASKING or BLOCKED: may the work go on?"""
        watch = self._talk.watch
        well = watch.status is not None and not fault_of(watch.status)
        unasked = self.state is State.BLOCKED and not watch.heard
        if self._talk.outbox.empty and (well or unasked):
            self._go_on(Event.WELL, now_s)

    def _go_on(self, event: Event, now_s: float) -> None:
        self._fault = ""
        torn = self._talk.torn
        if torn:
            self._talk.separate()
        if self._talk.watch.heard and self._talk.confirm.patient and (torn or self._talk.confirm.owed):
            self._settle(now_s)
        else:
            self._deadline_s = None
            self._move(event)

    def _settle(self, now_s: float) -> None:
        self._talk.ask_done()
        self._quiet = False
        self._deadline_s = now_s + self._settings.confirm_timeout_s
        self._move(Event.TORN)

    def _settled(self, now_s: float) -> None:
        """SETTLING, and its time is over."""
        if self._quiet:
            self._talk.confirm.forget()
            self._done()
        else:
            self._deadline_s = now_s + self._settings.stall_timeout_s
            self._talk.ask_again(now_s)
            self._move(Event.GIVEN_UP)

    def _done(self) -> None:
        self._deadline_s = None
        self._move(Event.DONE)

    def _give_up(self, now_s: float) -> None:
        """CONFIRMING, but nothing will be confirmed."""
        self._finish("unknown", "no_answer")
        self._move(Event.GIVEN_UP)
        self._go_on(Event.WELL if self._talk.watch.heard else Event.BLIND, now_s)

    def _break_off(self, fault: str) -> None:
        begun = self._talk.break_off()
        if self._job is not None and not begun:
            self._jobs.put_back(*self._job)
            self._job = None
        self._finish("unknown", fault)
        self._block(fault)

    def _block(self, fault: str) -> None:
        self._fault = fault
        self._deadline_s = None
        if self.state is not State.BLOCKED:
            self._move(Event.FAULT)

    def _recover(self, status: Status, now_s: float) -> None:
        if status.cover_open:
            self._recover_s = now_s  # a hand is in there; try at once when it closes the cover
        elif (status.cutter or status.recoverable) and now_s >= self._recover_s:
            self._talk.recover()
            self._recover_s = now_s + RECOVER_EVERY_S

    # --- words ----------------------------------------------------------------------------------

    def _settle_down(self, now_s: float) -> None:
        if self.state is State.READY:
            self._next(now_s)
        if self.state not in (State.ASKING, State.CLOSED):
            self._tell(health(self._code()))

    def _code(self) -> str:
        if self._fault or not self._settings.answers:
            return self._fault
        if not self._talk.watch.heard:
            return "no_answer"
        if not self._talk.confirm.patient:
            return "no_confirm"
        status = self._talk.watch.status
        return "paper_low" if status is not None and status.paper_low else ""

    def _tell(self, how: DeviceHealth) -> None:
        if how != self._told:
            self._told = how
            self.events.append(how)

    def _finish(self, outcome: Outcome, reason: str) -> None:
        if self._job is not None:
            self._result(self._job[0], outcome, reason)
            self._job = None

    def _result(self, job: Job, outcome: Outcome, reason: str) -> None:
        self.events.append(self._jobs.result(job.name, outcome, reason))

    def _has(self, name: str) -> bool:
        return self._jobs.holds(name) or (self._job is not None and self._job[0].name == name)

    def _watching(self) -> bool:
        asks = self.state in _IDLE or not self._talk.watch.auto
        return self._settings.answers and self.state is not State.CLOSED and self._talk.outbox.empty and asks

    def _move(self, event: Event) -> None:
        self.state = after(self.state, event)
