"""An observer from outside: a plain MQTT client that knows the contract's documents and no code of ours.

It listens to everything and keeps what it saw, to be held against the hall's own books.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

RECONNECT_S: Final = (1, 2)
"""Between these it tries again when the broker is gone."""


class Observer:
    """All that passed by. `changed` is set on the loop at every message.

    `listeners` are called there with the levels of its topic below the site, and its body.
    """

    def __init__(self, site: str, loop: asyncio.AbstractEventLoop) -> None:
        self._site = site
        self._loop = loop
        self.windows: dict[str, dict[str, Any]] = {}
        self.queues: dict[str, dict[str, Any]] = {}
        self.board: list[dict[str, Any]] = []
        self.hall: dict[str, Any] = {}
        self.lives: dict[str, str] = {}
        self.devices: dict[str, dict[str, Any]] = {}
        self.numbers: set[str] = set()
        self.calls: set[tuple[str, str, int]] = set()  # visit, window, how often
        self.ratings: dict[tuple[str, str], dict[str, Any]] = {}  # (source, id) -> record
        self.levels: Counter[int] = Counter()
        self.messages = 0
        self._sent: dict[tuple[str, str], int] = {}
        self._receipted: dict[tuple[str, str], int] = {}
        self.changed = asyncio.Event()
        self.listeners: list[Callable[[list[str], dict[str, Any]], None]] = []
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="observer")
        self._client.reconnect_delay_set(*RECONNECT_S)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message

    def start(self, host: str, port: int, tls: tuple[str, str, str] | None = None) -> None:
        """Connect and listen. `tls` for a broker that speaks it: files of CA, certificate and key."""
        if tls:
            self._client.tls_set(*tls)
        self._client.connect(host, port, keepalive=30)
        self._client.loop_start()

    def stop(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: paho.Client, *_: Any) -> None:
        client.subscribe(f"hall/1/{self._site}/#", qos=1)

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        levels = message.topic.split("/")[3:]
        body = json.loads(message.payload) if message.payload else {}
        self._loop.call_soon_threadsafe(self._heard, levels, body)

    def _heard(self, levels: list[str], body: dict[str, Any]) -> None:
        self.messages += 1
        match levels:
            case [node, "life"]:
                self.lives[node] = body.get("state", "")
            case [_, "device", device]:
                self.devices[device] = body
            case [_, "state", "window", window]:
                self._window(window, body)
            case [_, "state", "queue", queue]:
                self.queues[queue] = body
            case [_, "state", "board"]:
                self.board = body.get("calls", [])
            case [_, "state", "hall"]:
                self.hall = body
            case [_, "answer", _] if body.get("slip"):
                self.numbers.add(body["slip"]["number"])
            case [node, "record"]:
                for record in body.get("records", [body]):
                    self._record(node, record)
            case [_, "receipt", node]:
                holes = (one - 1 for one in body.get("missing", ()))
                self._receipted[node, body["generation"]] = min((body["up_to"], *holes))
        for listener in list(self.listeners):
            listener(levels, body)
        self.changed.set()

    def _window(self, window: str, body: dict[str, Any]) -> None:
        self.windows[window] = body
        if body.get("phase") == "calling":
            self.calls.add((body["visit"], window, body["calls"]))

    def _record(self, node: str, body: dict[str, Any]) -> None:
        generation, _, seq = body["id"].partition("-")
        key = (node, generation)
        self._sent[key] = max(self._sent.get(key, 0), int(seq))
        if body["type"] == "issued":
            self.numbers.add(body["number"])
        if body["type"] == "rated" and (node, body["id"]) not in self.ratings:
            self.ratings[node, body["id"]] = body
            self.levels[body["level"]] += 1

    @property
    def ready(self) -> set[str]:
        """The nodes that say they are there, well or not."""
        return {node for node, state in self.lives.items() if state in ("ready", "degraded")}

    @property
    def drained(self) -> bool:
        """Whether every record that was sent has its durable receipt."""
        return all(self._receipted.get(key, 0) >= seq for key, seq in self._sent.items())

    async def until(self, condition: Any, timeout_s: float) -> bool:
        """Wait until `condition()`; False when it does not come true in time."""
        try:
            async with asyncio.timeout(timeout_s):
                while not condition():
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            return False
        return True
