"""One page that is open: what it has to be told, and what it asks for.

Told as JSON, one message at most a tick: {"hall": ..} first; then {"now": {key: value}} with what has
changed, {"lines": [..]} of the port that it monitors, {"missed": n}; and {"replies": [..]} at once. A slow
page is told the newest values only: what waits for it is one value a key and LINES_MAX lines, however long
it sleeps.

It asks as the control socket is asked (simulators/bench/requests.py), and besides:

    {"do": "monitor", "port": "port-line"}      "" for none
    {"do": "kill", "node": "core"}              {"do": "start", "node": "core"}
    {"do": "kill_broker"}                       {"do": "start_broker"}
    {"do": "set_speed", "speed": 60}            of hall time to life
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

LINES_MAX: Final = 300
"""Bursts of a line that wait for one page; more are dropped, oldest first, and counted."""

Answers = Callable[["Session", bytes], Awaitable[dict[str, Any]]]


class Session:
    """`tell` and `tell_line` gather, `flush` sends it all; none waits. `run` lasts as long as the page."""

    def __init__(self, socket: WebSocket, answers: Answers) -> None:
        self.monitors = ""
        self._socket = socket
        self._answers = answers
        self._now: dict[str, Any] = {}
        self._lines: deque[dict[str, Any]] = deque(maxlen=LINES_MAX)
        self._missed = 0
        self._replies: deque[dict[str, Any]] = deque()
        self._has_some = asyncio.Event()

    def tell(self, changes: dict[str, Any]) -> None:
        """These are the newest values."""
        self._now.update(changes)

    def tell_line(self, line: dict[str, Any]) -> None:
        """A burst on the port that is monitored."""
        self._missed += len(self._lines) == LINES_MAX
        self._lines.append(line)

    def flush(self) -> None:
        """Send what has gathered, as soon as the page takes it."""
        if self._now or self._lines or self._replies:
            self._has_some.set()

    async def run(self, hall: dict[str, Any]) -> None:
        """Speak and listen until the page is closed."""
        await self._socket.accept()
        await self._send({"hall": hall})
        speaks = asyncio.create_task(self._speak())
        try:
            while True:
                message = await self._socket.receive()
                if message["type"] == "websocket.disconnect":
                    break
                asked = message.get("text") or message.get("bytes") or b""
                reply = await self._answers(self, asked.encode() if isinstance(asked, str) else asked)
                self._replies.append(reply)
                self.flush()
        except WebSocketDisconnect:
            pass
        finally:
            speaks.cancel()
            await asyncio.gather(speaks, return_exceptions=True)

    async def _speak(self) -> None:
        while True:
            await self._has_some.wait()
            self._has_some.clear()
            await self._send(self._gathered())

    def _gathered(self) -> dict[str, Any]:
        told: dict[str, Any] = {}
        if self._now:
            told["now"], self._now = self._now, {}
        if self._lines:
            told["lines"] = list(self._lines)
            self._lines.clear()
        if self._missed:
            told["missed"], self._missed = self._missed, 0
        if self._replies:
            told["replies"] = list(self._replies)
            self._replies.clear()
        return told

    async def _send(self, told: dict[str, Any]) -> None:
        await self._socket.send_text(msgspec.json.encode(told).decode())
