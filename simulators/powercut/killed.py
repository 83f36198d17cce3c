"""A real process that commits, killed at random moments and started again on what it left.

The process is an office that works until it is killed, and says aloud everything it tells anybody. It is
forked, with all modules loaded, so that a kill costs some tens of milliseconds and not a start.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import random
import time
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from simulators.powercut.days import Days
from simulators.powercut.going_on import go_on
from simulators.powercut.office import BOOT, OPENS_S, Office
from simulators.powercut.witness import Told, Witness

LINES_MOST = 8
"""Things told in one life before the kill is near."""
MOST_S = 0.02
"""After the last of them: some commits long."""
SPEAKS_S = 60.0

Line: TypeAlias = tuple[str, Any]


class Toll(NamedTuple):
    """What came of many kills."""

    kills: int
    numbers: int
    ratings: int
    broken: tuple[str, ...]


def kill_many(folder: Path, seed: int, kills: int) -> Toll:
    """Start, let work, kill, as often as asked; then look what became of all that was told."""
    dice = random.Random(f"{seed}/kills")
    lines = [line for life in range(kills) for line in _life(folder, f"{seed}/{life}", dice)]
    numbers = Counter(what for kind, what in lines if kind == "number")
    ratings = {what for kind, what in lines if kind == "rating"}
    after = go_on(folder, OPENS_S, BOOT)
    twice = [f"{one} told {count} times" for one, count in numbers.items() if count > 1]
    again = [f"{one} is issued again" for one in after.numbers if one in numbers]
    lost = [f"{one} is lost" for one in (set(numbers) - after.known) | (ratings - after.rated)]
    faults = [after.fault] if after.fault else []
    return Toll(kills, len(numbers), len(ratings), (*faults, *twice, *again, *lost))


def _life(folder: Path, seed: str, dice: random.Random) -> list[Line]:
    fork = multiprocessing.get_context("fork")
    ear, mouth = fork.Pipe(duplex=False)
    child = fork.Process(target=_live, args=(mouth, folder, seed), daemon=True)
    child.start()
    mouth.close()
    try:
        lines = [_next(ear) for _ in range(dice.randint(1, LINES_MOST))]
        time.sleep(dice.uniform(0.0, MOST_S))
    finally:
        child.kill()
        child.join()
    return lines + _rest(ear)


def _next(ear: Connection) -> Line:
    if not ear.poll(SPEAKS_S):
        raise TimeoutError("the office says nothing any more")
    line: Line = ear.recv()  # EOFError: it ended by itself
    return line


def _rest(ear: Connection) -> list[Line]:
    lines: list[Line] = []
    with ear:
        while True:
            try:
                lines.append(ear.recv())
            except EOFError:
                return lines


def _live(mouth: Connection, folder: Path, seed: str) -> None:
    logging.getLogger("hall").setLevel(logging.ERROR)
    asyncio.run(_work(Office(folder, _Crier(mouth), watched=False), random.Random(seed)))


async def _work(office: Office, dice: random.Random) -> None:
    await office.start()
    days = Days(office, dice)
    await days.begin()
    while True:
        await days.step()


class _Crier(Witness):
    """Says aloud what is told."""

    def __init__(self, mouth: Connection) -> None:
        super().__init__([])
        self._mouth = mouth

    def tell(self, place: list[Told], what: Any) -> None:
        kinds = {id(self.numbers): "number", id(self.ratings): "rating", id(self.epochs): "epoch"}
        if id(place) in kinds:
            self._mouth.send((kinds[id(place)], what))
