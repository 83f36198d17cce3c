"""Somebody at the broker: what the hall says of its windows, and which records have their receipt.

It hears nothing while the broker is away, so what it did not hear proves nothing.
"""

from __future__ import annotations

import asyncio
from typing import Any

from simulators.demo.observer import Observer

AGAIN_S = 1


class Receipts(Observer):
    """Knows also of the records sent since `forget`; `records` counts all."""

    def __init__(self, site: str, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(site, loop)
        self._client.reconnect_delay_set(AGAIN_S, AGAIN_S)
        self.records = 0
        self._last: dict[str, tuple[str, int]] = {}

    def forget(self) -> None:
        """What was sent so far is no matter."""
        self._last.clear()

    def delivered(self, node: str) -> bool:
        """Whether the node has sent a record since, and it and all before it have their receipt."""
        generation, seq = self._last.get(node, ("", 0))
        return bool(seq) and self._receipted.get((node, generation), 0) >= seq

    @property
    def is_delivered(self) -> bool:
        """Whether all that was sent since has its receipt."""
        return all(self.delivered(node) for node in self._last)

    def _record(self, node: str, body: dict[str, Any]) -> None:
        self.records += 1
        generation, _, seq = body["id"].partition("-")
        self._last[node] = (generation, max(int(seq), self._last.get(node, ("", 0))[1]))
        super()._record(node, body)
