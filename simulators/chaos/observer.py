"""Somebody at the broker: what the hall says of its windows, and which records have their receipt.

It hears nothing while the broker is away, so what it did not hear proves nothing.
"""

from __future__ import annotations

import asyncio
from typing import Any

from simulators.demo.observer import Observer

AGAIN_S = 1


class Receipts(Observer):
    """`delivered`: by node, every record it sent since `forget` has its receipt, and there was one."""

    def __init__(self, site: str, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(site, loop)
        self._client.reconnect_delay_set(AGAIN_S, AGAIN_S)
        self.records = 0
        self._last: dict[str, tuple[str, int]] = {}
        self._missing: dict[str, tuple[str, int]] = {}  # the first record a node's receipts do not cover

    def forget(self) -> None:
        """What was sent so far is no matter."""
        self._last.clear()

    def delivered(self, node: str) -> bool:
        """Whether the node's last record has its receipt, and so has all before it."""
        generation, seq = self._last.get(node, ("", 0))
        other, open_ = self._missing.get(node, ("", 0))
        return bool(seq) and generation == other and seq < open_

    @property
    def is_delivered(self) -> bool:
        """Whether all that was sent has its receipt."""
        return all(self.delivered(node) for node in self._last)

    def _heard(self, levels: list[str], body: dict[str, Any]) -> None:
        match levels:
            case [node, "record"]:
                self.records += 1
                generation, _, seq = body["id"].partition("-")
                self._last[node] = (generation, max(int(seq), self._last.get(node, ("", 0))[1]))
            case [_, "receipt", node]:
                first = min([body["up_to"] + 1, *body.get("missing", [])])
                self._missing[node] = (body["generation"], first)
        super()._heard(levels, body)
