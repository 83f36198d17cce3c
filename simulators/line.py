"""Several twins on one RS-485 line, or one alone at the end of its cable.

Every twin hears all that the driver sends and all that its neighbours say: that is how an evaluator knows
that the clerk pressed "evaluate". Twins that talk at the same time are heard one after the other, or, with
`collisions`, over each other and over the driver. While a twin has no room, nothing is taken from the driver.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from simulators.twin import Twin
from simulators.wires.at import wire_at
from simulators.wires.framing import Framing


class LineTwin:
    """The far end of a line: `path` is where the driver opens it, a file name, `socket://` or `rfc2217://`.

    `paced` takes the time that real bytes take. Use as `async with LineTwin(...) as line`, or start and
    stop it.
    """

    def __init__(
        self,
        path: str | Path,
        twins: Sequence[Twin],
        baud: int = 9600,
        *,
        framing: Framing | None = None,
        paced: bool = True,
        collisions: bool = False,
    ) -> None:
        self.twins = list(twins)
        self.wire = wire_at(path, self._on_driver, framing or Framing(baud), paced=paced, shared=collisions)
        self.wire.on_strange = self._on_strange
        self.on_strange: Callable[[], None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_waking = False
        self._on_air: deque[tuple[bytes, Twin | None]] = deque()

    @property
    def url(self) -> str:
        """What to write as the port's url in a site file."""
        return self.wire.url

    async def start(self) -> None:
        """Make the wire and switch the twins on. Raises NameTaken."""
        self.wire.plug_in()
        clock = asyncio.get_running_loop().time
        for twin in self.twins:
            twin.now_s = clock()
            twin.hosted(self._on_twin, self._wake, clock)
        self._wake()

    async def stop(self) -> None:
        """Take the wire away. Twice is fine."""
        if self._timer is not None:
            self._timer.cancel()
        self.wire.unplug()

    def unplug(self) -> None:
        """Pull the driver's adapter out."""
        self.wire.unplug()

    def replug(self, path: str | Path = "") -> None:
        """Plug the adapter in again, under the same name or another. Raises NameTaken."""
        self.wire.plug_in(str(path))
        self._wake()

    def noise(self, data: bytes) -> None:
        """Any bytes onto the wire, heard by the driver and by every twin."""
        self.wire.send(data, self._spread)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _on_strange(self) -> None:
        """The driver has set its end in another way than before."""
        own, there = self.wire.framing, self.wire.strange
        for twin in self.twins:
            twin.set_strange(own, there)
        if self.on_strange is not None:
            self.on_strange()

    def _on_driver(self, data: bytes) -> None:
        self._spread(data)

    def _on_twin(self, speaker: Twin, data: bytes) -> None:
        self.wire.send(data, partial(self._spread, speaker=speaker))

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
        """Look at the twins again, once this round of events is over."""
        if not self._is_waking:
            self._is_waking = True
            asyncio.get_running_loop().call_soon(self._reschedule)

    def _reschedule(self) -> None:
        self._is_waking = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.wire.hold(any(twin.is_full for twin in self.twins))
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
