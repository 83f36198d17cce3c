"""Asks a printer how it is: by automatic status, and by DLE EOT where that fails.

Rules
1. At the start automatic status is switched on; its first group is the answer.
2. Without that answer, and while the printer has a fault, the four DLE EOT are asked one at a time, since
   their answers do not say which is which. They are answered offline as well, and by a printer that was
   switched off and on and so forgot to send by itself.
3. A round that is not answered makes the printer `silent` until it says anything.
4. An idle printer that is well is asked every `check_s`, one that is not, every `poll_s`.
"""

from __future__ import annotations

from devices.printer import wire_escpos as wire
from devices.printer.settings import PrinterSettings
from devices.printer.status import Status, fault_of, from_answers, from_auto_status

LAST_REQUEST = 4


class StatusWatch:
    """Rules 1 to 4. `heard`: it has ever answered. `auto`: it sends by itself. `silent`: see rule 3."""

    def __init__(self, settings: PrinterSettings) -> None:
        self.heard = False
        self.auto = False
        self.silent = False
        self.status: Status | None = None
        self._settings = settings
        self._requests: list[bytes] = []
        self._answers = b""
        self._asking: int | None = None  # 0: automatic status, 1 to 4: DLE EOT
        self._due_s = 0.0

    def open(self, now_s: float) -> None:
        """Start over."""
        self.status = None
        self.auto = self.silent = False
        self._requests.clear()
        self._ask(0, now_s)

    def take(self) -> list[bytes]:
        """The requests to send now."""
        requests, self._requests = self._requests, []
        return requests

    def sent(self, now_s: float) -> None:
        """The requests have gone out only now: their time starts."""
        if self._asking is not None:
            self._due_s = now_s + self._settings.status_timeout_s

    def due_s(self) -> float:
        """When `step` has something to do."""
        return self._due_s

    def step(self, now_s: float) -> None:
        """A time-out, or time to ask again."""
        if now_s < self._due_s:
            return
        if self._asking is None:
            self._ask(0 if self.auto and self._well() else 1, now_s)
        elif self._asking == 0:
            self.auto = False
            self._ask(1, now_s)
        else:
            self.silent, self.status = True, None
            self._rest(now_s)

    def feed(self, answer: wire.Answer, now_s: float) -> Status | None:
        """The status that `answer` completes, or None."""
        if isinstance(answer, wire.AutoStatus):
            return self._automatic(answer.raw, now_s)
        if isinstance(answer, wire.StatusAnswer) and self._asking:
            return self._answered(answer.value, now_s)
        return None

    def _automatic(self, raw: bytes, now_s: float) -> Status:
        self.auto = True
        if self._asking == 0:
            self._asking = None
        return self._known(from_auto_status(raw), now_s)

    def _answered(self, value: int, now_s: float) -> Status | None:
        self.heard, self.silent = True, False
        self._answers += bytes([value])
        if len(self._answers) < LAST_REQUEST:
            self._ask(len(self._answers) + 1, now_s)
            return None
        status = self._known(from_answers(self._answers), now_s)
        self._requests.append(wire.AUTO_STATUS_ON)
        return status

    def _known(self, status: Status, now_s: float) -> Status:
        self.heard, self.silent, self.status = True, False, status
        if not self._asking or len(self._answers) == LAST_REQUEST:
            self._rest(now_s)
        return status

    def _ask(self, which: int, now_s: float) -> None:
        if which <= 1:
            self._answers = b""
        self._asking = which
        self._requests.append(wire.status_request(which) if which else wire.AUTO_STATUS_ON)
        self._due_s = now_s + self._settings.status_timeout_s

    def _rest(self, now_s: float) -> None:
        self._asking = None
        pause_s = self._settings.check_s if self.auto and self._well() else self._settings.poll_s
        self._due_s = now_s + pause_s

    def _well(self) -> bool:
        return self.status is not None and not fault_of(self.status)
