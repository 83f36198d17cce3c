"""Acknowledgements go out in the order of arrival, however they are given."""

from __future__ import annotations

from typing import Any

from edge.broker import RunningBroker
from mqtt_bridge.messages import Recall

REQUESTS = "hall/1/chaotian/+/request"


def test_acknowledging_the_last_first_keeps_the_connection(
    any_broker: RunningBroker, party: Any, run: Any
) -> None:
    """The embedded broker hangs up on an acknowledgement out of turn; MQTT 3.1.1 (4.6) forbids them."""

    async def story() -> None:
        hub = await party(any_broker.port, "hub", REQUESTS, hold=True).start()
        pad = await party(any_broker.port, "pad").start()
        for number in range(6):
            pad.bridge.publish("request", (), Recall(f"r{number}", 4_000_000_000_000, window="w1"))
        held = [await hub.heard.get() for _ in range(6)]
        for _, _, delivery in reversed(held):
            delivery.ack()
        pad.bridge.publish("request", (), Recall("last", 4_000_000_000_000, window="w1"))
        _, message, delivery = await hub.heard.get()
        delivery.ack()
        assert message.id == "last"
        assert hub.links.empty(), "the link went down"
        for one in (pad, hub):
            await one.bridge.stop()

    run(story())
