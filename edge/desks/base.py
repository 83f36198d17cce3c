"""What a desk is: the glue between the hall's states and one place's devices.

A desk translates. It hears states of the contract and tells its devices what to show; it hears what its
devices say and asks the coordinator, or keeps a record. It holds no rule of the hall and no byte of a wire.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from devices.base import DeviceHealth
from devices.base import Message as DeviceMessage
from edge.asker import Answered, Make
from mqtt_bridge.messages import Message, Record, State
from mqtt_bridge.topics import Topic


class Host(Protocol):
    """What a desk may do: the node."""

    def tell(self, device: str, message: DeviceMessage) -> bool:
        """Give a command to a device; False when its port is not open."""

    def ask(self, make: Make, answered: Answered) -> None:
        """Ask the coordinator; `answered(None)` when there is no answer in time."""

    def keep(self, record: Record, done: Callable[[Exception | None], None]) -> None:
        """Commit a record, then `done(None)`; `done(error)` when it could not be kept."""

    def now_ms(self) -> int:
        """Hall time."""

    def later(self, delay_s: float, action: Callable[[], None]) -> object:
        """Run `action` in `delay_s` seconds of hall time, unless the node stops before."""

    def after(self, delay_s: float, action: Callable[[], None]) -> object:
        """The same in seconds of life, as devices and links have them also in a hall that runs faster."""


class Desk(Protocol):
    """One place's glue. `wants` are the states it must hear: (kind, name or "+")."""

    @property
    def wants(self) -> tuple[tuple[str, ...], ...]:
        """Subscriptions, e.g. ("state/window", "12") or ("state/hall",)."""

    def hear(self, topic: Topic, message: Message) -> None:
        """A state that is newer than all before it."""

    def said(self, device: str, message: DeviceMessage) -> None:
        """Something a device of this desk said."""

    def health(self, device: str, health: DeviceHealth) -> None:
        """How a device of this desk is. One that is ready again may have missed what it was told."""

    def link(self, epoch: int) -> None:
        """The epoch of the living coordinator that can be heard, 0 without one: other states are old."""


class Newest:
    """Lets a state through only when it is newer than the last of its topic."""

    def __init__(self) -> None:
        self._epoch = 0
        self._last: dict[tuple[str, ...], tuple[int, int]] = {}
        self._before: dict[tuple[str, ...], tuple[int, int]] = {}

    def was(self, key: tuple[str, ...], stamp: tuple[int, int]) -> None:
        """What was the newest of a topic before this process: nothing older of the same epoch is let through.

        Another epoch's may be: a coordinator whose store was lost may begin with any.
        """
        self._before[key] = stamp

    def last(self, key: tuple[str, ...]) -> tuple[int, int]:
        """(epoch, version) of the last that was let through; (0, 0) for none."""
        return self._last.get(key, (0, 0))

    def epoch(self, epoch: int) -> None:
        """A coordinator of this epoch lives: states of older ones are over."""
        self._epoch = max(self._epoch, epoch)

    def is_living(self, epoch: int) -> bool:
        """Whether no coordinator of a later epoch is known."""
        return epoch >= self._epoch

    def admits(self, topic: Topic, state: State) -> bool:
        """Whether to act on it."""
        key = (topic.kind, *topic.rest)
        stamp = (state.epoch, state.version)
        if not self.is_living(state.epoch) or stamp < self.last(key):
            return False
        before = self._before.get(key, (0, 0))
        if state.epoch == before[0] and stamp < before:
            return False
        self._last[key] = stamp
        return True
