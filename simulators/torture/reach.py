"""What an observer who sees the whole hall knows of its ways: can the coordinator's word reach a screen?"""

from __future__ import annotations

from collections.abc import Mapping

from simulators.torture.broker import Broker
from simulators.torture.computer import Computer
from simulators.torture.site import CORE
from simulators.torture.world import NOT_S, World


class Reach:
    """Of the coordinator's word to a node. Answers are in seconds, 0 where it is not so."""

    def __init__(self, world: World, broker: Broker, computers: Mapping[str, Computer]) -> None:
        self._world = world
        self._broker = broker
        self._computers = computers
        self._core = computers[CORE]

    def heard_for_s(self, node: str) -> float:
        """How long all of the way has been well, without a break and in good time."""
        well_since_s = max(map(self._well_since_s, (self._computers[node], self._core)))
        return max(self._world.now_s - well_since_s, 0.0)

    def unheard_for_s(self, node: str) -> float:
        """How long one and the same thing has been in the way."""
        computers = (self._computers[node], self._core)
        broken = [self._broker.down_since_s, self._core.off_since_s]
        ways = [way for one in computers for way in (one.cable.up, one.cable.down)]
        broken += [way.since_s for way in ways if way.is_blocked]
        return max(self._world.now_s - min(broken), 0.0)

    def _well_since_s(self, computer: Computer) -> float:
        cable = computer.cable
        if not computer.is_on or not cable.is_whole or cable.is_late:
            return NOT_S
        return max(cable.well_since_s, self._broker.linked_since_s(computer.name))
