"""The world of one run: its time, its chance, its story. All of it happens in one thread, from one seed.

Rules
1. What happens later stands on one heap, in the order of its time; what happens at the same time, in the
   order in which it was put there.
2. Processes that have work in the same moment take their turns in an order drawn from the seed. Within a
   process the order is that of its own loop, as asyncio promises it.
3. Every draw comes from a generator named after who draws (`rng`), so that one more draw here changes
   nothing there.
4. `trace` is a hash over all that happened: two runs of a seed are the same if theirs are.
"""

from __future__ import annotations

import hashlib
import heapq
import random
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from simulators.torture.story import Story

NOT_S = float("inf")
"""Since when something is that is not."""
SPINS_MOST = 20_000
"""Turns in one moment: a hall's worst moment, everybody reconnecting, takes some hundreds."""


class Broken(NamedTuple):
    """A promise was broken: which (a number of design section 6, or a word), when, and what was seen."""

    promise: str
    at_s: float
    text: str
    about: tuple[str, ...]


class Process(Protocol):
    """Who takes turns."""

    name: str

    def turn(self) -> None:
        """Do what is ready now."""


class Entry:
    """Something that will happen, unless it is cancelled."""

    __slots__ = ("action", "args")

    def __init__(self, action: Callable[..., object], args: tuple[Any, ...]) -> None:
        self.action: Callable[..., object] | None = action
        self.args = args

    def cancel(self) -> None:
        """It will not happen. Safe twice, and when it has happened."""
        self.action, self.args = None, ()


class World:
    """See the rules above. `now_s` starts at 0."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.now_s = 0.0
        self.broken: Broken | None = None
        self.story = Story()
        self._heap: list[tuple[float, int, Entry]] = []
        self._count = 0
        self._awake: list[Process] = []
        self._order = self.rng("order")
        self._spins = 0
        self._hash = hashlib.blake2b(digest_size=16)

    def rng(self, name: str) -> random.Random:
        """The generator of this name."""
        return random.Random(f"{self.seed}/{name}")

    @property
    def trace(self) -> str:
        """The hash over all that happened so far."""
        return self._hash.hexdigest()

    def note(self, *what: object) -> None:
        """Something happened that must be the same in every run of this seed."""
        self._hash.update(f"{self.now_s!r} {what!r}\n".encode())

    def tell(self, about: tuple[str, ...], text: str, *args: object) -> None:
        """A sentence for the story of a failing seed, `text % args`; `about` names whom it concerns."""
        self.story.add(self.now_s, about, text, args)
        self._hash.update(f"{self.now_s!r} {text} {args!r}\n".encode())

    def breaks(self, promise: str, about: tuple[str, ...], text: str) -> None:
        """A promise is broken; the first one ends the run."""
        if self.broken is None:
            self.broken = Broken(promise, self.now_s, text, about)
            self.tell(about, "BROKEN (%s): %s", promise, text)

    # --- time ----------------------------------------------------------------------------------------

    def at(self, when_s: float, action: Callable[..., object], *args: Any) -> Entry:
        """Do this at `when_s`, or now if that is over."""
        entry = Entry(action, args)
        self._count += 1
        heapq.heappush(self._heap, (max(when_s, self.now_s), self._count, entry))
        return entry

    def after(self, delay_s: float, action: Callable[..., object], *args: Any) -> Entry:
        """Do this in `delay_s` seconds."""
        return self.at(self.now_s + delay_s, action, *args)

    def wake(self, process: Process) -> None:
        """`process` has something ready; it calls this once until its turn."""
        self._awake.append(process)

    def run(self, until_s: float) -> None:
        """Let it all happen, up to `until_s` or the first broken promise."""
        while self.broken is None:
            if self._awake:
                self._turn()
            elif self._heap and self._heap[0][0] <= until_s:
                self._step()
            else:
                self.now_s = max(self.now_s, until_s)
                return

    def _turn(self) -> None:
        awake = self._awake
        process = awake.pop(self._order.randrange(len(awake)) if len(awake) > 1 else 0)
        self._spins += 1
        if self._spins > SPINS_MOST:
            self.breaks(
                "busy", (process.name,), f"{process.name} keeps the processor busy and time stands still"
            )
        process.turn()

    def _step(self) -> None:
        when_s, _, entry = heapq.heappop(self._heap)
        if entry.action is None:
            return
        if when_s > self.now_s:
            self.now_s, self._spins = when_s, 0
        action, args = entry.action, entry.args
        entry.cancel()
        action(*args)
