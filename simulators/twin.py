"""What a twin on a line is: something that hears bytes, says bytes, shows a face and can be waited for.

A twin is a model (behaviour, no bytes) behind an interface (bytes, no behaviour). It owns no clock: whoever
hosts it calls `hear` with what is on the wire and `step` when `due_s` has come, with seconds of any clock
that does not go back.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Self

from simulators.faults import Faults

LOG_MAX: Final = 200


class Twin:
    """Base of the twins on a line. `say` is set by the host; bytes said before that are lost."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.faults = Faults()
        self.log: deque[str] = deque(maxlen=LOG_MAX)
        self.now_s = 0.0
        self.wrong_baud: int | None = None
        self._host: Callable[[Twin, bytes], None] | None = None
        self._wake: Callable[[], None] | None = None
        self._clock: Callable[[], float] | None = None
        self._late: deque[tuple[float, bytes]] = deque()
        self._waiting: list[tuple[Callable[[Any], object], asyncio.Future[None]]] = []

    @property
    def face(self) -> str:
        """What a person in front of it sees, in one line."""
        if self.wrong_baud is not None:
            return f"!! 波特率 {self.wrong_baud}"
        return "(断电)" if self.faults.dead else self.panel()

    def panel(self) -> str:
        """The face of a device that works."""
        return ""

    def hosted(
        self,
        host: Callable[[Twin, bytes], None],
        wake: Callable[[], None] | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        """Given to a host: `host(twin, data)` puts bytes on its wire, `wake()` looks at `due_s` again.

        `clock()` is the host's time when somebody presses a key; without it, the time of the last call.
        """
        self._host, self._wake, self._clock = host, wake, clock

    def clock_s(self) -> float:
        """The host's time."""
        if self._clock is not None:
            self.now_s = self._clock()
        return self.now_s

    def hear(self, data: bytes, now_s: float) -> None:
        """Bytes on the wire, from the host or from a neighbour."""
        self.now_s = now_s
        if not self.faults.dead:
            self.on_bytes(data)
        self.notice()

    def step(self, now_s: float) -> None:
        """Let time pass."""
        self.now_s = now_s
        while self._late and self._late[0][0] <= now_s:
            self._put(self._late.popleft()[1])
        self.on_time()
        self.notice()

    def due_s(self) -> float | None:
        """When `step` has work to do, or None."""
        times = [self.next_s(), self._late[0][0] if self._late else None]
        return min((time for time in times if time is not None), default=None)

    def on_bytes(self, data: bytes) -> None:
        """What the interface makes of bytes."""

    def on_time(self) -> None:
        """What the model does as time passes."""

    def next_s(self) -> float | None:
        """When the model has something to do."""
        return None

    def say(self, frame: bytes) -> None:
        """Put a frame on the wire, with whatever is wrong with this device."""
        data = self.faults.spoil(frame)
        if not data:
            return
        if self.faults.late_s:
            self._late.append((self.now_s + self.faults.late_s, data))
        else:
            self._put(data)

    def note(self, text: str) -> None:
        """One line into the twin's log."""
        self.log.append(text)

    def notice(self) -> None:
        """Something may have changed: wake whoever waits for it, and the host."""
        for predicate, future in list(self._waiting):
            if not future.done() and predicate(self):
                future.set_result(None)
        if self._wake is not None:
            self._wake()

    async def changed(self, predicate: Callable[[Self], object], timeout_s: float) -> Self:
        """Wait until `predicate(twin)` holds; at once when it does. Raises TimeoutError with the face."""
        if predicate(self):
            return self
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (predicate, future)
        self._waiting.append(entry)
        try:
            async with asyncio.timeout(timeout_s):
                await future
        except TimeoutError:
            raise TimeoutError(f"{self.name} still shows {self.face!r} after {timeout_s} s") from None
        finally:
            self._waiting.remove(entry)
        return self

    def _put(self, data: bytes) -> None:
        if self._host is not None:
            self._host(self, data)
