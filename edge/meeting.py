"""What a node says to each coordinator that it meets: how many records it keeps, the last numbers it heard.

A coordinator whose store was lost learns by it when it was told all (`edge/rebuilding.py`). The numbers are
heard of from the states of the queues; they lie in the journal too, written with the next record of a call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from devices.base import DeviceHealth
from devices.base import Message as DeviceMessage
from edge import meeting_store
from edge.asker import Answered, Make
from edge.disk import Work
from edge.journal import Journal
from edge.outbox import Outbox
from mqtt_bridge import messages as m
from mqtt_bridge.topics import Topic

TRIES = 10
"""A coordinator of an earlier release does not know the word, and never answers."""
AGAIN_S = 1.0
MOST = 100
"""Queues in one message."""


class Host(Protocol):
    """What is needed of the node."""

    def ask(self, make: Make, answered: Answered) -> None:
        """Ask the coordinator; `answered(None)` when there is no answer in time."""

    def after(self, delay_s: float, action: Callable[[], None]) -> object:
        """Run `action` in `delay_s` seconds, unless the node stops before."""


class Meeting:
    """Hears the hall as a desk does. All methods are called on the event loop."""

    wants: tuple[tuple[str, ...], ...] = (("state/queue", "+"),)

    def __init__(self, host: Host, journal: Journal, outbox: Outbox, led_ms: Callable[[], int]) -> None:
        """`led_ms`: hall time, where it was taken from a coordinator; else 0."""
        self._host = host
        self._led_ms = led_ms
        self._journal = journal
        self._outbox = outbox
        self._last: dict[str, m.LastNumber] = {}
        self._unwritten: set[str] = set()
        self._epoch = 0  # of the coordinator that is heard
        self._met = 0  # epoch of the last that answered

    def start(self) -> None:
        """Read what was heard of before. Raises JournalError."""
        self._last = self._journal.read(meeting_store.read)

    def remember(self) -> Work:
        """The work that keeps what was heard of since the last such work."""
        heard = {queue: self._last[queue] for queue in sorted(self._unwritten)}
        self._unwritten.clear()
        return meeting_store.remember(heard)

    def meet(self, id_: str, deadline_ms: int) -> m.Meet:
        """What is said."""
        newest = sorted(self._last.values(), key=lambda one: one.at_ms, reverse=True)[:MOST]
        return m.Meet(
            id_,
            deadline_ms,
            generation=self._journal.generation,
            up_to=self._outbox.last,
            at_ms=self._led_ms(),
            numbers=tuple(newest),
        )

    # --- as a desk -----------------------------------------------------------------------------------

    def hear(self, topic: Topic, message: m.Message) -> None:
        """A queue tells its last number; one that has none says nothing of those before it."""
        if isinstance(message, m.QueueState) and message.last:
            known = self._last.get(message.queue)
            if known is None or known.number != message.last:
                self._last[message.queue] = m.LastNumber(message.last, message.at_ms)
                self._unwritten.add(message.queue)

    def link(self, epoch: int) -> None:
        """The epoch of the living coordinator that is heard; 0 for none."""
        self._epoch = epoch
        if epoch != self._met:
            self._tell(epoch, TRIES)

    def said(self, device: str, message: DeviceMessage) -> None:
        """It has no device."""

    def health(self, device: str, health: DeviceHealth) -> None:
        """It has no device."""

    def _tell(self, epoch: int, tries: int) -> None:
        if not epoch or epoch != self._epoch or not tries:
            return

        def answered(answer: m.Answer | None) -> None:
            if answer is None or answer.code == "storage_full":
                self._host.after(AGAIN_S, lambda: self._tell(epoch, tries - 1))
            else:
                self._met = epoch

        self._host.ask(self.meet, answered)
