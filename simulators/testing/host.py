"""What holds the twins, brokers and halls that tests of other projects use (`pytest_hall_edge`).

It lives in a process of its own: names like `devices` and `display` are the tested project's alone, and
twins keep their time whatever a test does. It is told over one socket, lines of JSON, and answers each:

    <- {"ok": true, "folder": "/…"}
    -> {"do": "bench", "at": "/…/1", "toml": "[[ports]] …"}    twins; their control socket is /…/1/control
    <- {"ok": true, "devices": {"keypad": ["keypad", "line"]}}
    -> {"do": "broker", "at": "/…/2", "port": 0}               port 0 takes a free one
    -> {"do": "hall", "at": "/…/3", "site": ""}                "": the one of hall.toml
    -> {"do": "close", "at": "/…/1"}

When the socket is closed, however that comes, everything ends, and the folder goes.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import msgspec

from edge.broker import BrokerFailed, start_broker
from edge.settings.problems import SettingsError
from simulators.testing.benches import open_bench
from simulators.wires.names import NameTaken

LINE_MAX_BYTES: Final = 1 << 20
SHORT_MAX_CHARS: Final = 38  # of a folder for folders of sockets: the kernel takes 107 characters in all
REFUSALS: Final = (SettingsError, NameTaken, BrokerFailed)


class Host:
    """All that is open, by its folder."""

    def __init__(self) -> None:
        self._open: dict[str, AsyncExitStack] = {}

    async def answer(self, line: bytes) -> dict[str, Any]:
        """Do what a line asks."""
        asked = msgspec.json.decode(line, type=dict[str, Any])
        do, at = asked.pop("do"), asked.pop("at")
        if do == "close":
            await self._close(at)
            return {"ok": True}
        stack = AsyncExitStack()
        try:
            made = await _OPEN[do](stack, Path(at), **asked)
        except REFUSALS as error:
            await stack.aclose()
            return {"ok": False, "error": str(error)}
        except BaseException:
            await stack.aclose()
            raise
        self._open[at] = stack
        return {"ok": True, **made}

    async def close(self) -> None:
        """Take everything away, the last first."""
        for at in reversed(list(self._open)):
            await self._close(at)

    async def _close(self, at: str) -> None:
        stack = self._open.pop(at, None)
        if stack is not None:
            await stack.aclose()


async def _open_broker(stack: AsyncExitStack, at: Path, port: int) -> dict[str, Any]:
    broker = start_broker(port)
    stack.callback(broker.stop)
    return {"host": broker.host, "port": broker.port}


async def _open_hall(stack: AsyncExitStack, at: Path, site: str) -> dict[str, Any]:
    from simulators.testing.halls import open_hall

    return await open_hall(stack, at, site)


_OPEN: Final[dict[str, Any]] = {"bench": open_bench, "broker": _open_broker, "hall": _open_hall}


async def serve(link: socket.socket) -> None:
    """Until the other side closes, also in the middle of an answer, or until SIGTERM."""
    usual = tempfile.gettempdir()
    folder = Path(
        tempfile.mkdtemp(prefix="hall-edge-", dir=usual if len(usual) <= SHORT_MAX_CHARS else "/tmp")
    )
    reader, writer = await asyncio.open_connection(sock=link, limit=LINE_MAX_BYTES)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, reader.feed_eof)
    lines: asyncio.Queue[bytes] = asyncio.Queue()
    host = Host()
    writer.write(_line({"ok": True, "folder": str(folder)}))
    tasks = {asyncio.create_task(_read(reader, lines)), asyncio.create_task(_work(host, lines, writer))}
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    except ConnectionError:
        pass  # the tests are gone
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await host.close()
        shutil.rmtree(folder, ignore_errors=True)


async def _read(reader: asyncio.StreamReader, lines: asyncio.Queue[bytes]) -> None:
    while line := await reader.readline():
        lines.put_nowait(line)


async def _work(host: Host, lines: asyncio.Queue[bytes], writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(_line(await host.answer(await lines.get())))
        await writer.drain()


def _line(said: dict[str, Any]) -> bytes:
    return msgspec.json.encode(said) + b"\n"
