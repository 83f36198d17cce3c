"""`hall apply`: send a changed site file to the coordinator and wait for its answer."""

from __future__ import annotations

import asyncio
import secrets
import time

from mqtt_bridge.bridge import Bridge, Delivery
from mqtt_bridge.messages import Answer, ApplySite, Message
from mqtt_bridge.settings import BrokerAddress
from mqtt_bridge.topics import Topic, every

CONSOLE = "console"
"""The node name under which a technician's commands speak."""
WAIT_S = 10.0


async def apply_file(site: str, toml: str, broker: BrokerAddress) -> Answer | None:
    """The coordinator's answer, or None when there was none in time."""
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[Answer] = loop.create_future()
    linked = asyncio.Event()

    def heard(topic: Topic, message: Message, delivery: Delivery) -> None:
        delivery.ack()
        if isinstance(message, Answer) and message.id == request.id and not answered.done():
            answered.set_result(message)

    instance = secrets.token_hex(6)
    request = ApplySite(instance, int((time.time() + WAIT_S) * 1000), toml=toml)
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
        async with asyncio.timeout(WAIT_S):
            await linked.wait()
            bridge.publish("request", (), request)
            return await answered
    except TimeoutError:
        return None
    finally:
        await bridge.stop()
