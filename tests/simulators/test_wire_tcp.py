"""The far end of a wire as a TCP port, plain or with RFC 2217's settings; pyserial is the driver."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import serial
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.wires.at import AnyWire, wire_at
from simulators.wires.framing import Framing
from simulators.wires.names import NameTaken
from simulators.wires.rfc2217_wire import Rfc2217Wire
from simulators.wires.tcp_wire import UNREAD_MAX_BYTES, TcpWire

LOOPBACK = "127.0.0.1"
PLAIN = {"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1}


def on_tcp(scheme: str, heard: Any, scenario: Callable[[Any], Any], **settings: Any) -> None:
    async def whole() -> None:
        wire = wire_at(f"{scheme}://{LOOPBACK}:0", heard, **settings)
        wire.plug_in()
        try:
            await scenario(wire)
        finally:
            wire.unplug()
            wire.unplug()

    asyncio.run(whole())


def port_of(wire: AnyWire) -> int:
    return int(wire.url.rpartition(":")[2])


async def opened(wire: AnyWire, **settings: Any) -> serial.SerialBase:
    """A driver's own end, as pyserial opens it."""
    return await asyncio.to_thread(serial.serial_for_url, wire.url, timeout=10, **settings)


def test_a_tcp_wire_serves_one_driver_at_a_time(heard: Any) -> None:
    async def scenario(wire: TcpWire) -> None:
        port = port_of(wire)
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        writer.write(b"one")
        assert await heard.until(3) == b"one"
        second, second_writer = await asyncio.open_connection(LOOPBACK, port)
        assert await second.read() == b""
        second_writer.close()
        wire.send(b"answer")
        assert await reader.readexactly(6) == b"answer"
        wire.unplug()
        assert await reader.read() == b""
        writer.close()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(LOOPBACK, port)
        wire.plug_in()
        _, writer = await asyncio.open_connection(LOOPBACK, port)
        writer.write(b"two")
        assert await heard.until(6) == b"onetwo"
        writer.close()

    on_tcp("socket", heard, scenario, paced=False)


def test_a_driver_may_come_and_go_in_mid_frame(heard: Any) -> None:
    counts: asyncio.Queue[int] = asyncio.Queue()

    async def scenario(wire: TcpWire) -> None:
        wire.on_open = counts.put_nowait
        for at in range(1, 4):
            _, writer = await asyncio.open_connection(LOOPBACK, port_of(wire))
            writer.write(b"\xff\x68")
            assert await counts.get() == 1
            await heard.until(2 * at)
            writer.close()
            assert await counts.get() == 0

    on_tcp("socket", heard, scenario)


def test_plugged_in_again_at_another_port(heard: Any) -> None:
    async def scenario(wire: TcpWire) -> None:
        before = wire.url
        with pytest.raises(NameTaken, match=r"cannot be served: .*; choose another port"):
            wire_at(before, heard).plug_in()
        wire.plug_in(f"{wire.scheme}://{LOOPBACK}:0")
        assert wire.url != before
        _, writer = await asyncio.open_connection(LOOPBACK, port_of(wire))
        writer.write(b"here")
        await heard.until(4)
        writer.close()

    on_tcp("socket", heard, scenario, paced=False)


def test_a_driver_that_never_reads_costs_bounded_memory(heard: Any) -> None:
    async def scenario(wire: TcpWire) -> None:
        crossed: asyncio.Queue[bytes] = asyncio.Queue()
        reader, writer = await asyncio.open_connection(LOOPBACK, port_of(wire))
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(b"x")
        await heard.until(1)
        said = 0
        while wire.lost_bytes == 0:
            wire.send(bytes(4000), crossed.put_nowait)
            await asyncio.wait_for(crossed.get(), 5)
            said += 4000
            assert said < 100_000_000
        assert wire._client is not None
        assert wire._client.get_write_buffer_size() <= UNREAD_MAX_BYTES + 4000
        writer.write(b"y")
        assert await heard.until(2) == b"xy"
        writer.close()

    on_tcp("socket", heard, scenario, paced=False)


def test_a_hasty_tcp_driver_waits_at_its_own_end(heard: Any) -> None:
    async def scenario(wire: TcpWire) -> None:
        _, writer = await asyncio.open_connection(LOOPBACK, port_of(wire))
        writer.write(bytes(8_000_000))
        await heard.until(300)
        assert wire.heard_bytes + len(wire._air.inwards.pending) < 1_000_000
        writer.transport.abort()

    on_tcp("socket", heard, scenario)


@pytest.mark.parametrize("scheme", ["socket", "rfc2217"])
def test_every_byte_goes_both_ways_unchanged(heard: Any, scheme: str) -> None:
    async def scenario(wire: AnyWire) -> None:
        every = bytes(range(256)) + b"\xff\xff\xff\xfa\xf0"
        port = await opened(wire, baudrate=9600)
        await asyncio.to_thread(port.write, every)
        assert await heard.until(len(every)) == every
        wire.send(every)
        assert await asyncio.to_thread(port.read, len(every)) == every
        await asyncio.to_thread(port.close)

    on_tcp(scheme, heard, scenario, paced=False)


@pytest.mark.parametrize(
    ("theirs", "strange", "reads"),
    [
        ({"baudrate": 9600}, None, True),
        ({"baudrate": 19200}, Framing(19200), False),
        ({"baudrate": 9600, "parity": "E"}, Framing(parity="E"), False),
        ({"baudrate": 9600, "bytesize": 7, "parity": "O"}, Framing(9600, 7, "O"), False),
        ({"baudrate": 9600, "stopbits": 2}, Framing(stop_bits=2), True),
    ],
)
def test_rfc2217_shows_what_a_driver_has_set(
    heard: Any, theirs: Any, strange: Framing | None, reads: bool
) -> None:
    async def scenario(wire: Rfc2217Wire) -> None:
        port = await opened(wire, **theirs)
        await asyncio.to_thread(port.write, b"hello")
        assert (await heard.until(5) == b"hello") is reads
        assert wire.strange == strange
        await asyncio.to_thread(port.apply_settings, PLAIN)
        await asyncio.to_thread(port.write, b"hello")
        assert (await heard.until(10))[5:] == b"hello"
        assert wire.strange is None
        await asyncio.to_thread(port.close)

    on_tcp("rfc2217", heard, scenario, paced=False)


def test_an_rfc2217_line_that_has_parity_itself_wants_it(heard: Any) -> None:
    async def scenario(wire: Rfc2217Wire) -> None:
        port = await opened(wire, baudrate=9600, parity="E")
        await asyncio.to_thread(port.write, b"hello")
        assert await heard.until(5) == b"hello"
        await asyncio.to_thread(port.close)

    on_tcp("rfc2217", heard, scenario, framing=Framing(parity="E"), paced=False)


@pytest.mark.parametrize(
    "rubbish",
    [
        b"\xff\xf0",  # the end of an option that never began
        b"\xff\xfa\x2c\x01\x00\xff\xf0",  # a baud rate of one byte
        b"\xff\xfa\x2c\x03\xc8\xff\xf0",  # a parity that there is not
        b"\xff\xfa\x2c" + bytes(100),  # an option without end
    ],
)
def test_who_speaks_no_rfc2217_is_seen_off_and_the_next_is_welcome(heard: Any, rubbish: bytes) -> None:
    async def scenario(wire: Rfc2217Wire) -> None:
        reader, writer = await asyncio.open_connection(LOOPBACK, port_of(wire))
        writer.write(rubbish)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(100_000)
        writer.close()
        port = await opened(wire, baudrate=9600)
        await asyncio.to_thread(port.write, b"hello")
        assert await heard.until(5) == b"hello"
        await asyncio.to_thread(port.close)

    on_tcp("rfc2217", heard, scenario, paced=False)


class Pipe(asyncio.Transport):
    """A connection that keeps nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.is_gone = False

    def write(self, data: object) -> None:
        pass

    def abort(self) -> None:
        self.is_gone = True

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0


@settings(deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([b"\xff\xfa\x2c", b"\xff\xf0"]))))
def test_any_bytes_are_bytes_or_rfc2217_or_the_end(pieces: list[bytes]) -> None:
    async def whole() -> None:
        wire = Rfc2217Wire(f"rfc2217://{LOOPBACK}:0", lambda data: None, paced=False)
        wire.plug_in()
        pipe = Pipe()
        assert wire.came_in(pipe)
        for piece in pieces:
            if not pipe.is_gone:
                wire.came(piece)
        wire.unplug()

    asyncio.run(whole())
