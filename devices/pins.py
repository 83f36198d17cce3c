"""Pins of the machine: levels in, levels out, edges with their times. Only this file knows gpiozero.

    gpio:                      the machine's own pins, through gpiozero's default factory
    mock-gpio:/path/to.sock    gpiozero's mock pins, driven from outside (see pins_socket.py)

Edges of real pins arrive in a thread of the pin library. They cross into the event loop by one bounded
queue and an eventfd. Their time is read off the monotonic clock in that thread, the only clock that is
read in this folder: when the loop is busy, a press keeps its length. When the queue is full, edges are
dropped and counted, and the present level of each input takes their place.

gpiozero's pins are used without its Button and LED: those start a thread each, and its mock pins know
no debouncing. Ours is devices/button/debounce.py.
"""

from __future__ import annotations

import os
import select
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, Protocol, TypeAlias

from devices.errors import DeviceError, LinkLost
from devices.pins_socket import Drive, PinsSocket

Pull: TypeAlias = Literal["up", "down", "none"]

MOST_EDGES: Final = 1_024  # a chattering contact makes some hundred edges a second
CURE: Final = "run on a Raspberry Pi with lgpio installed, as a user of the group gpio, or use mock-gpio:"


class PinRefusedError(DeviceError, ValueError):
    """One pin cannot be used as asked. The others work."""


class Edge(NamedTuple):
    """The level of an input after a change, and the monotonic time of the change in seconds."""

    pin: int
    high: bool
    at_s: float


class Pins(Protocol):
    """Opened pins. Not safe for threads, but for the edges that come in by themselves."""

    dropped: int

    def fileno(self) -> int:
        """Readable when `edges` has something to do; the same until `close`."""

    def claim_input(self, pin: int, pull: Pull) -> bool:
        """Make it an input and return whether it is high. Raises PinRefusedError."""

    def claim_output(self, pin: int, high: bool) -> None:
        """Make it an output at that level. Raises PinRefusedError."""

    def write(self, pin: int, high: bool) -> None:
        """Set an output. Raises KeyError for a pin that was not claimed as one, PinRefusedError."""

    def edges(self, now_s: float) -> list[Edge]:
        """The edges since the last call, oldest first."""

    def close(self) -> None:
        """Release all pins. Safe twice."""


def open_pins(url: str, clock: Callable[[], float] = time.monotonic) -> Pins:
    """Open the pins of a port. Raises LinkLost in plain words, ValueError for a URL that is none of pins."""
    check_url(url)
    if url == "gpio:":
        return GpioPins(_default_factory(), clock)
    return MockPins(Path(url.removeprefix("mock-gpio:")))


def check_url(url: str) -> None:
    """Raises ValueError for a URL that is none of pins."""
    if url != "gpio:" and not (url.startswith("mock-gpio:") and url.removeprefix("mock-gpio:")):
        raise ValueError(f"{url!r} is no port of pins: use gpio: or mock-gpio:/path/to.sock")


def _default_factory() -> Any:
    """The choice of gpiozero for this machine. Raises LinkLost with the reasons it gives."""
    with warnings.catch_warnings(record=True) as reasons:
        warnings.simplefilter("always")
        try:
            from gpiozero import Device

            Device.ensure_pin_factory()
        except (ImportError, OSError, ValueError) as error:  # BadPinFactory is an ImportError
            said = "; ".join(str(reason.message).removeprefix("Falling back from ") for reason in reasons)
            raise LinkLost(f"no pins on this machine: {CURE} ({said[:300] or error})") from error
    return Device.pin_factory


def _pin_errors() -> tuple[type[Exception], ...]:
    """What gpiozero and the library below it raise for a pin."""
    from gpiozero import GPIOZeroError

    below = getattr(sys.modules.get("lgpio"), "error", GPIOZeroError)
    return (GPIOZeroError, below, OSError, RuntimeError)


class _Watch:
    """Hands the edges of one pin on. gpiozero keeps only a weak reference to its method."""

    def __init__(self, number: int, take: Callable[[int, bool], None]) -> None:
        self._number = number
        self._take = take

    def changed(self, _ticks: float, state: float) -> None:
        self._take(self._number, bool(state))


class GpioPins:
    """Pins of one gpiozero factory. The factory stays: it belongs to the process."""

    def __init__(self, factory: Any, clock: Callable[[], float]) -> None:
        self._factory = factory
        self._clock = clock
        self._inputs: dict[int, Any] = {}
        self._outputs: dict[int, Any] = {}
        self._watches: list[_Watch] = []
        self._queue: deque[Edge] = deque()
        self._lock = threading.Lock()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._overflowed = False
        self.dropped = 0

    def fileno(self) -> int:
        """See Pins."""
        return self._wake

    def claim_input(self, pin: int, pull: Pull) -> bool:
        """See Pins."""
        watch = _Watch(pin, self._take)
        try:
            handle = self._factory.pin(pin)
            handle.input_with_pull("floating" if pull == "none" else pull)
            handle.edges = "both"
            handle.when_changed = watch.changed
            high = bool(handle.state)
        except _pin_errors() as error:
            raise PinRefusedError(f"pin {pin} cannot be an input with pull {pull}: {error}") from error
        self._watches.append(watch)
        self._inputs[pin] = handle
        return high

    def claim_output(self, pin: int, high: bool) -> None:
        """See Pins."""
        try:
            handle = self._factory.pin(pin)
            handle.output_with_state(high)
        except _pin_errors() as error:
            raise PinRefusedError(f"pin {pin} cannot be an output: {error}") from error
        self._outputs[pin] = handle

    def write(self, pin: int, high: bool) -> None:
        """See Pins."""
        try:
            self._outputs[pin].state = high
        except _pin_errors() as error:
            raise PinRefusedError(f"pin {pin} cannot be set: {error}") from error

    def edges(self, now_s: float) -> list[Edge]:
        """See Pins."""
        with self._lock:
            try:
                os.eventfd_read(self._wake)
            except BlockingIOError:
                pass  # woken by something else
            found, self._queue = list(self._queue), deque()
            overflowed, self._overflowed = self._overflowed, False
        if overflowed:
            found += [Edge(pin, bool(handle.state), now_s) for pin, handle in self._inputs.items()]
        return found

    def close(self) -> None:
        """See Pins."""
        for handle in (*self._inputs.values(), *self._outputs.values()):
            try:
                handle.when_changed = None
                handle.close()
            except _pin_errors():
                pass  # it is being given up anyway, often because the hardware has gone
        self._inputs.clear()
        self._outputs.clear()
        with self._lock:
            wake, self._wake = self._wake, -1
        if wake >= 0:
            os.close(wake)

    def _take(self, pin: int, high: bool) -> None:
        """In any thread: keep one edge."""
        at_s = self._clock()
        with self._lock:
            if self._wake < 0:
                return
            if len(self._queue) >= MOST_EDGES:
                self.dropped += 1
                self._overflowed = True
            else:
                self._queue.append(Edge(pin, high, at_s))
            os.eventfd_write(self._wake, 1)


class MockPins(GpioPins):
    """gpiozero's mock pins with a socket for the twin. Edges have the time at which they are read."""

    def __init__(self, path: Path) -> None:
        """Raises LinkLost where the socket cannot be opened."""
        from gpiozero.pins.mock import MockFactory

        super().__init__(MockFactory(), lambda: self._now_s)
        self._now_s = 0.0
        self._epoll = select.epoll()
        self._epoll.register(self._wake, select.EPOLLIN)
        try:
            self._socket = PinsSocket(path, self._epoll, self._drive, self._greeting)
        except LinkLost:
            self._epoll.close()
            super().close()
            raise

    def fileno(self) -> int:
        """See Pins: an epoll object is readable when any of its descriptors is."""
        return self._epoll.fileno()

    def claim_output(self, pin: int, high: bool) -> None:
        """See Pins."""
        super().claim_output(pin, high)
        self._socket.tell(f"out {pin} {high:d}\n")

    def claim_input(self, pin: int, pull: Pull) -> bool:
        """See Pins."""
        high = super().claim_input(pin, pull)
        self._socket.tell(f"in {pin} {high:d}\n")
        return high

    def write(self, pin: int, high: bool) -> None:
        """See Pins."""
        if bool(self._outputs[pin].state) != high:
            super().write(pin, high)
            self._socket.tell(f"out {pin} {high:d}\n")

    def edges(self, now_s: float) -> list[Edge]:
        """See Pins."""
        self._now_s = now_s
        for descriptor, _ in self._epoll.poll(0):
            self._socket.serve(descriptor)
        return super().edges(now_s)

    def close(self) -> None:
        """See Pins."""
        self._socket.close()
        self._epoll.close()
        super().close()
        self._factory.close()

    def _drive(self, drive: Drive) -> None:
        handle = self._inputs.get(drive.pin)
        if handle is None:
            raise ValueError(f"pin {drive.pin} is no input here")
        is_high = handle.pull == "up" if drive.word == "float" else drive.word == "high"
        handle.drive_high() if is_high else handle.drive_low()

    def _greeting(self) -> str:
        lines = [f"in {pin} {bool(handle.state):d}\n" for pin, handle in self._inputs.items()]
        lines += [f"out {pin} {bool(handle.state):d}\n" for pin, handle in self._outputs.items()]
        return "".join(lines)
