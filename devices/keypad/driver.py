"""A counter keypad on a line: echo first, then tell what was pressed."""

from __future__ import annotations

from devices.base import Emit, Message
from devices.frame_ff68 import Ff68Framer
from devices.keypad import wire_ff68
from devices.keypad.machine import KeypadMachine
from devices.keypad.messages import Beep, Command, ShowDigits, ShowNumbers, ShowResult
from devices.keypad.settings import KeypadSettings
from devices.line_device import LineDevice, Outbox


class Keypad(LineDevice):
    """Emits KeyPressed, KeysUnknown and DeviceHealth; takes ShowNumbers, ShowDigits, ShowResult and Beep.

    A keypad answers to nothing, so "ready" means that its port is open.
    """

    def __init__(self, name: str, settings: KeypadSettings, emit: Emit) -> None:
        super().__init__(name, Ff68Framer(), emit)
        self._settings = settings
        self._machine = KeypadMachine(settings)

    def owns(self, frame: bytes) -> bool:
        return wire_ff68.address_if_keys(frame) == self._settings.address

    def opened(self, outbox: Outbox, now_s: float) -> None:
        super().opened(outbox, now_s)
        self.tell_health("ready")
        self._send(self._machine.on_open(now_s))

    def heard(self, frame: bytes, now_s: float) -> None:
        self.answer(frame)
        keys = wire_ff68.decode(frame)
        event = self._machine.on_keys(keys.digits, keys.key, now_s)
        if event is not None:
            self.tell(event)

    def due_s(self) -> float | None:
        return self._machine.due_s

    def step(self, now_s: float) -> None:
        self._send(self._machine.step(now_s))

    def handle(self, message: Message, now_s: float) -> None:
        if not isinstance(message, ShowNumbers | ShowDigits | ShowResult | Beep):
            super().handle(message, now_s)
            return
        self._encoded(message)  # refuses digits that are none before anything is kept
        self._send(self._machine.on_command(message, now_s))

    def _send(self, command: Command | None) -> None:
        if command is not None:
            self.post("beep" if isinstance(command, Beep) else "digits", self._encoded(command))

    def _encoded(self, command: Command) -> bytes:
        return wire_ff68.encode(self._settings.address, command, self._settings.digits)
