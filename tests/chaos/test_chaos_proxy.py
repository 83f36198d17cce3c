"""The wire that breaks: passed on, cut, frozen one way or both, slow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from simulators.chaos.proxy import Proxy


class Ends:
    """A client and a server with a proxy between them."""

    def __init__(self) -> None:
        self.proxy: Any = None
        self.server: Any = None
        self._accepted: asyncio.Queue[Any] = asyncio.Queue()

    async def connect(self) -> tuple[Any, Any]:
        """Reader and writer of the client; reader and writer of the server."""
        client = await asyncio.open_connection("127.0.0.1", self.proxy.port)
        return client, await self._accepted.get()

    async def accept(self, reader: Any, writer: Any) -> None:
        self._accepted.put_nowait((reader, writer))


@asynccontextmanager
async def ends() -> AsyncIterator[Ends]:
    one = Ends()
    one.server = await asyncio.start_server(one.accept, "127.0.0.1", 0)
    one.proxy = Proxy(one.server.sockets[0].getsockname()[1])
    await one.proxy.start()
    try:
        yield one
    finally:
        await one.proxy.stop()
        one.server.close()


@pytest.fixture()
def run() -> Callable[[Any], None]:
    async def bounded(coroutine: Any) -> None:
        async with asyncio.timeout(20):
            await coroutine

    return lambda coroutine: asyncio.run(bounded(coroutine))


async def got(reader: Any, count: int) -> bytes:
    async with asyncio.timeout(5):
        return await reader.readexactly(count)


async def nothing(reader: Any) -> None:
    """Nothing comes, by a moment in which everything else came."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await reader.read(1)


def test_it_passes_on_both_ways(run: Any) -> None:
    async def body() -> None:
        async with ends() as one:
            (reader, writer), (its_reader, its_writer) = await one.connect()
            writer.write(b"up")
            its_writer.write(b"down")
            assert await got(its_reader, 2) == b"up"
            assert await got(reader, 4) == b"down"

    run(body())


def test_frozen_one_way_waits_and_is_told_nothing(run: Any) -> None:
    async def body() -> None:
        async with ends() as one:
            (reader, writer), (its_reader, its_writer) = await one.connect()
            one.proxy.freeze("up")
            writer.write(b"up")
            its_writer.write(b"down")
            assert await got(reader, 4) == b"down"
            await nothing(its_reader)
            one.proxy.thaw()
            assert await got(its_reader, 2) == b"up"

    run(body())


def test_cut_ends_both_and_the_next_may_connect(run: Any) -> None:
    async def body() -> None:
        async with ends() as one:
            (reader, writer), (its_reader, _) = await one.connect()
            one.proxy.freeze("up", "down")
            writer.write(b"lost")
            one.proxy.cut()
            with pytest.raises(ConnectionResetError):
                await got(reader, 1)
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                await got(its_reader, 1)
            one.proxy.thaw()
            (reader, writer), (its_reader, _) = await one.connect()
            writer.write(b"new")
            assert await got(its_reader, 3) == b"new"

    run(body())


def test_slow_comes_later_and_whole(run: Any) -> None:
    async def body() -> None:
        async with ends() as one:
            (_, writer), (its_reader, _) = await one.connect()
            one.proxy.slow(0.2)
            began_s = asyncio.get_running_loop().time()
            writer.write(b"late")
            assert await got(its_reader, 4) == b"late"
            assert asyncio.get_running_loop().time() - began_s >= 0.2

    run(body())


def test_without_a_broker_the_node_is_told(run: Any) -> None:
    async def body() -> None:
        async with ends() as one:
            one.server.close()
            reader, _ = await asyncio.open_connection("127.0.0.1", one.proxy.port)
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                await got(reader, 1)

    run(body())
