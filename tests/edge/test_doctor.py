"""`hall doctor` on a real machine: real terminals, a real Mosquitto, real files, a node that runs."""

from __future__ import annotations

import os
import pty
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import pytest
import serial

from edge import broker as broker_module
from edge import damage, store
from edge.broker import RunningBroker
from edge.cli import run as hall
from edge.doctor import hall as doctors_hall

NOBODY = 65_534
SITE = """
[site]
id = "small"
name = "便民服务站"
coordinator = "hall"

[broker]
{broker}

[[queues]]
id = "social"
name = "社保"
prefix = "A"

[[services]]
id = "pension"
name = "养老金"
queue = "social"
code = "101"

[[windows]]
id = "1"
label = "1"
name = "社保窗口"
queues = ["social"]

[[nodes]]
id = "hall"

[[ports]]
id = "line"
node = "hall"
url = "{url}"

[[devices]]
id = "keypad-1"
kind = "keypad"
port = "line"
window = "1"
address = 1
"""

REST = """
[[ports]]
id = "sound"
node = "hall"
url = "{sound}"

[[ports]]
id = "picture"
node = "hall"
url = "{picture}"

[[ports]]
id = "pins"
node = "hall"
url = "{pins}"

[[devices]]
id = "voice"
kind = "announcer"
port = "sound"

[[devices]]
id = "board"
kind = "board"
port = "picture"

[[devices]]
id = "lamp"
kind = "lamp"
port = "pins"
window = "1"
pin = 17
"""

Ask: TypeAlias = Callable[..., tuple[int, list[str]]]


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that is asked by nobody else answers within milliseconds."""
    monkeypatch.setattr(doctors_hall, "LISTEN_S", 0.3)


@pytest.fixture()
def ask(shared_folder: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Ask the doctor of a node with one port: exit code and lines."""

    def asked(
        url: str, port: int = 1, broker: str = "", user: int = 0, more: str = ""
    ) -> tuple[int, list[str]]:
        file = write_site(shared_folder, url, broker or f"port = {port}", more)
        data = str(shared_folder / "data")
        with as_user(user):
            code = hall(["doctor", "--site", str(file), "--node", "hall", "--data", data])
        out, err = capsys.readouterr()
        assert err == ""
        return code, out.splitlines()

    (shared_folder / "data").mkdir()
    return asked


def write_site(folder: Path, url: str, broker: str, more: str = "") -> Path:
    file = folder / "site.toml"
    file.write_text(SITE.format(url=url, broker=broker) + more, encoding="utf-8")
    return file


@pytest.fixture()
def wire() -> Iterator[str]:
    """A terminal's path; its far end stays open."""
    master, slave = pty.openpty()
    yield os.ttyname(slave)
    os.close(master)
    os.close(slave)


def about(lines: list[str], part: str) -> str:
    """The one line about a part."""
    (found,) = [line for line in lines if part in line.partition(": ")[0]]
    return found


@contextmanager
def as_user(user: int) -> Iterator[None]:
    """Where the tests run as root, who may open everything; else as we are."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(was)


# --- ports -------------------------------------------------------------------------------------------------


def test_a_port_that_can_be_opened(ask: Ask, wire: str) -> None:
    _, lines = ask(wire)
    assert (
        about(lines, "port line (1 keypad)") == f"正常 ok    端口 port line (1 keypad): {wire} can be opened"
    )


def test_a_port_that_is_not_there(ask: Ask) -> None:
    code, lines = ask("/dev/serial/by-path/no-such-port")
    assert code == 1
    line = about(lines, "port line")
    assert line.startswith("故障 bad")
    assert "/dev/serial/by-path/no-such-port: No such file or directory -> " in line


def test_a_port_that_another_program_has(ask: Ask, wire: str) -> None:
    with serial.Serial(wire, exclusive=True):
        code, lines = ask(wire)
    assert code == 1
    assert f"already used by process {os.getpid()} (" in about(lines, "port line")


def test_a_port_that_this_user_may_not_open(ask: Ask, wire: str) -> None:
    Path(wire).chmod(0o000)
    _, lines = ask(wire, user=NOBODY)
    assert "Permission denied -> no permission: add the user of the service" in about(lines, "port line")


def test_a_port_that_is_no_serial_port(ask: Ask, shared_folder: Path) -> None:
    file = shared_folder / "file"
    file.touch()
    _, lines = ask(str(file))
    assert "-> that is no serial port: check the url" in about(lines, "port line")


def test_a_device_on_the_network(ask: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"socket://127.0.0.1:{server.getsockname()[1]}"
        assert about(ask(url)[1], "port line").endswith(f"{url} takes the connection")
    line = about(ask(url)[1], "port line")
    assert "Connection refused -> nobody listens there: is the device switched on?" in line


def test_sound_picture_and_pins_that_are_there(ask: Ask, wire: str, shared_folder: Path) -> None:
    picture = f"file:{shared_folder}/board.png"
    more = REST.format(sound="alsa:null", picture=picture, pins=f"mock-gpio:{shared_folder}/pins")
    _, lines = ask(wire, more=more)
    assert about(lines, "port sound").endswith("alsa:null plays")
    assert about(lines, "port picture").endswith(f"{picture} can be written")
    assert about(lines, "port pins").endswith("has pins")
    assert f"no clips in {shared_folder}/data/voice" in about(lines, "voice of voice")
    assert about(lines, "fonts").startswith("正常 ok")
    assert not list(shared_folder.glob("*.png"))


def test_sound_picture_and_pins_that_are_not(ask: Ask, wire: str) -> None:
    more = REST.format(
        sound="alsa:no-such-card", picture="framebuffer:/dev/fb99", pins="mock-gpio:/nowhere/x"
    )
    code, lines = ask(wire, more=more)
    assert code == 1
    assert "-> plug in a sound card, or name one of those that `aplay -L` lists" in about(lines, "port sound")
    assert "no such framebuffer" in about(lines, "port picture")
    assert about(lines, "port pins").startswith("故障 bad")


# --- the broker --------------------------------------------------------------------------------------------


def test_a_broker_that_lets_us_in(ask: Ask, wire: str, mosquitto: RunningBroker) -> None:
    code, lines = ask(wire, mosquitto.port)
    assert code == 0, lines
    assert about(lines, "broker").endswith(f"127.0.0.1:{mosquitto.port} lets us in, MQTT 5")
    assert "nobody has coordinated" in about(lines, "coordinator")


def test_a_broker_that_is_away(ask: Ask, wire: str) -> None:
    code, lines = ask(wire, 1)
    assert code == 1
    assert "127.0.0.1:1 does not answer" in about(lines, "broker")
    assert "systemctl status mosquitto" in about(lines, "broker")


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_broker_that_refuses_the_password(
    ask: Ask, wire: str, shared_folder: Path, monkeypatch: pytest.MonkeyPatch, protocol: str
) -> None:
    passwords, secret = shared_folder / "passwords", shared_folder / "secret"
    passwords.touch(0o644)
    subprocess.run(["mosquitto_passwd", "-b", str(passwords), "east", "right"], check=True)
    passwords.chmod(0o644)
    secret.write_text("wrong\n")
    conf = f"listener {{port}} {{host}}\nallow_anonymous false\npassword_file {passwords}\nlog_dest stderr\n"
    monkeypatch.setattr(broker_module, "_MOSQUITTO", conf)
    monkeypatch.setattr(broker_module, "_check_answer", lambda _port: None)
    with broker_module.start_broker(kind="mosquitto") as broker:
        login = f'port = {broker.port}\nusername = "east"\npassword_file = "{secret}"\n'
        login += f'protocol = "{protocol}"\n'
        code, lines = ask(wire, 0, login)
        assert code == 1
        assert "broker refuses us: Not authorized -> see [broker]" in about(lines, "broker")
        secret.write_text("right\n")
        assert ask(wire, 0, login)[0] == 0


def test_a_password_that_cannot_be_read(ask: Ask, wire: str) -> None:
    code, lines = ask(wire, 0, 'username = "east"\npassword_file = "/nonexistent/secret"\n')
    assert code == 1
    assert "password_file /nonexistent/secret: No such file" in about(lines, "broker")


def test_a_broker_beyond_this_machine_is_not_encrypted(ask: Ask, wire: str) -> None:
    _, lines = ask(wire, 0, 'host = "hall.invalid"\nport = 1883\n')
    assert about(lines, "certificate").startswith("注意 warn")
    assert "hall.invalid:1883 does not answer" in about(lines, "broker")


# --- the journal and its disk ------------------------------------------------------------------------------


def make_store(path: Path) -> None:
    """As a node leaves it that is killed."""
    db = store.connect(path)
    store.prepare(db, path, lambda size: "ab" * size)
    db.close()


def test_a_store_that_was_not_closed_is_left_as_it_is(ask: Ask, wire: str, shared_folder: Path) -> None:
    path = shared_folder / "data" / "small-hall.db"
    make_store(path)
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    assert before["small-hall.db-wal"]
    _, lines = ask(wire)
    assert about(lines, "journal").endswith("is whole, 0 events")
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before


def test_a_damaged_store_and_one_set_aside(ask: Ask, wire: str, shared_folder: Path) -> None:
    path = shared_folder / "data" / "small-hall.db"
    path.write_bytes(b"SQLite format 3\0" + b"\xaa" * 4096)
    code, lines = ask(wire)
    assert code == 1
    assert "is damaged (file is not a database) -> a node that starts with it" in about(lines, "journal")
    damage.open_file(path).close()
    whole, aside = (line for line in ask(wire)[1] if "journal: " in line)
    assert "is whole; the next start brings it up to date" in whole
    assert "set aside: small-hall.db.damaged-" in aside


def test_a_store_of_a_newer_release(ask: Ask, wire: str, shared_folder: Path) -> None:
    path = shared_folder / "data" / "small-hall.db"
    make_store(path)
    db = store.connect(path)
    db.pragma("user_version", store.SCHEMA_VERSION + 1)
    db.close()
    assert "by a newer release -> install the newer release" in about(ask(wire)[1], "journal")


def test_a_folder_that_is_not_ours(ask: Ask, wire: str, shared_folder: Path) -> None:
    folder = shared_folder / "data"
    make_store(folder / "small-hall.db")
    for file in folder.iterdir():
        file.chmod(0o444)
    folder.chmod(0o555)
    code, lines = ask(wire, user=NOBODY)
    folder.chmod(0o755)
    assert code == 1
    assert about(lines, "journal").startswith("故障 bad")
    assert "-> give it to the service's user: sudo chown -R hall:" in about(lines, "disk")


def test_a_new_node_has_no_journal_yet(ask: Ask, wire: str) -> None:
    _, lines = ask(wire)
    assert "the first start makes it -> a node that has run before needs --data" in about(lines, "journal")


# --- beside a node that runs -------------------------------------------------------------------------------


@contextmanager
def running(folder: Path, url: str, port: int) -> Iterator[None]:
    """A node of its own process, once it is ready."""
    site = write_site(folder, url, f"port = {port}")
    command = [sys.executable, "-m", "edge", "node", "--site", str(site), "--node", "hall"]
    with subprocess.Popen(
        [*command, "--data", str(folder / "data")], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert any("node hall ready" in line for line in process.stderr), "it did not start"
        yield
        process.terminate()
        process.stderr.read()


def test_beside_the_running_node(ask: Ask, wire: str, shared_folder: Path, mosquitto: RunningBroker) -> None:
    with running(shared_folder, wire, mosquitto.port):
        code, lines = ask(wire, mosquitto.port)
    assert code == 0, lines
    assert about(lines, "journal").endswith("held by the node that runs")
    assert about(lines, "port line").endswith(f"{wire}: held by the node that runs")
    assert "says of itself: ready" in about(lines, "节点 node hall")
    assert "says of itself: ready" in about(lines, "device keypad-1")
    assert about(lines, "coordinator").startswith("正常 ok")


def test_a_port_that_somebody_else_has_beside_the_running_node(
    ask: Ask, wire: str, shared_folder: Path, mosquitto: RunningBroker
) -> None:
    with serial.Serial(wire, exclusive=True), running(shared_folder, wire, mosquitto.port):
        code, lines = ask(wire, mosquitto.port)
    assert code == 1
    assert f"already used by process {os.getpid()} (" in about(lines, "port line")
