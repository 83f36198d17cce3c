"""Wires between ports and twins: bytes take a moment, both ways, and a plug may be pulled.

All twins of a wire hear what the port sends and what their neighbours say, as on RS-485.
"""

from __future__ import annotations

import itertools
import random
from collections import deque
from collections.abc import Callable, Sequence

from devices.errors import LinkLost
from devices.links import Link
from simulators.torture.loop import Loop
from simulators.torture.world import NOT_S, Entry, World
from simulators.twin import Twin

BYTE_S = 10 / 115_200  # nobody here measures lines; a slow one only fills the heap
MOMENT_S = 0.0005
BLANK_S = 400.0
"""A strip that forgot its text shows it again at its next refresh."""
_descriptors = itertools.count(1000)


class _NoHandle:
    """A link of a simulated wire holds nothing of the system."""

    def fileno(self) -> int:
        return -1

    def close(self) -> None:
        """Nothing to release."""


class SimLink(Link):
    """A port's end of a wire."""

    def __init__(self, name: str, url: str, wire: Wire, loop: Loop) -> None:
        super().__init__(name, url, _NoHandle())
        self._wire = wire
        self._loop = loop
        self._fd = next(_descriptors)
        self._came = bytearray()
        self._is_lost = False

    def fileno(self) -> int:
        return self._fd

    def is_up(self) -> bool:
        return True

    def read(self) -> bytes:
        if self._is_lost:
            raise LinkLost(f"port {self.name} ({self.url}): the far end is unplugged")
        data = bytes(self._came)
        self._came.clear()
        return data

    def write(self, data: bytes) -> int:
        if self._is_lost:
            raise LinkLost(f"port {self.name} ({self.url}): the far end is unplugged")
        self._wire.send(data)
        return len(data)

    def close(self) -> None:
        self._wire.leave(self)

    def came(self, data: bytes) -> None:
        """Bytes from the twins."""
        self._came += data
        self._loop.poke(self._fd)

    def lose(self) -> None:
        """The plug is pulled: the descriptor tells so."""
        self._is_lost = True
        self._loop.poke(self._fd)


class Wire:
    """One port's wire. `on_face(twin)` is called when a twin may look different."""

    def __init__(
        self, world: World, name: str, twins: Sequence[Twin], on_face: Callable[[Twin], None]
    ) -> None:
        self.name = name
        self.is_plugged = True
        self.well_since_s = 0.0  # NOT_S while the plug is out
        self.blinked_s = -BLANK_S
        self.twins = list(twins)
        self._world = world
        self._rng: random.Random = world.rng(f"wire/{name}")
        self._on_face = on_face
        self._link: SimLink | None = None
        self._timer: Entry | None = None
        self._timer_s = -1.0
        self._there_s = self._here_s = 0.0
        self._on_air: deque[tuple[bytes, Twin | None]] = deque()
        self._is_busy = False
        for twin in self.twins:
            twin.hosted(self._said, self._wake, lambda: world.now_s)

    @property
    def stands_since_s(self) -> float:
        """Since when its devices show what they are told, or from when on."""
        return max(self.well_since_s, self.blinked_s + BLANK_S)

    # --- the port's side -------------------------------------------------------------------------------

    def open(self, name: str, url: str, loop: Loop) -> SimLink:
        """Open the port. Raises LinkLost while the plug is out."""
        if not self.is_plugged:
            raise LinkLost(f"port {name} ({url}): no such port: check the cable, the adapter and the url")
        self._link = SimLink(name, url, self, loop)
        return self._link

    def leave(self, link: SimLink) -> None:
        """The port was closed."""
        if self._link is link:
            self._link = None

    def send(self, data: bytes) -> None:
        """The port sent `data`."""
        self._there_s = self._arrival_s(self._there_s, data)
        self._world.at(self._there_s, self._heard, data, self._link)

    def close(self) -> None:
        """The process that had it open is no more."""
        self._link = None

    def unplug(self) -> None:
        """Pull the adapter out."""
        self.is_plugged, self.well_since_s = False, NOT_S
        if self._link is not None:
            self._link.lose()

    def replug(self) -> None:
        """Put it in again."""
        if not self.is_plugged:
            self.is_plugged = True
            self.well_since_s = self._world.now_s

    def blink(self) -> None:
        """The power of its devices blinks."""
        self.blinked_s = self._world.now_s
        if self.is_plugged:
            self.well_since_s = self._world.now_s
        for twin in self.twins:
            twin.power_cut()
            self._on_face(twin)

    # --- the twins' side -------------------------------------------------------------------------------

    def _arrival_s(self, behind_s: float, data: bytes) -> float:
        """When the last of these bytes is there: behind those sent before."""
        start_s = max(behind_s, self._world.now_s + self._rng.random() * MOMENT_S)
        return start_s + len(data) * BYTE_S

    def _heard(self, data: bytes, link: SimLink | None) -> None:
        if self.is_plugged and link is self._link:
            self._spread(data, None)

    def _said(self, speaker: Twin, data: bytes) -> None:
        if self._link is not None:
            self._here_s = self._arrival_s(self._here_s, data)
            self._world.at(self._here_s, self._deliver, self._link, data)
        self._spread(data, speaker)

    def _deliver(self, link: SimLink, data: bytes) -> None:
        if self.is_plugged and link is self._link:
            link.came(data)

    def _spread(self, data: bytes, speaker: Twin | None) -> None:
        """In the order of the wire: an answer said while others still listen comes after."""
        self._on_air.append((data, speaker))
        if self._is_busy:
            return
        self._is_busy = True
        while self._on_air:
            data, speaker = self._on_air.popleft()
            for twin in self.twins:
                if twin is not speaker:
                    twin.hear(data, self._world.now_s)
                    self._on_face(twin)
        self._is_busy = False
        self._wake()

    def _wake(self) -> None:
        """A twin may have something to do later."""
        if self._is_busy:
            return
        times = [time_s for time_s in (twin.due_s() for twin in self.twins) if time_s is not None]
        due_s = min(times, default=-1.0)
        if due_s != self._timer_s:
            if self._timer is not None:
                self._timer.cancel()
            self._timer_s = due_s
            self._timer = self._world.at(due_s, self._on_time) if times else None

    def _on_time(self) -> None:
        self._timer, self._timer_s = None, -1.0
        for twin in self.twins:
            due_s = twin.due_s()
            if due_s is not None and due_s <= self._world.now_s:
                twin.step(self._world.now_s)
                self._on_face(twin)
        if self._timer is None:
            self._wake()
