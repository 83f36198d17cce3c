"""The socket that paho reads and writes, watched by the asyncio loop.

paho asks for one byte, then a few, then the rest of a packet, and sends packet by packet, each time by a
call of the system. Here bytes come in by large pieces, and what is written in one turn of the loop leaves
together: a burst costs two calls of the system instead of one a few bytes.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import Any

from mqtt_bridge.packets import split

PIECE = 64 * 1024


class WatchedSocket:
    """Given to paho in place of its socket. `readable` is called when bytes came, `write` in the turn of
    the loop after paho has something to send; both are the connection's.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        readable: Callable[[], None],
        write: Callable[[], None],
    ) -> None:
        """`sock` is connected and does not block. Nothing is watched before `attach` and paho's start."""
        self._loop = loop
        self._sock: socket.socket | None = sock
        self._readable = readable
        self._write = write
        self._in = bytearray()
        self._for_paho = b""
        self._is_over = False
        self.failure: OSError | None = None  # that ended the reading
        self._out = bytearray()
        self._is_full = False  # the system took less than was written, and will tell when it takes more
        self._turn: asyncio.Handle | None = None
        self._was_first = False

    def attach(self, client: Any) -> None:
        """Be told by paho when it starts, and when it has something to send."""
        client.on_socket_open = lambda *_: self._watch()
        client.on_socket_register_write = lambda *_: self._want_turn()

    # --- as paho's socket ---------------------------------------------------------------------------

    def recv(self, size: int) -> bytes:
        """Up to `size` bytes of what it was given, b"" at the end. Raises BlockingIOError where none are."""
        if not self._for_paho and not self._is_over:
            raise BlockingIOError
        piece, self._for_paho = self._for_paho[:size], self._for_paho[size:]
        return piece

    def send(self, data: bytes | bytearray) -> int:
        """Take all of `data`; it leaves with `flush`."""
        self._out += data
        return len(data)

    def fileno(self) -> int:
        """Of the socket below; -1 when it is closed."""
        return self._sock.fileno() if self._sock else -1

    def setblocking(self, flag: bool) -> None:
        """It never blocks."""

    def close(self) -> None:
        """Send what can be sent at once, and close. Safe twice."""
        if self._sock is None:
            return
        with contextlib.suppress(OSError):
            self.flush()
        sock, self._sock = self._sock, None
        self._loop.remove_reader(sock)
        self._loop.remove_writer(sock)
        if self._turn:
            self._turn.cancel()
        sock.close()

    # --- the connection's side ------------------------------------------------------------------------

    def fill(self) -> bool:
        """Read what came; False when there will be no more, as paho is to see for itself."""
        try:
            piece = self._open_sock().recv(PIECE)
        except BlockingIOError:
            return True
        except OSError as error:
            piece, self.failure = b"", error
        self._in += piece
        self._is_over = not piece
        return not self._is_over

    def packets(self) -> Iterator[bytes]:
        """Whole packets that were read. Raises ValueError where no packet can be."""
        taken = 0
        try:
            for packet in split(self._in):
                taken += len(packet)
                yield packet
        finally:
            del self._in[:taken]

    def give(self, packet: bytes) -> None:
        """These bytes are the next that paho will read."""
        self._for_paho += packet

    def put(self, packet: bytes) -> None:
        """Send this packet beside paho, in this turn of the loop."""
        self._out += packet
        self._want_turn()

    def flush(self) -> None:
        """Send what was written; what the system does not take now follows by itself. Raises OSError."""
        sock = self._sock
        if sock is None or not self._out:
            return
        try:
            sent = sock.send(self._out)
        except BlockingIOError:
            sent = 0
        del self._out[:sent]
        if bool(self._out) != self._is_full:
            self._is_full = not self._is_full
            if self._is_full:
                self._loop.add_writer(sock, self._on_writable)
            else:
                self._loop.remove_writer(sock)

    def write_first(self) -> None:
        """Send the first of this turn at once; what follows leaves together at the end of the turn."""
        if self._turn and not self._was_first:
            self._was_first = True
            self._on_writable()

    def acknowledge_at_once(self) -> None:
        """Send the TCP acknowledgement of what was read, now and not with the next packet or in 40 ms.

        A broker without TCP_NODELAY waits for it before it sends its next small packet.
        """
        if self._sock:
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def _open_sock(self) -> socket.socket:
        if self._sock is None:
            raise ConnectionError("the connection was closed")
        return self._sock

    def _watch(self) -> None:
        self._loop.add_reader(self._open_sock(), self._readable)

    def _want_turn(self) -> None:
        if self._turn is None and self._sock:
            self._turn = self._loop.call_soon(self._on_turn)

    def _on_turn(self) -> None:
        self._turn = None
        self._was_first = False
        self._write()
        self._on_writable()

    def _on_writable(self) -> None:
        with contextlib.suppress(OSError):  # a broken connection is found by reading it
            self.flush()
