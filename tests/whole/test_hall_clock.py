"""Clocks of a running hall: set back and ahead, apart from each other, and never set at all.

Where clocks are set, nodes run inside the test; else they are processes as everywhere.
"""

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
from edge.release import MADE_S
from mqtt_bridge.settings import BrokerAddress
from simulators.demo.observer import Observer

HOUR_S, DAY_S = 3600.0, 86_400.0
NOON_S = 4 * HOUR_S  # of a day at Greenwich, when it is noon in the hall


class Clocks:
    """The system clocks of the two machines, which somebody may set. It is noon when a test begins, always:
    around midnight an hour makes another day, and a day less may not.
    """

    def __init__(self, **offsets_s: float) -> None:
        self._noon_s = NOON_S - time.time() % DAY_S
        self.offset_s = {"core": 0.0, "east": 0.0, **offsets_s}

    def now_s(self, node: str = "") -> float:
        """What the machine's clock shows; without one, what is right."""
        return time.time() + self._noon_s + self.offset_s.get(node, 0.0)

    def of(self, node: str) -> HallClock:
        return HallClock(made_s=MADE_S, wall=lambda: self.now_s(node), trusted=lambda: False)


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


@pytest.mark.parametrize("by_s", [-HOUR_S, HOUR_S, DAY_S])
def test_the_clock_is_set_in_the_middle_of_a_visit_and_set_right_again(
    run: Any, hall_with: Any, by_s: float, caplog: pytest.LogCaptureFixture
) -> None:
    async def body() -> None:
        clocks = Clocks()
        async with hall_with(clocks) as hall:
            await hall.log_in("1")
            await a_visit(hall, "A001")
            day = hall.seen.hall["day"]
            assert await hall.take() == "A002"
            assert await hall.take() == "A003"
            assert await hall.call("1") == "请A002号到1号窗口"
            clocks.offset_s["core"] = by_s
            await hall.ask_rating("1")
            await hall.rate("1")
            await hall.until(lambda: "rating" not in hall.window("1"))
            await hall.until(lambda: abs(hall.seen.hall["at_ms"] / 1000 - clocks.now_s() - by_s) < 60)
            assert (hall.seen.hall["day"] == day) == (by_s != DAY_S)
            assert await hall.call("1") == "请A003号到1号窗口", "nobody lost his place"
            await hall.ask_rating("1")
            await hall.rate("1")
            clocks.offset_s["core"] = 0.0
            await a_visit(hall, "A004")
            assert hall.seen.hall["day"] == day
            await hall.until(lambda: len(hall.seen.ratings) == 4 and hall.seen.drained)

    run(body())
    told = [text for text in caplog.messages if "the clock was set" in text]
    assert len(told) == 2, "once there, once back"


@pytest.mark.parametrize(
    ("east_s", "told"),
    [
        (-HOUR_S, "this node takes the time from the hall"),
        (HOUR_S, "this node takes the time from the hall"),
        (-50 * 365 * DAY_S, "which cannot be"),
    ],
)
def test_a_node_whose_clock_is_wrong_takes_the_time_from_the_hall(
    run: Any, hall_with: Any, east_s: float, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def body() -> None:
        clocks = Clocks(east=east_s)
        async with hall_with(clocks) as hall:
            await hall.log_in("1")
            await hall.until(lambda: told in caplog.text)
            await a_visit(hall, "A001")
            await hall.until(lambda: hall.seen.ratings and hall.seen.drained)
            (rating,) = hall.seen.ratings.values()
            assert abs(rating["at_ms"] / 1000 - clocks.now_s()) < 60

    run(body())


def test_switched_on_in_1970_the_hall_goes_on_from_its_last_event(run: Any, whole: Any) -> None:
    async def body() -> Any:
        async with whole() as hall:
            await hall.log_in("1")
            await a_visit(hall, "A001")
            day, called_ms = hall.seen.hall["day"], hall.window("1")["called_ms"]
            await hall.kill("core")
            core = await hall.start_node("core", "--clock", f"0,{time.time()},1")
            await core.says("the system clock says 1970-01-01")
            await hall.ready("core")
            assert await hall.take() == "A002"
            await hall.insist("1", "call_next", lambda: hall.window("1").get("ticket") == "A002")
            await hall.ask_rating("1")
            await hall.rate("1")
            assert hall.seen.hall["day"] == day
            assert hall.window("1")["called_ms"] >= called_ms
            await hall.until(lambda: len(hall.seen.ratings) == 2 and hall.seen.drained)
            assert len([line for line in core.lines if "hall.clock" in line]) == 1
            return hall

    books = run(body()).books()
    assert [event.at_s for event in books] == sorted(event.at_s for event in books)


def test_a_new_store_in_1970_begins_in_the_year_of_the_release(
    run: Any, whole_class: Any, tmp_path: Any
) -> None:
    async def body() -> None:
        hall = whole_class(tmp_path)
        await hall.stage.start()
        hall.start_broker()
        hall.seen = Observer("whole", asyncio.get_running_loop())
        hall.seen.start("127.0.0.1", hall.port)
        try:
            for node in ("core", "east"):
                await hall.start_node(node, "--clock", f"0,{time.time()},1")
            await hall.ready("core", "east")
            await hall.log_in("1")
            await a_visit(hall, "A001")
            assert hall.seen.hall["day"] == time.strftime("%Y%m%d", time.gmtime(MADE_S + 8 * HOUR_S))
        finally:
            await hall.stop()

    run(body())
