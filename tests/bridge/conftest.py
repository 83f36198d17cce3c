"""A bridge whose events can be awaited, and a stranger who publishes what he likes."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest
from paho.mqtt import publish as stranger

from edge.broker import RunningBroker
from mqtt_bridge.bridge import Bridge, Delivery
from mqtt_bridge.messages import Message
from mqtt_bridge.settings import BrokerAddress
from mqtt_bridge.topics import Topic

SITE = "chaotian"
ACCOUNT = ("username", "password", "ca_file", "certificate_file", "key_file")
NOW_MS = 1_795_395_600_000


class Party:
    """A bridge on `port`; what it hears and how its link goes is queued. Acknowledges unless `hold`."""

    def __init__(self, port: int, node: str, *filters: str, hold: bool = False, **options: Any) -> None:
        protocol = options.pop("protocol", "auto")
        keepalive_s = options.pop("keepalive_s", 10)
        account = {name: options.pop(name) for name in ACCOUNT if name in options}
        self.node = node
        self.hold = hold
        self.links: asyncio.Queue[bool] = asyncio.Queue()
        self.heard: asyncio.Queue[tuple[Topic, Message, Delivery]] = asyncio.Queue()
        self.bridge = Bridge(
            site=SITE,
            node=node,
            instance=options.pop("instance", f"{node}-1"),
            address=BrokerAddress(port=port, protocol=protocol, keepalive_s=keepalive_s, **account),
            on_message=self._heard,
            on_link=self.links.put_nowait,
            now_ms=options.pop("now_ms", lambda: NOW_MS),
            rng=random.Random(7),
            **options,
        )
        self.bridge.subscribe(*filters)

    def _heard(self, topic: Topic, message: Message, delivery: Delivery) -> None:
        if not self.hold:
            delivery.ack()
        self.heard.put_nowait((topic, message, delivery))

    async def start(self) -> Party:
        """Start, and wait until the link is up."""
        self.bridge.start()
        await self.link(True)
        return self

    async def link(self, up: bool) -> None:
        """Wait until the link is up, or down."""
        while await self.links.get() is not up:
            pass

    async def until(self, wanted: Callable[[Topic, Message], bool]) -> tuple[Topic, Message, Delivery]:
        """The next message heard that is `wanted`; others are passed over."""
        while True:
            topic, message, delivery = await self.heard.get()
            if wanted(topic, message):
                return topic, message, delivery

    async def next(self, kind: str) -> Message:
        """The next message of one kind."""
        return (await self.until(lambda topic, _message: topic.kind == kind))[1]


@pytest.fixture()
def party() -> type[Party]:
    """The class itself: a test makes as many as it needs, inside its loop."""
    return Party


@pytest.fixture()
def say() -> Callable[..., None]:
    """Publish raw bytes as a stranger, and return when the broker has them."""

    def publish(
        broker: RunningBroker, topic: str, payload: bytes, *, retain: bool = False, qos: int = 1
    ) -> None:
        stranger.single(topic, payload, qos=qos, retain=retain, hostname=broker.host, port=broker.port)

    return publish


@pytest.fixture()
def run() -> Callable[[Any], Any]:
    """Run a coroutine; a test that waits for what never comes ends after 30 s."""

    def runner(coroutine: Any) -> Any:
        async def bounded() -> Any:
            async with asyncio.timeout(30):
                return await coroutine

        return asyncio.run(bounded())

    return runner
