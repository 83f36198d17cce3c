"""A connection that comes back: tries for ever, with back-off, and renews its subscriptions each time.

"Connected" means that the broker also answered our subscriptions, so that whoever is told so will hear
the answer to what it asks next.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable

from mqtt_bridge.backoff import Backoff
from mqtt_bridge.client import Connection
from mqtt_bridge.errors import BrokerLost, VersionRefused
from mqtt_bridge.link import Dial, Heard, Incoming, Link, Taken, Version, Will
from mqtt_bridge.settings import BrokerAddress

GOODBYE_S = 2.0  # for the last messages to be taken when we leave
REASONS = 8  # told in one outage: one that is another at each try would fill the log
TRY_S = 60.0  # the longest that one try may take: a silent name server, a broker that answers nothing, a wait


class Keeper:
    """Keeps one connection. `on_up` and `on_down` come in turn; `heard` and `taken` as in Connection."""

    def __init__(
        self,
        address: BrokerAddress,
        client_id: str,
        will: Will | None,
        heard: Heard,
        *,
        log: logging.Logger,
        on_up: Callable[[], None] = lambda: None,
        on_down: Callable[[], None] = lambda: None,
        taken: Taken = lambda _number, _took: None,
        rng: random.Random | None = None,
        dial: Dial = Connection,
    ) -> None:
        """Nothing happens before `start`. `rng` spreads the waits; give a seeded one to repeat them."""
        self._address = address
        self._client_id = client_id
        self._will = will
        self._heard = heard
        self._taken = taken
        self._on_up = on_up
        self._on_down = on_down
        self._log = log
        self._dial = dial
        self._backoff = Backoff(rng or random.Random())
        self._filters: dict[str, None] = {}
        self._connection: Link | None = None
        self._task: asyncio.Task[None] | None = None
        self._others: set[asyncio.Task[None]] = set()  # subscribing, or leaving a broker
        self._early: list[Incoming] = []
        self._complained: set[str] = set()
        self._tried_s = 0.0

    @property
    def moves(self) -> bool:
        """Whether the connection is kept alive, or tried, as often as it should be."""
        if self._task is None:
            return True
        now_s = asyncio.get_running_loop().time()
        if self._connection is not None:
            return now_s - self._connection.moved_s <= self._address.keepalive_s
        return not self._task.done() and now_s - self._tried_s <= TRY_S

    @property
    def connection(self) -> Link | None:
        """The connection while it is up and subscribed, else None."""
        return self._connection

    def start(self) -> None:
        """Begin to connect. Never fails: a broker that is away is waited for."""
        if self._task is None:
            self._tried_s = asyncio.get_running_loop().time()
            self._task = asyncio.get_running_loop().create_task(self._run(), name=f"mqtt {self._client_id}")

    async def stop(self) -> None:
        """Say goodbye and end. Safe twice."""
        connection, task, self._task = self._connection, self._task, None
        if connection:
            connection.disconnect()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(connection.closed), GOODBYE_S)
            connection.hang_up("goodbye was not heard")
        for running in (task, *self._others):
            if running:
                running.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await running

    def subscribe(self, *filters: str) -> None:
        """Hear these from now on and after each reconnect."""
        new = [name for name in filters if name not in self._filters]
        self._filters.update(dict.fromkeys(new))
        if self._connection and new:
            self._beside(asyncio.get_running_loop().create_task(self._subscribe_later(self._connection, new)))

    def unsubscribe(self, *filters: str) -> None:
        """Do not ask for these any more from the next connection on."""
        for name in filters:
            self._filters.pop(name, None)

    def go_to(self, address: BrokerAddress) -> None:
        """Leave for another broker, without a goodbye: the one we leave tells the last will.

        Not from within `heard`, whose connection this ends.
        """
        if address == self._address:
            return
        self._address = address
        self._complained.clear()
        self._log.info("moving to broker %s:%d", *self._where())
        if self._connection:
            self._connection.hang_up("we moved to another broker")
        if self._task:
            leaving, self._task = self._task, None
            leaving.cancel()
            self._beside(leaving)
            self._backoff.restart()
            self.start()

    def _beside(self, task: asyncio.Task[None]) -> None:
        self._others.add(task)
        task.add_done_callback(self._others.discard)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            since_s = self._tried_s = loop.time()
            try:
                await self._once()
            except Exception:  # the top of the link's life: whatever it is, the link is tried again
                self._log.exception("the link to the broker broke down; it is tried again")
            self._tried_s = loop.time()
            await asyncio.sleep(self._backoff.wait_s(loop.time() - since_s))

    async def _once(self) -> None:
        """One connection from its beginning to its end."""
        try:
            connection = await self._open()
        except BrokerLost as error:
            self._complain(str(error))
            return
        self._connection = connection
        self._complained.clear()
        self._log.info("connected to broker %s:%d, MQTT %s", *self._where(), connection.version)
        try:
            self._on_up()
            self._hand_on_early()
            why = await asyncio.shield(connection.closed)
        finally:
            self._connection = None
            self._on_down()
        if self._task:
            self._complain(f"connection to broker {self._where()[0]}:{self._where()[1]} lost: {why}")

    async def _open(self) -> Link:
        """A subscribed connection, in the newest version that the broker speaks. Raises BrokerLost."""
        wanted = self._address.protocol
        if wanted != "auto":
            return await self._open_as(wanted)
        try:
            return await self._open_as("5")
        except VersionRefused:
            return await self._open_as("3.1.1")

    async def _open_as(self, version: Version) -> Link:
        self._early.clear()
        connection = self._dial(
            self._address, version, self._client_id, self._will, self._incoming, self._taken
        )
        await connection.open()
        try:
            await self._subscribe_all(connection)
        except asyncio.CancelledError:
            connection.hang_up("not wanted any more")
            raise
        return connection

    async def _subscribe_all(self, connection: Link) -> None:
        """All filters, and those added meanwhile. Raises BrokerLost."""
        done: set[str] = set()
        while missing := [name for name in self._filters if name not in done]:
            await self._subscribe(connection, missing)
            done.update(missing)

    async def _subscribe(self, connection: Link, filters: list[str]) -> None:
        for name in await connection.subscribe(filters):
            self._log.error("broker forbids us to hear %s: check its access rules", name)

    async def _subscribe_later(self, connection: Link, filters: list[str]) -> None:
        with contextlib.suppress(BrokerLost):  # the next connection subscribes to all of them
            await self._subscribe(connection, filters)

    def _incoming(self, incoming: Incoming) -> None:
        """Keep what arrives before we are up: its receiver may answer. The broker's window bounds it."""
        if self._connection:
            self._heard(incoming)
        else:
            self._early.append(incoming)

    def _hand_on_early(self) -> None:
        early, self._early = self._early, []
        for incoming in early:
            asyncio.get_running_loop().call_soon(self._heard, incoming)

    def _complain(self, text: str) -> None:
        """Each reason once an outage; the log of a night without broker stays short."""
        if text not in self._complained and len(self._complained) < REASONS:
            self._complained.add(text)
            self._log.warning("%s; trying again until it is back", text)

    def _where(self) -> tuple[str, int]:
        return self._address.host, self._address.port
