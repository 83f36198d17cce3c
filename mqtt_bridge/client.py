"""One connection to an MQTT broker, on the asyncio loop. The only file that imports paho.

A `Connection` lives from CONNECT to its end and is then thrown away, with all that paho still had in hand:
paho would send it again on the next connection, behind newer states and long after a request's deadline.

No thread and no poll: the loop watches paho's socket, and one timer runs at a third of the keep-alive.
What arrives is handed on outside of paho's callbacks, where its locks are free and an error of the
receiver's leaves paho unharmed.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from itertools import cycle
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from mqtt_bridge import packets
from mqtt_bridge.acknowledge import InOrder
from mqtt_bridge.contract import QOS, SITE_BYTES
from mqtt_bridge.dial import CONNECT_S, dial
from mqtt_bridge.errors import BrokerLost, TlsFailed, VersionRefused
from mqtt_bridge.link import Heard, Incoming, Taken, Version, Will
from mqtt_bridge.settings import BrokerAddress
from mqtt_bridge.watched import WatchedSocket

WINDOW = 50  # publishes under way at once; mosquitto drops what a receiver cannot take in time
_HEADROOM = 4096  # topic and MQTT header beside the largest payload
_NUMBERS = range(0x8000, 0x10000)  # of our packets; paho counts its own from 1
_BAD_VERSION = (1, 132)  # CONNACK codes of 3.1.1 and of 5


class _Paho(paho.Client):
    """paho over a socket that is connected already: its own way of connecting would block the loop."""

    def __init__(self, sock: WatchedSocket, client_id: str, version: Version) -> None:
        five = version == "5"
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=None if five else True,
            protocol=paho.MQTTv5 if five else paho.MQTTv311,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        self._ready_sock = sock

    def _create_socket_connection(self) -> Any:
        return self._ready_sock


class Connection:
    """One MQTT connection.

    `heard` is called once a message, in order, from the loop. `taken` is called with the number that
    `publish` gave, and whether the broker took the message (MQTT 5 says so when an access rule forbids it).
    """

    def __init__(
        self,
        address: BrokerAddress,
        version: Version,
        client_id: str,
        will: Will | None,
        heard: Heard,
        taken: Taken,
    ) -> None:
        """Connect nothing yet. A second connection of the same `client_id` ends the first."""
        self.version = version
        self.window = WINDOW
        self._address = address
        self._client_id = client_id
        self._will = will
        self._heard = heard
        self._taken = taken
        self._loop = asyncio.get_running_loop()
        self.moved_s = self._loop.time()  # when it was last seen to that it is kept alive
        self._watched: WatchedSocket | None = None
        self._arrived: deque[Callable[[], None]] = deque()
        self._paho: _Paho | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._connack: asyncio.Future[None] = self._loop.create_future()
        self._acknowledgements = InOrder(self._acknowledge)
        self._numbers = cycle(_NUMBERS)
        self._is_five = version == "5"
        self._subacks: dict[int, asyncio.Future[list[ReasonCode]]] = {}
        self.closed: asyncio.Future[str] = self._loop.create_future()

    async def open(self) -> None:
        """Connect and wait for the broker's yes. Raises BrokerLost; VersionRefused is one of them."""
        where = f"{self._address.host}:{self._address.port}"
        try:
            sock = await dial(self._loop, self._address)
        except TlsFailed:
            raise
        except (OSError, UnicodeError) as error:
            raise BrokerLost(f"broker {where} is away: {error or 'no answer'}") from error
        try:
            self._start(sock)
            async with asyncio.timeout(CONNECT_S):
                await self._connack
        except TimeoutError:
            self.hang_up("no answer to CONNECT")
            raise VersionRefused(f"broker {where} does not answer a CONNECT of MQTT {self.version}") from None
        except asyncio.CancelledError:
            self.hang_up("not wanted any more")
            raise

    def _start(self, sock: socket.socket) -> None:
        self._watched = WatchedSocket(self._loop, sock, self._read, self._write)
        client = self._paho = _Paho(self._watched, self._client_id, self.version)
        client.max_inflight_messages_set(0)  # no queue of paho's: the sender keeps to `window`
        if self._will:
            client.will_set(self._will.topic, self._will.payload, QOS, retain=True)
        if self._address.username:
            client.username_pw_set(self._address.username, self._address.password)
        self._watched.attach(client)
        self._listen(client)
        where = (self._address.host, self._address.port, self._address.keepalive_s)
        if self.version == "5":
            client.connect_async(*where, clean_start=True, properties=_connect_properties())
        else:
            client.connect_async(*where)
        client.reconnect()
        self._misc()

    def _listen(self, client: _Paho) -> None:
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe

    async def subscribe(self, filters: Iterable[str]) -> list[str]:
        """Subscribe and wait for the broker's answer; returns the filters it refused. Raises BrokerLost."""
        wanted = list(filters)
        if not wanted or not self._paho:
            return []
        code, mid = self._paho.subscribe([(name, _subscribe_options(self.version)) for name in wanted])
        if code or mid is None:
            raise BrokerLost("the connection ended while subscribing")
        answer = self._subacks[mid] = self._loop.create_future()
        try:
            async with asyncio.timeout(CONNECT_S):
                reasons = await answer
        except TimeoutError:
            reasons = []
        if len(reasons) != len(wanted):
            self.hang_up("no proper answer to SUBSCRIBE")
            raise BrokerLost("the broker does not answer a SUBSCRIBE properly")
        return [name for name, reason in zip(wanted, reasons, strict=True) if reason.is_failure]

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> int | None:
        """Send at QoS 1. Returns the number that `taken` will be called with, None where the link is gone."""
        if not self._watched or self.closed.done():
            return None
        number = next(self._numbers)
        self._watched.put(packets.publish(topic, payload, number, retain=retain, five=self._is_five))
        self._watched.write_first()
        return number

    def disconnect(self) -> None:
        """Say goodbye: the broker forgets the last will. `closed` follows."""
        if self._paho and not self.closed.done():
            self._paho.disconnect()

    def hang_up(self, why: str) -> None:
        """End now, without a goodbye: the broker sends the last will. Safe twice, not from a callback."""
        self._end(why)
        if self._watched:
            self._watched.close()

    # --- the loop's side ----------------------------------------------------------------------------

    def _read(self) -> None:
        if self._paho is None or self._watched is None:
            return
        try:
            if not self._watched.fill():
                self._paho.loop_read()
            for packet in self._watched.packets():
                if not self.closed.done():
                    self._take(packet)
        except Exception as error:  # paho has no one error for bytes that are not MQTT
            self.hang_up(f"not MQTT: {type(error).__name__}: {error}"[:200])
        self._watched.acknowledge_at_once()
        self._hand_on()

    def _take(self, packet: bytes) -> None:
        """Most packets are plain, and paho's objects for each would cost a fifth of a coordinator's time."""
        match packets.read(packet, five=self._is_five):
            case packets.Publish() as plain:
                self._arrive(*plain)
            case packets.PubAck() as answer:
                self._arrived.append(partial(self._taken, *answer))
            case None if self._paho and self._watched:
                self._watched.give(packet)
                self._paho.loop_read()

    def _hand_on(self) -> None:
        """What came in this turn, one after the other; an error of one receiver is not the next one's."""
        while self._arrived:
            call = self._arrived.popleft()
            try:
                call()
            except Exception as error:
                self._loop.call_exception_handler({"message": "a receiver failed", "exception": error})

    def _write(self) -> None:
        if self._paho:
            self._paho.loop_write()

    def _misc(self) -> None:
        if self._paho and not self.closed.done():
            self.moved_s = self._loop.time()
            self._timer = self._loop.call_later(self._address.keepalive_s / 3, self._misc)
            self._paho.loop_misc()

    def _end(self, why: str) -> None:
        if self._timer:
            self._timer.cancel()
        if not self._connack.done():
            self._connack.set_exception(self._refusal(why))
        for answer in self._subacks.values():
            if not answer.done():
                answer.set_exception(BrokerLost(f"connection ended: {why}"))
        if not self.closed.done():
            self.closed.set_result(why)

    def _refusal(self, why: str) -> BrokerLost:
        if self._watched and isinstance(self._watched.failure, TlsFailed):
            return self._watched.failure
        hint = "see its own log" if self._address.ca_file else "if it wants TLS, [broker] needs a ca_file"
        return VersionRefused(f"broker hung up on MQTT {self.version}: {why}; {hint}")

    # --- paho's side: called with its locks held, so nothing here calls paho back -----------------------

    def _on_connect(
        self, _client: paho.Client, _data: Any, _flags: Any, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if self._connack.done():
            return
        if not reason.is_failure:
            self.window = min(WINDOW, getattr(properties, "ReceiveMaximum", WINDOW))
            self._connack.set_result(None)
        elif reason.value in _BAD_VERSION:
            self._connack.set_exception(VersionRefused(f"broker refuses MQTT {self.version}: {reason}"))
        else:
            self._connack.set_exception(BrokerLost(f"broker refuses us: {reason}"))

    def _on_disconnect(
        self,
        _client: paho.Client,
        _data: Any,
        _flags: Any,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._end("it hung up" if reason.getName() == "Unspecified error" else str(reason))

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        mid = message.mid if message.qos else 0
        self._arrive(message._topic, bytes(message.payload), message.retain, mid)

    def _arrive(self, topic: bytes, payload: bytes, retain: bool, mid: int) -> None:
        acknowledge = self._acknowledgements.take(mid)
        try:
            name = topic.decode()
        except UnicodeDecodeError:
            name = ""
        self._arrived.append(partial(self._heard, Incoming(name, payload, retain, acknowledge)))

    def _acknowledge(self, mid: int) -> None:
        if mid and self._watched and not self.closed.done():
            self._watched.put(packets.puback(mid))

    def _on_subscribe(
        self, _client: paho.Client, _data: Any, mid: int, reasons: list[ReasonCode], _p: Any
    ) -> None:
        answer = self._subacks.pop(mid, None)
        if answer and not answer.done():
            answer.set_result(reasons)


def _connect_properties() -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.MaximumPacketSize = SITE_BYTES + _HEADROOM
    return properties


def _subscribe_options(version: Version) -> Any:
    return SubscribeOptions(qos=QOS) if version == "5" else QOS
