"""A ticket printer alone on its port: link, wire and machine put together."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from devices.base import Emit, Message
from devices.links import Link, open_link
from devices.printer.jobs import Job
from devices.printer.machine import Machine
from devices.printer.messages import PrintSlip
from devices.printer.render import commands
from devices.printer.settings import PrinterSettings
from devices.printer.wire_escpos import Decoder

GROUP_QUIET_S = 0.5  # the four bytes of a status come back to back: 4 ms at 9600 baud


class PrinterPort:
    """A port (devices.base.Port) with one ESC/POS printer, on a serial line or TCP.

    Takes `PrintSlip`, emits `PrintResult` and `DeviceHealth`.
    """

    def __init__(
        self,
        name: str,
        device: str,
        url: str,
        settings: PrinterSettings,
        emit: Emit,
        baud: int = 9600,
        opener: Callable[..., Link] = open_link,
    ) -> None:
        """`opener` is `devices.links.open_link` or, in tests, one with its signature."""
        self.name = name
        self._device = device
        self._settings = settings
        self._emit = emit
        self._opener = partial(opener, url, baud, name=name)
        self._link: Link | None = None
        self._started = False
        self._decoder = Decoder()
        self._machine = Machine(settings)
        self._heard_s = 0.0

    @property
    def devices(self) -> tuple[str, ...]:
        """The one printer."""
        return (self._device,)

    @property
    def rubbish_bytes(self) -> int:
        """Bytes from the printer that were no answer, since the start."""
        return self._decoder.rubbish

    def open(self, now_s: float) -> None:
        """Open the link and ask the printer how it is. Raises LinkLost."""
        self._link = self._opener()
        self._start_if_up(now_s)

    def close(self) -> None:
        """Release the link; every ticket under way or waiting gets its result."""
        link, self._link = self._link, None
        self._started = False
        self._decoder.quiet()
        self._machine.close()
        if link is not None:
            link.close()
        self._tell()

    def read_fd(self) -> int | None:
        """The link's descriptor."""
        return self._link.fileno() if self._link is not None else None

    def write_fd(self) -> int | None:
        """The link's descriptor while bytes may go out, or while a connection is being made."""
        if self._link is None or (self._started and not self._machine.outgoing()):
            return None
        return self._link.fileno()

    def due_s(self) -> float | None:
        """When the machine wants to be asked again."""
        return self._machine.due_s()

    def on_readable(self, now_s: float) -> None:
        """Read and act. Raises LinkLost."""
        if self._link is None or not self._start_if_up(now_s):
            return
        data = self._link.read()
        if now_s - self._heard_s > GROUP_QUIET_S:
            self._decoder.quiet()
        self._heard_s = now_s
        self._machine.received(self._decoder.feed(data), now_s)
        self._tell()

    def on_writable(self, now_s: float) -> None:
        """Write one chunk. Raises LinkLost."""
        if self._link is None or not self._start_if_up(now_s):
            return
        data = self._machine.outgoing()
        if data:
            self._machine.taken(self._link.write(data), now_s)
        self._tell()

    def step(self, now_s: float) -> None:
        """Time-outs, status requests, tickets that waited too long."""
        self._machine.step(now_s)
        self._tell()

    def handle(self, device: str, message: Message, now_s: float) -> None:
        """Print a slip. Raises TypeError for any other message."""
        if not isinstance(message, PrintSlip):
            raise TypeError(f"printer {device} knows no {type(message).__name__}")
        self._machine.submit(Job(message.job, commands(message.ticket, self._settings)), now_s)
        self._tell()

    def _start_if_up(self, now_s: float) -> bool:
        if not self._started and self._link is not None and self._link.is_up():
            self._started = True
            self._machine.open(now_s)
            self._tell()
        return self._started

    def _tell(self) -> None:
        events, self._machine.events[:] = list(self._machine.events), []
        for event in events:
            self._emit(self._device, event)
