"""`hall apply`: send a changed site file to the coordinator and wait for its answer."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable

from mqtt_bridge.bridge import Bridge, Delivery
from mqtt_bridge.messages import Answer, ApplySite, Message
from mqtt_bridge.settings import BrokerAddress
from mqtt_bridge.topics import Topic, every

CONSOLE = "console"
"""The node name under which a technician's commands speak."""
BROKER_S = 3.0
ANSWER_S = 5.0
"""A large file takes a small machine a second to read."""


class NotApplied(Exception):  # noqa: N818 - ends a command
    """Nothing has changed. The text says why."""


async def apply_file(site: str, toml: str, broker: BrokerAddress) -> None:
    """Put the file in force. Raises NotApplied."""
    linked = asyncio.Event()
    answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def heard(topic: Topic, message: Message, delivery: Delivery) -> None:
        delivery.ack()
        if isinstance(message, Answer) and message.id == instance and not answered.done():
            answered.set_result(message)

    instance = secrets.token_hex(6)
    bridge = Bridge(
        site=site,
        node=CONSOLE,
        instance=instance,
        address=broker,
        on_message=heard,
        on_link=lambda up: linked.set() if up else linked.clear(),
    )
    bridge.subscribe(every(site, "answer", CONSOLE))
    bridge.start()
    try:
        await _in(BROKER_S, linked.wait(), f"no broker at {broker.host}:{broker.port}: is it there?")
        deadline_ms = int((time.time() + ANSWER_S) * 1000)
        bridge.publish("request", (), ApplySite(instance, deadline_ms, toml=toml))
        await _in(ANSWER_S, answered, "the hall's coordinator did not answer: does it run?")
    finally:
        await bridge.stop()
    if answered.result().code != "ok":
        raise NotApplied(answered.result().text_en)


async def _in(seconds: float, what: Awaitable[object], else_say: str) -> None:
    try:
        await asyncio.wait_for(what, seconds)
    except TimeoutError:
        raise NotApplied(else_say) from None
