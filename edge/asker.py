"""Requests of a node and the answers to them: an id, a deadline, one answer or none.

A press that cannot be answered now is over now: without a link `answered(None)` comes at once, and past
the deadline too. Nothing is stored up to fire later. Half way to the deadline a request is sent once more
with the same id, which gets the same answer, in case the coordinator was just starting.

Deadlines are read off the coordinator's system clock as far as it is known. Each answer tells it; one that
says "late" to a press just made means that our clock was wrong, and the press is asked once more.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeAlias

from mqtt_bridge.messages import Answer, Ask

REQUEST_S = 4.0
"""Longer than a coordinator needs to restart, short enough that a clerk still stands by the press."""

Make: TypeAlias = Callable[[str, int], Ask]
Answered: TypeAlias = Callable[[Answer | None], None]


class Sender(Protocol):
    """What the asker needs of the bridge."""

    @property
    def connected(self) -> bool:
        """Is the link to the broker up?"""

    def send_request(self, request: Ask) -> None:
        """Hand one request to the broker."""


class _Pending(NamedTuple):
    request: Ask
    make: Make
    answered: Answered
    timer: asyncio.TimerHandle
    first: bool


class Asker:
    """Sends requests and brings each its answer. `instance` makes the ids of this run unlike any other's;
    `system_s` is the system clock.
    """

    def __init__(
        self,
        sender: Sender,
        loop: asyncio.AbstractEventLoop,
        instance: str,
        system_s: Callable[[], float],
    ) -> None:
        self._sender = sender
        self._loop = loop
        self._instance = instance
        self._system_s = system_s
        self._count = itertools.count(1)
        self._pending: dict[str, _Pending] = {}
        self._offset_ms = 0  # the coordinator's system clock less ours

    def ask(self, make: Make, answered: Answered) -> None:
        """Send `make(id, deadline_ms)`; `answered` is called exactly once."""
        self._ask(make, answered, first=True)

    def _ask(self, make: Make, answered: Answered, *, first: bool) -> None:
        if not self._sender.connected:
            answered(None)
            return
        deadline_ms = self._system_ms() + self._offset_ms + int(REQUEST_S * 1000)
        request = make(f"{self._instance}-{next(self._count)}", max(deadline_ms, 0))
        timer = self._loop.call_later(REQUEST_S / 2, self._again, request.id)
        self._pending[request.id] = _Pending(request, make, answered, timer, first)
        self._sender.send_request(request)

    def hear(self, answer: Answer) -> None:
        """An answer came; one to nobody's question (a second copy) is passed over."""
        if answer.time_ms:
            self._offset_ms = answer.time_ms - self._system_ms()
        pending = self._pending.pop(answer.id, None)
        if pending is None:
            return
        pending.timer.cancel()
        if answer.code == "late" and answer.time_ms and pending.first:
            self._ask(pending.make, pending.answered, first=False)
        else:
            pending.answered(answer)

    def _again(self, request_id: str) -> None:
        pending = self._pending[request_id]
        timer = self._loop.call_later(REQUEST_S / 2, self._give_up, request_id)
        self._pending[request_id] = pending._replace(timer=timer, first=False)
        if self._sender.connected:
            self._sender.send_request(pending.request)

    def _give_up(self, request_id: str) -> None:
        self._pending.pop(request_id).answered(None)

    def stop(self) -> None:
        """Give up everything under way."""
        for request_id, pending in list(self._pending.items()):
            pending.timer.cancel()
            self._give_up(request_id)

    def _system_ms(self) -> int:
        return int(self._system_s() * 1000)
