"""A socket of paho's, watched by the asyncio loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any


class WatchedSocket:
    """Calls `read` and `write` when paho's socket is ready for them."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, read: Callable[[], None], write: Callable[[], None]
    ) -> None:
        """Nothing is watched before `attach`, and then not before paho has its socket."""
        self._loop = loop
        self._read = read
        self._write = write
        self._sock: socket.socket | None = None

    def attach(self, client: Any) -> None:
        """Be told by paho of its socket."""
        client.on_socket_open = self._on_open
        client.on_socket_close = self._on_close
        client.on_socket_register_write = self._on_want_write
        client.on_socket_unregister_write = self._on_wrote

    def acknowledge_at_once(self) -> None:
        """Send the TCP acknowledgement of what was read, now and not with the next packet or in 40 ms.

        A broker without TCP_NODELAY waits for it before it sends its next small packet.
        """
        if self._sock:
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def drop(self) -> None:
        """Close the socket under paho's feet. Safe twice; not from a callback of paho's."""
        if self._sock:
            sock, self._sock = self._sock, None
            self._loop.remove_reader(sock)
            self._loop.remove_writer(sock)
            sock.close()

    def _on_open(self, _client: Any, _data: Any, sock: Any) -> None:
        self._sock = sock
        self._loop.add_reader(sock, self._read)

    def _on_close(self, _client: Any, _data: Any, sock: Any) -> None:
        if self._sock:  # else it was dropped, and the loop has forgotten it
            self._loop.remove_reader(sock)
            self._sock = None

    def _on_want_write(self, _client: Any, _data: Any, sock: Any) -> None:
        self._loop.add_writer(sock, self._write)

    def _on_wrote(self, _client: Any, _data: Any, sock: Any) -> None:
        if self._sock:
            self._loop.remove_writer(sock)
