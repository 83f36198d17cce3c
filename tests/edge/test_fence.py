"""A coordinator that is over is not heard by nodes, and does not speak."""

from __future__ import annotations

from typing import Any

import pytest

from edge.fence import Fence
from edge.hearing import Hearing
from mqtt_bridge import messages as m
from mqtt_bridge.topics import Topic


class Port:
    """Keeps what is published."""

    def __init__(self) -> None:
        self.said: list[Any] = []

    def publish(self, kind: str, rest: tuple[str, ...], message: m.Message | None, /) -> bool:
        self.said.append(message)
        return True


def test_answers_and_receipts_carry_the_epoch() -> None:
    port = Port()
    fence = Fence(port, 7)
    assert fence.publish("answer", ("east",), m.Answer("r1", "ok"))
    assert fence.publish("receipt", ("east",), m.Receipt("0a1b2c3d", 5))
    board = m.BoardState(7, 1, 0)
    assert fence.publish("state/board", (), board)
    assert port.said == [m.Answer("r1", "ok", epoch=7), m.Receipt("0a1b2c3d", 5, epoch=7), board]


def test_behind_a_closed_fence_nothing_is_said() -> None:
    port = Port()
    fence = Fence(port, 7)
    fence.close()
    assert not fence.publish("answer", ("east",), m.Answer("r1", "ok"))
    assert not fence.publish("state/window", ("1",), None)
    assert port.said == []


def test_the_role_is_told_on() -> None:
    roles: list[m.Role] = []
    fence = Fence(Port(), 7, roles.append)
    fence.publish("role", (), m.Role(7, "i7"))
    assert roles == [m.Role(7, "i7")]


@pytest.mark.parametrize(("epoch", "heeded"), [(0, True), (6, False), (7, True), (8, True)])
def test_a_node_heeds_no_epoch_older_than_it_knows(epoch: int, heeded: bool) -> None:
    hearing = Hearing([])
    assert hearing.heeds(epoch)
    hearing.hear(Topic("small", "core", "role"), m.Role(7, "i7"))
    assert hearing.heeds(epoch) is heeded


def test_a_coordinator_that_is_outranked_says_so_once(run: Any, office: Any) -> None:
    over: list[bool] = []

    async def body() -> None:
        async with office() as hall:
            hall.coordinator._on_over = lambda: over.append(hall.coordinator.acting)
            for epoch in (0, 9, 10):
                hall.coordinator.hear(Topic("small", "other", "role"), m.Role(epoch, "i9"), lambda: None)
            hall.send(hall.make(m.Login, id="late-one", window="1", clerk="101"))
            await hall.settle()
            assert hall.answers("late-one") == []

    run(body())
    assert over == [False]
