"""The steps of a printer from state to state (`states.py`), and what is sent at each. When: `machine.py`."""

from __future__ import annotations

from devices.printer.jobs import Jobs
from devices.printer.settings import PrinterSettings
from devices.printer.states import Event, State, after
from devices.printer.status import STOPS_A_TICKET, Status, fault_of
from devices.printer.talk import Talk

SETTLE_QUIET_S = 1.0  # answers that a printer owes come in one go, milliseconds apart
RECOVER_EVERY_S = 30.0  # each try drives the cutter


class Course:
    """Where the printer is. `fault`: code of what blocks it. `deadline_s`: when its state lasted too long."""

    def __init__(self, settings: PrinterSettings, talk: Talk, jobs: Jobs) -> None:
        self.state = State.CLOSED
        self.fault = ""
        self.deadline_s: float | None = None
        self._settings = settings
        self._talk = talk
        self._jobs = jobs
        self._recover_s = 0.0
        self._quiet = False  # while settling: an answer came, and after a moment no more will

    @property
    def at_work(self) -> bool:
        """A ticket is under way."""
        return self.state in (State.SENDING, State.CONFIRMING)

    def open(self, now_s: float) -> None:
        """The link is there: ask how the printer is, or do not."""
        self._move(Event.OPENED)
        self.fault = ""
        self._talk.open(now_s)
        self.deadline_s = now_s + self._settings.stall_timeout_s
        if not self._settings.answers:
            self.go_on(Event.BLIND, now_s)

    def close(self) -> None:
        """The link is gone: every job gets its result."""
        begun = self._jobs.busy and self._talk.break_off()
        self._jobs.finish("unknown" if begun else "not_printed", "link_lost")
        self._jobs.refuse_all("link_lost")
        self._talk.lost()
        self.deadline_s = None
        self._move(Event.CLOSED)

    def next(self, now_s: float) -> None:
        """READY: let the printer pay what it owes, then begin the next ticket."""
        confirm = self._talk.confirm
        if confirm.owed and confirm.patient and self._talk.watch.heard:
            self._settle(now_s)
        elif (job := self._jobs.next()) is not None:
            self._talk.print(job.commands)
            self._move(Event.JOB)
            self.moving(now_s)

    def moving(self, now_s: float) -> None:
        """Bytes go out."""
        if self.state is State.SENDING:
            self.deadline_s = now_s + self._settings.stall_timeout_s

    def all_sent(self, now_s: float) -> None:
        """SENDING, and the last byte is out."""
        self._move(Event.SENT)
        self.deadline_s = now_s + self._settings.confirm_timeout_s
        if not self._settings.answers:
            self._jobs.finish("unknown")
            self.done()
        elif not self._talk.confirm.patient:
            self.give_up(now_s)

    def reconsider(self, now_s: float) -> None:
        """ASKING or BLOCKED: may the work go on?"""
        watch = self._talk.watch
        well = watch.status is not None and not fault_of(watch.status)
        unasked = self.state is State.BLOCKED and not watch.heard
        if self._talk.outbox.empty and (well or unasked):
            self.go_on(Event.WELL, now_s)

    def go_on(self, event: Event, now_s: float) -> None:
        """To READY by `event`, or to SETTLING where something is torn or owed."""
        self.fault = ""
        torn = self._talk.torn
        if torn:
            self._talk.separate()
        if self._talk.watch.heard and self._talk.confirm.patient and (torn or self._talk.confirm.owed):
            self._settle(now_s)
        else:
            self.deadline_s = None
            self._move(event)

    def printed(self) -> None:
        """CONFIRMING, and confirmed."""
        self._jobs.finish("printed")
        self.done()

    def done(self) -> None:
        """To READY."""
        self.deadline_s = None
        self._move(Event.DONE)

    def paid_in_part(self, now_s: float) -> None:
        """SETTLING: an owed answer came; if no more comes soon, none will."""
        self._quiet = True
        self.deadline_s = now_s + SETTLE_QUIET_S

    def settle_over(self, now_s: float) -> None:
        """SETTLING, and its time is over."""
        if self._quiet:
            self._talk.confirm.forget()
            self.done()
        else:
            self.deadline_s = now_s + self._settings.stall_timeout_s
            self._talk.ask_again(now_s)
            self._move(Event.GIVEN_UP)

    def give_up(self, now_s: float) -> None:
        """CONFIRMING, but nothing will be confirmed."""
        self._jobs.finish("unknown", "no_answer")
        self._move(Event.GIVEN_UP)
        self.go_on(Event.WELL if self._talk.watch.heard else Event.BLIND, now_s)

    def break_off(self, fault: str) -> None:
        """A fault in the middle of a ticket, or where one was to begin."""
        if self._jobs.busy and not self._talk.break_off():
            self._jobs.put_back()
        self._jobs.finish("unknown", fault)
        self.block(fault)

    def block(self, fault: str) -> None:
        """To BLOCKED, or another fault there."""
        self.fault = fault
        self.deadline_s = None
        if self.state is not State.BLOCKED:
            self._move(Event.FAULT)

    def faulty(self, status: Status, now_s: float) -> None:
        """The printer told of a fault."""
        fault = fault_of(status)
        if not self.at_work:
            self.block(fault)
            self._recover(status, now_s)
        elif fault in STOPS_A_TICKET:
            self.break_off(fault)

    def _recover(self, status: Status, now_s: float) -> None:
        if status.cover_open:
            self._recover_s = now_s  # a hand is in there; try at once when it closes the cover
        elif (status.cutter or status.recoverable) and now_s >= self._recover_s:
            self._talk.recover()
            self._recover_s = now_s + RECOVER_EVERY_S

    def _settle(self, now_s: float) -> None:
        self._talk.ask_done()
        self._quiet = False
        self.deadline_s = now_s + self._settings.confirm_timeout_s
        self._move(Event.TORN)

    def _move(self, event: Event) -> None:
        self.state = after(self.state, event)
