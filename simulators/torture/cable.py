"""A node's cable to the broker: two directions, each in order, each of which may be late or blocked.

What is sent over a connection arrives in the order in which it was sent, as TCP has it; bytes that left
within a moment of each other arrive together. A blocked direction keeps what was sent until it is free again
or the connection has ended.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from typing import Any

from simulators.torture.world import World

USUAL_S = (0.0002, 0.002)
LATE_S = (0.02, 1.5)


class Cable:
    """Both directions of one node's cable."""

    def __init__(self, world: World, name: str) -> None:
        self.name = name
        self.world = world
        self.up = Direction(world)
        self.down = Direction(world)
        self.is_late = False
        self._prompt_since_s = 0.0
        self._rng: random.Random = world.rng(f"cable/{name}")

    def way_s(self) -> float:
        """How long it takes from one end to the other."""
        return self._rng.uniform(*(LATE_S if self.is_late else USUAL_S))

    def be_late(self, late: bool) -> None:
        """Take long for everything from now on, or not any more."""
        if self.is_late and not late:
            self._prompt_since_s = self.world.now_s
        self.is_late = late

    @property
    def well_since_s(self) -> float:
        """Since when it carries everything at once; only where it does."""
        return max(self.up.since_s, self.down.since_s, self._prompt_since_s)

    @property
    def is_whole(self) -> bool:
        """Whether both directions carry."""
        return not self.up.is_blocked and not self.down.is_blocked


class Direction:
    """One direction: blocked or not, since when, and whose packets wait for it."""

    def __init__(self, world: World) -> None:
        self.is_blocked = False
        self.since_s = 0.0
        self._world = world
        self.blocks = 0
        self.on_block: dict[object, Callable[[], None]] = {}
        self._waiting: dict[Pipe, None] = {}

    def block(self) -> None:
        """Nothing gets through from now on."""
        if not self.is_blocked:
            self.is_blocked, self.since_s = True, self._world.now_s
            self.blocks += 1
            for hear in list(self.on_block.values()):
                hear()

    def free(self) -> None:
        """What waited goes on."""
        if self.is_blocked:
            self.is_blocked, self.since_s = False, self._world.now_s
        waiting, self._waiting = self._waiting, {}
        for pipe in waiting:
            pipe.go_on()

    def wait(self, pipe: Pipe) -> None:
        """`pipe` has something to carry when this is free."""
        self._waiting[pipe] = None


class Pipe:
    """One connection's packets in one direction: each an action at its far end."""

    def __init__(self, cable: Cable, direction: Direction) -> None:
        self.is_cut = False
        self._cable = cable
        self._direction = direction
        self._packets: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._is_under_way = False

    def send(self, action: Callable[..., None], *args: Any) -> None:
        """Let `action(*args)` happen at the far end."""
        if not self.is_cut:
            self._packets.append((action, args))
            self.go_on()

    def go_on(self) -> None:
        """Carry what waits."""
        if self._is_under_way or not self._packets:
            return
        if self._direction.is_blocked:
            self._direction.wait(self)
            return
        self._is_under_way = True
        self._cable.world.after(self._cable.way_s(), self._arrive)

    def cut(self) -> None:
        """The connection is over for whoever listens at the far end."""
        self.is_cut = True
        self._packets.clear()

    def _arrive(self) -> None:
        self._is_under_way = False
        if self._direction.is_blocked:
            self._direction.wait(self)
            return
        for _ in range(len(self._packets)):
            if self._packets:
                action, args = self._packets.popleft()
                action(*args)
        self.go_on()
