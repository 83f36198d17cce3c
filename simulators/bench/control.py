"""The control socket of a bench: lines of JSON, on a unix socket or on a TCP port of loopback.

    -> {"id": 1, "do": "press", "device": "keypad-3", "keys": "next"}
    <- {"id": 1, "ok": true}
    -> {"id": 2, "do": "follow", "events": ["face", "paper"]}
    <- {"id": 2, "ok": true}
    <- {"event": "face", "of": "strip-3", "at_s": 1.25, "face": "▌请A001号到3号窗口▐"}

docs/simulators.md has all requests. Each is answered, in the order in which they are done; rubbish is
answered with an error. Who follows and does not read loses events, and is told how many.
"""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any, Final

from simulators.bench.bench import Bench
from simulators.bench.requests import LINE_MAX_BYTES, answer, encode
from simulators.wires.names import NameTaken

CLIENTS_MAX: Final = 16
ASKED_MAX: Final = 32  # requests of one client that are not done yet
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


class Control:
    """Serves `bench` at `address`: a path, or `host:port` of loopback; port 0 takes a free one."""

    def __init__(self, bench: Bench, address: str) -> None:
        self.address = address
        self._bench = bench
        self._server: asyncio.Server | None = None
        self._path: Path | None = None
        self._sessions: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Raises NameTaken."""
        host, _, port = self.address.rpartition(":")
        is_number = port.isascii() and port.isdigit()
        if host in _LOOPBACK and is_number:
            await self._start_tcp(host, int(port))
        elif host in _LOOPBACK:
            raise NameTaken(f"{self.address}: a port is a number from 0 to 65535; 0 takes a free one")
        elif host and is_number:
            raise NameTaken(f"{self.address}: whoever reaches the control socket controls; use 127.0.0.1")
        else:
            await self._start_unix(Path(self.address))

    async def stop(self) -> None:
        """Serve no more. Twice is fine."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
            if self._path is not None:
                self._path.unlink(missing_ok=True)
        for session in self._sessions:
            session.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)

    async def _start_unix(self, path: Path) -> None:
        if _is_alive(path):
            raise NameTaken(f"{path} is the control socket of another living bench: choose another name")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._server = await asyncio.start_unix_server(self._serve, path, limit=LINE_MAX_BYTES)
            self._path = path
            path.chmod(0o600)
        except OSError as error:
            raise NameTaken(f"{path} cannot be served: {error.strerror}; choose another name") from error

    async def _start_tcp(self, host: str, port: int) -> None:
        try:
            self._server = await asyncio.start_server(self._serve, host, port, limit=LINE_MAX_BYTES)
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or "no such port"
            raise NameTaken(f"{self.address} cannot be served: {why}; choose another port") from error
        self.address = f"{host}:{self._server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or self._server is None or len(self._sessions) >= CLIENTS_MAX:
            writer.close()
            return
        self._sessions.add(task)
        session = _Session(self._bench, reader, writer)
        try:
            await session.run()
        except (ConnectionError, asyncio.CancelledError):
            pass  # the client is gone, or the bench is taken down
        finally:
            session.close()
            self._sessions.discard(task)


class _Session:
    """One client."""

    def __init__(self, bench: Bench, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._bench = bench
        self._reader = reader
        self._writer = writer
        self._asked: set[asyncio.Task[None]] = set()
        self._following: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Until the client goes, or sends a line without end."""
        while True:
            try:
                line = await self._reader.readline()
            except ValueError:
                self._say({"ok": False, "error": f"a line has at most {LINE_MAX_BYTES} bytes"})
                return
            if not line:
                return
            if line.strip():
                self._ask(line)
            while len(self._asked) >= ASKED_MAX:
                await asyncio.wait(self._asked, return_when=asyncio.FIRST_COMPLETED)
            await self._writer.drain()

    def close(self) -> None:
        """The client is gone."""
        for task in (*self._asked, *([self._following] if self._following else [])):
            task.cancel()
        self._writer.close()

    def _ask(self, line: bytes) -> None:
        task = asyncio.get_running_loop().create_task(self._answer(line))
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def _answer(self, line: bytes) -> None:
        said = await answer(self._bench, line)
        events = said.pop("follow", None)
        self._say(said)
        if events is not None:
            if self._following is not None:
                self._following.cancel()
            self._following = asyncio.get_running_loop().create_task(self._follow(events))

    async def _follow(self, events: list[str]) -> None:
        follower = self._bench.news.follow(*events)
        missed = 0
        try:
            async for happening in follower:
                await self._writer.drain()
                self._say(happening.plain())
                if follower.missed > missed:
                    self._say({"event": "missed", "count": follower.missed - missed})
                    missed = follower.missed
        except ConnectionError:
            pass  # the client is gone; its session ends too
        finally:
            follower.close()

    def _say(self, said: dict[str, Any]) -> None:
        self._writer.write(encode(said))


def _is_alive(path: Path) -> bool:
    """Whether somebody serves there; a socket left over from an unclean stop is nobody."""
    with socket.socket(socket.AF_UNIX) as link:
        try:
            link.connect(str(path))
        except OSError:
            return False
        return True
