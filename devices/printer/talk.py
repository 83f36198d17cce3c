"""The talk with the printer: what goes out in which order, and what the answers prove. No clock, no link.

Facts for the machine come out of `heard`, `taken` and `step`.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto

from devices.printer import wire_escpos as wire
from devices.printer.confirm import Confirmation
from devices.printer.outbox import Outbox
from devices.printer.settings import PrinterSettings
from devices.printer.watch import StatusWatch

FEED_LINES = 4  # from print head to cutter, about 15 mm


class Fact(Enum):
    """What the printer was found to be."""

    STATUS = auto()  # `watch.status` is new
    SILENT = auto()  # it does not answer
    WORKED_OFF = auto()  # everything sent was worked off
    OWING = auto()  # an answer came, others are still owed
    NO_PAPER = auto()  # it answered in its turn, but had no paper
    SENT = auto()  # nothing waits to go out any more


class Talk:
    """Outbox, status requests and confirmation of one printer."""

    def __init__(self, settings: PrinterSettings) -> None:
        self.watch = StatusWatch(settings)
        self.confirm = Confirmation()
        self.outbox = Outbox()
        self._settings = settings
        self._paused = False
        self._torn_bytes = 0
        self._longest = 0

    @property
    def torn(self) -> bool:
        """A ticket was broken off; `separate` before the next."""
        return self._torn_bytes > 0

    def complaint(self) -> str:
        """Code of what is not right with a printer that has no fault, or ""."""
        if not self._settings.answers:
            return ""
        if not self.watch.heard:
            return "no_answer"
        if not self.confirm.patient:
            return "no_confirm"
        status = self.watch.status
        return "paper_low" if status is not None and status.paper_low else ""

    def open(self, now_s: float) -> None:
        """The link is new: the printer may still wait for the rest of a raster command."""
        self._paused = False
        self.confirm.forget()
        self.outbox.add(bytes(self._torn_bytes))
        if self._settings.answers:
            self.watch.open(now_s)
            self._request()

    def ask_again(self, now_s: float) -> None:
        """Start over with the status, on the same link."""
        self.confirm.forget()
        self.watch.open(now_s)
        self._request()

    def outgoing(self) -> bytes:
        """The next bytes, at most a chunk; b"" while the printer asked to wait (XOFF)."""
        if self._paused and self.outbox.ticket_first:
            return b""
        return self.outbox.head(self._settings.chunk_bytes)

    def taken(self, count: int, now_s: float) -> list[Fact]:
        """The link took `count` bytes."""
        self.outbox.taken(count)
        if not self.outbox.empty:
            return []
        self.watch.sent(now_s)
        return [Fact.SENT]

    def heard(self, answer: wire.Answer, now_s: float) -> list[Fact]:
        """The printer said something."""
        facts: list[Fact] = []
        if isinstance(answer, wire.Flow):
            self._paused = not answer.go
        elif isinstance(answer, wire.PaperAnswer):
            facts += self._paper(answer)
        elif isinstance(answer, wire.AutoStatus) and self.confirm.status_came():
            facts.append(Fact.WORKED_OFF)
        if self.watch.feed(answer, now_s):
            facts.append(Fact.STATUS)
        self._request()
        return facts

    def _paper(self, answer: wire.PaperAnswer) -> list[Fact]:
        done = self.confirm.answered(self.watch.auto)
        if answer.value & 0x0C:
            return [Fact.NO_PAPER]
        return [Fact.WORKED_OFF if done else Fact.OWING]

    def step(self, now_s: float) -> list[Fact]:
        """Ask for the status when it is time."""
        self.watch.step(now_s)
        self._request()
        return [Fact.SILENT] if self.watch.silent else []

    def print(self, commands: Sequence[bytes]) -> None:
        """A ticket, and the question behind it."""
        self._longest = max(map(len, commands), default=0)
        self.outbox.add_ticket(commands)
        self.ask_done()

    def ask_done(self) -> None:
        """Ask to be told when all before is worked off."""
        if self._settings.answers:
            self.outbox.add(self.confirm.ask())

    def go(self) -> None:
        """Forget that the printer asked to wait: its XON may be lost."""
        self._paused = False

    def break_off(self) -> bool:
        """Stop the ticket. True when some of it has gone out, so that something may stick out of the slot."""
        begun = self.outbox.begun
        if begun:
            self._torn_bytes = max(self._longest, 1)
        dropped = self.outbox.drop()
        self.confirm.withdraw(sum(wire.PAPER_REQUEST in command[:3] for command in dropped))
        return begun

    def lost(self) -> None:
        """The link is gone."""
        self.outbox.clear()

    def separate(self) -> None:
        """End whatever was broken off: fill a torn raster, start anew, feed and cut."""
        self.outbox.add(bytes(self._torn_bytes) + wire.INIT + wire.feed(FEED_LINES))
        if self._settings.cut != "none":
            self.outbox.add(wire.cut(self._settings.cut))
        self._torn_bytes = 0

    def recover(self) -> None:
        """Ask the printer to leave a recoverable error."""
        self.outbox.add(wire.RECOVER)

    def _request(self) -> None:
        for request in self.watch.take():
            self.outbox.add(request)
