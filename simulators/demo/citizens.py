"""Citizens of a demonstration: they press keys, take paper, watch strips, walk, and rate."""

from __future__ import annotations

import asyncio
import random
import re

from simulators.demo.keys import keys_for
from simulators.demo.stage import Machine
from simulators.demo.world import Closing, Visitor, World
from simulators.people.citizen import Citizen
from simulators.people.eyes import read_number

PAPER_S = 20.0
"""Longest that anybody stands before a ticket machine, in seconds of life."""
SAME_KEYS_S = 0.7
"""Two presses of the same keys within this are one press that the keypad repeats."""
ASKS_FIRST = 0.2
"""Part of the citizens who look how long it takes before they take a number."""

_NUMBER = re.compile(r"[A-Z]+\d+")


class Lobby:
    """The ticket machines and the people before them."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._rng = random.Random(f"{seed}/lobby")
        self._codes = {one.id: one.code for one in world.plan.site.services}
        self._locks = {machine.keypad.name: asyncio.Lock() for machine in world.stage.machines}
        self._before: dict[str, int] = dict.fromkeys(self._locks, 0)
        self._pressed: dict[str, tuple[str, float]] = {}

    async def take_number(self, citizen: Citizen) -> str:
        """Queue at the shortest line, press, take the paper: the number on it, or "" for none."""
        machine = min(self._world.stage.machines, key=lambda one: self._before[one.keypad.name])
        name = machine.keypad.name
        self._before[name] += 1
        try:
            async with self._locks[name]:
                if self._world.closing.is_set():
                    raise Closing
                return await self._press(machine, citizen)
        finally:
            self._before[name] -= 1

    async def _press(self, machine: Machine, citizen: Citizen) -> str:
        code = self._codes[citizen.service]
        if self._rng.random() < ASKS_FIRST:
            await self._ask(machine, code)
        await self._type(machine, self._keys(machine, citizen.priority, code))
        try:
            paper = await machine.printer.next_ticket(PAPER_S)
        except TimeoutError:
            self._world.seen.refused += 1
            return ""
        number = next((line for line in paper.text if _NUMBER.fullmatch(line)), "") or read_number(
            paper.image
        )
        self._world.seen.papers.append(number)
        return number

    async def _type(self, machine: Machine, keys: str) -> None:
        """Nobody types the same as the one before in less than it takes to step up."""
        now_s = asyncio.get_running_loop().time()
        last, at_s = self._pressed.get(machine.keypad.name, ("", 0.0))
        if last == keys and now_s - at_s < SAME_KEYS_S:
            await asyncio.sleep(SAME_KEYS_S - (now_s - at_s))
        machine.keypad.press(keys)
        self._pressed[machine.keypad.name] = (keys, asyncio.get_running_loop().time())

    async def _ask(self, machine: Machine, code: str) -> None:
        """How long would it take? The display says minutes from and to."""
        await self._type(machine, keys_for(machine.settings, "query", code))
        try:
            await machine.keypad.changed(lambda twin: re.fullmatch(r"\d{6}", twin.shown), 1.0)
        except TimeoutError:
            return
        self._world.seen.quoted += 1

    @staticmethod
    def _keys(machine: Machine, priority: str, code: str) -> str:
        try:
            return keys_for(machine.settings, f"take:{priority}", code)
        except KeyError:
            return keys_for(machine.settings, "take", code)


async def live(world: World, lobby: Lobby, citizen: Citizen) -> None:
    """One citizen's visit, from the door to the street."""
    number = await lobby.take_number(citizen)
    if not number or citizen.no_show:
        return
    patience_s = citizen.patience_s
    outcome = "sent"
    while outcome == "sent":
        try:
            label = await world.my_call(number, patience_s)
        except TimeoutError:
            world.seen.walked_away += 1
            return
        await world.sleep(citizen.walk_s)
        visitor = Visitor(number, citizen, asyncio.get_running_loop().create_future())
        world.counters[label].put_nowait(visitor)
        outcome = await visitor.done
