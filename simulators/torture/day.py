"""A torture day: a hall, its people and its troubles, from one seed; then quiet, in which all must drain."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from simulators.torture.ground import Ground
from simulators.torture.story import FAULT
from simulators.torture.world import World

DRAINS_S = 120.0
"""After the last trouble everything is connected, delivered and shown within this."""
CLOSES_S = 3600.0
"""Longest that clerks stay after that: who holds a number is served."""
LOOK_S = 60.0


@dataclass(frozen=True)
class Plan:
    """What a day has: so many visits within so many hours, and troubles all the time."""

    visits: int
    hours: float
    troubles: tuple[int, int]


DAY = Plan(visits=360, hours=7.0, troubles=(25, 60))
SHARP = Plan(visits=100, hours=1.3, troubles=(25, 50))
"""A short day with as many troubles."""


@dataclass(frozen=True)
class Outcome:
    """What became of one seed. `story` is empty when no promise was broken."""

    seed: int
    promise: str
    text: str
    at_s: float
    story: tuple[str, ...]
    trace: str
    visits: int
    events: int
    ratings: int
    faults: int
    cpu_s: float

    @property
    def is_kept(self) -> bool:
        """Whether every promise was."""
        return not self.promise


class _Log(logging.Handler):
    """What nodes log goes into the story."""

    def __init__(self, world: World) -> None:
        super().__init__(logging.WARNING)
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        self._world.tell((FAULT,), "log: %s", record.getMessage())


@contextmanager
def quiet(world: World) -> Iterator[None]:
    """Logs to the story alone, and a garbage collector that does not come in between."""
    log, handler = logging.getLogger("hall"), _Log(world)
    before, log.propagate = log.propagate, False
    log.addHandler(handler)
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        log.removeHandler(handler)
        log.propagate = before


def _live(ground: Ground, plan: Plan) -> None:
    world, until_s = ground.world, plan.hours * 3600
    ground.open(plan.visits, until_s)
    ground.nemesis.plan(200.0, until_s, *plan.troubles)
    world.run(until_s)
    if world.broken is not None:
        return
    ground.nemesis.end()
    world.run(until_s + DRAINS_S)
    if world.broken is None:
        ground.check_calm()
    closes_s = until_s + CLOSES_S
    while world.broken is None and world.now_s < closes_s and not ground.is_served():
        world.run(world.now_s + LOOK_S)
    ground.check_end()


def run_day(seed: int, plan: Plan = DAY) -> Outcome:
    """One day of this seed."""
    began_s = time.process_time()
    world = World(seed)
    with quiet(world):
        ground = Ground(world)
        try:
            _live(ground, plan)
        finally:
            ground.bury()
    gc.collect()
    broken = world.broken
    return Outcome(
        seed=seed,
        promise=broken.promise if broken else "",
        text=broken.text if broken else "",
        at_s=broken.at_s if broken else world.now_s,
        story=tuple(world.story.about(broken.about)) if broken else (),
        trace=world.trace,
        visits=len(ground.book.visits),
        events=ground.book.events,
        ratings=len(ground.seen.thanks),
        faults=ground.nemesis.count,
        cpu_s=time.process_time() - began_s,
    )
