"""Real processes on a real file system whose power is cut, and which then fails every call."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.chaos.card import Card, NoCard
from simulators.chaos.run import ChaosHall, Result, run

KILLS = 24
MOST_S = 240.0
ENDS_S = 5.0
FAILED = 4
"""The exit code of a node whose disk failed."""


@pytest.fixture()
def card(kept: Path) -> Iterator[Card]:
    card = Card(kept / "card.img", kept / "data")
    try:
        card.insert()
    except NoCard as error:
        pytest.skip(f"NOT TESTED HERE: the power of a real file system is not cut: {error}")
    yield card
    card.remove()


@pytest.mark.timeout(400)
def test_nothing_is_lost_when_a_real_file_system_loses_its_power(kept: Path, card: Card) -> None:
    result: Result = asyncio.run(run(kept, 3, KILLS, MOST_S, card))
    assert result.broken == []
    assert result.faults["power cut"] >= 3
    assert result.thanked >= 5


@pytest.mark.timeout(240)
def test_nodes_whose_disk_fails_end_and_say_so_and_go_on_when_it_is_well(kept: Path, card: Card) -> None:
    async def body() -> None:
        hall = ChaosHall(kept, 4)
        try:
            await hall.start()
            await _served(hall)
            card.die()
            nodes = hall.processes.nodes
            for name, within_s in (("core", ENDS_S), ("east", ENDS_S)):
                assert await _ends(hall, name, within_s) == FAILED
                assert "the disk failed at" in nodes[name].log
            for node in nodes.values():
                node.kill()
            await asyncio.to_thread(card.come_back)
            for node in nodes.values():
                node.start()
            await _served(hall)
        finally:
            await hall.stop()

    asyncio.run(body())


async def _served(hall: ChaosHall) -> None:
    """A whole visit, at the first window; people try again."""
    async with asyncio.timeout(60):
        while not (await hall.lobbies[0].take() and await hall.clerks[0].visit()):
            pass


async def _ends(hall: ChaosHall, name: str, within_s: float) -> int | None:
    """Press until the node has ended; its exit code, None when that takes longer than told from a press."""
    process = hall.processes.nodes[name]._process
    assert process is not None
    pressed_s = time.monotonic()
    while process.poll() is None and time.monotonic() < pressed_s + within_s:
        await hall.lobbies[0].take()
    return process.poll()
