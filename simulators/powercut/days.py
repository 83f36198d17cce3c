"""What people do in the office, by a seed: visits from number to rating, pauses, days, starts and stops."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

from devices.printer.messages import Outcome
from mqtt_bridge import messages as m
from simulators.powercut.office import Office
from simulators.powercut.site import SITE

DAY_S = 24 * 3600.0
FORGOTTEN_S = 41 * DAY_S
"""Longer than anything is kept."""
LOG_PAGES = 24
"""A short life must see its logs taken into their files many times."""


class Days:
    """Lives a life of some steps in an office that runs."""

    def __init__(self, office: Office, dice: random.Random) -> None:
        self._office = office
        self._dice = dice
        self._papers: list[m.Slip] = []
        self._steps: list[tuple[int, Callable[[], Awaitable[object]]]] = [
            (6, self._take),
            (4, self._paper),
            (6, self._call),
            (3, self._begin_or_recall),
            (6, self._rate),
            (2, self._finish),
            (2, self._together),
            (2, self._shown),
            (1, self._pause),
            (1, self._time_passes),
            (1, self._notices),
            (1, self._snapshot),
        ]

    async def begin(self) -> None:
        """Clerks sit down; the stores' logs are taken into their files soon."""
        for journal in (self._office.core, self._office.east):
            await journal.run(_shorten)
        for window in ("1", "2"):
            await self._office.ask(m.Login, window=window, clerk=f"10{window}")
        await self._office.settle()

    async def step(self) -> None:
        """One thing that somebody does, and all that comes of it."""
        await self.act()
        await self._office.settle()

    async def act(self) -> None:
        """One thing that somebody does, until it is answered."""
        weights = [weight for weight, _ in self._steps]
        (_, action) = self._dice.choices(self._steps, weights)[0]
        await action()

    async def a_day_long_ago(self) -> None:
        """Time enough passes that events and records are forgotten."""
        await self._pass(FORGOTTEN_S)
        self._office.witness.tell(self._office.witness.forgotten, len(self._office.witness.ops))
        self._office.coordinator._keeper.snapshot()
        await self._office.settle()

    def _window(self) -> str:
        return self._dice.choice("12")

    async def _take(self) -> None:
        service = self._dice.choice(("pension", "invoice"))
        answer = await self._office.ask(m.TakeNumber, service=service)
        if answer.slip is not None:
            self._papers.append(answer.slip)

    async def _paper(self) -> None:
        if self._papers:
            slip = self._papers.pop(0)
            outcome: Outcome = self._dice.choice(("printed", "printed", "not_printed", "unknown"))
            at_ms = self._office.at_ms()
            await self._office.keep(m.Printed("", "", at_ms, slip.visit, slip.number, outcome))

    async def _call(self) -> None:
        await self._office.ask(m.CallNext, window=self._window())

    async def _begin_or_recall(self) -> None:
        kind = self._dice.choice((m.Begin, m.Recall, m.Hold, m.ResumeHeld, m.NoShow))
        await self._office.ask(kind, window=self._window())

    async def _finish(self) -> None:
        await self._office.ask(m.Finish, window=self._window())

    async def _rate(self) -> None:
        """A visit from its number to its rating."""
        window = self._window()
        await self._office.ask(m.TakeNumber, service="pension")
        await self._office.ask(m.CallNext, window=window)
        answer = await self._office.ask(m.AskRating, window=window)
        state = self._office.windows[window]
        if answer.code == "ok" and state.visit:
            level = self._dice.randint(1, 5)
            await self._office.keep(m.Rated("", "", self._office.at_ms(), state.visit, window, level))

    async def _together(self) -> None:
        """Several at the same moment: they share a commit."""
        await asyncio.gather(self._take(), self._call(), self._paper(), self._take())

    async def _shown(self) -> None:
        state = self._office.windows[self._window()]
        if state.visit:
            at_ms = self._office.at_ms()
            await self._office.keep(
                m.Shown("", "", at_ms, state.visit, state.window, f"strip-{state.window}", 1, True)
            )

    async def _pause(self) -> None:
        window = self._window()
        await self._office.ask(m.PauseWindow, window=window)
        await self._office.ask(m.ResumeWindow, window=window)

    async def _time_passes(self) -> None:
        await self._pass(self._dice.choice((60.0, 600.0, 3700.0, DAY_S)))

    async def _pass(self, seconds: float) -> None:
        self._office.pass_time(seconds)
        if seconds >= DAY_S:
            self._papers.clear()  # nobody asks for yesterday's paper
        for window in ("1", "2"):
            await self._office.ask(m.Login, window=window, clerk=f"10{window}")

    async def _notices(self) -> None:
        text = SITE.replace("欢迎光临", f"今天 {self._dice.randint(1, 999)}")
        await self._office.ask(m.ApplySite, toml=text)

    async def _snapshot(self) -> None:
        self._office.coordinator._keeper.snapshot()


def _shorten(db: Any) -> None:
    db.log_pages = LOG_PAGES
