"""The far end of a wire as a pty: its name, its pace, its settings, and drivers that behave badly."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import serial

from simulators.wires.at import wire_at
from simulators.wires.framing import Framing
from simulators.wires.names import NameTaken
from simulators.wires.openings import holders
from simulators.wires.pty_wire import PtyWire


def port_at(path: Path, baud: int = 9600, **settings: Any) -> serial.Serial:
    return serial.Serial(str(path), baud, timeout=0, **settings)


def descriptors() -> list[str]:
    """What this process holds open."""
    return [os.path.realpath(path).rpartition("/")[2] for path in Path("/proc/self/fd").iterdir()]


Scenario = Callable[[PtyWire], Any]


@pytest.fixture
def on_pty(tmp_path: Path, heard: Any) -> Callable[..., None]:
    """Runs a scenario with a wire at tmp_path / "line" that `heard` hears."""

    def run(scenario: Scenario, framing: Framing = Framing(), **settings: Any) -> None:
        async def whole() -> None:
            wire = PtyWire(tmp_path / "line", heard, framing, **settings)
            wire.plug_in()
            try:
                await scenario(wire)
            finally:
                wire.unplug()
                wire.unplug()

        asyncio.run(whole())
        assert not (tmp_path / "line").is_symlink()

    return run


@pytest.mark.parametrize("paced", [True, False])
def test_bytes_go_both_ways_unchanged(on_pty: Any, tmp_path: Path, heard: Any, paced: bool) -> None:
    async def scenario(wire: PtyWire) -> None:
        every = bytes(range(256))
        with port_at(tmp_path / "line", 115200) as port:
            port.write(every)
            assert await heard.until(256) == every
            wire.send(every)
            assert await heard.read(port.fileno(), 256) == every
        assert (wire.heard_bytes, wire.said_bytes, wire.lost_bytes) == (256, 256, 0)

    on_pty(scenario, Framing(115200), paced=paced)


def test_a_paced_wire_takes_its_time_both_ways(on_pty: Any, tmp_path: Path, heard: Any) -> None:
    async def scenario(wire: PtyWire) -> None:
        loop = asyncio.get_running_loop()
        with port_at(tmp_path / "line") as port:
            start_s = loop.time()
            port.write(bytes(96))
            await heard.until(96)
            there_s = loop.time()
            wire.send(bytes(96))
            assert wire.is_sending
            await heard.read(port.fileno(), 96)
            assert there_s - start_s >= 0.099
            assert loop.time() - there_s >= 0.099
            assert not wire.is_sending

    on_pty(scenario)


def taken(wire: PtyWire) -> int:
    """Bytes read from the driver: arrived, and still on their way."""
    return wire.heard_bytes + len(wire._air.inwards.pending)


def test_a_hasty_driver_is_not_read_ahead_of_the_wire(on_pty: Any, tmp_path: Path, heard: Any) -> None:
    """What it writes waits in its own queue: no more than a quarter of a second of it is under way."""

    async def scenario(wire: PtyWire) -> None:
        with port_at(tmp_path / "line") as port:
            assert port.write(bytes(2000)) == 2000
            await heard.until(1)
            assert taken(wire) <= 240 + 16
            await heard.until(300)
            assert 300 <= taken(wire) < 1000

    on_pty(scenario)


def test_a_driver_may_come_and_go(on_pty: Any, tmp_path: Path, heard: Any) -> None:
    counts: list[int] = []

    async def scenario(wire: PtyWire) -> None:
        wire.on_open = counts.append
        for count in (1, 2, 3):
            with port_at(tmp_path / "line") as port:
                port.write(b"x")
                await heard.until(count)

    on_pty(scenario, paced=False)
    assert counts[:5] == [1, 0, 1, 0, 1]


def test_what_is_said_while_nobody_is_there_or_was_not_read_is_gone(
    on_pty: Any, tmp_path: Path, heard: Any
) -> None:
    """As on a real wire; a pty by itself would hand it to the next driver."""

    async def scenario(wire: PtyWire) -> None:
        crossed: asyncio.Queue[bytes] = asyncio.Queue()
        wire.send(b"into the air", crossed.put_nowait)
        await asyncio.wait_for(crossed.get(), 5)
        assert wire.lost_bytes == 12
        terminal = os.open(tmp_path / "line", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        wire.send(b"not read", crossed.put_nowait)
        await asyncio.wait_for(crossed.get(), 5)
        assert wire.said_bytes == 8
        os.close(terminal)
        terminal = os.open(tmp_path / "line", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        wire.send(b"read", crossed.put_nowait)
        assert await heard.read(terminal, 4) == b"read"
        os.close(terminal)

    on_pty(scenario, paced=False)


def test_a_frame_broken_off_by_its_driver_is_heard_as_far_as_it_came(
    on_pty: Any, tmp_path: Path, heard: Any
) -> None:
    async def scenario(wire: PtyWire) -> None:
        with port_at(tmp_path / "line") as port:
            port.write(b"\xff\x68\x03")
        with port_at(tmp_path / "line") as port:
            port.write(b"whole")
            assert await heard.until(8) == b"\xff\x68\x03whole"

    on_pty(scenario)


def test_what_nobody_reads_is_lost_and_counted(on_pty: Any, tmp_path: Path, heard: Any) -> None:
    """The driver holds its port open and never reads."""

    async def scenario(wire: PtyWire) -> None:
        crossed: asyncio.Queue[bytes] = asyncio.Queue()
        with port_at(tmp_path / "line") as port:
            for _ in range(50):
                wire.send(bytes(4000), crossed.put_nowait)
                await asyncio.wait_for(crossed.get(), 5)
            assert wire.lost_bytes > 0
            assert wire.lost_bytes + wire.said_bytes == 200_000
            port.write(b"x")
            assert await heard.until(1) == b"x"

    on_pty(scenario, paced=False)


@pytest.mark.parametrize(
    ("theirs", "set_back", "framing"),
    [
        ({"baud": 19200}, {"baudrate": 9600}, Framing(19200)),
        ({"baud": 250_000}, {"baudrate": 9600}, Framing(250_000)),
    ],
)
def test_a_wrong_baud_rate_makes_rubbish_and_is_known(
    on_pty: Any, tmp_path: Path, heard: Any, theirs: Any, set_back: Any, framing: Framing
) -> None:
    async def scenario(wire: PtyWire) -> None:
        with port_at(tmp_path / "line", **theirs) as port:
            port.write(b"hello")
            assert await heard.until(5) != b"hello"
            assert wire.strange == framing
            wire.send(b"hello")
            assert b"hello" not in await heard.read(port.fileno(), 5)
            port.apply_settings(set_back)
            port.write(b"hello")
            assert (await heard.until(10))[5:] == b"hello"
            assert wire.strange is None

    on_pty(scenario, paced=False)


def test_wrong_stop_bits_are_known_and_bytes_come_across(on_pty: Any, tmp_path: Path, heard: Any) -> None:
    told: list[Framing | None] = []

    async def scenario(wire: PtyWire) -> None:
        wire.on_strange = lambda: told.append(wire.strange)
        with port_at(tmp_path / "line", stopbits=2) as port:
            port.write(b"hello")
            assert await heard.until(5) == b"hello"
            port.stopbits = 1
            port.write(b"again")
            await heard.until(10)

    on_pty(scenario, paced=False)
    assert told == [Framing(stop_bits=2), None]


def test_a_driver_that_sets_nothing_finds_the_lines_own_settings(on_pty: Any, tmp_path: Path) -> None:
    async def scenario(wire: PtyWire) -> None:
        out = await asyncio.to_thread(
            subprocess.run,
            ["stty", "-F", str(tmp_path / "line"), "-a"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert "speed 19200 baud" in out.stdout
        assert " cstopb" in out.stdout

    on_pty(scenario, Framing(19200, stop_bits=2))


def test_unplugged_and_plugged_in_again_under_both_names(on_pty: Any, tmp_path: Path, heard: Any) -> None:
    async def scenario(wire: PtyWire) -> None:
        port = port_at(tmp_path / "line")
        wire.unplug()
        assert not wire.is_plugged
        assert not (tmp_path / "line").is_symlink()
        with pytest.raises(OSError, match=r"readiness to read|Input/output error"):
            port.read(1)
        port.close()
        wire.send(b"into the air")
        for name in ("line", "other"):
            wire.plug_in(str(tmp_path / name))
            with port_at(tmp_path / name) as port:
                port.write(b"x")
                await heard.until(1)
            heard.data = b""
        assert wire.url == str(tmp_path / "other")

    on_pty(scenario, paced=False)
    assert not (tmp_path / "other").is_symlink()


def test_a_name_left_over_is_replaced(on_pty: Any, tmp_path: Path, heard: Any) -> None:
    (tmp_path / "line").symlink_to("/dev/pts/nowhere")

    async def scenario(wire: PtyWire) -> None:
        with port_at(tmp_path / "line") as port:
            port.write(b"x")
            assert await heard.until(1) == b"x"

    on_pty(scenario, paced=False)


def test_the_name_of_a_living_twin_is_not_taken(on_pty: Any, tmp_path: Path, heard: Any) -> None:
    async def scenario(wire: PtyWire) -> None:
        with pytest.raises(NameTaken, match="is the name of another living twin: choose another name"):
            PtyWire(tmp_path / "line", heard).plug_in()
        with port_at(tmp_path / "line") as port:
            port.write(b"x")
            assert await heard.until(1) == b"x"

    on_pty(scenario, paced=False)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("file", "is there already and no twin's name"),
        ("file/line", "cannot be made: (File exists|Not a directory)"),
    ],
)
def test_a_name_that_cannot_be_had_is_said(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "file").write_text("precious")

    async def whole() -> None:
        before = len(descriptors())
        with pytest.raises(NameTaken, match=says):
            PtyWire(tmp_path / name, lambda data: None).plug_in()
        assert len(descriptors()) == before

    asyncio.run(whole())
    assert (tmp_path / "file").read_text() == "precious"


def own_name() -> str:
    return Path("/proc/self/comm").read_text(encoding="utf-8").strip()


def test_two_openings_in_one_instant_keep_no_bytes_back(on_pty: Any, tmp_path: Path, heard: Any) -> None:
    """The kernel may tell them as one, and the first closing then looks like the last."""

    async def scenario(wire: PtyWire) -> None:
        with port_at(tmp_path / "line") as port:
            port_at(tmp_path / "line").close()
            port_at(tmp_path / "line").close()
            with port_at(tmp_path / "line"):
                pass
            await asyncio.sleep(0)
            wire.send(b"answer")
            assert await heard.read(port.fileno(), 6) == b"answer"

    on_pty(scenario, paced=False)


STRANGER = """
import os, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
os.write(fd, b"two")
sys.stdin.read()
"""


def test_two_programs_on_one_pty_are_both_heard_and_counted(on_pty: Any, tmp_path: Path, heard: Any) -> None:
    counts: list[int] = []

    async def scenario(wire: PtyWire) -> None:
        wire.on_open = counts.append
        with port_at(tmp_path / "line") as port:
            port.write(b"one")
            await heard.until(3)
            assert holders(os.path.realpath(tmp_path / "line")) == [f"{os.getpid()} ({own_name()})"]
            other = await asyncio.create_subprocess_exec(
                sys.executable, "-c", STRANGER, str(tmp_path / "line"), stdin=asyncio.subprocess.PIPE
            )
            assert await heard.until(6) == b"onetwo"
            assert counts[-1] == 2
            who = holders(os.path.realpath(tmp_path / "line"))
            assert {one.partition(" ")[0] for one in who} == {str(os.getpid()), str(other.pid)}
            wire.send(b"answer")
            assert other.stdin is not None
            other.stdin.close()
            await asyncio.wait_for(other.wait(), 10)
            port.write(b"three")
            await heard.until(11)

    on_pty(scenario, paced=False)
    assert counts == [1, 2, 1, 0] or counts == [1, 2, 1]


def test_the_kernel_is_asked_with_one_descriptor_however_many_wires(tmp_path: Path) -> None:
    async def whole() -> None:
        wires = [PtyWire(tmp_path / f"line-{at}", lambda data: None) for at in range(5)]
        for wire in wires:
            wire.plug_in()
        assert descriptors().count("anon_inode:inotify") == 1
        for wire in wires:
            wire.unplug()
        assert "anon_inode:inotify" not in descriptors()

    asyncio.run(whole())


def test_a_path_is_a_pty(tmp_path: Path) -> None:
    assert isinstance(wire_at(tmp_path / "line", lambda data: None), PtyWire)
