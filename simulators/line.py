"""Several twins on one RS-485 line.

Every twin hears all that the driver sends and all that its neighbours say: that is how an evaluator knows
that the clerk pressed "evaluate". Twins that talk at the same time are heard one after the other, or, with
`collisions`, over each other.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from simulators.twin import Twin
from simulators.wire import wire_at


class LineTwin:
    """The far end of a line: `path` is where the driver opens it, a file name or `socket://host:port`.

    `paced` takes the time that real bytes take. Use as `async with LineTwin(...) as line`, or start and
    stop it.
    """

    def __init__(
        self,
        path: str | Path,
        twins: Sequence[Twin],
        baud: int = 9600,
        *,
        paced: bool = True,
        collisions: bool = False,
    ) -> None:
        self.twins = list(twins)
        self.wire = wire_at(path, self._on_driver, baud=baud, paced=paced)
        self._collisions = collisions
        self._timer: asyncio.TimerHandle | None = None
        self._is_waking = False
        self._on_air: deque[tuple[bytes, Twin | None]] = deque()

    @property
    def url(self) -> str:
        """What to write as the port's url in a site file."""
        return self.wire.url

    async def start(self) -> None:
        """Make the wire and switch the twins on."""
        await self.wire.start()
        clock = asyncio.get_running_loop().time
        for twin in self.twins:
            twin.now_s = clock()
            twin.hosted(self._on_twin, self._wake, clock)
        self._wake()

    async def stop(self) -> None:
        """Take the wire away. Twice is fine."""
        if self._timer is not None:
            self._timer.cancel()
        await self.wire.stop()

    def unplug(self) -> None:
        """Pull the driver's adapter out."""
        self.wire.unplug()

    async def replug(self, path: str | Path | None = None) -> None:
        """Plug the adapter in again, under the same name or another."""
        await self.wire.replug(path)

    def noise(self, data: bytes) -> None:
        """Any bytes onto the wire, heard by the driver and by every twin."""
        self.wire.send(data)
        self._spread(data)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _on_driver(self, data: bytes) -> None:
        for twin in self.twins:
            if twin.wrong_baud != self.wire.wrong_baud:
                twin.wrong_baud = self.wire.wrong_baud
                twin.note(f"driver speaks at {twin.wrong_baud or self.wire.baud} baud")
        self._spread(data)

    def _on_twin(self, speaker: Twin, data: bytes) -> None:
        if self._collisions and self.wire.is_sending:
            self.wire.send_over(data)
            return
        self.wire.send(data)
        self._spread(data, speaker)

    def _spread(self, data: bytes, speaker: Twin | None = None) -> None:
        """Let all hear in the order of the wire: an answer said while others still listen comes after."""
        self._on_air.append((data, speaker))
        if len(self._on_air) > 1:
            return
        while self._on_air:
            data, speaker = self._on_air[0]
            now_s = asyncio.get_running_loop().time()
            for twin in self.twins:
                if twin is not speaker:
                    twin.hear(data, now_s)
            self._on_air.popleft()

    def _wake(self) -> None:
        """Look at the twins' clocks again, once this round of events is over."""
        if not self._is_waking:
            self._is_waking = True
            asyncio.get_running_loop().call_soon(self._reschedule)

    def _reschedule(self) -> None:
        self._is_waking = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        times = [time for time in (twin.due_s() for twin in self.twins) if time is not None]
        if times and self.wire.is_plugged:
            self._timer = asyncio.get_running_loop().call_at(min(times), self._on_time)

    def _on_time(self) -> None:
        now_s = asyncio.get_running_loop().time()
        for twin in self.twins:
            due_s = twin.due_s()
            if due_s is not None and due_s <= now_s:
                twin.step(now_s)
        self._wake()
