"""Whole drivers and twins as something that bytes are given to, without a wire and in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from devices.base import DeviceHealth, Emit, Message, Port
from devices.evaluator.driver import Evaluator
from devices.evaluator.settings import EvaluatorSettings
from devices.keypad.driver import Keypad
from devices.keypad.messages import KeyPressed
from devices.keypad.settings import KeypadSettings
from devices.line import LinePort
from devices.line_device import LineDevice
from devices.line_settings import LineSettings
from devices.printer.driver import PrinterPort
from devices.printer.messages import PrintSlip, Ticket
from devices.printer.settings import PrinterSettings
from devices.strip.driver import Strip
from devices.strip.settings import StripSettings
from simulators.evaluator.twin import EvaluatorTwin
from simulators.keypad.twin import KeypadTwin
from simulators.pins.interface_socket import PinsTwin
from simulators.printer.tokens import Token, Tokens
from simulators.printer.twin import PrinterTwin
from simulators.receivers import ReceiverA090, ReceiverFF68
from simulators.strip.twin import StripTwin
from simulators.twin import Twin

TICKET: Final = Ticket(hall="大厅", number="A001", service="企业开办", ahead=3, qr="https://hall.example/v/1")
PAUSE_S: Final = 10.0  # longer than any device waits for the rest of a frame
FILLING_BYTES: Final = 256


class OffWire:
    """A twin; what it shows, or what `seen` looks at, is what came out."""

    def __init__(self, twin: Twin, seen: Callable[[Any], object]) -> None:
        self.twin = twin
        self._seen = seen
        self._now_s = PAUSE_S

    def feed(self, data: bytes) -> object:
        """What is seen of it then."""
        self.twin.hear(data, self._now_s)
        return self._seen(self.twin)

    def quiet(self) -> None:
        """Time passes."""
        self._now_s += PAUSE_S
        self.twin.step(self._now_s)


def keypad_twin() -> OffWire:
    """Keypad 3 and its digits."""
    return OffWire(KeypadTwin(3), lambda twin: twin.shown)


def evaluator_twin() -> OffWire:
    """Evaluator 83 hex, which overhears keypad 3: whether it asks."""
    return OffWire(EvaluatorTwin(0x83, keypad=3), lambda twin: twin.is_open)


def strip_twin() -> OffWire:
    """Strip 3 and its text."""
    return OffWire(StripTwin(3), lambda twin: twin.text)


class PrinterOffWire(OffWire):
    """A printer waits for the rest of a picture for ever: a hand switches it off and on, with a new roll."""

    def __init__(self) -> None:
        super().__init__(PrinterTwin(papers_max=2), lambda twin: twin.papers[-1].text if twin.papers else ())
        self._printer: Any = self.twin

    def quiet(self) -> None:
        self._printer.power_cut()
        self._printer.new_roll()
        super().quiet()


class ReceiverOffWire:
    """A receiver with the time of its line."""

    def __init__(self, receiver: type[ReceiverFF68 | ReceiverA090]) -> None:
        self._receiver = receiver()
        self._now_s = 1.0

    def feed(self, data: bytes) -> object:
        """The frames that are whole then."""
        return self._receiver.feed(data, self._now_s)

    def quiet(self) -> None:
        """Time passes."""
        self._now_s += 1.0


def fill_up(tokens: Tokens) -> list[Token]:
    """What a driver does after a picture was torn: it sends as many bytes as may be lacking."""
    found: list[Token] = []
    while not tokens.at_start:
        found += tokens.feed(bytes(FILLING_BYTES))
    return found


def seen_lamp(twin: PinsTwin, data: bytes) -> object:
    """A line to a board of pins, and how the lamp on pin 27 is then."""
    twin.see(data.decode("utf-8", errors="replace"))
    return twin.lamp(27)


class _Memory:
    """A link whose far end is the one who feeds it, and takes all that is written."""

    def __init__(self) -> None:
        self.waiting = b""

    def fileno(self) -> int:
        return 0

    def is_up(self) -> bool:
        return True

    def read(self) -> bytes:
        data, self.waiting = self.waiting, b""
        return data

    def write(self, data: bytes) -> int:
        return len(data)

    def discard(self) -> None:
        self.waiting = b""

    def close(self) -> None:
        self.waiting = b""


class Driven:
    """A port of the product with its devices; what came out is the last that `device` said of a kind."""

    def __init__(self, make: Callable[..., Port], device: str, kind: type[Message]) -> None:
        self._link = _Memory()
        self._device, self._kind = device, kind
        self._said: Message | None = None
        self._now_s = PAUSE_S
        self._port = make(lambda *_, **__: self._link, self._emit)
        self._port.open(self._now_s)

    def feed(self, data: bytes) -> object:
        """Bytes from the devices of the port."""
        self._link.waiting += data
        self._port.on_readable(self._now_s)
        self._write()
        return self._said

    def handle(self, device: str, message: Message) -> None:
        """A command of the node."""
        self._port.handle(device, message, self._now_s)
        self._write()

    def quiet(self) -> None:
        """Time passes, as its timers want it."""
        until_s = self._now_s + PAUSE_S
        while (due_s := self._port.due_s()) is not None and due_s <= until_s:
            self._now_s = max(self._now_s, due_s) + 1e-6
            self._port.step(self._now_s)
            self._write()
        self._now_s = until_s

    def _write(self) -> None:
        while self._port.write_fd() is not None:
            self._port.on_writable(self._now_s)

    def _emit(self, name: str, message: Message) -> None:
        if name == self._device and isinstance(message, self._kind):
            self._said = message


def line_of(
    devices: Callable[[Emit], Sequence[LineDevice]], device: str, kind: type[Message] = DeviceHealth
) -> Driven:
    """A line with these devices; what `device` says of this kind is what came out."""
    settings = LineSettings(url="memory")
    return Driven(lambda opener, emit: LinePort("line", settings, devices(emit), opener, emit), device, kind)


def counter_line() -> Driven:
    """A counter's line: keypad 3, evaluator 83 hex, strip 3."""
    return line_of(
        lambda emit: (
            Keypad("keypad", KeypadSettings(address=3, refresh_s=0), emit),
            Evaluator("evaluator", EvaluatorSettings(address=0x83), emit),
            Strip("strip", StripSettings(address=3, refresh_s=0), emit),
        ),
        "keypad",
        KeyPressed,
    )


def printer_port() -> Driven:
    """A ticket printer."""

    def make(opener: Callable[..., Any], emit: Emit) -> Port:
        return PrinterPort("serial", "printer", "memory", PrinterSettings(), emit, opener=opener)

    return Driven(make, "printer", DeviceHealth)


def printing_port() -> Driven:
    """The same with a ticket on its way."""
    driven = printer_port()
    driven.handle("printer", PrintSlip("job", TICKET))
    return driven
