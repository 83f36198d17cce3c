"""A window strip on a line."""

from __future__ import annotations

from devices.base import Emit, Message
from devices.line_device import LineDevice, Outbox
from devices.strip import wire_a090
from devices.strip.machine import Do, StripMachine
from devices.strip.messages import Command, ShowRom, ShowText
from devices.strip.settings import StripSettings


class Strip(LineDevice):
    """Emits Shown and DeviceHealth; takes ShowText and ShowRom.

    "init" until the first acknowledgement, "degraded" (no_answer) while it does not answer. A strip that
    by its settings never answers is "ready" with its port.
    """

    def __init__(self, name: str, settings: StripSettings, emit: Emit) -> None:
        super().__init__(name, wire_a090.A090Framer(), emit)
        self._settings = settings
        self._machine = StripMachine(settings)

    def owns(self, frame: bytes) -> bool:
        return wire_a090.address_of_ack(frame) == self._settings.address

    def opened(self, outbox: Outbox, now_s: float) -> None:
        super().opened(outbox, now_s)
        if self._settings.acks:
            self.tell_health("init", "not_heard_yet", "no text acknowledged yet")
        else:
            self.tell_health("ready")
        self._do(self._machine.on_open())

    def closed(self) -> None:
        super().closed()
        self._machine.on_close()

    def heard(self, frame: bytes, now_s: float) -> None:
        self._do(self._machine.on_ack(now_s))

    def sent(self, slot: str, end_s: float) -> None:
        self._do(self._machine.on_sent(end_s))

    def due_s(self) -> float | None:
        return self._machine.due_s

    def step(self, now_s: float) -> None:
        self._do(self._machine.step(now_s))

    def handle(self, message: Message, now_s: float) -> None:
        if not isinstance(message, ShowText | ShowRom):
            super().handle(message, now_s)
            return
        self._do(self._machine.on_command(message, self.is_open))

    def _do(self, do: Do) -> None:
        if do.send is not None:
            reply_s = self._settings.reply_ms / 1000 if self._settings.acks else 0.0
            self.post("text", self._encoded(do.send), reply_s)
        if do.answers is True:
            self.tell_health("ready")
        if do.answers is False:
            self.tell_health(
                "degraded", "no_answer", "the strip does not answer: check power, wiring, address"
            )
        if do.shown is not None:
            self.tell(do.shown)

    def _encoded(self, command: Command) -> bytes:
        address = self._settings.address
        if isinstance(command, ShowRom):
            return wire_a090.encode_rom(address)
        return wire_a090.encode_text(address, command.segments, self._settings.columns)
