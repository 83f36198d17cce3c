"""`hall sim` as its user has it: a process, a port, a keyboard, a signal."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import serial

from simulators.sim.keyboard import Keyboard

ROOT = Path(__file__).parents[2]
NEXT = bytes.fromhex("FF 68 03 03 68 03 01 0C 10 16")
CALL = bytes.fromhex("A0 90 03 A5 00 0E C7EB00 4101 3001 3001 3101 BAC500 8B")
ACK = bytes.fromhex("A0 90 03 A5 AA")
PATIENCE_S = 30.0


class Sim:
    """A running `hall sim`, and the lines it prints."""

    def __init__(self, *arguments: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "edge", "sim", *map(str, arguments)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self.lines: list[str] = []

    def until(self, words: str) -> str:
        """The first line from here on that has these words."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if words in line:
                return self.lines[-1]
        raise AssertionError(f"it ended without {words!r}: {self.lines}")

    def type(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def end(self) -> int:
        return self.process.wait(PATIENCE_S)


@pytest.fixture
def sim() -> Iterator[Any]:
    started: list[Sim] = []

    def start(*arguments: object) -> Sim:
        started.append(Sim(*arguments))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()
        for stream in (one.process.stdin, one.process.stdout):
            if stream is not None:
                stream.close()


def run(*arguments: object) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "edge", "sim", *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_keypad_alone_on_a_pty_worked_by_typing(sim: Any, tmp_path: Path) -> None:
    at = tmp_path / "deep" / "keypad"
    keypad = sim("keypad", "--at", at, "--bytes", "--address", "7", "--name", "k")
    assert keypad.until("←") == f"port           {at}  9600 8N1  ← k"
    with serial.Serial(str(at), 9600, timeout=PATIENCE_S) as driver:
        assert keypad.until("端口").endswith("port           端口  已打开 opened")
        keypad.type("press next")
        assert driver.read(10) == bytes.fromhex("FF 68 03 03 68 07 01 0C 14 16")
        assert keypad.until("字节").endswith("< FF 68 03 03 68 07 01 0C 14 16")
        driver.write(bytes.fromhex("FF 68 03 03 68 07 01 0C 14 16 FF 68 02 02 68 07 03 0A 16"))
        assert keypad.until("♪").endswith("显示  []♪")
        keypad.type("6 confirm")
        assert driver.read(11) == bytes.fromhex("FF 68 04 04 68 07 01 06 0F 1D 16")
        keypad.type("pres next")
        assert keypad.until("!!").startswith('!! this keypad cannot send "pres next"')
        keypad.type("look")
        assert "wrong_address" in keypad.until("faults unplug, power_off")
    keypad.type("quit")
    assert keypad.end() == 0
    assert list(tmp_path.rglob("*")) == [tmp_path / "deep"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_takes_the_name_away(sim: Any, tmp_path: Path, number: int) -> None:
    strip = sim("strip", "--at", tmp_path / "strip", "--rom", "12号窗口")
    strip.until("←")
    assert (tmp_path / "strip").is_symlink()
    strip.process.send_signal(number)
    assert strip.end() == 0
    assert not (tmp_path / "strip").is_symlink()


def test_the_end_of_the_input_ends_nothing(sim: Any, tmp_path: Path) -> None:
    strip = sim("strip", "--at", tmp_path / "strip")
    strip.until("←")
    strip.process.stdin.close()
    with serial.Serial(str(tmp_path / "strip"), 9600, timeout=PATIENCE_S) as driver:
        driver.write(CALL)
        assert driver.read(5) == ACK
    assert strip.until("▌").endswith("显示  ▌请A001号▐")


def test_a_killed_one_leaves_a_name_that_the_next_may_take(sim: Any, tmp_path: Path) -> None:
    first = sim("strip", "--at", tmp_path / "strip")
    first.until("←")
    code, said = run("strip", "--at", tmp_path / "strip")
    assert code == 1
    assert said == f"hall sim: {tmp_path}/strip is the name of another living twin: choose another name\n"
    first.process.kill()
    first.end()
    assert (tmp_path / "strip").is_symlink()
    second = sim("strip", "--at", tmp_path / "strip")
    second.until("←")
    with serial.Serial(str(tmp_path / "strip"), 9600, timeout=PATIENCE_S) as driver:
        driver.write(CALL)
        assert driver.read(5) == ACK


def test_a_counter_from_a_file_with_faults_and_a_control_socket(sim: Any, tmp_path: Path) -> None:
    bench = (ROOT / "examples" / "bench.toml").read_text(encoding="utf-8")
    bench = bench.replace("/tmp/hall-bench", str(tmp_path)).replace(":9003", ":0").replace(":9004", ":0")
    (tmp_path / "bench.toml").write_text(bench, encoding="utf-8")
    (tmp_path / "faults.toml").write_text(
        '[[faults]]\nat_s = 0\ndevice = "strip-3"\nfault = "no_ack"\nfor_s = 0.2\n', encoding="utf-8"
    )
    faults, control = tmp_path / "faults.toml", tmp_path / "control"
    counter = sim("line", tmp_path / "bench.toml", "--faults", faults, "--control", control)
    tickets = counter.until("tickets")
    kiosk = counter.until("kiosk")
    assert "rfc2217://127.0.0.1:" in kiosk
    assert "9600 8E1" in kiosk
    counter.until("control")
    counter.until("故障  -no_ack")
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(str(control))
        lines = link.makefile("rwb")
        lines.write(b'{"do": "press", "device": "keypad-3", "keys": "next"}\n')
        lines.flush()
        assert json.loads(lines.readline()) == {"ok": True}
        lines.close()
    assert "press next" in counter.until("操作")
    with serial.serial_for_url(kiosk.split()[1], baudrate=9600, parity="N") as driver:
        driver.write(b"x")
        said = counter.until("串口")
    assert said.endswith("对方设为 9600 8N1，本线 9600 8E1，收发都是乱码 all bytes are rubbish")
    with serial.serial_for_url(tickets.split()[1]) as driver:
        driver.write("\x1b@\x1c&A001 企业开办\n\x1dVB\x00".encode("gb18030"))
        assert counter.until("出纸").endswith("出纸  A001 企业开办  (partial)")


def test_papers_are_kept_as_pictures(sim: Any, tmp_path: Path) -> None:
    printer = sim("printer", "--at", "socket://127.0.0.1:0", "--papers", tmp_path / "papers")
    url = printer.until("←").split()[1]
    with serial.serial_for_url(url) as driver:
        driver.write(b"\x1b@A001\n\x1dVB\x00")
        printer.until("出纸")
    printer.type("quit")
    assert printer.end() == 0
    assert (tmp_path / "papers" / "001-printer-1.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["keypad", "--address", "x"], 2, '--address is "x"; it must be a whole number from 0 to 255'),
        (["keypad", "--parity", "E"], 2, "a pty carries 8N only; for parity let the url be rfc2217://"),
        (["button", "--at", "/tmp/x"], 2, "a button cannot hang on /tmp/x; use mock-gpio:"),
        (["strip", "--name", "A B"], 2, '--name is "A B"; it must be a name of a-z, 0-9 and "-", at most 32'),
        (
            ["strip", "--at", "socket://127.0.0.1:99999"],
            2,
            "needs a host and a port, as socket://127.0.0.1:9001",
        ),
        (["strip", "--at", "rfc2217://:7"], 2, "needs a host and a port, as rfc2217://127.0.0.1:9001 has"),
        (["strip", "--at", "a\nb"], 2, "a url has no control characters"),
        (["strip", "--at", "socket://no.such.host.invalid:7"], 1, "cannot be served"),
        (["line", "none.toml"], 1, "none.toml: cannot be read: No such file or directory"),
        (["strip", "--faults", "none.toml"], 1, "none.toml: cannot be read"),
        (["strp"], 2, "invalid choice: 'strp'"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(arguments: list[str], code: int, says: str) -> None:
    got, said = run(*arguments)
    assert says in said
    assert got == code
    assert "Traceback" not in said


def test_on_a_terminal_faces_change_in_place_and_keys_are_echoed(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "edge", "sim", "strip", "--at", str(tmp_path / "strip")],
        cwd=ROOT,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120", "LINES": "40"},
    )
    os.close(slave)
    seen = b""

    def until(words: str) -> None:
        nonlocal seen
        while words.encode() not in seen:
            assert select.select([master], [], [], PATIENCE_S)[0], f"no {words} in {seen!r}"
            seen += os.read(master, 65_536)
        seen = b""

    try:
        until("(help, quit)")
        with serial.Serial(str(tmp_path / "strip"), 9600) as driver:
            driver.write(CALL)
            until("▌请A001号▐")
        os.write(master, b"+sient\x7f\x7f\x7flent")
        until("+silent")
        os.write(master, b"\n")
        until("silent")
        os.write(master, b"quit\n")
        assert process.wait(PATIENCE_S) == 0
    finally:
        process.kill()
        process.wait()
        os.close(master)


def test_keys_make_lines() -> None:
    lines: list[str] = []
    keyboard = Keyboard(lines.append, lambda: None)
    keyboard.take("prexx\x7f\x7fss 1号")
    assert keyboard.typed == "press 1号"
    keyboard.take("\n\x15abc\x15\r\x1b[A" + "y" * 1000 + "\n")
    assert lines == ["press 1号", "", "[A" + "y" * 498]
