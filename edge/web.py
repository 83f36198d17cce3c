"""A small web server for the pages of a hall: the engineers' bench now, kiosks on a node of their own.

It lives on the event loop of whoever serves pages, and does nothing while no page asks. Only those load it.

Whoever reaches a page may press its keys, so it listens on loopback unless it is told otherwise, and hears
no page of another origin: a request must name this machine by `localhost` or an address, never by a name
that somebody else's server could point here, and a WebSocket must come from a page of ours.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.server import ServerState

LOOPBACK: Final = "127.0.0.1"
MESSAGE_MAX_BYTES: Final = 65_536  # what a page says at once; ours say a hundred
STOP_S: Final = 2.0  # longest that pages are waited for at the end
_HEADERS: Final = {
    b"content-security-policy": b"default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
    b"x-content-type-options": b"nosniff",
    b"cache-control": b"no-cache",
}


class PortTaken(OSError):  # noqa: N818 - a state of the world
    """The server cannot listen there. The text is a sentence for who started it."""


def files(path: str, folder: Path) -> Mount:
    """All files of a folder, below `path`."""
    return Mount(path, StaticFiles(directory=folder, html=True))


class PageServer:
    """Serves `routes`; `url` is where, once it has started. Port 0 takes a free one."""

    def __init__(self, routes: Sequence[BaseRoute], host: str = LOOPBACK, port: int = 0) -> None:
        self._host, self._port = host, port
        self._config = uvicorn.Config(
            _Guarded(Starlette(routes=routes)),
            http="h11",
            ws="websockets-sansio",
            ws_max_size=MESSAGE_MAX_BYTES,
            ws_per_message_deflate=False,  # pages are near: packing costs more than it saves
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
        )
        self._state = ServerState()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """What to type into a browser."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}/"

    async def start(self) -> None:
        """Listen. Raises PortTaken."""
        config, state = self._config, self._state
        if not config.loaded:
            config.load()
        make = config.http_protocol_class
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                lambda: make(config=config, server_state=state, app_state={}),  # type: ignore[call-arg]
                self._host,
                self._port,
            )
        except OSError as error:
            raise PortTaken(
                f"no page at {self._host}:{self._port}: {error.strerror or error}; choose another port"
            ) from error
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Tell every page and close. Twice is fine."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for connection in list(self._state.connections):
            connection.shutdown()
        tasks = set(self._state.tasks)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=STOP_S)
            for task in late:
                task.cancel()


class _Guarded:
    """Refuses who is not meant, and says on every answer what a browser may do with it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                have = {name for name, _ in message["headers"]}
                message["headers"] += [item for item in _HEADERS.items() if item[0] not in have]
            await send(message)

        if _is_ours(Headers(scope=scope), is_socket=scope["type"] == "websocket"):
            await self._app(scope, receive, marked)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            refusal = PlainTextResponse("This page is reached by the machine's address.\n", 403)
            await refusal(scope, receive, send)


def _is_ours(headers: Headers, *, is_socket: bool) -> bool:
    host = headers.get("host", "")
    origin = headers.get("origin", "")
    if is_socket and origin and origin != f"http://{host}":
        return False
    return _is_address(urlsplit(f"//{host}").hostname or "")


def _is_address(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
