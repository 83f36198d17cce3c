"""Links on real ptys and real sockets: nothing waits, every error has a name, a cause and advice."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import socket
import subprocess
import sys
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.errors import DeviceError, LinkLost, Unplugged
from devices.links import Link, open_link


class Pty:
    """A pty behind a name; `master` is the far end."""

    def __init__(self, path: Path) -> None:
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        self.path = path
        path.symlink_to(os.ttyname(self.slave))

    def unplug(self) -> None:
        os.close(self.master)
        os.close(self.slave)
        self.path.unlink()


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Pty]:
    wire = Pty(tmp_path / "tty")
    yield wire
    if wire.path.is_symlink():
        wire.unplug()


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def url_of(server: socket.socket) -> str:
    return f"socket://127.0.0.1:{server.getsockname()[1]}"


def wait_readable(link: Link) -> None:
    assert select.select([link.fileno()], [], [], 5)[0]


def connected(server: socket.socket) -> tuple[Link, socket.socket]:
    link = open_link(url_of(server), 9600, name="tcp")
    far, _ = server.accept()
    assert select.select([], [link.fileno()], [], 5)[1]
    assert link.is_up()
    return link, far


@pytest.fixture(params=["pty", "socket"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Link, int]]:
    """Every kind of link with the descriptor of its far end."""
    if request.param == "pty":
        wire = Pty(tmp_path / "tty")
        link = open_link(str(wire.path), 9600, name="line")
        yield link, wire.master
        link.close()
        wire.unplug()
    else:
        with socket.create_server(("127.0.0.1", 0)) as server:
            link, far = connected(server)
            yield link, far.fileno()
            link.close()
            far.close()


def test_bytes_go_both_ways(both: tuple[Link, int]) -> None:
    link, far = both
    assert link.is_up()
    assert link.write(b"\xff\x68\x00\x0a\x0d\x11\x13\x03") == 8
    assert os.read(far, 100) == b"\xff\x68\x00\x0a\x0d\x11\x13\x03"
    os.write(far, b"\x00\x03\x04\x11\x13\x1a\xff")
    wait_readable(link)
    assert link.read() == b"\x00\x03\x04\x11\x13\x1a\xff"


def test_nothing_to_read_is_nothing_and_no_end(both: tuple[Link, int]) -> None:
    link, _ = both
    assert [link.read(), link.read()] == [b"", b""]


def test_a_full_link_takes_nothing_and_does_not_wait(both: tuple[Link, int]) -> None:
    link, far = both
    taken = 0
    while count := link.write(bytes(65536)):
        taken += count
    assert taken > 1000
    os.read(far, 65536)


def test_a_closed_link_says_so_and_closes_twice(both: tuple[Link, int]) -> None:
    link, _ = both
    link.close()
    link.close()
    for use in (link.fileno, link.read, lambda: link.write(b"x")):
        with pytest.raises(LinkLost, match=f"port {link.name} .*: closed"):
            use()


def test_what_the_far_end_does_not_take_can_be_thrown_away(wire: Pty) -> None:
    """Closing a real serial port waits up to half a minute for it."""
    link = open_link(str(wire.path), 9600, name="line")
    taken = 0
    while count := link.write(bytes(65536)):
        taken += count
    link.discard()
    os.set_blocking(wire.master, False)
    came = 0
    with contextlib.suppress(BlockingIOError):
        while data := os.read(wire.master, 65536):
            came += len(data)
    assert came < taken / 2, "what had not reached the far end yet is gone"
    link.close()
    link.discard()


def test_a_connection_has_nothing_to_throw_away(server: socket.socket) -> None:
    link, far = connected(server)
    link.discard()
    assert link.write(b"x") == 1
    link.close()
    far.close()


def test_an_unplugged_port_is_lost_on_reading_and_on_writing(wire: Pty) -> None:
    link = open_link(str(wire.path), 9600, name="line-3")
    wire.unplug()
    wait_readable(link)
    with pytest.raises(LinkLost, match=r"port line-3 .*opened again when it is back"):
        link.read()
    with pytest.raises(LinkLost, match=r"port line-3 .*Input/output error"):
        link.write(b"x")
    link.close()


def test_a_connection_that_ends_is_lost(server: socket.socket) -> None:
    link, far = connected(server)
    far.close()
    wait_readable(link)
    with pytest.raises(LinkLost, match=r"port tcp .*the far end is gone"):
        link.read()
    link.close()


def test_a_missing_port_names_port_url_cause_and_advice(tmp_path: Path) -> None:
    path = tmp_path / "not-there"
    with pytest.raises(LinkLost) as caught:
        open_link(str(path), 9600, name="line-3")
    assert str(caught.value) == (
        f"port line-3 ({path}): No such file or directory; "
        "no such port: check the cable, the adapter and the url"
    )
    assert isinstance(caught.value, OSError)
    assert isinstance(caught.value, DeviceError)


def test_a_file_is_no_port(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(LinkLost, match="port line-3"):
        open_link(str(path), 9600, name="line-3")


def test_the_second_taker_in_this_process_is_told_the_first(wire: Pty) -> None:
    link = open_link(str(wire.path), 9600, name="line-east")
    with pytest.raises(LinkLost, match=r"port line-west .*already used by port line-east"):
        open_link(os.ttyname(wire.slave), 9600, name="line-west")
    link.close()
    again = open_link(str(wire.path), 9600, name="line-west")
    again.close()


HOLD = """
import sys, serial
port = serial.Serial(sys.argv[1], 9600, exclusive=True)
print("held", flush=True)
sys.stdin.read()
"""


def test_the_second_taker_in_another_process_is_told_the_first(wire: Pty) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(wire.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LinkLost, match=f"port line-west .*already used by process {holder.pid}"):
            open_link(str(wire.path), 9600, name="line-west")
        holder.communicate()


def test_a_refused_connection_is_lost_with_advice(server: socket.socket) -> None:
    url = url_of(server)
    server.close()
    with pytest.raises(LinkLost, match=r"port tcp .*Connection refused; nobody listens there"):
        link = open_link(url, 9600, name="tcp")
        select.select([], [link.fileno()], [], 5)
        link.is_up()


def test_opening_a_connection_does_not_wait() -> None:
    """The queue of this listener is full, so that the connection stays under way."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        fillers = [open_link(url_of(server), 9600, name=f"filler-{at}") for at in range(4)]
        link = open_link(url_of(server), 9600, name="tcp")
        assert not link.is_up()
        assert link.read() == b""
        for each in [link, *fillers]:
            each.close()


def test_small_frames_of_a_connection_leave_at_once(server: socket.socket) -> None:
    link, far = connected(server)
    with socket.socket(fileno=os.dup(link.fileno())) as same:
        assert same.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    link.close()
    far.close()


def test_nobody_at_the_far_end_is_told_from_a_port_that_is_there_and_refuses(
    tmp_path: Path, wire: Pty
) -> None:
    for url in (tmp_path / "not-there", "socket://127.0.0.1:1"):
        with pytest.raises(Unplugged):
            link = open_link(str(url), 9600, name="line-3")
            select.select([], [link.fileno()], [], 5)
            link.is_up()
    (tmp_path / "file").touch()
    with pytest.raises(LinkLost, match="no serial port") as caught:
        open_link(str(tmp_path / "file"), 9600, name="line-3")
    assert not isinstance(caught.value, Unplugged)


def test_a_name_is_never_looked_up() -> None:
    """Whatever the name server does, it would stop every port of the node."""
    with pytest.raises(ValueError, match="a name in place of an address"):
        open_link("socket://printer.invalid:9100", 9600, name="line-3")


@pytest.mark.parametrize("url", ["socket://1.2.3.4", "socket://:9100", "udp://1.2.3.4:5", "rfc2217://host:1"])
def test_a_url_of_another_kind_is_a_callers_fault(url: str) -> None:
    with pytest.raises(ValueError, match="port line-3: url"):
        open_link(url, 9600, name="line-3")


def test_pyserial_is_loaded_only_when_a_serial_port_is_opened() -> None:
    code = "import sys, devices.links, devices.line; sys.exit('serial' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
