"""What a ticket machine prints, and what becomes of it.

The outcome of each slip is kept as a record. A ticket that was not begun because the printer's link broke is
printed once more when the printer is well within `AGAIN_S`, with the same number. One that waited inside for
the printer's own fault to end is over by then, and one that may be on paper is left to the clerk, who sees it
in the hall.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import NamedTuple

from devices.base import DeviceHealth
from devices.printer.messages import Notice, Outcome, PrintResult, PrintSlip, Ticket
from edge.desks.base import Host
from edge.desks.directory import Directory
from mqtt_bridge import messages as m

TRIES = 2
"""How often a slip is given to the printer while it is certain that none came out."""
AGAIN_S = 60.0
"""Longer than a plug takes; who waited longer for paper has left or asked."""
LINK_LOST = "link_lost"
PRINTS = ("paper_low", "no_answer", "no_confirm")
"""Codes of a degraded printer that prints all the same."""
NOTICE_MS = 10_000
"""One notice for somebody who presses again and again; the next person gets one too."""
NO_NUMBERS = "本机暂时不能取号\n请到咨询引导台人工取号"
NO_NUMBERS_EN = "No numbers from this machine now.\nPlease go to the information desk."


class Job(NamedTuple):
    """A slip on its way to paper."""

    slip: m.Slip
    tries: int = 1


class Paper:
    """The printer of one panel ("" = none). `name` begins the names of its jobs; `refuse` tells the panel."""

    def __init__(
        self,
        host: Host,
        printer: str,
        name: str,
        directory: Callable[[], Directory],
        refuse: Callable[[], None],
    ) -> None:
        self._host = host
        self._printer = printer
        self._name = name
        self._directory = directory
        self._refuse = refuse
        self._names = itertools.count(1)
        self._printing: dict[str, Job] = {}
        self._put_off: list[Job] = []  # until the printer is well
        self._notice_ms = -NOTICE_MS
        self.prints = True

    def health(self, health: DeviceHealth) -> None:
        """The printer can print, or cannot."""
        self.prints = health.state in ("init", "ready") or (
            health.state == "degraded" and health.code in PRINTS
        )
        if health.state == "ready":
            self._print_put_off()

    def print(self, slip: m.Slip) -> None:
        """Print a ticket."""
        self._print(Job(slip))

    def result(self, result: PrintResult) -> None:
        """What became of a job, of this panel or of another at the same printer."""
        job = self._printing.pop(result.job, None)
        if job is not None:
            self._printed(job, result.outcome, result.reason)

    def send_to_desk(self) -> None:
        """A button shows nothing and a keypad no words: where to go stands on paper."""
        now_ms, site = self._host.now_ms(), self._directory().site.site
        if not self._printer or abs(now_ms - self._notice_ms) < NOTICE_MS:
            return
        self._notice_ms = now_ms
        notice = Notice(
            hall=site.name,
            hall_en=site.name_en,
            text=NO_NUMBERS,
            text_en=NO_NUMBERS_EN,
            issued=self._directory().local_time(now_ms),
        )
        self._host.tell(self._printer, PrintSlip(self._job_name(), notice))

    def _job_name(self) -> str:
        return f"{self._name}-{next(self._names)}"

    def _print(self, job: Job) -> None:
        name = self._job_name()
        self._printing[name] = job
        command = PrintSlip(job=name, ticket=self._ticket(job.slip))
        taken = bool(self._printer) and self._host.tell(self._printer, command)
        if not taken and name in self._printing:  # else it was lost in the act, and said so itself
            reason = LINK_LOST if self._printer else "no_printer"
            self._printed(self._printing.pop(name), "not_printed", reason)

    def _printed(self, job: Job, outcome: Outcome, reason: str) -> None:
        if outcome != "not_printed" or reason != LINK_LOST or job.tries >= TRIES:
            self._keep(job, outcome, reason)
            return
        again = job._replace(tries=job.tries + 1)
        self._put_off.append(again)
        self._host.after(AGAIN_S, lambda: self._give_up(again))

    def _print_put_off(self) -> None:
        put_off, self._put_off = self._put_off, []
        for job in put_off:
            self._print(job)

    def _give_up(self, job: Job) -> None:
        if job in self._put_off:
            self._put_off.remove(job)
            self._keep(job, "not_printed", LINK_LOST)

    def _keep(self, job: Job, outcome: Outcome, reason: str) -> None:
        if outcome == "not_printed":
            self._refuse()
        slip = job.slip
        record = m.Printed(
            "",
            "",
            self._host.now_ms(),
            visit=slip.visit,
            number=slip.number,
            outcome=outcome,
            reason=reason,
            copy=slip.copy,
            service=slip.service_id,
            priority=slip.class_id,
            issued_ms=slip.issued_ms,
        )
        self._host.keep(record, lambda error: None)

    def _ticket(self, slip: m.Slip) -> Ticket:
        site = self._directory().site
        return Ticket(
            hall=site.site.name,
            hall_en=site.site.name_en,
            number=slip.number,
            service=slip.service,
            service_en=slip.service_en,
            priority=slip.priority,
            ahead=None if slip.alone else slip.ahead,
            wait_low_s=slip.wait_low_s,
            wait_high_s=slip.wait_high_s,
            issued=self._directory().local_time(slip.issued_ms),
            windows=slip.windows,
            qr=slip.qr,
            copy=slip.copy,
            alone=slip.alone,
        )
