"""Drives a port as the node's loop does, so that driver and twin meet on a real wire inside one test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from devices.base import Message, Port
from devices.errors import LinkLost
from devices.framing import Framer, Splitter


class PortPump:
    """One port on the running loop. `events` holds what its devices said, `lost` why the port went."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Message]] = []
        self.lost: LinkLost | None = None
        self.port: Port | None = None
        self._watched: tuple[int | None, int | None] = (None, None)
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: list[tuple[Callable[[], object], asyncio.Future[None]]] = []

    def emit(self, device: str, message: Message) -> None:
        self.events.append((device, message))
        self._notice()

    def said(self, device: str, kind: type[Any] | None = None) -> list[Any]:
        """What a device said, in order; of one kind, or of any."""
        return [
            each for name, each in self.events if name == device and (kind is None or isinstance(each, kind))
        ]

    def drive(self, port: Port) -> None:
        """Open the port and keep it going until `stop`."""
        self.port = port
        self.lost = None
        self._call(lambda now_s: port.open(now_s))

    def handle(self, device: str, message: Message) -> None:
        port = self.port
        assert port is not None
        self._call(lambda now_s: port.handle(device, message, now_s))

    def stop(self) -> None:
        self._unwatch()
        if self.port is not None:
            self.port.close()

    async def until(self, predicate: Callable[[], object], timeout_s: float = 5.0) -> None:
        """Wait until something that happened on the port makes `predicate()` true."""
        if predicate():
            return
        entry = (predicate, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        try:
            async with asyncio.timeout(timeout_s):
                await entry[1]
        except TimeoutError:
            raise AssertionError(f"still waiting after {timeout_s} s; said so far: {self.events}") from None
        finally:
            self._waiting.remove(entry)

    async def __aenter__(self) -> PortPump:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.stop()

    def _call(self, work: Callable[[float], None]) -> None:
        assert self.port is not None
        try:
            work(asyncio.get_running_loop().time())
        except LinkLost as error:
            self.lost = error
            self._unwatch()
            self.port.close()
        else:
            self._watch()
        self._notice()

    def _watch(self) -> None:
        port, loop = self.port, asyncio.get_running_loop()
        assert port is not None
        self._unwatch()
        self._watched = (port.read_fd(), port.write_fd())
        read_fd, write_fd = self._watched
        if read_fd is not None:
            loop.add_reader(read_fd, self._call, port.on_readable)
        if write_fd is not None:
            loop.add_writer(write_fd, self._call, port.on_writable)
        due_s = port.due_s()
        if due_s is not None:
            self._timer = loop.call_at(due_s, self._call, port.step)

    def _unwatch(self) -> None:
        loop = asyncio.get_running_loop()
        read_fd, write_fd = self._watched
        if read_fd is not None:
            loop.remove_reader(read_fd)
        if write_fd is not None:
            loop.remove_writer(write_fd)
        self._watched = (None, None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _notice(self) -> None:
        for predicate, future in list(self._waiting):
            if not future.done() and predicate():
                future.set_result(None)


@pytest.fixture
def pump() -> PortPump:
    """A pump for one port; `async with pump:` stops it in the end."""
    return PortPump()


GOLDEN = Path(__file__).parent.parent / "golden"


class Exchange(NamedTuple):
    """One line of a golden file: who speaks, and the bytes."""

    from_host: bool
    data: bytes


def read_golden(name: str) -> list[Exchange]:
    """`name` is kind/dialect/file, without ".hex". The first line must say where the bytes come from."""
    first, *lines = (GOLDEN / f"{name}.hex").read_text(encoding="utf-8").splitlines()
    assert first.startswith("# "), f"{name} does not say where it comes from"
    return [Exchange(line.startswith(">"), bytes.fromhex(line[1:])) for line in lines]


@pytest.fixture
def golden() -> Callable[[str], list[Exchange]]:
    return read_golden


WAYS = ("whole", "byte by byte", "joined", "with a tail", "after rubbish", "between halves of others")


@pytest.fixture(params=WAYS)
def arriving(request: pytest.FixtureRequest) -> Callable[[Framer, bytes], list[bytes]]:
    """How a frame arrives: `arriving(framer, frame)` are the frames that came out, the last of them it."""
    way: str = request.param

    def arrive(framer: Framer, frame: bytes) -> list[bytes]:
        splitter = Splitter([framer])
        arrivals = {
            "whole": [frame],
            "byte by byte": [bytes([byte]) for byte in frame],
            "joined": [frame + frame],
            "with a tail": [frame + frame[:2]],
            "after rubbish": [b"\x00\xff\xa0\x13" + frame],
            "between halves of others": [frame[:-1] + frame, frame[1:]],
        }[way]
        pieces = [piece.frame for data in arrivals for piece in splitter.feed(data)]
        assert pieces == [frame] * (2 if way == "joined" else 1)
        return pieces

    return arrive
