"""What a device on a line is to the line's owner.

A driver gives its frames to the line in two ways. An **answer** (an echo, an acknowledgement) goes ahead
of everything and leaves in the same call. A **post** (digits, a text) waits its turn in a named slot, and
a newer post in the same slot takes the place of the older, so that a slow line never piles up.
"""

from __future__ import annotations

from typing import Protocol

from devices.base import DeviceHealth, Emit, LifeState, Message
from devices.framing import Framer


class Outbox(Protocol):
    """Where a device leaves its frames."""

    def answer(self, frame: bytes) -> None:
        """Send ahead of all posts, now. Raises LinkLost."""

    def post(self, slot: str, frame: bytes, reply_s: float) -> None:
        """Send in turn, in place of what still waits in `slot`; then keep the line free for an answer."""


class LineDevice:
    """A device of a line. Subclasses fill in what their dialect and machine need.

    The line calls `opened` when bytes can flow, `heard` with each frame that the device `owns`, `sent` when
    a post has left, `step` when `due_s` has come and `closed` when the port is gone. The loop that owns the
    line tells of a lost port; so `closed` emits nothing, and the next `opened` tells how the device is.
    """

    def __init__(self, name: str, framer: Framer, emit: Emit) -> None:
        self.name = name
        self.framer = framer
        self._emit = emit
        self._outbox: Outbox | None = None
        self._health: DeviceHealth | None = None

    @property
    def is_open(self) -> bool:
        """Whether the port is there."""
        return self._outbox is not None

    def owns(self, frame: bytes) -> bool:
        """Whether a whole frame of this device's dialect comes from this device."""
        raise TypeError(f"{type(self).__name__} does not say which frames are its own")

    def opened(self, outbox: Outbox, now_s: float) -> None:
        """Bytes can flow from now on."""
        self._outbox = outbox

    def closed(self) -> None:
        """The port is gone; nothing may be sent until `opened`."""
        self._outbox = None
        self._health = None

    def heard(self, frame: bytes, now_s: float) -> None:
        """Act on a frame of this device. Raises WireError for one whose content makes no sense."""

    def sent(self, slot: str, end_s: float) -> None:
        """The last byte of the post in `slot` is on the wire until `end_s`."""

    def due_s(self) -> float | None:
        """When `step` has work to do, or None."""
        return None

    def step(self, now_s: float) -> None:
        """Do what is due."""

    def handle(self, message: Message, now_s: float) -> None:
        """Act on a command. Raises TypeError for a message it does not know."""
        raise TypeError(f"{self.name}: {type(message).__name__} is no command for this device")

    def answer(self, frame: bytes) -> None:
        """Send ahead of all posts; nothing while the port is gone."""
        if self._outbox is not None:
            self._outbox.answer(frame)

    def post(self, slot: str, frame: bytes, reply_s: float = 0.0) -> None:
        """Send in turn; nothing while the port is gone."""
        if self._outbox is not None:
            self._outbox.post(slot, frame, reply_s)

    def tell(self, message: Message) -> None:
        """Emit a message in this device's name."""
        self._emit(self.name, message)

    def tell_health(self, state: LifeState, code: str = "", detail: str = "") -> None:
        """Emit how the device is, if that is new."""
        health = DeviceHealth(state, code, detail)
        if health != self._health:
            self._health = health
            self.tell(health)
