"""Clerks of a demonstration: they press keys and look at the strip, the keypad and who stands before them."""

from __future__ import annotations

import asyncio
import random
import time

from simulators.demo.keys import keys_for
from simulators.demo.stage import Place
from simulators.demo.world import CALL, FOREVER_S, Closing, Visitor, World
from simulators.people.clerk import manners_of

LOOK_S = 3.0
"""How long a clerk looks at the strip after a press, in seconds of life."""


class Clerk:
    """One clerk at one window."""

    def __init__(self, world: World, place: Place, badge: str, seed: int) -> None:
        self._world = world
        self._place = place
        self._badge = badge
        self._rng = random.Random(f"{seed}/clerk/{place.window}")
        self._manners = manners_of(world.plan.site.people)
        self._fingers: set[asyncio.Future[None]] = set()
        self.seated = asyncio.Event()

    async def work(self) -> None:
        """From logging in to the end of the day."""
        await self._log_in()
        self.seated.set()
        while True:
            number = await self._call_next()
            visitor = await self._wait_for(number)
            if visitor is not None:
                await self._serve(visitor)
            await self._world.sleep(self._manners.between.sample(self._rng))

    def _press(self, action: str, digits: str = "") -> None:
        if self._world.closing.is_set():
            raise Closing
        if self._place.keypad is not None:
            self._place.keypad.press(keys_for(self._place.keypad_settings, action, digits))
        elif self._place.button is not None and action == "call_next":
            finger = asyncio.ensure_future(self._place.button.press(self._place.button_pin))
            self._fingers.add(finger)
            finger.add_done_callback(self._fingers.discard)

    async def _log_in(self) -> None:
        """A counter with a button opens at its first press."""
        strip = self._place.strip if self._place.keypad else None
        while strip is not None and self._badge not in strip.text:
            self._press("login", self._badge)
            try:
                await strip.changed(lambda twin: self._badge in twin.text, LOOK_S)
            except TimeoutError:
                self._world.seen.refused += 1

    # --- calling -------------------------------------------------------------------------------------

    async def _call_next(self) -> str:
        """Press until a number stands on the strip, as long as anybody waits."""
        while True:
            await self._somebody_waits()
            before = self._shown()
            pressed_s = time.perf_counter()
            self._press("call_next")
            if await self._strip_calls(before):
                self._world.seen.press_to_strip_s.append(time.perf_counter() - pressed_s)
                return self._shown()
            self._world.seen.refused += 1
            await self._world.sleep(5.0)

    async def _somebody_waits(self) -> None:
        """The keypad says how many wait."""
        if self._place.keypad is None:
            return
        ready = asyncio.ensure_future(self._place.keypad.changed(lambda _: self._waiting(), FOREVER_S))
        closing = asyncio.ensure_future(self._world.closing.wait())
        await asyncio.wait((ready, closing), return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        closing.cancel()
        if self._world.closing.is_set():
            raise Closing

    def _waiting(self) -> int:
        """How many wait, read off the digits: "015_30" by one layout, "30_015" by the other."""
        if self._place.keypad is None:
            return 0
        shown = self._place.keypad.shown
        first = self._place.keypad_settings.digits == "waiting3_ticket3"
        digits = (shown[:3] if first else shown.rpartition("_")[2]).strip("_")
        return int(digits) if digits.isascii() and digits.isdigit() else 0

    def _shown(self) -> str:
        found = CALL.fullmatch(self._place.strip.text) if self._place.strip else None
        return found[1] if found else ""

    async def _strip_calls(self, before: str) -> bool:
        if self._place.strip is None:
            return False
        try:
            await self._place.strip.changed(lambda _: self._shown() not in ("", before), LOOK_S)
        except TimeoutError:
            return False
        return True

    async def _wait_for(self, number: str) -> Visitor | None:
        """The citizen called, or None after the last recall."""
        for again in range(self._manners.recalls + 1):
            if again:
                self._press("recall")
            visitor = await self._at_counter(number)
            if visitor is not None:
                return visitor
        self._press("no_show")
        self._world.seen.no_shows += 1
        return None

    async def _at_counter(self, number: str) -> Visitor | None:
        deadline_s = self._world.hall_s() + self._manners.recall_after_s
        while (left_s := deadline_s - self._world.hall_s()) > 0:
            try:
                async with self._world.within(left_s):
                    visitor = await self._world.counters[self._place.label].get()
            except TimeoutError:
                return None
            if visitor.number == number:
                return visitor
            visitor.done.set_result("late")
        return None

    # --- serving -------------------------------------------------------------------------------------

    async def _serve(self, visitor: Visitor) -> None:
        citizen = visitor.citizen
        try:
            self._press("begin")
            await self._world.sleep(citizen.service_s)
            if citizen.hold_s:
                await self._put_aside(citizen.hold_s)
            await self._ask_rating(visitor)
            if not self._waiting():
                self._press("finish")
        finally:
            if not visitor.done.done():
                visitor.done.set_result("served")

    async def _put_aside(self, away_s: float) -> None:
        self._press("hold")
        await self._world.sleep(away_s)
        self._press("resume_held")
        await self._world.sleep(60.0)

    async def _ask_rating(self, visitor: Visitor) -> None:
        pad = self._place.evaluator
        if pad is None:
            return
        self._press("ask_rating")
        try:
            await pad.changed(lambda twin: twin.is_open, LOOK_S)
        except TimeoutError:
            return
        if not visitor.citizen.level:
            await self._world.sleep(visitor.citizen.rating_s)
            return
        await self._world.sleep(visitor.citizen.rating_s)
        thanked = pad.thanked
        pad.press(_value_of(self._place.evaluator_settings.grades, visitor.citizen.level))
        try:
            await pad.changed(lambda twin: twin.thanked > thanked, LOOK_S)
        except TimeoutError:
            return
        self._world.seen.thanked[self._place.window] += 1


def _value_of(grades: tuple[int, ...], level: int) -> int:
    """The key whose level is nearest: some pads have four."""
    return min(range(len(grades)), key=lambda value: abs(grades[value] - level))
