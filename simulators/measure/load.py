"""The work of a hall beside the window that is measured: clerks at all other windows, a process of its own.

Every window makes a visit each half minute, some twenty times a busy hall's pace. The strips of these windows
hang on lines whose far ends are here: their bytes are taken and thrown away.
"""

from __future__ import annotations

import os
import pty
import select
import sys
import time
import tty
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from mqtt_bridge import messages as m
from simulators.measure.asking import Asker
from simulators.measure.halls import QUEUES
from simulators.measure.lanes import SERVICES

VISIT_S = 30.0
WAITING_EACH = 20
CHUNK_BYTES = 65_536


class Load:
    """Clerks at `windows`, who never look at an answer."""

    def __init__(self, port: int, windows: Sequence[str]) -> None:
        """Clerks log in, people wait. Raises Refusal, TimeoutError."""
        self._asker = Asker(port, "load")
        self._asker.open_windows(tuple(windows))
        self._asker.issue(WAITING_EACH * QUEUES, SERVICES)
        self._turn = deque(windows)
        self._every_s = VISIT_S / len(windows)

    def run(self, sinks: Sequence[int]) -> None:
        """Until the process ends."""
        next_s = time.monotonic()
        while True:
            wait_s = max(next_s - time.monotonic(), 0.0)
            readable, _, _ = select.select([self._asker.client.sock.fileno(), *sinks], [], [], wait_s)
            for fd in readable:
                if fd in sinks:
                    os.read(fd, CHUNK_BYTES)
                else:
                    self._asker.client.read()
            if time.monotonic() >= next_s:
                next_s = time.monotonic() + self._every_s
                self._visit()

    def _visit(self) -> None:
        """One comes in, one is called, and the one before is served and asked."""
        window = self._turn[0]
        self._turn.rotate(-1)
        service = SERVICES[int(window) % QUEUES]
        self._ask(lambda id_, deadline: m.AskRating(id_, deadline, window))
        self._ask(lambda id_, deadline: m.TakeNumber(id_, deadline, service))
        self._ask(lambda id_, deadline: m.CallNext(id_, deadline, window))
        self._ask(lambda id_, deadline: m.Begin(id_, deadline, window))

    def _ask(self, make: Callable[[str, int], m.Ask]) -> None:
        self._asker.ask(make, lambda answer: None)


def sink(path: Path) -> int:
    """The far end of a line, to be read off."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    path.symlink_to(os.ttyname(slave))
    return master


def main(port: str, windows: str, *lines: str) -> None:
    """Windows 2 to `windows`; one sink a line."""
    sinks = [sink(Path(line)) for line in lines]
    load = Load(int(port), [str(number) for number in range(2, int(windows) + 1)])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    load.run(sinks)


if __name__ == "__main__":
    main(*sys.argv[1:])
