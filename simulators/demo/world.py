"""The hall as a place: its clock, who stands at which counter, and what anybody could see there.

People act through twins and look at twins. What they saw is noted in `Seen`, to be held against the hall's
own books at the end.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from edge.pace import Pace
from simulators.demo.plan import DemoPlan
from simulators.demo.stage import Place, Stage
from simulators.people.citizen import Citizen

CALL = re.compile(r"请([A-Z]+\d+)号到(\S+)号窗口")
FOREVER_S = 1e9


class Closing(Exception):  # noqa: N818 - the end of the day
    """The demonstration ends: leave things as they are."""


@dataclass
class Seen:
    """What people saw with their own eyes."""

    papers: list[str] = field(default_factory=list)  # numbers on paper
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)  # (number, window label) on a strip
    thanked: Counter[str] = field(default_factory=Counter)  # ratings thanked for, by window
    press_to_strip_s: list[float] = field(default_factory=list)
    refused: int = 0  # presses that were refused
    no_shows: int = 0
    walked_away: int = 0
    quoted: int = 0


@dataclass
class Visitor:
    """A citizen at a counter. `done` ends the visit there; its result says how."""

    number: str
    citizen: Citizen
    done: asyncio.Future[str]


class World:
    """One run of the hall."""

    def __init__(self, plan: DemoPlan, stage: Stage, pace: Pace) -> None:
        self.plan = plan
        self.stage = stage
        self.pace = pace
        self.seen = Seen()
        self.closing = asyncio.Event()
        self._called: dict[str, asyncio.Future[str]] = {}
        self.counters: dict[str, asyncio.Queue[Visitor]] = {
            place.label: asyncio.Queue() for place in stage.places.values()
        }

    def hall_s(self) -> float:
        """Hall time."""
        return self.pace.hall_s()

    @asynccontextmanager
    async def within(self, hall_seconds: float) -> AsyncIterator[None]:
        """Raises TimeoutError for what takes longer."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(None) as limit:
            timer = self.pace.call_later(loop, hall_seconds, lambda: limit.reschedule(loop.time()))
            try:
                yield
            finally:
                timer.cancel()

    async def sleep(self, hall_seconds: float) -> None:
        """Let hall time pass. Raises Closing at the end of the day."""
        try:
            async with self.within(hall_seconds):
                await self.closing.wait()
        except TimeoutError:
            return
        raise Closing

    # --- calls ---------------------------------------------------------------------------------------

    async def watch_strip(self, place: Place) -> None:
        """Look at one strip as long as the hall is open."""
        if place.strip is None:
            return
        strip, last = place.strip, place.strip.text
        while True:
            await strip.changed(lambda twin: twin.text != last, FOREVER_S)  # noqa: B023 - read at once
            last = strip.text
            found = CALL.fullmatch(last)
            if found:
                self._saw_call(found[1], found[2])

    def _saw_call(self, number: str, label: str) -> None:
        self.seen.calls[number, label] += 1
        waiting = self._called.pop(number, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(label)

    async def my_call(self, number: str, patience_s: float) -> str:
        """The label of the window that calls `number`. Raises TimeoutError when patience ends, Closing."""
        for place in self.stage.places.values():
            found = CALL.fullmatch(place.strip.text) if place.strip else None
            if found and found[1] == number:
                return place.label
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._called[number] = future
        closing = asyncio.ensure_future(self.closing.wait())
        try:
            async with self.within(min(patience_s, FOREVER_S)):
                await asyncio.wait((future, closing), return_when=asyncio.FIRST_COMPLETED)
        finally:
            closing.cancel()
            self._called.pop(number, None)
        if future.done():
            return future.result()
        raise Closing
