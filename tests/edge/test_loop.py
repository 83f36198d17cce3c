"""The port runner: woken by bytes and due times, re-opens with back-off, keeps faults to one port."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable

import pytest

from devices.base import DeviceHealth, Message
from devices.errors import LinkLost
from edge import outage
from edge.guard import Guard
from edge.loop import PortRunner


class PipePort:
    """A port over a pipe that can be told to fail."""

    name = "line-1"
    devices = ("keypad-1", "strip-1")

    def __init__(self) -> None:
        self.fds: tuple[int, int] | None = None
        self.opened = 0
        self.refuse = 0
        self.heard = b""
        self.due: float | None = None
        self.stepped: list[float] = []
        self.commands: list[str] = []
        self.news = asyncio.Event()

    def open(self, now_s: float) -> None:
        self.opened += 1
        self.news.set()
        if self.opened <= self.refuse:
            raise LinkLost("port line-1: no such device; is the adapter plugged in?")
        self.fds = os.pipe()

    def close(self) -> None:
        for fd in self.fds or ():
            os.close(fd)
        self.fds = None

    def read_fd(self) -> int | None:
        return self.fds[0] if self.fds else None

    def write_fd(self) -> int | None:
        return None

    def due_s(self) -> float | None:
        return self.due

    def on_readable(self, now_s: float) -> None:
        assert self.fds is not None
        data = os.read(self.fds[0], 100)
        if data == b"die":
            raise LinkLost("port line-1: unplugged")
        if data == b"bug":
            raise KeyError("bug")
        self.heard += data
        self.news.set()

    def on_writable(self, now_s: float) -> None:
        raise AssertionError("nothing to write")

    def step(self, now_s: float) -> None:
        self.stepped.append(now_s)
        self.news.set()
        self.due = None

    def handle(self, device: str, message: Message, now_s: float) -> None:
        self.commands.append(device)
        self.due = now_s + 0.01

    def say(self, data: bytes) -> None:
        assert self.fds is not None
        os.write(self.fds[1], data)


class Bench:
    """A runner, its port, and the events that tests wait for."""

    def __init__(self) -> None:
        self.port = PipePort()
        self.said: list[tuple[str, Message]] = []
        self.runner = PortRunner(
            self.port, lambda d, m: self.said.append((d, m)), asyncio.get_running_loop(), Guard()
        )

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                self.port.news.clear()
                await self.port.news.wait()


def run(body: Callable[[Bench], Awaitable[None]]) -> None:
    async def main() -> None:
        bench = Bench()
        try:
            await body(bench)
        finally:
            bench.runner.stop()

    asyncio.run(main())


def test_bytes_and_due_times_wake_the_port() -> None:
    async def body(bench: Bench) -> None:
        bench.runner.start()
        bench.port.say(b"hello")
        await bench.until(lambda: bench.port.heard == b"hello")
        assert bench.runner.handle("strip-1", DeviceHealth("ready"))
        await bench.until(lambda: len(bench.port.stepped) == 1)
        assert bench.port.commands == ["strip-1"]

    run(body)


@pytest.mark.parametrize("fault", [b"die", b"bug"])
def test_a_fault_tells_each_device_and_the_port_comes_back(
    fault: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outage, "BACKOFF_FIRST_S", 0.01)

    async def body(bench: Bench) -> None:
        bench.runner.start()
        bench.port.say(fault)
        await bench.until(lambda: bench.port.opened == 2)
        states = [(d, m.state, m.code) for d, m in bench.said if isinstance(m, DeviceHealth)]
        assert states == [("keypad-1", "lost", "port_lost"), ("strip-1", "lost", "port_lost")]
        bench.port.say(b"again")
        await bench.until(lambda: bench.port.heard == b"again")

    run(body)


def test_stop_is_final_and_safe_twice() -> None:
    async def body(bench: Bench) -> None:
        bench.runner.start()
        bench.runner.stop()
        bench.runner.stop()
        bench.runner.start()
        assert bench.port.opened == 1

    run(body)
