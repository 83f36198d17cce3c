"""The broker: not there at the start, killed, away for a while."""

from __future__ import annotations

import asyncio
import json
import signal
from typing import Any

import pytest
from paho.mqtt import publish

from edge.hall import events as e


@pytest.mark.parametrize("kind", ["mosquitto", "embedded"])
def test_killed_and_started_again_the_hall_goes_on(run: Any, whole: Any, kind: str) -> None:
    async def body() -> None:
        async with whole(kind=kind) as hall:
            await hall.log_in()
            for _ in range(2):
                await hall.take()
            assert await hall.call("1") == "请A001号到1号窗口"
            hall.broker.kill()
            for node in ("core", "east"):
                await hall.nodes[node].says("broker away")
            hall.seen.windows.clear()
            hall.start_broker()
            await hall.until(lambda: len(hall.seen.windows) == 3)  # it had forgotten all
            assert hall.window("1")["ticket"] == "A001"
            await hall.insist("2", "call_next", lambda: hall.window("2").get("ticket") == "A002")
            await hall.strip("2", "请A002号到2号窗口")
            assert hall.place("1").strip.text == "请A001号到1号窗口"

    run(body())


def test_a_node_that_starts_beside_an_older_memory_calls_nobody_again(run: Any, whole: Any) -> None:
    """The broker came back with what it knew a while ago, and the coordinator has not spoken yet."""

    async def body() -> None:
        async with whole() as hall:
            await hall.log_in()
            for _ in range(3):
                await hall.take()
            await hall.call("1")
            older = hall.window("1")
            hall.press("1", "finish")
            await hall.until(lambda: hall.window("1")["phase"] == "idle")
            assert await hall.call("1") == "请A002号到1号窗口"
            await hall.records(5)  # three papers, two calls that were shown
            await hall.kill("east")
            hall.nodes["core"].process.send_signal(signal.SIGSTOP)
            await asyncio.to_thread(
                publish.single,
                "hall/1/whole/core/state/window/1",
                json.dumps(older),
                *(1, True),
                port=hall.port,
            )
            await hall.until(lambda: hall.window("1") == older)
            shown: list[str] = []
            strip = hall.place("1").strip
            looks = asyncio.create_task(strip.changed(lambda twin: shown.append(twin.text), 60))
            await hall.start_node("east")
            await hall.ready("east")
            hall.nodes["core"].process.send_signal(signal.SIGCONT)
            await hall.insist("2", "call_next", lambda: hall.window("2").get("ticket") == "A003")
            await hall.strip("2", "请A003号到2号窗口")
            looks.cancel()
            assert shown
            assert not [text for text in shown if "A001" in text]

    run(body())


def test_a_broker_that_is_not_there_at_the_start_is_waited_for(run: Any, whole: Any) -> None:
    async def body() -> None:
        async with whole() as hall:
            for node in ("core", "east"):
                await hall.nodes[node].stop()
            hall.broker.stop()
            hall.seen.lives.clear()
            hall.seen.windows.clear()
            for node in ("core", "east"):
                await hall.start_node(node)
                await hall.nodes[node].says("trying again until it is back")
            hall.start_broker()
            await hall.ready("core", "east")
            await hall.log_in("1")

    run(body())


def test_ratings_pressed_while_it_is_away_are_thanked_for_kept_and_delivered(run: Any, whole: Any) -> None:
    async def body() -> Any:
        async with whole() as hall:
            await hall.log_in()
            for _ in range(2):
                await hall.take()
            await hall.call("1")
            await hall.call("2")
            await hall.ask_rating("1")
            await hall.ask_rating("2")
            hall.broker.stop()
            await hall.nodes["east"].says("broker away")
            await asyncio.gather(hall.rate("1", grade=0), hall.rate("2", grade=3))
            keypad = hall.place("1").keypad
            beeps = keypad.model.beeps
            hall.press("1", "finish")  # but a press cannot wait
            await keypad.changed(lambda twin: twin.model.beeps > beeps, 10)
            hall.start_broker()
            await hall.until(lambda: "rating" not in hall.window("1") and "rating" not in hall.window("2"))
            assert hall.window("1")["phase"] == "serving", "the press was not stored up"
        return hall

    hall = run(body())
    ratings = [event for event in hall.books() if isinstance(event, e.RatingGiven)]
    assert sorted((event.window, event.level) for event in ratings) == [("1", 2), ("2", 5)]
