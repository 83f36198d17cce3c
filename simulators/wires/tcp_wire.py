"""A TCP server that stands for a serial port."""

from __future__ import annotations

import asyncio
import socket
from typing import Final
from urllib.parse import urlsplit

from simulators.wires.framing import Framing
from simulators.wires.names import NameTaken
from simulators.wires.wire import Hears, Wire

UNREAD_MAX_BYTES: Final = 65_536  # a driver that never reads: what does not fit is lost, as on a wire


class TcpWire(Wire):
    """A server at `socket://host:port` for one driver at a time; port 0 takes a free one."""

    scheme = "socket"

    def __init__(
        self,
        url: str,
        hears: Hears,
        framing: Framing = Framing(),
        *,
        paced: bool = True,
        shared: bool = False,
    ) -> None:
        super().__init__(hears, framing, paced=paced, shared=shared)
        self._address(url)
        self._server: socket.socket | None = None
        self._coming: set[asyncio.Task[object]] = set()
        self._client: asyncio.Transport | None = None

    def _address(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 0

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self._host}:{self._port}"

    @property
    def is_plugged(self) -> bool:
        return self._server is not None

    def plug_in(self, url: str = "") -> None:
        self.unplug()
        if url:
            self._address(url)
        try:
            self._server = socket.create_server((self._host, self._port), backlog=4)
        except OSError as error:
            why = error.strerror or "no such address"
            raise NameTaken(f"{self.url} cannot be served: {why}; choose another port") from error
        self._server.setblocking(False)
        self._port = self._server.getsockname()[1]
        asyncio.get_running_loop().add_reader(self._server, self._accept)

    def unplug(self) -> None:
        server, self._server = self._server, None
        client = self._client
        if server is None:
            return
        self._plugged_out()
        asyncio.get_running_loop().remove_reader(server)
        server.close()
        if client is not None:
            self.went(client)
            client.abort()

    def _accept(self) -> None:
        if self._server is None:
            return
        try:
            connection, _ = self._server.accept()
        except OSError:
            return  # it has gone again
        loop = asyncio.get_running_loop()
        task: asyncio.Task[object] = loop.create_task(
            loop.connect_accepted_socket(lambda: _Client(self), connection)
        )
        self._coming.add(task)
        task.add_done_callback(self._coming.discard)

    def came_in(self, transport: asyncio.Transport) -> bool:
        """A driver connects; False where another is there."""
        if self._client is not None or not self.is_plugged:
            return False
        self._client = transport
        self._reads = False
        transport.pause_reading()
        self._opened(1)
        self._look_at_reading()
        return True

    def went(self, transport: asyncio.Transport) -> None:
        """A driver is gone."""
        if transport is self._client:
            self._client = None
            self._reads = False
            self._opened(0)

    def came(self, data: bytes) -> None:
        """Bytes of the connection."""
        self._came(data)

    def _read(self, on: bool) -> None:
        if self._client is None:
            self._reads = False
        elif on:
            self._client.resume_reading()
        else:
            self._client.pause_reading()

    def _give(self, data: bytes) -> int:
        client = self._client
        if client is None or client.get_write_buffer_size() > UNREAD_MAX_BYTES:
            return 0
        client.write(data)
        return len(data)


class _Client(asyncio.Protocol):
    """One connection. A second one is closed at once."""

    def __init__(self, wire: TcpWire) -> None:
        self._wire = wire
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport) and self._wire.came_in(transport):
            self._transport = transport
        else:
            transport.close()

    def data_received(self, data: bytes) -> None:
        if self._transport is not None:
            self._wire.came(data)

    def connection_lost(self, error: Exception | None) -> None:
        if self._transport is not None:
            self._wire.went(self._transport)
