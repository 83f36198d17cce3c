"""A wire between a node and the broker that can break in every way a network does.

    node ── TCP ── Proxy ── TCP ── broker

cut: both ends are told at once. frozen: the ends are told nothing, and bytes of that direction wait, as
behind a switch that lost its power; they go on when it is thawed, or are lost when it is cut. slow: each
piece comes later. What TCP itself repairs (a lost or doubled packet) a program sees as slowness alone.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Literal, TypeAlias

Way: TypeAlias = Literal["up", "down"]
"""up: towards the broker."""

CHUNK_BYTES = 65_536


class Proxy:
    """One node's way to the broker at `broker_port` of loopback; `port` is what the node connects to."""

    def __init__(self, broker_port: int) -> None:
        self.port = 0
        self._broker_port = broker_port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._open: dict[Way, asyncio.Event] = {"up": asyncio.Event(), "down": asyncio.Event()}
        self._delay_s = 0.0
        self.thaw()

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more, drop all."""
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Both ends are told that the connection is over."""
        for writer in list(self._writers):
            transport = writer.transport
            assert isinstance(transport, asyncio.WriteTransport)
            transport.abort()

    def freeze(self, *ways: Way) -> None:
        """Bytes of these directions wait, and nobody is told."""
        for way in ways:
            self._open[way].clear()

    def slow(self, delay_s: float) -> None:
        """Every piece comes that much later."""
        self._delay_s = delay_s

    def thaw(self) -> None:
        """All goes its way again, at once."""
        self._delay_s = 0.0
        for event in self._open.values():
            event.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            await self._join(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # the broker is away, or the hall is over: the node's connection ends
        finally:
            self._writers.discard(writer)
            self._tasks.discard(task)
            writer.close()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        its_reader, its_writer = await asyncio.open_connection("127.0.0.1", self._broker_port)
        self._writers.add(its_writer)
        ways = [
            asyncio.ensure_future(self._pipe("up", reader, its_writer)),
            asyncio.ensure_future(self._pipe("down", its_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._writers.discard(its_writer)
            its_writer.close()

    async def _pipe(self, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                if self._delay_s:
                    await asyncio.sleep(self._delay_s)
                await self._open[way].wait()
                writer.write(data)
                await writer.drain()
