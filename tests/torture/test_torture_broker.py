"""What a torture day found once, step by step: no seed is needed to see it again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulators.torture.broker import AUTOSAVE_S
from simulators.torture.day import quiet
from simulators.torture.ground import Ground
from simulators.torture.seen import STALE
from simulators.torture.site import CORE
from simulators.torture.world import World


@pytest.fixture
def ground() -> Iterator[Ground]:
    world = World(1)
    with quiet(world):
        ground = Ground(world)
        ground.open(5, 600.0)
        yield ground
        ground.bury()


def test_nobody_believes_a_broker_that_remembers_a_coordinator_without_power(ground: Ground) -> None:
    world = ground.world
    world.run(AUTOSAVE_S + 100.0)
    ground.computers[CORE].lose_power(3600.0)
    world.run(world.now_s + 5.0)
    ground.broker.go_down(silently=False)
    ground.broker.come_back("older")
    world.run(world.now_s + 100.0)
    assert world.broken is None
    assert all(STALE.search(text) for text in ground.seen.strips.values())
    assert all(view.stale_since for view in ground.seen.boards.values())
