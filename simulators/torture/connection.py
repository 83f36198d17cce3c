"""A node's connection to the simulated broker: `mqtt_bridge.link.Link`, by the rules of a real one.

Where `mqtt_bridge/client.py` has paho and a socket, here are two pipes. A cable that carries nothing is
noticed by the keep-alive at either end, each on its own; a machine without power says no goodbye.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from mqtt_bridge.acknowledge import InOrder
from mqtt_bridge.errors import BrokerLost, VersionRefused
from mqtt_bridge.link import Heard, Incoming, Taken, Version, Will
from mqtt_bridge.settings import BrokerAddress
from simulators.torture.broker import Broker, Session
from simulators.torture.cable import Cable, Direction, Pipe
from simulators.torture.loop import Loop

WINDOW = 50
CONNECT_S = 5.0


class SimConnection:
    """One MQTT connection of one process."""

    def __init__(
        self,
        broker: Broker,
        cable: Cable,
        loop: Loop,
        address: BrokerAddress,
        version: Version,
        client: str,
        will: Will | None,
        heard: Heard,
        taken: Taken,
    ) -> None:
        self.version = version
        self.window = WINDOW
        self.moved_s = loop.time()
        self.closed: asyncio.Future[str] = loop.create_future()
        self.up = Pipe(cable, cable.up)
        self.down = Pipe(cable, cable.down)
        self._broker = broker
        self._cable = cable
        self._loop = loop
        self._keepalive_s = address.keepalive_s
        self._client = client
        self._will = will
        self._heard = heard
        self._taken = taken
        self._rng = cable.world.rng(f"connection/{client}/{cable.world.now_s!r}")
        self._session: Session | None = None
        self._connack: asyncio.Future[None] = loop.create_future()
        self._subacks: dict[int, asyncio.Future[None]] = {}
        self._mid = 0
        self._acknowledgements = InOrder(self._acknowledge)

    # --- the product's side: mqtt_bridge.link.Link -----------------------------------------------------

    async def open(self) -> None:
        """Raises BrokerLost; VersionRefused is one of them."""
        if not self._cable.is_whole:
            await asyncio.sleep(CONNECT_S)
            raise BrokerLost("the broker is away: no answer")
        await asyncio.sleep(self._cable.way_s() * 2)
        if not self._broker.is_up:
            raise BrokerLost("the broker is away: Connection refused")
        self._watch()
        self.up.send(self._connect)
        try:
            async with asyncio.timeout(CONNECT_S):
                await self._connack
        except TimeoutError:
            self.hang_up("no answer to CONNECT")
            raise VersionRefused(f"the broker does not answer a CONNECT of MQTT {self.version}") from None
        except asyncio.CancelledError:
            self.hang_up("not wanted any more")
            raise

    async def subscribe(self, filters: Iterable[str]) -> list[str]:
        """Raises BrokerLost."""
        wanted = list(filters)
        if not wanted:
            return []
        if self.closed.done():
            raise BrokerLost("the connection ended while subscribing")
        mid = self._next_mid()
        answer = self._subacks[mid] = self._loop.create_future()
        self.up.send(self._at_broker, "subscribed", mid, wanted)
        try:
            async with asyncio.timeout(CONNECT_S):
                await answer
        except TimeoutError:
            self.hang_up("no proper answer to SUBSCRIBE")
            raise BrokerLost("the broker does not answer a SUBSCRIBE properly") from None
        return []

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> int | None:
        """Send at QoS 1."""
        if self.closed.done():
            return None
        mid = self._next_mid()
        self.up.send(self._at_broker, "published", mid, topic, payload, retain)
        return mid

    def disconnect(self) -> None:
        """Say goodbye."""
        if not self.closed.done():
            self.up.send(self._goodbye)
            self._loop.call_soon(self._end, "goodbye")

    def hang_up(self, why: str) -> None:
        """End now; the broker's end hears of it when the cable carries the news."""
        self._end(why)
        self.up.send(self._broker.end, self, why)

    def _next_mid(self) -> int:
        self._mid = self._mid % 65_535 + 1
        return self._mid

    def _acknowledge(self, mid: int) -> None:
        if mid and not self.closed.done():
            self.up.send(self._at_broker, "acknowledged", mid)

    def _end(self, why: str) -> None:
        self._unwatch()
        self.down.cut()
        if not self._connack.done():
            self._connack.set_exception(VersionRefused(f"the broker hung up on a CONNECT: {why}"))
        for answer in self._subacks.values():
            if not answer.done():
                answer.set_exception(BrokerLost(f"connection ended: {why}"))
        if not self.closed.done():
            self.closed.set_result(why)

    # --- at the broker's end ---------------------------------------------------------------------------

    def _connect(self) -> None:
        if self._broker.is_up:
            self._session = self._broker.connected(self._client, self, self._will)
            self.down.send(self._soon, self._connected)

    def _at_broker(self, what: str, *args: object) -> None:
        if self._session is not None:
            getattr(self._session, what)(*args)

    def _goodbye(self) -> None:
        self._broker.end(self, "goodbye", politely=True)

    def ended_there(self, why: str) -> None:
        """The broker closed its end."""
        self._session = None
        self.down.send(self._soon, self._end, f"it hung up: {why}")

    def broker_gone(self, *, silently: bool) -> None:
        """The broker is no more. Silently: nobody answers the next ping."""
        self._session = None
        self.up.cut()
        wait_s = self._rng.uniform(1.0, 2.0) * self._keepalive_s if silently else 0.001
        self._cable.world.after(wait_s, self._soon, self._end, "the broker is gone")

    # --- what comes down -------------------------------------------------------------------------------

    def _soon(self, action: Callable[..., object], *args: object) -> None:
        """In the process's next turn, as when its socket is readable."""
        self._loop.call_soon(action, *args)

    def _connected(self) -> None:
        if not self._connack.done():
            self._connack.set_result(None)

    def arrived(self, mid: int, topic: str, payload: bytes, retained: bool) -> None:
        """A PUBLISH came."""
        self._loop.call_soon(self._hear, mid, topic, payload, retained)

    def _hear(self, mid: int, topic: str, payload: bytes, retained: bool) -> None:
        if not self.closed.done():
            self._heard(Incoming(topic, payload, retained, self._acknowledgements.take(mid)))

    def puback(self, mid: int) -> None:
        """The broker took a publish."""
        self._loop.call_soon(self._took, mid)

    def _took(self, mid: int) -> None:
        if not self.closed.done():
            self._taken(mid, True)

    def suback(self, mid: int, count: int) -> None:
        """The broker answered a SUBSCRIBE."""
        self._loop.call_soon(self._subscribed, mid)

    def _subscribed(self, mid: int) -> None:
        answer = self._subacks.pop(mid, None)
        if answer is not None and not answer.done():
            answer.set_result(None)

    # --- keep-alive --------------------------------------------------------------------------------------

    def _watch(self) -> None:
        self._cable.up.on_block[self] = lambda: self._blocked(self._cable.up)
        self._cable.down.on_block[self] = lambda: self._blocked(self._cable.down)

    def _unwatch(self) -> None:
        self._cable.up.on_block.pop(self, None)
        self._cable.down.on_block.pop(self, None)

    def _blocked(self, direction: Direction) -> None:
        """Neither end is told; each notices when the other's pings or answers stay away."""
        world, block = self._cable.world, direction.blocks
        here_s = self._rng.uniform(1.0, 2.0) * self._keepalive_s
        world.after(here_s, self._silence_here, direction, block)
        if direction is self._cable.up:
            there_s = self._rng.uniform(1.2, 1.6) * self._keepalive_s
            world.after(there_s, self._silence_there, direction, block)

    def _silence_here(self, direction: Direction, block: int) -> None:
        if direction.is_blocked and direction.blocks == block and not self._loop.dead:
            self._loop.call_soon(self.hang_up, "no answer to a ping")

    def _silence_there(self, direction: Direction, block: int) -> None:
        if direction.is_blocked and direction.blocks == block:
            self._broker.end(self, "no ping in time")

    # --- the end of the process --------------------------------------------------------------------------

    def process_ended(self, *, power: bool) -> None:
        """The process is no more. A killed one's system closes the socket; without power nobody does."""
        self._unwatch()
        self.down.cut()
        if power:
            if self._rng.random() < 0.5:
                self.up.cut()
            self._cable.world.after(
                self._rng.uniform(1.2, 1.6) * self._keepalive_s, self._broker.end, self, "no ping in time"
            )
        else:
            self.up.send(self._broker.end, self, "the process ended")
