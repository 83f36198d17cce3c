"""Virtual time: what happens next, in order of time, and in order of entry among equals."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any


class Agenda:
    """`now_s` moves only while `run` runs, from one entry to the next."""

    def __init__(self, start_s: float) -> None:
        self.now_s = start_s
        self._entries: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._count = 0

    def at(self, when_s: float, action: Callable[..., None], *args: Any) -> None:
        """Have `action(*args)` done at `when_s`; a moment that has passed counts as now."""
        self._count += 1
        heapq.heappush(self._entries, (max(when_s, self.now_s), self._count, action, args))

    def after(self, delay_s: float, action: Callable[..., None], *args: Any) -> None:
        """Have `action(*args)` done in `delay_s`."""
        self.at(self.now_s + delay_s, action, *args)

    def run(self, until_s: float) -> None:
        """Do all that is due before `until_s`, then stand at `until_s`."""
        entries = self._entries
        while entries and entries[0][0] < until_s:
            self.now_s, _, action, args = heapq.heappop(entries)
            action(*args)
        self.now_s = max(self.now_s, until_s)
