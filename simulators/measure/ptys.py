"""The far ends of a measured node's wires, without a loop of their own: read, written and timed at once.

A twin hears what the driver wrote in the call that read it, and what it says is written in the same call;
nothing is paced. Times are seconds of the monotonic clock.
"""

from __future__ import annotations

import os
import pty
import select
import time
import tty
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from simulators.twin import Twin

CHUNK_BYTES = 4096


class Watched(Protocol):
    """What `run_until` looks after."""

    def fileno(self) -> int:
        """For `select`."""

    def read(self) -> None:
        """Something came."""

    def step(self, now_s: float) -> None:
        """Do what is due."""

    def due_s(self) -> float | None:
        """When something is due, or None."""


class TwinPty:
    """A pty at `path` with twins behind it.

    `heard_s` is when the last bytes were read, `first_s` when the first were since it was set to None.
    """

    def __init__(self, path: Path, twins: Sequence[Twin]) -> None:
        self.twins = tuple(twins)
        self.heard_s = 0.0
        self.first_s: float | None = None
        self._path = path
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        path.symlink_to(os.ttyname(self._slave))
        for twin in twins:
            twin.hosted(self._say, None, time.monotonic)

    def fileno(self) -> int:
        """For `select`."""
        return self._master

    def _say(self, speaker: Twin, data: bytes) -> None:
        os.write(self._master, data)
        for twin in self.twins:
            if twin is not speaker:
                twin.hear(data, time.monotonic())

    def read(self) -> None:
        """Let the twins hear what came."""
        data = os.read(self._master, CHUNK_BYTES)
        self.heard_s = time.monotonic()
        self.first_s = self.heard_s if self.first_s is None else self.first_s
        for twin in self.twins:
            twin.hear(data, self.heard_s)

    def step(self, now_s: float) -> None:
        """Let the twins do what is due."""
        for twin in self.twins:
            due_s = twin.due_s()
            if due_s is not None and due_s <= now_s:
                twin.step(now_s)

    def due_s(self) -> float | None:
        """When a twin has something to do."""
        return min((due for due in (twin.due_s() for twin in self.twins) if due is not None), default=None)

    def close(self) -> None:
        """Take it away."""
        self._path.unlink(missing_ok=True)
        os.close(self._master)
        os.close(self._slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def run_until(
    ptys: Sequence[Watched], condition: Callable[[], bool], most_s: float, otherwise: str = ""
) -> bool:
    """Look after all until `condition()`, or so long; then False, or TimeoutError with `otherwise`."""
    end_s = time.monotonic() + most_s
    while not condition():
        now_s = time.monotonic()
        if now_s >= end_s:
            if otherwise:
                raise TimeoutError(f"{otherwise} after {most_s:g} s")
            return False
        dues = [due for due in (one.due_s() for one in ptys) if due is not None]
        wait_s = max(min([end_s, *dues]) - now_s, 0.0)
        readable, _, _ = select.select(ptys, [], [], wait_s)
        for one in readable:
            one.read()
        for one in ptys:
            one.step(time.monotonic())
    return True
