"""What the nemesis draws from the seed: whom a trouble meets, and for how long."""

from __future__ import annotations

import random
from typing import Protocol

from simulators.torture.broker import Broker
from simulators.torture.computer import Computer
from simulators.torture.site import CORE
from simulators.torture.story import FAULT
from simulators.torture.wires import Wire
from simulators.torture.world import World

SHARE_CORE = 0.4


class Hall(Protocol):
    """What can be tormented."""

    world: World
    broker: Broker
    computers: dict[str, Computer]
    wires: dict[str, Wire]


class Draws:
    """One generator for all troubles, and one voice that tells of them."""

    def __init__(self, hall: Hall) -> None:
        self.rng: random.Random = hall.world.rng("nemesis")
        self._hall = hall
        self._world = hall.world

    def long_s(self, least: float, most: float) -> float:
        """Short more often than long."""
        return float(least * (most / least) ** self.rng.random())

    def computer(self) -> Computer:
        """Any; rather often the coordinator's."""
        if self.rng.random() < SHARE_CORE:
            return self._hall.computers[CORE]
        return self.rng.choice(list(self._hall.computers.values()))

    def tell(self, who: str, text: str, *args: object) -> None:
        """A sentence for the story, `text % args`, of a fault of `who`."""
        self._world.tell((who, FAULT), text, *args)
