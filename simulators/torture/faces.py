"""Screens and voices that are no wire's matter: what they are told is what people see and hear.

Ports (devices.base.Port) without a picture or a sound: drawing and playing are tested elsewhere, and cost
more than the rest of a day.
"""

from __future__ import annotations

from collections.abc import Callable

from devices.announcer.messages import Announce, SetQuiet, Spoken
from devices.base import DeviceHealth, Emit, Message
from devices.board.messages import ShowBoard
from display.board_view import BoardView


class FacePort:
    """One device alone on its port, ready as soon as it is open."""

    def __init__(self, name: str, device: str, emit: Emit) -> None:
        self.name = name
        self._device = device
        self._emit = emit

    @property
    def devices(self) -> tuple[str, ...]:
        return (self._device,)

    def open(self, now_s: float) -> None:
        self._emit(self._device, DeviceHealth("ready"))

    def close(self) -> None:
        """Nothing to release."""

    def read_fd(self) -> int | None:
        return None

    def write_fd(self) -> int | None:
        return None

    def due_s(self) -> float | None:
        return None

    def on_readable(self, now_s: float) -> None:
        """Nothing is ever read."""

    def on_writable(self, now_s: float) -> None:
        """Nothing is ever written."""

    def step(self, now_s: float) -> None:
        """Nothing is ever due."""

    def handle(self, device: str, message: Message, now_s: float) -> None:
        raise TypeError(f"{device}: {type(message).__name__} is no command for this device")


class BoardFace(FacePort):
    """A hall board; `on_view` sees what it shows."""

    def __init__(self, name: str, device: str, emit: Emit, on_view: Callable[[str, BoardView], None]) -> None:
        super().__init__(name, device, emit)
        self._on_view = on_view
        self._view: BoardView | None = None

    def handle(self, device: str, message: Message, now_s: float) -> None:
        if not isinstance(message, ShowBoard):
            super().handle(device, message, now_s)
        elif message.view != self._view:
            self._view = message.view
            self._on_view(device, message.view)


class VoiceFace(FacePort):
    """An announcer; `on_word` hears what it says."""

    def __init__(self, name: str, device: str, emit: Emit, on_word: Callable[[str, Announce], None]) -> None:
        super().__init__(name, device, emit)
        self._on_word = on_word
        self._is_quiet = False

    def handle(self, device: str, message: Message, now_s: float) -> None:
        match message:
            case SetQuiet():
                self._is_quiet = message.quiet
            case Announce() if self._is_quiet:
                self._emit(device, Spoken(message.token, "quiet"))
            case Announce():
                self._on_word(device, message)
                self._emit(device, Spoken(message.token, "spoken"))
            case _:
                super().handle(device, message, now_s)
