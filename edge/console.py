"""One request of a technician's command, and the hall's answer to it."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable

from mqtt_bridge.bridge import Bridge, Delivery
from mqtt_bridge.messages import Answer, Ask, Message
from mqtt_bridge.settings import BrokerAddress
from mqtt_bridge.topics import Topic, every

CONSOLE = "console"
"""The node name under which a technician's commands speak."""
BROKER_S = 3.0


class NobodyThere(Exception):  # noqa: N818 - ends a command
    """No broker, or nobody who answers. The text says which."""


async def ask(
    site: str, broker: BrokerAddress, make: Callable[[str, int], Ask], answer_s: float, else_say: str
) -> Answer:
    """Ask `make(id, deadline_ms)` on one broker. Raises NobodyThere: `else_say` where no answer comes."""
    linked = asyncio.Event()
    answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    instance = secrets.token_hex(6)

    def heard(topic: Topic, message: Message, delivery: Delivery) -> None:
        delivery.ack()
        if isinstance(message, Answer) and message.id == instance and not answered.done():
            answered.set_result(message)

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
        bridge.publish("request", (), make(instance, int((time.time() + answer_s) * 1000)))
        await _in(answer_s, answered, else_say)
    finally:
        await bridge.stop()
    return answered.result()


async def _in(seconds: float, what: Awaitable[object], else_say: str) -> None:
    try:
        await asyncio.wait_for(what, seconds)
    except TimeoutError:
        raise NobodyThere(else_say) from None
