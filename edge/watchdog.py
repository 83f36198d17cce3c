"""Feeds the service manager's watchdog, only while every part of the node moves.

At each beat every port is looked at, the bridge is asked whether its link is tried or kept alive, and an
empty piece of work is sent through the journal's thread. The watchdog is fed when that comes back, so what
stands still for as long as the service manager waits ends with a new start. That the beat comes at all
proves the loop; it arms the guard, too, which frees the loop from a port's call that hangs.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from edge.guard import Guard
from edge.notify import Notify

log = logging.getLogger("hall.watchdog")

BEAT_S = 10.0
"""Where nobody waits to be fed; else a third of what the service manager waits."""
LATE = 1.5
"""A beat that is half a beat late means that the loop hangs."""


class Watched(Protocol):
    """A node, as far as its watchdog knows it."""

    def look(self) -> str:
        """Put ports right that stand still; returns what else stands still, or nothing."""

    def ask_journal(self, answer: Callable[[], None]) -> None:
        """Call `answer` on the loop when the journal's thread came by."""

    def status(self) -> str:
        """The node in one sentence."""


class Watchdog:
    """Beats from `start` to `stop`, on the loop of the main thread."""

    def __init__(self, node: Watched, notify: Notify, guard: Guard, loop: asyncio.AbstractEventLoop) -> None:
        self._node = node
        self._notify = notify
        self._guard = guard
        self._loop = loop
        self._beat_s = notify.watchdog_s / 3 or BEAT_S
        self._asked = False
        self._stands_still = ""
        self._told = ""
        self._timer: asyncio.TimerHandle | None = None
        self._is_over = False

    def start(self) -> None:
        """The node is up."""
        self.tell()
        self._notify.ready()
        self._beat()

    def tell(self) -> None:
        """The node's sentence, now and not with the next beat."""
        self._notify.status(self._node.status())

    def stop(self) -> None:
        """The node is being stopped: that is for the service manager to wait for."""
        self._is_over = True
        if self._timer is not None:
            self._timer.cancel()
        self._guard.arm(0)
        self._notify.stopping()

    def _beat(self) -> None:
        self._timer = self._loop.call_later(self._beat_s, self._beat)
        self._guard.arm(self._beat_s * LATE)
        self._stands_still = self._node.look()
        self._warn(self._stands_still or ("the journal: its disk does not answer" if self._asked else ""))
        self.tell()
        if not self._asked:
            self._asked = True
            self._node.ask_journal(self._answered)

    def _answered(self) -> None:
        self._asked = False
        if not (self._stands_still or self._is_over):
            self._notify.alive()

    def _warn(self, what: str) -> None:
        """Once a fault."""
        if what and what != self._told:
            log.warning("standing still: %s", what)
        self._told = what
