"""A ticket machine: a keypad with a key for each service, or a button, and the printer beside it.

A number is taken first and printed then: what the coordinator has committed is on its way to paper, so no
number is taken while the printer is known not to print. What became of the paper is kept as a record. A
ticket that was not begun because the printer's link broke is printed once more when the printer is well
within `AGAIN_S`, with the same number. One that waited inside for the printer's own fault to end is over by
then, and one that may be on paper is left to the clerk, who sees it in the hall.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import NamedTuple

from devices.base import DeviceHealth
from devices.base import Message as DeviceMessage
from devices.button.messages import LongPressed, Pressed
from devices.keypad.messages import Beep, KeyPressed, KeysUnknown, ShowDigits, ShowResult
from devices.printer.messages import Outcome, PrintResult, PrintSlip, Ticket
from edge.asker import Make
from edge.desks.base import Host
from edge.desks.directory import Directory
from mqtt_bridge import messages as m
from mqtt_bridge.topics import Topic

TRIES = 2
"""How often a slip is given to the printer while it is certain that none came out."""
AGAIN_S = 60.0
"""Longer than a plug takes; who waited longer for paper has left or asked."""
LINK_LOST = "link_lost"
PRINTS = ("paper_low", "no_answer", "no_confirm")
"""Codes of a degraded printer that prints all the same."""


class Job(NamedTuple):
    """A slip on its way to paper."""

    slip: m.Slip
    tries: int = 1


class TicketDesk:
    """One ticket machine. `panel` is its keypad or button, `printer` what it prints on ("" = none).

    `has_display`: the panel can show digits and beep. A button cannot.
    """

    def __init__(
        self,
        host: Host,
        panel: str,
        printer: str,
        instance: str,
        directory: Callable[[], Directory],
        *,
        has_display: bool,
    ) -> None:
        self._host = host
        self._has_display = has_display
        self.panel = panel
        self.printer = printer
        self._instance = instance
        self._directory = directory
        self._names = itertools.count(1)
        self._printing: dict[str, Job] = {}
        self._put_off: list[Job] = []  # until the printer is well
        self._prints = True
        self._waits: dict[str, m.QueueState] = {}
        self._live = False
        self.wants: tuple[tuple[str, ...], ...] = (("state/queue", "+"),)

    def hear(self, topic: Topic, message: m.Message) -> None:
        """How long each queue takes, for those who ask before they take a number."""
        if isinstance(message, m.QueueState):
            self._waits[message.queue] = message

    def link(self, live: bool) -> None:
        """A machine without a coordinator refuses at the next press."""
        self._live = live

    def health(self, device: str, health: DeviceHealth) -> None:
        """The printer can print, or cannot; a panel that shows nothing has missed nothing."""
        if device == self.printer:
            self._prints = health.state in ("init", "ready") or (
                health.state == "degraded" and health.code in PRINTS
            )
            if health.state == "ready":
                self._print_put_off()

    def said(self, device: str, message: DeviceMessage) -> None:
        """A key, a button, or what became of a slip."""
        match message:
            case KeyPressed(action="take", digits=digits, option=option):
                self._take(self._directory().service(digits), option or "ordinary")
            case KeyPressed(action="query", digits=digits):
                self._query(self._directory().service(digits))
            case KeyPressed(action="reprint", digits=digits):
                self._ask(lambda id_, deadline: m.Reprint(id_, deadline, number=digits))
            case Pressed(action="take", service=service) | LongPressed(action="take", service=service):
                self._take(service, "ordinary")
            case KeyPressed() | KeysUnknown():
                self._refuse()
            case PrintResult(job=job, outcome=outcome, reason=reason) if job in self._printing:
                self._printed(self._printing.pop(job), outcome, reason)

    def _take(self, service: str, priority: str) -> None:
        wanted = service or "unknown"
        self._ask(lambda id_, deadline: m.TakeNumber(id_, deadline, wanted, priority))

    def _ask(self, make: Make) -> None:
        if self._prints:
            self._host.ask(make, self._answered)
        else:
            self._refuse()

    def _answered(self, answer: m.Answer | None) -> None:
        if answer is None or answer.slip is None:
            self._refuse()
            return
        self._show(ShowResult(ok=True))
        self._print(Job(answer.slip))

    def _refuse(self) -> None:
        self._show(ShowResult(ok=False))
        self._show(Beep())

    def _show(self, message: DeviceMessage) -> None:
        if self._has_display:
            self._host.tell(self.panel, message)

    def _query(self, service: str) -> None:
        """Minutes to wait, from and to, as three digits each; nothing that nobody can say."""
        state = self._waits.get(self._directory().queue_of(service)) if self._live else None
        if state is None or not state.wait_high_s:
            self._refuse()
            return
        low_min, high_min = state.wait_low_s // 60, -(-state.wait_high_s // 60)
        self._show(ShowDigits(f"{min(low_min, 999):03}{min(high_min, 999):03}"))

    # --- paper -------------------------------------------------------------------------------------

    def _print(self, job: Job) -> None:
        name = f"{self._instance}-{self.panel}-{next(self._names)}"
        self._printing[name] = job
        command = PrintSlip(job=name, ticket=self._ticket(job.slip))
        taken = bool(self.printer) and self._host.tell(self.printer, command)
        if not taken and name in self._printing:  # else it was lost in the act, and said so itself
            reason = LINK_LOST if self.printer else "no_printer"
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

    def health(self, device: str, health: DeviceHealth) -> None:
        """Each panel must know whether it can print."""
        for panel in self.panels:
            panel.health(device, health)

    def said(self, device: str, message: DeviceMessage) -> None:
        """What became of a slip: each panel knows its own jobs."""
        for panel in self.panels:
            panel.said(device, message)
