"""What a device is, and how the node's loop drives it.

A **device** is one piece of equipment. It hangs on a **port**: an opened link that the node's event
loop watches. A port carries one device (a printer, a board) or several (an RS-485 line). The loop knows
ports only; nothing in `devices/` starts a thread, sleeps or imports asyncio.

Rules of a port
1. Every method returns at once. What must wait is kept and done in a later call.
2. After each call the loop asks `read_fd`, `write_fd` and `due_s` again; None means "not now".
3. Time comes in as `now_s`: seconds of the monotonic clock. Ports read no clock.
4. `open` and every later call may raise `LinkLost`; the loop then calls `close`, tells every device of
   the port as lost and opens again with back-off. `close` may be called at any time and twice.
5. The descriptor of `read_fd` stays the same file while the port is open: what changes (a child process,
   several sources) stands behind one epoll descriptor.
6. What a device has to say goes through `emit(device_name, message)`: one of the frozen messages of its
   `messages.py`, or a `DeviceHealth`. What no one device can be blamed for is said in the port's name, as a
   `PortTrouble`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol, TypeAlias

import msgspec

Message: TypeAlias = msgspec.Struct
Emit: TypeAlias = Callable[[str, Message], None]

# The Homie 5 words for the life of a device, and "degraded" for one that answers but is not well.
LifeState: TypeAlias = Literal["init", "ready", "degraded", "disconnected", "sleeping", "lost"]


class DeviceHealth(msgspec.Struct, frozen=True, tag="device_health"):
    """How a device is. Emitted when it changes, never repeated.

    `detail` is a short English sentence for the technician that says what is wrong and what to do;
    empty when `state` is "ready". `code` is a stable word for programs, such as "paper_out".
    """

    state: LifeState
    code: str = ""
    detail: str = ""


class PortTrouble(msgspec.Struct, frozen=True, tag="port_trouble"):
    """What is wrong on a port beside its devices: a sentence with what to do; empty when it is over."""

    detail: str = ""


class Port(Protocol):
    """An opened link with everything that hangs on it, as the node's loop sees it."""

    name: str

    @property
    def devices(self) -> tuple[str, ...]:
        """Names of the devices on this port."""

    def open(self, now_s: float) -> None:
        """Open the link and start the devices. Raises LinkLost."""

    def close(self) -> None:
        """Release everything. Safe in any state, and twice."""

    def read_fd(self) -> int | None:
        """Descriptor to watch for reading, or None."""

    def write_fd(self) -> int | None:
        """Descriptor to watch for writing while bytes wait to go out, else None."""

    def due_s(self) -> float | None:
        """Monotonic time at which `step` has work to do, or None."""

    def on_readable(self, now_s: float) -> None:
        """Bytes (or an event) are waiting at `read_fd`."""

    def on_writable(self, now_s: float) -> None:
        """The descriptor of `write_fd` takes bytes again."""

    def step(self, now_s: float) -> None:
        """Do what is due at `now_s`."""

    def handle(self, device: str, message: Message, now_s: float) -> None:
        """Act on a command for one device of this port. Raises TypeError for a message it does not know."""
