"""Clocks of a running hall: set back an hour, and apart from each other. Nodes run inside the test here."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from edge.broker import start_broker
from edge.clock import HallClock
from edge.node import Node
from edge.plan import NodePlan
from mqtt_bridge.settings import BrokerAddress
from simulators.demo.observer import Observer

HOUR_S = 3600.0


class Clocks:
    """The system clocks of the two machines, which somebody may set."""

    def __init__(self, **offsets_s: float) -> None:
        self.offset_s = {"core": 0.0, "east": 0.0, **offsets_s}

    def of(self, node: str) -> HallClock:
        return HallClock(wall=lambda: time.time() + self.offset_s[node], monotonic=time.monotonic)


@pytest.fixture()
def hall_with(whole_class: Any, tmp_path: Any) -> Any:
    @contextlib.asynccontextmanager
    async def opened(clocks: Clocks) -> AsyncIterator[Any]:
        hall = whole_class(tmp_path)
        nodes = []
        await hall.stage.start()
        with start_broker(kind="mosquitto") as broker:
            hall.seen = Observer("whole", asyncio.get_running_loop())
            hall.seen.start(broker.host, broker.port)
            try:
                for name in ("core", "east"):
                    plan = NodePlan(
                        toml=hall.site_file.read_text(),
                        site=hall.site,
                        node=name,
                        data=hall.data,
                        broker=BrokerAddress(port=broker.port),
                        clock=clocks.of(name),
                        wires=hall.folder / "wires",
                    )
                    nodes.append(Node(plan))
                    await nodes[-1].start()
                await hall.until(lambda: hall.seen.ready >= {"core", "east"})
                await hall.strip("1", "暂未开放")
                yield hall
            finally:
                for node in reversed(nodes):
                    await node.stop()
                hall.seen.stop()
                await hall.stage.stop()

    return opened


async def a_visit(hall: Any, number: str) -> None:
    assert await hall.take() == number
    assert await hall.call("1") == f"请{number}号到1号窗口"
    await hall.ask_rating("1")
    await hall.rate("1")
    await hall.until(lambda: "rating" not in hall.window("1"))


def test_the_system_clock_set_back_an_hour(run: Any, hall_with: Any) -> None:
    async def body() -> None:
        clocks = Clocks()
        async with hall_with(clocks) as hall:
            await hall.log_in("1")
            await a_visit(hall, "A001")
            day, called_ms = hall.seen.hall["day"], hall.window("1")["called_ms"]
            for node in ("core", "east"):
                clocks.offset_s[node] = -HOUR_S
            await a_visit(hall, "A002")
            assert hall.seen.hall["day"] == day
            assert hall.window("1")["called_ms"] >= called_ms, "the hall's time does not go back"
            assert {label for _, label, _ in hall.seen.calls} == {"1"}
            await hall.until(lambda: len(hall.seen.ratings) == 2 and hall.seen.drained)

    run(body())


@pytest.mark.parametrize("east_s", [-HOUR_S, HOUR_S, -50 * 365 * 24 * HOUR_S])
def test_a_node_whose_clock_is_wrong_takes_part(run: Any, hall_with: Any, east_s: float) -> None:
    async def body() -> None:
        async with hall_with(Clocks(east=east_s)) as hall:
            await hall.log_in("1")
            await a_visit(hall, "A001")
            await hall.until(lambda: hall.seen.ratings and hall.seen.drained)

    run(body())
