"""Whether a coordinator that only the broker speaks of is there.

A broker keeps what was said, also across a restart, and of a machine that lost its power meanwhile nobody
tells it. So where nothing of the coordinator is heard that the broker did not keep, it is asked; without an
answer it is doubted, and asked again until it answers or the link is gone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from edge.asker import Answered, Make
from edge.hearing import Hearing
from mqtt_bridge.messages import Answer

HEARSAY_S = 1.0
"""A living coordinator says something by itself within this, to nearly every node that comes."""


class Host(Protocol):
    """What is needed of the node."""

    @property
    def connected(self) -> bool:
        """Whether the broker is there."""

    def after(self, delay_s: float, action: Callable[[], None]) -> object:
        """Run `action` in `delay_s` seconds, unless the node stops before."""


class Proof:
    """`ask` asks the coordinator, also one that is doubted; `make` makes the question."""

    def __init__(
        self, host: Host, hearing: Hearing, ask: Callable[[Make, Answered], None], make: Make
    ) -> None:
        self._host = host
        self._hearing = hearing
        self._ask = ask
        self._make = make
        self._links = 0
        self._is_looking = False

    def look(self) -> None:
        """Somebody is said to coordinate."""
        if not self._is_looking:
            self._is_looking = True
            self._host.after(HEARSAY_S, self._look)

    def link_lost(self) -> None:
        """What was asked on it will not be answered, whoever lives."""
        self._links += 1

    def _look(self) -> None:
        self._is_looking = False
        if self._hearing.is_proven or not self._host.connected:
            return
        link = self._links

        def answered(answer: Answer | None) -> None:
            self._is_looking = False
            if answer is None and link == self._links:
                self._hearing.doubt()
            self.look()

        self._is_looking = True
        self._ask(self._make, answered)
