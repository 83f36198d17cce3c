"""A node under a service manager: says that it is ready, is ended when it hangs, started again when it ends.

The service manager here does what systemd's pages say of Type=notify, WatchdogSec and Restart=always.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

RESTART_S = 0.1


class Manager:
    """Runs one node of a hall. `words` is what it heard since the last start, `aborted` how often it bit."""

    def __init__(self, hall: Any, node: str, watchdog_s: float) -> None:
        self.words: list[str] = []
        self.aborted = 0
        self.started = 0
        self.on_ready: Callable[[], None] = lambda: None
        self._hall = hall
        self._node = node
        self._watchdog_s = watchdog_s
        self._address = str(hall.folder / f"{node}.notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(self._address)
        self._news = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._stopping = False
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket, self._hear)
        self._task = asyncio.ensure_future(self._run())

    @property
    def process(self) -> asyncio.subprocess.Process:
        return self._hall.nodes[self._node].process

    async def _run(self) -> None:
        environ = {"NOTIFY_SOCKET": self._address, "WATCHDOG_USEC": str(int(self._watchdog_s * 1e6))}
        while not self._stopping:
            self.words.clear()
            self.started += 1
            await self._hall.start_node(self._node, environ=environ)
            await self.process.wait()
            self._bite_in(None)
            await asyncio.sleep(RESTART_S)

    def _hear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while word := self._socket.recv(4096).decode():
                self.words.append(word)
                if word in ("READY=1", "WATCHDOG=1"):
                    self._bite_in(self._watchdog_s)
                if word == "READY=1":
                    self.on_ready()
                self._news.set()

    def _bite_in(self, wait_s: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if wait_s is None else self._loop.call_later(wait_s, self._bite)

    def _bite(self) -> None:
        """As systemd: the signal, and SIGCONT so that it reaches a process that was stopped."""
        self.aborted += 1
        for number in (signal.SIGABRT, signal.SIGCONT):
            self.process.send_signal(number)

    async def until(self, condition: Callable[[], Any], within_s: float = 30.0) -> None:
        async with asyncio.timeout(within_s):
            while not condition():
                self._news.clear()
                await self._news.wait()

    def status(self) -> str:
        """The last sentence."""
        return next((word for word in reversed(self.words) if word.startswith("STATUS=")), "")

    async def stop(self) -> None:
        """Stop it, as the service manager's own stop does. Twice is fine."""
        if self._stopping:
            return
        self._stopping = True
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        await self._task
        self._hear()
        self._loop.remove_reader(self._socket)
        self._socket.close()


@contextlib.asynccontextmanager
async def managed(hall: Any, watchdog_s: float) -> AsyncIterator[Manager]:
    """A running hall whose node "east" runs under a service manager from now on."""
    await hall.nodes["east"].stop()
    manager = Manager(hall, "east", watchdog_s)
    try:
        await manager.until(lambda: "READY=1" in manager.words)
        await hall.ready("east")
        yield manager
    finally:
        await manager.stop()


def test_it_says_when_it_is_ready_how_it_is_and_that_it_lives(run: Any, whole: Any) -> None:
    async def body() -> None:
        async with whole() as hall, managed(hall, 6.0) as manager:
            await manager.until(lambda: "4 ports open, broker connected" in manager.status())
            await manager.until(lambda: manager.words.count("WATCHDOG=1") >= 3)
            (line,) = [line for line in hall.stage.lines if len(line.twins) > 1]
            line.unplug()
            await manager.until(lambda: "ports away: line, broker connected" in manager.status())
            await manager.stop()
            assert manager.words[-1] == "STOPPING=1"
            assert manager.aborted == 0

    run(body())


def test_a_node_that_hangs_is_started_again_and_the_hall_goes_on(run: Any, whole: Any) -> None:
    async def body() -> None:
        async with whole() as hall, managed(hall, 3.0) as manager:
            await hall.log_in("1")
            frozen = hall.nodes["east"]
            frozen.process.send_signal(signal.SIGSTOP)
            since_s = time.monotonic()
            await manager.until(lambda: manager.started == 2 and "READY=1" in manager.words)
            assert time.monotonic() - since_s < 3.0 + 5.0 + 10.0, "and ten for a machine that is busy"
            assert manager.aborted == 1
            await frozen.ended()
            assert any("Fatal Python error: Aborted" in line for line in frozen.lines), "where it hung"
            await hall.ready("east")
            assert await hall.take() == "A001"
            assert await hall.call("1") == "请A001号到1号窗口"

    run(body())


BOARD = """
[[ports]]
id = "screen"
node = "east"
url = "file:/board.png"

[[devices]]
id = "board"
kind = "board"
port = "screen"
"""


def test_a_port_that_hangs_is_opened_again_alone_and_named(run: Any, whole: Any, site_toml: str) -> None:
    """The board's picture goes into a pipe that nobody reads: to open that waits for ever."""

    async def body() -> None:
        async with whole(site_toml + BOARD) as hall, managed(hall, 6.0) as manager:
            await hall.log_in("1")
            await hall.device("board", "ready")
            os.mkfifo(hall.folder / "wires" / "screen" / ".board.png.new")
            hall.press_take()
            await hall.device("board", "lost", "port_wedged")
            detail = hall.seen.devices["board"]["detail"]
            assert detail.startswith(
                "port screen: a call of it did not come back (devices.board.screens, line"
            )
            await hall.device("board", "ready")
            await hall.until(lambda: hall.seen.numbers)
            assert await hall.call("1") == "请A001号到1号窗口"
            assert manager.started == 1 and manager.aborted == 0, "the node was freed without a new start"

    run(body())


@pytest.mark.timeout(600)
def test_fifty_crashes_in_a_row_and_it_is_up_and_says_that_it_is_not_well(whole: Any, site_toml: str) -> None:
    """A node without devices, for it is started fifty times here."""

    async def body() -> None:
        async with whole(site_toml + '[[nodes]]\nid = "spare"\n') as hall:
            manager = Manager(hall, "spare", 6.0)
            manager.on_ready = lambda: manager.process.kill() if manager.started <= 50 else None
            try:
                await manager.until(lambda: manager.started == 51 and "READY=1" in manager.words, 500)
                await hall.until(lambda: hall.seen.lives.get("spare") == "degraded")
                await manager.until(lambda: "broke down 50 times within 10 minutes" in manager.status())
            finally:
                await manager.stop()
            await hall.start_node("spare")
            await hall.until(lambda: hall.seen.lives.get("spare") == "ready")  # it was stopped as it should

    asyncio.run(body())
