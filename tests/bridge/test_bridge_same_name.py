"""Two processes with one name, by mistake: neither throws the other out, and the living one stays alive."""

from __future__ import annotations

from typing import Any

import pytest

from edge.broker import RunningBroker
from mqtt_bridge.messages import CallNext, Life
from mqtt_bridge.topics import every

SITE = "chaotian"


def test_both_stay_connected_and_are_told_apart(any_broker: RunningBroker, party: Any, run: Any) -> None:
    async def body() -> None:
        listener = await party(any_broker.port, "core", every(SITE, "request")).start()
        first = await party(any_broker.port, "east", instance="one").start()
        second = await party(any_broker.port, "east", instance="two").start()
        for name, one in (("a", first), ("b", second), ("c", first)):
            assert one.bridge.publish("request", (), CallNext(name, 1_795_395_700_000, "1"))
            assert (await listener.next("request")).id == name
        assert first.links.empty()
        assert second.links.empty()
        for one in (listener, first, second):
            await one.bridge.stop()

    run(body())


@pytest.mark.parametrize("says_life", [True, False])
def test_the_end_of_the_other_does_not_end_this_one(
    mosquitto: RunningBroker, party: Any, run: Any, says_life: bool
) -> None:
    async def body() -> None:
        listener = await party(mosquitto.port, "core", every(SITE, "life")).start()
        first = await party(mosquitto.port, "east", instance="one").start()
        alive = Life("ready", "one")
        first.bridge.publish("life", (), alive)
        assert await listener.next("life") == alive
        second = await party(mosquitto.port, "east", instance="two").start()
        if says_life:
            second.bridge.publish("life", (), Life("ready", "two"))
            assert (await listener.next("life")).instance == "two"
        await second.bridge.stop()
        if says_life:
            assert (await listener.next("life")).state == "disconnected"
            assert await listener.next("life") == alive
        first.bridge.publish("life", (), Life("degraded", "one"))
        assert (await listener.next("life")).state == "degraded", "nothing else was said"
        await first.bridge.stop()
        last = await listener.next("life")
        assert (last.state, last.instance) == ("disconnected", "one"), "and nobody takes that back"
        await listener.bridge.stop()

    run(body())
