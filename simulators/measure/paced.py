"""A line whose bytes take their time, to the byte, and whose clock is exact.

    twins ── one frame after the other, a byte each 10 bits ──> pty ──> host
    host ── written at once ──> pty ── read, and then each byte when it would have crossed ──> twins

Towards the host every byte is written when it has crossed. Towards the twins the time at which a byte has
crossed is computed from the moment the host wrote it and from what was still on the wire; so what is measured
is the host, and not how soon this process is woken for the next byte. The two ways do not spoil each other:
twins talk when they like, and the host's frame in flight delays what it says next and nothing else.
"""

from __future__ import annotations

import heapq
import os
import pty
import select
import termios
import time
import tty
from collections import deque
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from simulators.keypad.twin import KeypadTwin
from simulators.twin import Twin

CHUNK_BYTES = 4096
BITS_A_BYTE = 10


class Echo(NamedTuple):
    """A key that was echoed. All in seconds of the monotonic clock, or lengths of time.

    `came_s`: its last byte was written to the host. `answered_s`: the last byte of its echo has crossed.
    `in_flight_s`: what the host still had on the wire when the key had come.
    """

    came_s: float
    answered_s: float
    in_flight_s: float


class PacedLine:
    """The far end of one line at `path`, with its twins."""

    def __init__(self, path: Path, twins: Sequence[Twin], baud: int = 9600) -> None:
        self.echoes: list[Echo] = []
        self.byte_s = BITS_A_BYTE / baud
        self.bytes_host = 0
        self.bytes_twins = 0
        self._path = path
        self._twins = tuple(twins)
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        _set_speed(self._slave, baud)
        path.symlink_to(os.ttyname(self._slave))
        self._to_host: deque[tuple[Twin, bytes]] = deque()
        self._frame_from_s = 0.0  # when the first byte of the present frame started
        self._left = b""
        self._to_twins: deque[tuple[float, int]] = deque()
        self._overheard: deque[tuple[Twin, bytes]] = deque()
        self._host_free_s = 0.0
        self._came: dict[str, tuple[float, float]] = {}  # keypad -> when its frame had come, in flight then
        self._echoed: dict[str, int] = {}
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        for twin in twins:
            twin.hosted(self._say, None, time.monotonic)

    def wire_s(self, size: int) -> float:
        """How long so many bytes are on the wire."""
        return size * self.byte_s

    def at(self, when_s: float, action: Callable[[], None]) -> None:
        """Have `action` done at a time."""
        heapq.heappush(self._agenda, (when_s, next(self._order), action))

    def run(self, until_s: float, stop: Callable[[], bool] = lambda: False) -> None:
        """Let the line live until then, or until `stop()`."""
        while (now_s := time.monotonic()) < until_s and not stop():
            wait_s = max(min(until_s, self._next_s()) - now_s, 0.0)
            if select.select([self._master], [], [], wait_s)[0]:
                self._read()
            self._live(time.monotonic())

    def _next_s(self) -> float:
        times = [due for due in (twin.due_s() for twin in self._twins) if due is not None]
        if self._agenda:
            times.append(self._agenda[0][0])
        if self._to_twins:
            times.append(self._to_twins[0][0])
        if self._left:
            times.append(self._frame_from_s + self.byte_s)
        return min(times, default=float("inf"))

    def _live(self, now_s: float) -> None:
        while self._agenda and self._agenda[0][0] <= now_s:
            heapq.heappop(self._agenda)[2]()
        while self._to_twins and self._to_twins[0][0] <= now_s:
            self._heard(*self._to_twins.popleft())
        while self._overheard and not self._to_twins:
            self._overhear(*self._overheard.popleft(), now_s)
        for twin in self._twins:
            due_s = twin.due_s()
            if due_s is not None and due_s <= now_s:
                twin.step(now_s)
        while self._left and self._frame_from_s + self.byte_s <= now_s:
            self._write_byte()

    # --- towards the host ----------------------------------------------------------------------------

    def _say(self, speaker: Twin, data: bytes) -> None:
        self._to_host.append((speaker, data))
        if len(self._to_host) == 1:
            self._begin(time.monotonic())

    def _begin(self, from_s: float) -> None:
        self._left, self._frame_from_s = self._to_host[0][1], from_s

    def _write_byte(self) -> None:
        os.write(self._master, self._left[:1])
        self.bytes_twins += 1
        self._left = self._left[1:]
        self._frame_from_s += self.byte_s
        if self._left:
            return
        speaker, data = self._to_host.popleft()
        now_s = time.monotonic()
        self._came[speaker.name] = (now_s, max(self._host_free_s - now_s, 0.0))
        self._overheard.append((speaker, data))
        if self._to_host:
            self._begin(max(self._frame_from_s, now_s))

    def _overhear(self, speaker: Twin, data: bytes, now_s: float) -> None:
        """What a neighbour said, between two frames of the host."""
        for twin in self._twins:
            if twin is not speaker:
                twin.hear(data, now_s)

    # --- towards the twins ---------------------------------------------------------------------------

    def _read(self) -> None:
        data = os.read(self._master, CHUNK_BYTES)
        self.bytes_host += len(data)
        self._host_free_s = max(self._host_free_s, time.monotonic())
        for byte in data:
            self._host_free_s += self.byte_s
            self._to_twins.append((self._host_free_s, byte))

    def _heard(self, crossed_s: float, byte: int) -> None:
        for twin in self._twins:
            twin.hear(bytes((byte,)), crossed_s)
            if isinstance(twin, KeypadTwin):
                self._look(twin, crossed_s)

    def _look(self, keypad: KeypadTwin, crossed_s: float) -> None:
        """Whether this byte made an echo whole."""
        echoed = keypad.model.echoed
        if echoed == self._echoed.get(keypad.name, 0):
            return
        self._echoed[keypad.name] = echoed
        came_s, in_flight_s = self._came[keypad.name]
        self.echoes.append(Echo(came_s, crossed_s, in_flight_s))

    # --- life ----------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._master)
        os.close(self._slave)


def _set_speed(fd: int, baud: int) -> None:
    attributes = termios.tcgetattr(fd)
    attributes[4] = attributes[5] = getattr(termios, f"B{baud}")
    termios.tcsetattr(fd, termios.TCSANOW, attributes)
