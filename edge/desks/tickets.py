"""A ticket machine: a keypad with a key for each service, or a button, and the printer beside it.

A number is taken first and printed then: what the coordinator has committed is on its way to paper, so no
number is taken while the printer is known not to print. Where the coordinator does not answer in time, its
number is given up, whatever it is, and only when that is kept the node issues one of its own. A machine
without numbers prints where to go instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from devices.base import DeviceHealth
from devices.base import Message as DeviceMessage
from devices.button.messages import LongPressed, Pressed
from devices.keypad.messages import Beep, KeyPressed, KeysUnknown, ShowDigits, ShowResult
from devices.printer.messages import PrintResult
from edge.asker import Make
from edge.desks.base import Host
from edge.desks.directory import Directory
from edge.desks.paper import Paper
from mqtt_bridge import messages as m
from mqtt_bridge.topics import Topic

REBUILDING = "rebuilding"
"""A coordinator with a new store is told first what nodes keep: a matter of seconds."""
TO_THE_DESK = ("no_numbers", "storage")
"""Reasons for which the machine will give no number later either."""


class TicketHost(Host, Protocol):
    """What a ticket machine may do besides."""

    def issue_alone(self, service: str, priority: str, given: Callable[[m.Slip | None, str], None]) -> None:
        """Issue a number without the coordinator.

        `given(slip, "")` when it is durable, or `given(None, why not)`.
        """


class TicketDesk:
    """One ticket machine. `panel` is its keypad or button, `printer` what it prints on ("" = none).

    `has_display`: the panel can show digits and beep. A button cannot.
    """

    def __init__(
        self,
        host: TicketHost,
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
        self._directory = directory
        self._paper = Paper(host, printer, f"{instance}-{panel}", directory, self._refuse)
        self._waits: dict[str, m.QueueState] = {}
        self._epoch = 0
        self.wants: tuple[tuple[str, ...], ...] = (("state/queue", "+"),)

    def hear(self, topic: Topic, message: m.Message) -> None:
        """How long each queue takes, for those who ask before they take a number."""
        if isinstance(message, m.QueueState):
            self._waits[message.queue] = message

    def link(self, epoch: int) -> None:
        """A machine without a coordinator tells no waits, and issues numbers by itself."""
        self._epoch = epoch

    def health(self, device: str, health: DeviceHealth) -> None:
        """The printer can print, or cannot; a panel that shows nothing has missed nothing."""
        if device == self.printer:
            self._paper.health(health)

    def said(self, device: str, message: DeviceMessage) -> None:
        """A key, a button, or what became of a slip."""
        match message:
            case KeyPressed(action="take", digits=digits, option=option):
                self._take(self._directory().service(digits), option or "ordinary")
            case KeyPressed(action="query", digits=digits):
                self._query(self._directory().service(digits))
            case KeyPressed(action="reprint", digits=digits):
                self._ask(lambda id_, deadline: m.Reprint(id_, deadline, number=digits), self._answered)
            case Pressed(action="take", service=service) | LongPressed(action="take", service=service):
                self._take(service, "ordinary")
            case KeyPressed() | KeysUnknown():
                self._refuse()
            case PrintResult():
                self._paper.result(message)

    def _ask(self, make: Make, answered: Callable[[m.Answer | None], None]) -> None:
        if self._paper.prints:
            self._host.ask(make, answered)
        else:
            self._refuse()

    def _take(self, service: str, priority: str) -> None:
        wanted, asked = service or "unknown", [""]

        def make(id_: str, deadline_ms: int) -> m.Ask:
            asked[0] = id_
            return m.TakeNumber(id_, deadline_ms, wanted, priority)

        def answered(answer: m.Answer | None) -> None:
            if answer is not None and answer.code == REBUILDING:
                self._issue_alone(wanted, priority)  # it was refused: no number will come of it
            elif answer is None:
                self._give_up(asked[0], lambda: self._issue_alone(wanted, priority))
            else:
                self._answered(answer)

        self._ask(make, answered)

    def _answered(self, answer: m.Answer | None) -> None:
        if answer is None or answer.slip is None:
            self._refuse()
        else:
            self._give(answer.slip)

    def _give(self, slip: m.Slip) -> None:
        self._show(ShowResult(ok=True))
        self._paper.print(slip)

    # --- without the coordinator -------------------------------------------------------------------

    def _give_up(self, request: str, then: Callable[[], None]) -> None:
        """No paper will ever come of `request` ("" = nothing was asked): once that is kept, `then`."""

        def kept(error: Exception | None) -> None:
            if error is None:
                then()
            else:
                self._refuse()

        if request:
            self._host.keep(m.Withdrawn("", "", self._host.now_ms(), request), kept)
        else:
            then()

    def _issue_alone(self, service: str, priority: str) -> None:
        if self._paper.prints:
            self._host.issue_alone(service, priority, self._given)
        else:
            self._refuse()

    def _given(self, slip: m.Slip | None, refusal: str) -> None:
        if slip is not None:
            self._give(slip)
            return
        self._refuse()
        if refusal in TO_THE_DESK:
            self._paper.send_to_desk()

    # --- the panel -----------------------------------------------------------------------------------

    def _refuse(self) -> None:
        self._show(ShowResult(ok=False))
        self._show(Beep())

    def _show(self, message: DeviceMessage) -> None:
        if self._has_display:
            self._host.tell(self.panel, message)

    def _query(self, service: str) -> None:
        """Minutes to wait, from and to, as three digits each; nothing that nobody can say."""
        state = self._waits.get(self._directory().queue_of(service))
        if state is None or state.epoch != self._epoch or not state.wait_high_s:
            self._refuse()
            return
        low_min, high_min = state.wait_low_s // 60, -(-state.wait_high_s // 60)
        self._show(ShowDigits(f"{min(low_min, 999):03}{min(high_min, 999):03}"))


class PrinterDesk:
    """A printer and the panels that print on it."""

    wants: tuple[tuple[str, ...], ...] = ()

    def __init__(self) -> None:
        self.panels: list[TicketDesk] = []

    def hear(self, topic: Topic, message: m.Message) -> None:
        """A printer shows no state."""

    def link(self, epoch: int) -> None:
        """A printer says nothing about links."""

    def health(self, device: str, health: DeviceHealth) -> None:
        """Each panel must know whether it can print."""
        for panel in self.panels:
            panel.health(device, health)

    def said(self, device: str, message: DeviceMessage) -> None:
        """What became of a slip: each panel knows its own jobs."""
        for panel in self.panels:
            panel.said(device, message)
