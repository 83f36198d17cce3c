"""A ticket machine: a keypad with a key for each service, or a button, and the printer beside it.

A number is taken first and printed then: what the coordinator has committed is on its way to paper. What
became of the paper is kept as a record. A ticket that is surely not on paper is printed once more when the
printer is well again, with the same number; one that may be is left to the clerk, who sees it in the hall.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

from devices.base import Message as DeviceMessage
from devices.button.messages import LongPressed, Pressed
from devices.keypad.messages import Beep, KeyPressed, ShowDigits, ShowResult
from devices.printer.messages import Outcome, PrintResult, PrintSlip, Ticket
from edge.asker import Make
from edge.desks.base import Host
from edge.desks.directory import Directory
from mqtt_bridge import messages as m
from mqtt_bridge.topics import Topic

TRIES = 2
"""How often a slip is given to the printer while it is certain that none came out."""


class TicketDesk:
    """One ticket machine. `panel` is its keypad or button, `printer` what it prints on ("" = none)."""

    def __init__(
        self, host: Host, panel: str, printer: str, instance: str, directory: Callable[[], Directory]
    ) -> None:
        self._host = host
        self.panel = panel
        self.printer = printer
        self._instance = instance
        self._directory = directory
        self._jobs = itertools.count(1)
        self._printing: dict[str, tuple[m.Slip, int]] = {}  # job -> slip, tries so far
        self._waits: dict[str, m.QueueState] = {}
        self.wants: tuple[tuple[str, ...], ...] = (("state/queue", "+"),)

    def hear(self, topic: Topic, message: m.Message) -> None:
        """How long each queue takes, for those who ask before they take a number."""
        if isinstance(message, m.QueueState):
            self._waits[message.queue] = message

    def link(self, live: bool) -> None:
        """A machine without a coordinator refuses at the next press."""

    def said(self, device: str, message: DeviceMessage) -> None:
        """A key, a button, or what became of a slip."""
        match message:
            case KeyPressed(action="take", digits=digits, option=option):
                self._take(self._directory().service(digits), option or "ordinary")
            case KeyPressed(action="query", digits=digits):
                self._query(self._directory().service(digits))
            case KeyPressed(action="reprint", digits=digits):
                self._reprint(digits)
            case Pressed(action="take", service=service) | LongPressed(action="take", service=service):
                self._take(service, "ordinary")
            case PrintResult(job=job, outcome=outcome, reason=reason) if job in self._printing:
                self._printed(job, outcome, reason)

    def _take(self, service: str, priority: str) -> None:
        wanted = service or "unknown"
        self._ask(lambda id_, deadline: m.TakeNumber(id_, deadline, wanted, priority))

    def _reprint(self, digits: str) -> None:
        self._ask(lambda id_, deadline: m.Reprint(id_, deadline, number=digits))

    def _ask(self, make: Make) -> None:
        self._host.ask(make, self._answered)

    def _answered(self, answer: m.Answer | None) -> None:
        if answer is None or answer.slip is None:
            self._show(ShowResult(ok=False))
            self._show(Beep())
            return
        self._show(ShowResult(ok=True))
        self._print(answer.slip, tries=1)

    def _show(self, message: DeviceMessage) -> None:
        self._host.tell(self.panel, message)

    def _query(self, service: str) -> None:
        """Minutes to wait, from and to, as three digits each."""
        state = self._waits.get(self._directory().queue_of(service))
        if state is None:
            self._show(ShowResult(ok=False))
            return
        low_min, high_min = state.wait_low_s // 60, -(-state.wait_high_s // 60)
        self._show(ShowDigits(f"{min(low_min, 999):03}{min(high_min, 999):03}"))

    # --- paper -------------------------------------------------------------------------------------

    def _print(self, slip: m.Slip, tries: int) -> None:
        job = f"{self._instance}-{self.panel}-{next(self._jobs)}"
        self._printing[job] = (slip, tries)
        command = PrintSlip(job=job, ticket=self._ticket(slip))
        if not self.printer or not self._host.tell(self.printer, command):
            self._printed(job, "not_printed", "port_lost" if self.printer else "no_printer")

    def _printed(self, job: str, outcome: Outcome, reason: str) -> None:
        slip, tries = self._printing.pop(job)
        if outcome == "not_printed" and tries < TRIES and reason not in ("late", "no_printer", "port_lost"):
            self._print(slip, tries + 1)
            return
        record = m.Printed("", "", self._host.now_ms(), slip.visit, slip.number, outcome, reason, slip.copy)
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
            ahead=slip.ahead,
            wait_low_s=slip.wait_low_s,
            wait_high_s=slip.wait_high_s,
            issued=self._directory().local_time(slip.issued_ms),
            windows=slip.windows,
            qr=slip.qr,
            copy=slip.copy,
        )


class PrinterDesk:
    """A printer and the panels that print on it."""

    wants: tuple[tuple[str, ...], ...] = ()

    def __init__(self) -> None:
        self.panels: list[TicketDesk] = []

    def hear(self, topic: Topic, message: m.Message) -> None:
        """A printer shows no state."""

    def link(self, live: bool) -> None:
        """A printer says nothing about links."""

    def said(self, device: str, message: DeviceMessage) -> None:
        """What became of a slip: each panel knows its own jobs."""
        for panel in self.panels:
            panel.said(device, message)
