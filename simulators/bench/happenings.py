"""What happens on a bench, told to whoever follows: faces, papers, bytes, faults, ports that come and go."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

FOLLOWED_MAX: Final = 2000  # happenings that a slow follower may lag behind

# event -> what its further keys are
EVENTS: Final = {
    "face": "a device or port looks otherwise: `face`",
    "paper": "a printer gave a paper: `text`, `qr`, `cut`, `width`, `height`",
    "hand": "somebody did something: `did` and what was said with it",
    "fault": "a fault began or ended: `fault`, `on`, and what it was told",
    "refused": "a fault of the script could not be: `why`",
    "bytes": "bytes crossed a wire: `way` (> from the driver, < to it), `hex`",
    "framing": "the driver set its port: `set`, `own`, `understood`",
    "open": "programs that hold the driver's end: `count`, and `who` where there are several",
}


@dataclass(frozen=True)
class Happening:
    """`event` is one of EVENTS; `of` a device or a port; `at_s` seconds since the bench began."""

    at_s: float
    event: str
    of: str
    more: dict[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """As one JSON object."""
        return {"event": self.event, "of": self.of, "at_s": round(self.at_s, 6), **self.more}


class Follower:
    """Happenings in order, for `async for`. One that lags behind loses the oldest; `missed` counts them."""

    def __init__(self, news: News, events: Iterable[str]) -> None:
        self.missed = 0
        self._news = news
        self._events = frozenset(events) or frozenset(EVENTS)
        self._queue: deque[Happening] = deque(maxlen=FOLLOWED_MAX)
        self._has_some = asyncio.Event()
        news.listeners.append(self._take)

    def close(self) -> None:
        """Follow no more. Twice is fine."""
        if self._take in self._news.listeners:
            self._news.listeners.remove(self._take)

    def __aiter__(self) -> Follower:
        return self

    async def __anext__(self) -> Happening:
        while not self._queue:
            self._has_some.clear()
            await self._has_some.wait()
        return self._queue.popleft()

    def _take(self, happening: Happening) -> None:
        if happening.event in self._events:
            self.missed += len(self._queue) == FOLLOWED_MAX
            self._queue.append(happening)
            self._has_some.set()


class News:
    """Where happenings go. `listeners` are called at once and must not wait."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[Happening], None]] = []
        self._from_s = 0.0

    def begin(self) -> None:
        """Times count from now."""
        self._from_s = asyncio.get_running_loop().time()

    def tell(self, event: str, of: str, /, **more: Any) -> None:
        """One happening, now."""
        if self.listeners:
            happening = Happening(asyncio.get_running_loop().time() - self._from_s, event, of, more)
            for listener in list(self.listeners):
                listener(happening)

    def follow(self, *events: str) -> Follower:
        """Everything from now on, or the named events only. Close it when done."""
        return Follower(self, events)
