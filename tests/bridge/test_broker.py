"""Brokers of our own: they start, say plainly why not, stay on loopback, and die with us."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge import broker as broker_module
from edge.broker import BrokerFailed, RunningBroker, start_broker, tied

CONNECT = b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x0a\x00\x02hi"
CONNACK = b"\x20\x02\x00\x00"


def answer(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), 5) as sock:
        sock.sendall(CONNECT)
        return sock.recv(4)


def listeners(port: int) -> set[str]:
    """Local addresses, in the kernel's hexadecimal, that listen on a port."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for row in Path(table).read_text().splitlines()[1:]:
            local, state = row.split()[1], row.split()[3]
            if state == "0A" and int(local.rpartition(":")[2], 16) == port:
                found.add(local.partition(":")[0])
    return found


def test_it_answers_as_soon_as_it_is_there_and_is_gone_when_stopped(any_broker: RunningBroker) -> None:
    assert answer(any_broker.port) == CONNACK
    assert any_broker.alive
    any_broker.stop()
    any_broker.stop()
    assert not any_broker.alive
    with pytest.raises(ConnectionRefusedError):
        answer(any_broker.port)


def test_it_listens_on_loopback_alone(any_broker: RunningBroker) -> None:
    assert listeners(any_broker.port) == {"0100007F"}


def test_a_port_in_use_is_said_with_its_number(any_broker: RunningBroker) -> None:
    with pytest.raises(BrokerFailed, match=f"port {any_broker.port} is in use: stop the program"):
        start_broker(any_broker.port, any_broker.kind)
    assert answer(any_broker.port) == CONNACK


def test_a_port_taken_at_the_last_moment_is_said_too(
    any_broker: RunningBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker itself fails to bind; another free port is tried where we may choose it."""
    monkeypatch.setattr(broker_module, "_check_port", lambda _port: None)
    with pytest.raises(BrokerFailed, match=f"port {any_broker.port} is in use"):
        start_broker(any_broker.port, any_broker.kind)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    ports = iter([any_broker.port, free])
    monkeypatch.setattr(broker_module, "_free_port", lambda: next(ports))
    with start_broker(0, any_broker.kind) as second:
        assert second.port == free


def test_a_broker_that_ends_at_once_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker_module, "_MOSQUITTO", "no_such_word true\n")
    monkeypatch.setattr(broker_module, "_EXECUTABLES", ("/bin/sh",))
    with pytest.raises(BrokerFailed, match=r"mosquitto broker ended at once: .+"):
        start_broker(kind="mosquitto")


def test_no_mosquitto_is_said_plainly_and_auto_takes_the_embedded_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(broker_module, "_EXECUTABLES", ("no-such-program",))
    with pytest.raises(BrokerFailed, match="Mosquitto is not installed"):
        start_broker(kind="mosquitto")
    with start_broker() as broker:
        assert broker.kind == "embedded"
        assert answer(broker.port) == CONNACK


@pytest.fixture()
def parent(any_broker: RunningBroker) -> Iterator[subprocess.Popen[str]]:
    """Another process that has started a broker of the same kind, and says its pid and port."""
    code = (
        "import sys, time\n"
        "from edge.broker import start_broker\n"
        f"broker = start_broker(kind={any_broker.kind!r})\n"
        "print(broker.pid, broker.port, flush=True)\n"
        "sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield process
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream:
            stream.close()


def test_a_broker_dies_with_the_process_that_started_it(parent: subprocess.Popen[str]) -> None:
    assert parent.stdout
    pid, port = (int(word) for word in parent.stdout.readline().split())
    assert answer(port) == CONNACK
    process = os.pidfd_open(pid)
    parent.kill()
    assert select.select([process], [], [], 10) == ([process], [], [])  # readable once it has ended
    os.close(process)
    with pytest.raises(ConnectionRefusedError):
        answer(port)


def test_a_tied_command_does_not_start_when_its_parent_is_gone_already() -> None:
    command = tied(["/bin/echo", "started"])
    command[command.index(str(os.getpid()))] = "999999999"
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "the parent is gone" in done.stderr


def test_a_tied_command_is_the_command_itself() -> None:
    done = subprocess.run(tied(["/bin/echo", "started", "$HOME"]), capture_output=True, text=True, check=True)
    assert done.stdout == "started $HOME\n"


def test_the_last_lines_it_says_are_kept(mosquitto: RunningBroker) -> None:
    for number in range(30):
        with socket.create_connection(("127.0.0.1", mosquitto.port), 5) as sock:
            sock.sendall(b"\x10\x00" + bytes([number]))
            with contextlib.suppress(ConnectionResetError):
                sock.recv(1)
    assert answer(mosquitto.port) == CONNACK
    assert 1 <= len(mosquitto.log) <= 50
