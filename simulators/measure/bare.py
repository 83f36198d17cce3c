"""The floor of everything that crosses the broker: paho-mqtt and nothing around it.

As quick as paho gets: TCP_NODELAY, no thread, and a loop of our own that sleeps in `select` and lets paho
read and write at once. paho's own `loop_start` and `loop_forever` are slower by a wake-up a message.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

ANSWER_S = 10.0
"""A broker on loopback answers within milliseconds; this is for a machine that is busy."""

Heard = Callable[[str, bytes], None]


class BareClient:
    """One connected client. `heard(topic, payload)` is called from `pump`, then it is acknowledged."""

    def __init__(self, host: str, port: int, name: str, heard: Heard) -> None:
        """Connects. Raises OSError, TimeoutError."""
        self.unanswered = 0
        self._heard = heard
        self._subscribed = False
        client = paho.Client(CallbackAPIVersion.VERSION2, f"bare.{name}", reconnect_on_failure=False)
        client.max_inflight_messages_set(0)
        client.on_socket_open = _send_at_once
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        self._paho = client
        client.connect(host, port, keepalive=600)
        self.until(client.is_connected, "no answer to CONNECT")

    @property
    def sock(self) -> socket.socket:
        """To be watched by whoever waits for several things. Raises ConnectionError when it is gone."""
        sock = self._paho.socket()
        if not isinstance(sock, socket.socket):
            raise ConnectionError("the broker hung up")
        return sock

    def subscribe(self, *filters: str) -> None:
        """Subscribe and wait for the broker's answer."""
        self._subscribed = False
        self._paho.subscribe([(name, 1) for name in filters])
        self.until(lambda: self._subscribed, "no answer to SUBSCRIBE")

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Send at QoS 1, at once. `unanswered` counts those the broker has not acknowledged."""
        self.unanswered += 1
        self._paho.publish(topic, payload, 1, retain)

    def pump(self, wait_s: float) -> bool:
        """Wait for the broker at most so long and act on what came; False when nothing did."""
        if self._paho.want_write():
            self._paho.loop_write()
        readable, _, _ = select.select([self.sock], [], [], wait_s)
        if readable:
            self.read()
        return bool(readable)

    def read(self) -> None:
        """Act on what came, and send what that gave."""
        self._paho.loop_read()
        while self._paho.want_write():
            self._paho.loop_write()

    def until(self, condition: Callable[[], bool], otherwise: str, wait_s: float = ANSWER_S) -> None:
        """Pump until `condition()`. Raises TimeoutError with `otherwise`."""
        end_s = time.monotonic() + wait_s
        while not condition():
            self.pump(0.2)
            if time.monotonic() > end_s:
                raise TimeoutError(f"{otherwise} after {wait_s:g} s")

    def serve(self) -> None:
        """Act on what comes, until the broker or the process ends."""
        while self._paho.socket() is not None:
            self.pump(60.0)

    def close(self) -> None:
        """Say goodbye."""
        self._paho.disconnect()

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        self._heard(message.topic, bytes(message.payload))

    def _on_publish(self, *_: Any) -> None:
        self.unanswered -= 1

    def _on_subscribe(
        self, _client: paho.Client, _data: Any, _mid: int, reasons: Sequence[Any], _properties: Any
    ) -> None:
        self._subscribed = not any(reason.is_failure for reason in reasons)


def _send_at_once(_client: paho.Client, _data: Any, sock: Any) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
