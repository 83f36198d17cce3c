"""A node's side of the contract: typed messages in and out. What the rest of the code sees of MQTT.

    bridge = Bridge(site=..., node=..., instance=..., address=..., release=..., on_message=..., on_link=...)
    bridge.subscribe(every(site, "state/window", "+"))
    bridge.start()
    bridge.publish("life", (), Life(...))

Rules
1. A message that must not be acted on (see `Refused`) is counted by reason in `refused`, logged once for
   its topic and reason, and goes no further.
2. Whatever `publish` takes goes out under this node's own branch, by the rules of `outgoing.py`.
3. Requests and records are acknowledged by the receiver, `delivery.ack()`, after its commit. All other
   kinds are acknowledged by the bridge.
4. A node that hears itself called lost or disconnected says again what it is: the last will of its own
   former connection may come late, or another process was started in its name and ended.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from mqtt_bridge.client import Connection
from mqtt_bridge.contract import CHANNELS
from mqtt_bridge.gate import Gate
from mqtt_bridge.keeper import GOODBYE_S, Keeper
from mqtt_bridge.link import Dial, Incoming, Will
from mqtt_bridge.messages import Life, Message
from mqtt_bridge.outgoing import Item, Outgoing
from mqtt_bridge.payloads import encode
from mqtt_bridge.settings import BrokerAddress
from mqtt_bridge.topics import Topic, build

OVER = ("lost", "disconnected")  # what is said of a process that has ended


class Delivery(NamedTuple):
    """How a message came. `ack` may be called late, twice, or after the connection is gone.

    `retained`: it was on the broker before we subscribed, so it is state and no event.
    """

    retained: bool
    ack: Callable[[], None]


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class Bridge:
    """See the rules above. All of it belongs to one asyncio loop and is called from there.

    `instance` tells one start of the node from the next; the last will carries it. `on_late` hears of
    requests that are past their deadline, to answer just that: a node whose clock is wrong must learn of
    it. They are refused, counted and logged all the same. `dial` makes connections.
    """

    def __init__(
        self,
        *,
        site: str,
        node: str,
        instance: str,
        address: BrokerAddress,
        on_message: Callable[[Topic, Message, Delivery], None],
        on_link: Callable[[bool], None] = lambda _up: None,
        on_late: Callable[[Topic, Message, Delivery], None] | None = None,
        log: logging.Logger | None = None,
        now_ms: Callable[[], int] = _now_ms,
        rng: random.Random | None = None,
        dial: Dial = Connection,
        present: bool = True,
    ) -> None:
        """Raises ValueError for names that cannot stand in a topic.

        Not `present`: the node only looks in at this broker; it leaves no will and has no life there.
        """
        self.site = site
        self.node = node
        self._life_topic = build(Topic(site, node, "life"))
        self._life: Life | None = None
        self._instance = instance
        self._on_message = on_message
        self._on_link = on_link
        self._on_late = on_late
        self._now_ms = now_ms
        self._log = log or logging.getLogger("hall.bridge")
        self._gate = Gate(self._log, now_ms, self._late)
        self._outgoing = Outgoing()
        self._quiet = asyncio.Event()
        self._keeper = Keeper(
            address,
            f"{site}.{node}.{instance}",  # a node started twice by mistake must not throw the first one out
            Will(self._life_topic, encode(Life(state="lost", instance=instance))) if present else None,
            self._heard,
            taken=self._taken,
            on_up=self._up,
            on_down=self._down,
            log=self._log,
            rng=rng,
            dial=dial,
        )
        if present:
            self._keeper.subscribe(self._life_topic)

    @property
    def connected(self) -> bool:
        """Whether the broker is there and has answered our subscriptions."""
        return self._keeper.connection is not None

    @property
    def moves(self) -> bool:
        """Whether the link is kept alive, or tried while the broker is away; false where it stands still."""
        return self._keeper.moves

    @property
    def refused(self) -> Counter[str]:
        """Messages that came in and were not acted on, by reason."""
        return self._gate.refused

    @property
    def dropped(self) -> Counter[str]:
        """Requests, answers and receipts that could not be sent, by kind."""
        return self._outgoing.dropped

    @property
    def forbidden(self) -> Counter[str]:
        """Messages that an access rule of the broker kept back, by kind."""
        return self._outgoing.forbidden

    def start(self) -> None:
        """Connect, and stay connected. Returns at once; `on_link` tells."""
        self._keeper.start()

    async def stop(self) -> None:
        """Leave: waits a moment for what is under way, and says goodbye.

        Who said how it lives says "disconnected" too; who never did has nothing to take back.
        """
        last = self._life
        if self.connected and last is not None:
            self.publish(
                "life",
                (),
                Life(
                    state="disconnected",
                    instance=last.instance,
                    release=last.release,
                    host=last.host,
                    since_ms=self._now_ms(),
                ),
            )
            await self._settle()
        await self._keeper.stop()

    def subscribe(self, *filters: str) -> None:
        """Hear these topics (see `topics.every`), now and after each reconnect. Own life is always heard."""
        self._keeper.subscribe(*filters)

    def unsubscribe(self, *filters: str) -> None:
        """Do not ask for these any more from the next connection on."""
        self._keeper.unsubscribe(*filters)

    def go_to(self, address: BrokerAddress) -> None:
        """Go to another broker and stay there; on the one we leave this node is lost."""
        asyncio.get_running_loop().call_soon(self._keeper.go_to, address)

    def forget(self, *kinds: str) -> None:
        """States of these kinds are said no more on new connections. What a broker has, it keeps."""
        self._outgoing.forget(kinds)

    def publish(
        self,
        kind: str,
        rest: tuple[str, ...],
        message: Message | None,
        *,
        done: Callable[[], None] | None = None,
    ) -> bool:
        """Send on this node's own branch; None takes a retained topic off the broker.

        Returns whether it was taken: a state always is; a request, answer or receipt only while connected;
        a record only while connected and with fewer than `outgoing.RECORDS` under way. `done` is called
        when the broker took it; never for one that a newer state replaced, or that the connection's end
        caught. Raises ValueError where kind, rest and message do not belong together, Refused when too large.
        """
        channel = CHANNELS.get(kind)
        if channel is None or not isinstance(message, channel.types if message else type(None)):
            raise ValueError(f"{type(message).__name__} does not belong on {kind!r}")
        if message is None and not channel.retain:
            raise ValueError(f"nothing of {kind!r} is kept by the broker")
        topic = build(Topic(self.site, self.node, kind, rest))
        if isinstance(message, Life):
            self._life = message
        payload = encode(message) if message else b""
        taken = self._outgoing.put(Item(kind, topic, payload, channel.retain, done))
        self._pump()
        return taken

    # --- outgoing -------------------------------------------------------------------------------------

    def _pump(self) -> None:
        connection = self._keeper.connection
        if connection is None:
            return
        while (item := self._outgoing.take(connection.window)) is not None:
            number = connection.publish(item.topic, item.payload, retain=item.retain)
            if number is None:  # the connection ended a moment ago; `_down` follows and clears up
                return
            self._outgoing.sent(number, item)

    def _taken(self, number: int, took: bool) -> None:
        try:
            item = self._outgoing.answered(number, took)
            if item and not took:
                self._gate.complain(item.topic, "forbidden", "the broker's access rules keep it back")
        finally:
            self._pump()
            if self._outgoing.idle:
                self._quiet.set()

    async def _settle(self) -> None:
        self._quiet.clear()
        try:
            async with asyncio.timeout(GOODBYE_S):
                while not self._outgoing.idle:
                    await self._quiet.wait()
                    self._quiet.clear()
        except TimeoutError:
            self._log.warning("left the broker with %d messages unanswered", self._outgoing.under_way)

    def _up(self) -> None:
        self._outgoing.up()
        self._pump()
        asyncio.get_running_loop().call_soon(self._on_link, True)

    def _down(self) -> None:
        self._outgoing.down()
        self._quiet.set()
        asyncio.get_running_loop().call_soon(self._on_link, False)

    # --- incoming -------------------------------------------------------------------------------------

    def _heard(self, incoming: Incoming) -> None:
        by_hand = False
        try:
            admitted = self._gate.admit(incoming)
            if admitted:
                self._correct(incoming.topic, admitted[1])
                self._on_message(*admitted, Delivery(incoming.retained, incoming.acknowledge))
                by_hand = CHANNELS[admitted[0].kind].by_hand
        finally:
            if not by_hand:
                incoming.acknowledge()

    def _late(self, topic: Topic, message: Message, incoming: Incoming) -> None:
        if self._on_late:
            self._on_late(topic, message, Delivery(incoming.retained, incoming.acknowledge))

    def _correct(self, topic: str, message: Message) -> None:
        """Rule 4. What we said ourselves when we left is no reason to come back."""
        if topic != self._life_topic or not isinstance(message, Life) or message.state not in OVER:
            return
        if self._life is not None and self._life.state not in OVER:
            self.publish("life", (), self._life)
