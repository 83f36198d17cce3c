"""The far end of a wire: a pty or a TCP port that keeps its name, its pace and its baud rate."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import serial

from simulators.wire import PtyWire, TcpWire, wire_at


class Heard:
    """What came over the wire, and someone to wait for it."""

    def __init__(self) -> None:
        self.data = b""
        self._changed = asyncio.Event()

    def __call__(self, data: bytes) -> None:
        self.data += data
        self._changed.set()

    async def until(self, count: int) -> bytes:
        async with asyncio.timeout(5):
            while len(self.data) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.data


async def read_of(fd: int, count: int) -> bytes:
    """`count` bytes from a descriptor, as the loop delivers them."""
    heard = Heard()
    loop = asyncio.get_running_loop()
    loop.add_reader(fd, lambda: heard(os.read(fd, 4096)))
    try:
        return await heard.until(count)
    finally:
        loop.remove_reader(fd)


def port_at(path: Path, baud: int = 9600) -> serial.Serial:
    return serial.Serial(str(path), baud, timeout=0, exclusive=True)


Scenario = Callable[[PtyWire, Heard], Any]


def on_pty(path: Path, scenario: Scenario, **settings: Any) -> None:
    async def whole() -> None:
        heard = Heard()
        wire = PtyWire(path, heard, **settings)
        await wire.start()
        try:
            await scenario(wire, heard)
        finally:
            await wire.stop()
            await wire.stop()

    asyncio.run(whole())
    assert not path.is_symlink()


@pytest.mark.parametrize("paced", [True, False])
def test_bytes_go_both_ways_unchanged(tmp_path: Path, paced: bool) -> None:
    async def scenario(wire: PtyWire, heard: Heard) -> None:
        every = bytes(range(256))
        with port_at(tmp_path / "line", 115200) as port:
            port.write(every)
            assert await heard.until(256) == every
            wire.send(every)
            assert await read_of(port.fileno(), 256) == every
        assert (wire.heard_bytes, wire.said_bytes, wire.lost_bytes) == (256, 256, 0)

    on_pty(tmp_path / "line", scenario, paced=paced, baud=115200)


def test_a_paced_wire_takes_its_time_both_ways(tmp_path: Path) -> None:
    async def scenario(wire: PtyWire, heard: Heard) -> None:
        loop = asyncio.get_running_loop()
        with port_at(tmp_path / "line") as port:
            start_s = loop.time()
            port.write(bytes(96))
            await heard.until(96)
            there_s = loop.time()
            wire.send(bytes(96))
            assert wire.is_sending
            await read_of(port.fileno(), 96)
            assert there_s - start_s >= 0.099
            assert loop.time() - there_s >= 0.09
            assert not wire.is_sending

    on_pty(tmp_path / "line", scenario)


def test_a_driver_may_come_and_go(tmp_path: Path) -> None:
    async def scenario(wire: PtyWire, heard: Heard) -> None:
        for count in (1, 2, 3):
            with port_at(tmp_path / "line") as port:
                port.write(b"x")
                await heard.until(count)

    on_pty(tmp_path / "line", scenario, paced=False)


def test_a_wrong_baud_rate_makes_rubbish_and_is_known(tmp_path: Path) -> None:
    async def scenario(wire: PtyWire, heard: Heard) -> None:
        with port_at(tmp_path / "line", 19200) as port:
            port.write(b"hello")
            assert await heard.until(5) != b"hello"
            assert wire.wrong_baud == 19200
            wire.send(b"hello")
            assert b"hello" not in await read_of(port.fileno(), 5)
            port.baudrate = 9600
            port.write(b"hello")
            assert (await heard.until(10))[5:] == b"hello"
            assert wire.wrong_baud is None

    on_pty(tmp_path / "line", scenario, paced=False)


def test_unplugged_and_plugged_in_again_under_both_names(tmp_path: Path) -> None:
    async def scenario(wire: PtyWire, heard: Heard) -> None:
        port = port_at(tmp_path / "line")
        wire.unplug()
        assert not wire.is_plugged
        assert not (tmp_path / "line").is_symlink()
        with pytest.raises(OSError, match=r"readiness to read|Input/output error"):
            port.read(1)
        port.close()
        wire.send(b"into the air")
        for name in ("line", "other"):
            await wire.replug(tmp_path / name)
            with port_at(tmp_path / name) as port:
                port.write(b"x")
                await heard.until(1)
            heard.data = b""
        assert wire.url == str(tmp_path / "other")

    on_pty(tmp_path / "line", scenario, paced=False)
    assert not (tmp_path / "other").is_symlink()


def test_a_name_left_over_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "line").symlink_to("/dev/pts/nowhere")

    async def scenario(wire: PtyWire, heard: Heard) -> None:
        with port_at(tmp_path / "line") as port:
            port.write(b"x")
            assert await heard.until(1) == b"x"

    on_pty(tmp_path / "line", scenario, paced=False)


def test_what_nobody_reads_is_lost_and_counted(tmp_path: Path) -> None:
    async def scenario(wire: PtyWire, heard: Heard) -> None:
        with port_at(tmp_path / "line") as port:
            wire.send(bytes(200_000))
            await read_of(port.fileno(), 1000)
            async with asyncio.timeout(5):
                while wire.is_sending:
                    port.write(b"x")
                    await heard.until(len(heard.data) + 1)
        assert wire.lost_bytes > 0
        assert wire.lost_bytes + wire.said_bytes == 200_000

    on_pty(tmp_path / "line", scenario, paced=False)


def test_two_at_once_spoil_each_other(tmp_path: Path) -> None:
    async def scenario(wire: PtyWire, heard: Heard) -> None:
        with port_at(tmp_path / "line") as port:
            wire.send(b"\xf0\xf0")
            wire.send_over(b"\x3c\x3c\x3c")
            assert await read_of(port.fileno(), 3) == b"\x30\x30\x3c"

    on_pty(tmp_path / "line", scenario, paced=False)


def test_a_tcp_wire_serves_one_driver_at_a_time() -> None:
    async def whole() -> None:
        heard = Heard()
        wire = wire_at("socket://127.0.0.1:0", heard, paced=False)
        assert isinstance(wire, TcpWire)
        await wire.start()
        port = int(wire.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"one")
        assert await heard.until(3) == b"one"
        second, second_writer = await asyncio.open_connection("127.0.0.1", port)
        assert await second.read() == b""
        second_writer.close()
        wire.send(b"answer")
        assert await reader.readexactly(6) == b"answer"
        wire.unplug()
        assert await reader.read() == b""
        writer.close()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        await wire.replug()
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"two")
        assert await heard.until(6) == b"onetwo"
        writer.close()
        await wire.stop()
        await wire.stop()

    asyncio.run(whole())


def test_a_path_is_a_pty(tmp_path: Path) -> None:
    assert isinstance(wire_at(tmp_path / "line", lambda data: None), PtyWire)
