"""Citizens and clerks who go on whatever happens: they press, look, wait a little, and press again."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterable
from typing import TypeVar

from simulators.chaos.seen import CALL, NUMBER, Rating, Seen
from simulators.demo.keys import keys_for
from simulators.demo.stage import Machine, Place, Stage
from simulators.evaluator.twin import EvaluatorTwin
from simulators.keypad.twin import KeypadTwin
from simulators.printer.model import Paper
from simulators.strip.twin import StripTwin
from simulators.twin import Twin

log = logging.getLogger("chaos")

CLOSED = "暂未开放"
LOOK_S = 2.0
"""How long anybody looks before pressing again."""
THANKS_S = 4.5
"""How long a pad goes on sending a grade."""
FOREVER_S = 1e9

_T = TypeVar("_T", bound=Twin)


class Clerk:
    """One window: a clerk, and the citizens who come to it."""

    def __init__(self, place: Place, seen: Seen, dice: random.Random) -> None:
        if place.keypad is None or place.strip is None or place.evaluator is None:
            raise ValueError(f"window {place.window} has no keypad, strip and pad")
        self.window = place.window
        self.keypad: KeypadTwin = place.keypad
        self.strip: StripTwin = place.strip
        self.pad: EvaluatorTwin = place.evaluator
        self._settings = place.keypad_settings
        self._grades: tuple[int, ...] = place.evaluator_settings.grades
        self._seen = seen
        self._dice = dice
        self._rating: Rating | None = None
        self._thanked = 0

    def _press(self, action: str, digits: str = "") -> None:
        if action in ("call_next", "recall"):
            self._seen.calls[self.window] += 1
        log.info("window %s: %s %s pressed", self.window, action, digits)
        self.keypad.press(keys_for(self._settings, action, digits))

    async def work(self) -> None:
        """Visits, one after the other, for ever."""
        while True:
            await self.visit()
            await asyncio.sleep(self._dice.uniform(0.0, 0.3))

    async def log_in(self) -> bool:
        """Sit down at a window that is closed; False when nothing shows it in time."""
        if CLOSED in self.strip.text:
            self._press("login", f"100{self.window}")
            return await _changed(self.strip, lambda twin: CLOSED not in twin.text)
        return bool(self.strip.text)

    async def visit(self) -> bool:
        """Call somebody and let them rate; False when it did not come to a thank-you."""
        if not await self.log_in():
            return False
        before = self.strip.text
        self._press("call_next")
        if not await _changed(self.strip, lambda twin: twin.text != before and CALL.fullmatch(twin.text)):
            return False
        if self._dice.random() < 0.2:
            self._press("recall")
        self._press("ask_rating")
        if not await _changed(self.pad, lambda twin: twin.is_open):
            return False
        return await self._rate()

    async def _rate(self) -> bool:
        """Whoever stands at the window by its strip presses a grade."""
        number = self._at_window()
        self.note_thanks()
        grade = self._dice.randrange(len(self._grades))
        self._rating = Rating(self.window, self._grades[grade], number)
        self._seen.rated[self._rating] += 1
        log.info("%s pressed", self._rating)
        self.pad.press(grade)
        thanked = await _changed(self.pad, lambda twin: twin.thanked > self._thanked, THANKS_S)
        self.note_thanks()
        return thanked

    def _at_window(self) -> str:
        found = NUMBER.search(self.strip.text)
        return found[0] if found else ""

    def note_thanks(self) -> None:
        """A thank-you may also come after everybody stopped looking, and the next stands there."""
        if self.pad.thanked > self._thanked and self._rating is not None:
            same = self._rating.number == self._at_window()
            rating = self._rating if same else self._rating._replace(number="")
            self._seen.thanked[rating] += 1
            log.info("%s thanked for", rating)
        self._thanked = self.pad.thanked

    async def watch(self) -> None:
        """Write down every call that stands on the strip, for ever."""
        last = ""
        while True:
            await self.strip.changed(lambda twin: twin.text != last, FOREVER_S)  # noqa: B023 - read at once
            last = self.strip.text
            log.info("window %s: the strip shows %r", self.window, last)
            if called := CALL.fullmatch(last):
                self._seen.shown.add((called[1], called[2]))


class Lobby:
    """One ticket machine and who comes to it."""

    def __init__(self, machine: Machine, codes: Iterable[str], seen: Seen, dice: random.Random) -> None:
        self.printer = machine.printer
        self._name = machine.printer_name
        self._keypad = machine.keypad
        self._codes = tuple(codes)
        self._seen = seen
        self._dice = dice
        self._key = ""

    async def work(self) -> None:
        """People come, for ever."""
        while True:
            await self.take()
            await asyncio.sleep(self._dice.uniform(0.3, 1.5))

    async def take(self) -> bool:
        """Press; False when no paper comes."""
        self._key = (
            "confirm" if self._key == "start" else "start"
        )  # the same again were a repeat of one press
        before = len(self.printer.papers)
        self._seen.takes += 1
        log.info("%s: %s pressed", self._name, self._key)
        self._keypad.press(f"{self._dice.choice(self._codes)} {self._key}")
        came = await _changed(self.printer, lambda twin: len(twin.papers) > before, LOOK_S)
        log.info("%s: %s", self._name, numbers_on(self.printer.papers[before:]) if came else "no paper")
        return came


def read_papers(stage: Stage) -> list[str]:
    """Every number that stands on a paper."""
    return [number for machine in stage.machines for number in numbers_on(machine.printer.papers)]


def numbers_on(papers: Iterable[Paper]) -> list[str]:
    """Each number, as often as it stands there."""
    return [line for paper in papers for line in paper.text if NUMBER.fullmatch(line)]


async def _changed(twin: _T, condition: Callable[[_T], object], timeout_s: float = LOOK_S) -> bool:
    try:
        await twin.changed(condition, timeout_s)
    except TimeoutError:
        return False
    return True
