"""Captures taken from real wires and played back against twins and drivers, right and wrong ones."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import serial

from simulators.bench.kinds import KeypadSettings, StripSettings
from simulators.bench.plan import BenchPlan, DevicePlan, PortPlan
from simulators.bench.thread import BenchThread
from simulators.capture.format import Capture

ROOT = Path(__file__).parents[2]
NEXT = bytes.fromhex("FF 68 03 03 68 03 01 0C 10 16")
CALL = bytes.fromhex("A0 90 03 A5 00 0E C7EB00 4101 3001 3001 3101 BAC500 8B")
ACK = bytes.fromhex("A0 90 03 A5 AA")
PATIENCE_S = 30.0

VISIT = """\
# hall capture 1
# port /dev/ttyUSB0 9600 8N1
+0.0000 ! keypad press next
+0.0100 < FF 68 03 03 68 03 01 0C 10 16
+0.0120 > FF 68 03 03 68 03 01 0C 10 16
+0.0500 > A0 90 03 A5 00 0E C7 EB 00 41 01 30 01 30 01 31
        > 01 BA C5 00 8B
+0.0300 < A0 90 03 A5 AA
"""


class Hall:
    """A `hall` command that runs, and the lines it prints."""

    def __init__(self, *arguments: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "edge", *map(str, arguments)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )

    def until(self, words: str) -> str:
        assert self.process.stdout is not None
        said = []
        for line in self.process.stdout:
            said.append(line)
            if words in line:
                return line.rstrip("\n")
        raise AssertionError(f"it ended without {words!r}: {said}")

    def end(self) -> tuple[int, str]:
        assert self.process.stdout is not None
        rest = self.process.stdout.read()
        return self.process.wait(PATIENCE_S), rest


@pytest.fixture
def hall() -> Iterator[Callable[..., Hall]]:
    started: list[Hall] = []

    def start(*arguments: object) -> Hall:
        started.append(Hall(*arguments))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()
        assert one.process.stdout is not None
        one.process.stdout.close()


@pytest.fixture
def counter(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[BenchThread]:
    """A keypad and a strip at address 3, on a pty at tmp_path / "line" or at the url of a parameter."""
    url = getattr(request, "param", "") or str(tmp_path / "line")
    plan = BenchPlan(
        ports=(PortPlan(id="line", url=url),),
        devices=(
            DevicePlan(id="keypad", kind="keypad", port="line", settings=KeypadSettings(repeat_s=20)),
            DevicePlan(id="strip", kind="strip", port="line", settings=StripSettings()),
        ),
    )
    with BenchThread(plan) as bench:
        yield bench


def call(driver: serial.Serial, bench: BenchThread) -> None:
    """What a driver does when the clerk calls the next."""
    bench.do("keypad", "press", keys="next")
    assert driver.read(len(NEXT)) == NEXT
    driver.write(NEXT)
    bench.wait("keypad", lambda keypad: not keypad.is_busy, timeout_s=PATIENCE_S)
    driver.write(CALL)
    assert driver.read(len(ACK)) == ACK


@pytest.mark.parametrize("counter", ["", "socket://127.0.0.1:0", "rfc2217://127.0.0.1:0"], indirect=True)
def test_a_conversation_is_captured_between_driver_and_device(
    hall: Any, counter: BenchThread, tmp_path: Path
) -> None:
    port, file = counter.look("line")["url"], tmp_path / "visit.cap"
    capture = hall("capture", port, file, "--link", tmp_path / "between")
    assert capture.until("give") == f"give {tmp_path}/between to the software in place of {port}; Ctrl-C ends"
    with serial.Serial(str(tmp_path / "between"), 9600, timeout=PATIENCE_S) as driver:
        call(driver, counter)
        counter.do("keypad", "press", keys="recall")
        assert len(driver.read(10)) == 10
    capture.process.send_signal(signal.SIGINT)
    code, rest = capture.end()
    assert (code, rest) == (0, f"{file}: 31 bytes from the driver, 25 from the device\n")
    assert not (tmp_path / "between").is_symlink()
    lines = file.read_text().splitlines()
    assert lines[:2] == ["# hall capture 1", f"# port {port} 9600 8N1"]
    records = [(record.way, record.data) for record in Capture(file).records()]
    joined: list[tuple[str, bytes]] = []
    for way, data in records:
        if joined and joined[-1][0] == way:
            joined[-1] = (way, joined[-1][1] + data)
        else:
            joined.append((way, data))
    recall = bytes.fromhex("FF 68 03 03 68 03 01 0D 11 16")
    assert joined == [("<", NEXT), (">", NEXT + CALL), ("<", ACK + recall)]


def test_a_setting_of_the_driver_reaches_the_port_behind_and_is_noted(
    hall: Any, counter: BenchThread, tmp_path: Path
) -> None:
    capture = hall("capture", tmp_path / "line", tmp_path / "c.cap", "--link", tmp_path / "between")
    capture.until("give")
    with serial.Serial(str(tmp_path / "between"), 4800, stopbits=2) as driver:
        driver.write(b"x")
        counter.wait("strip", lambda strip: strip.strange is not None, timeout_s=PATIENCE_S)
    assert counter.look("line")["driver_framing"] == "4800 8N2"
    capture.process.send_signal(signal.SIGTERM)
    assert capture.end()[0] == 0
    assert "# the driver set 4800 baud, 2 stop bits" in (tmp_path / "c.cap").read_text().splitlines()


def test_a_tap_hears_one_side_and_says_nothing(hall: Any, counter: BenchThread, tmp_path: Path) -> None:
    tap = hall("capture", tmp_path / "line", tmp_path / "tap.cap", "--tap", "device")
    tap.until("listening")
    counter.wait("line", lambda port: port.holders == 1, timeout_s=PATIENCE_S)
    counter.do("keypad", "press", keys="next")
    counter.wait("line", lambda port: port.line.wire.said_bytes >= len(NEXT), timeout_s=PATIENCE_S)
    tap.process.send_signal(signal.SIGINT)
    tap.end()
    assert [(record.way, record.data) for record in Capture(tmp_path / "tap.cap").records()] == [("<", NEXT)]
    assert counter.look("line")["heard_bytes"] == 0


def test_a_port_pulled_out_ends_a_capture_with_a_sentence(
    hall: Any, counter: BenchThread, tmp_path: Path
) -> None:
    capture = hall("capture", tmp_path / "line", tmp_path / "c.cap", "--link", tmp_path / "between")
    capture.until("give")
    with serial.Serial(str(tmp_path / "between"), 9600, timeout=PATIENCE_S) as driver:
        call(driver, counter)
        counter.fault("line", "unplug")
        code, rest = capture.end()
    assert code == 1
    assert f"hall capture: {tmp_path}/line is gone" in rest
    assert "31 bytes from the driver, 15 from the device" in rest


@pytest.mark.parametrize("counter", ["", "socket://127.0.0.1:0", "rfc2217://127.0.0.1:0"], indirect=True)
def test_the_drivers_side_is_played_to_a_twin(hall: Any, counter: BenchThread, tmp_path: Path) -> None:
    (tmp_path / "visit.cap").write_text(VISIT)
    replay = hall("replay", tmp_path / "visit.cap", "--as", "driver", counter.look("line")["url"])
    assert replay.until("now do") == "now do: keypad press next"
    counter.do("keypad", "press", keys="next")
    assert replay.end() == (0, f"{tmp_path}/visit.cap: 15 bytes came as in the capture, 31 were sent\n")
    assert counter.face("strip") == "▌请A001号▐"


def test_the_first_byte_that_differs_is_named(hall: Any, counter: BenchThread, tmp_path: Path) -> None:
    (tmp_path / "visit.cap").write_text(VISIT)
    replay = hall("replay", tmp_path / "visit.cap", "--as", "driver", tmp_path / "line", "--speed", 0)
    replay.until("now do")
    counter.do("keypad", "press", keys="recall")
    code, said = replay.end()
    assert code == 1
    assert said.splitlines() == [
        f"{tmp_path}/visit.cap:4: byte 7 of the device differs: expected 0C, got 0D",
        "  expected FF 68 03 03 68 03 01 [0C] 10 16 A0 90 03 A5 AA",
        "  got      FF 68 03 03 68 03 01 [0D] 11 16",
    ]


def test_silence_is_a_difference(hall: Any, counter: BenchThread, tmp_path: Path) -> None:
    (tmp_path / "visit.cap").write_text(VISIT)
    replay = hall("replay", tmp_path / "visit.cap", "--as", "driver", tmp_path / "line", "--patience-s", 0.3)
    code, said = replay.end()
    assert code == 1
    assert said.splitlines()[1:] == [
        f"{tmp_path}/visit.cap:4: byte 0 of the device differs: expected FF, got nothing in 0.3 s",
        "  expected [FF] 68 03 03 68 03 01 0C 10",
        "  got      [--]",
        "  the capture speaks FF 68 there: who knows another dialect, has another address or another baud "
        "rate, says nothing",
    ]


def test_the_wrong_dialect_is_said(hall: Any, counter: BenchThread, tmp_path: Path) -> None:
    """A capture of a printer, played to a line with a keypad that is just pressed."""
    (tmp_path / "printer.cap").write_text("# hall capture 1\n+0.0 > 1D 61 0E\n+0.1 < 10 00 00 00\n")
    replay = hall("replay", tmp_path / "printer.cap", "--as", "driver", tmp_path / "line")
    counter.wait("line", lambda port: port.holders == 1, timeout_s=PATIENCE_S)
    counter.do("keypad", "press", keys="next")
    code, said = replay.end()
    assert code == 1
    assert said.splitlines()[-1] == (
        "  wrong dialect: the capture speaks ESC/POS there, and what came is FF 68"
    )


def test_more_than_the_capture_has_is_a_difference(hall: Any, counter: BenchThread, tmp_path: Path) -> None:
    (tmp_path / "short.cap").write_text("# hall capture 1\n+0.0000 > " + CALL.hex() + "\n")
    replay = hall("replay", tmp_path / "short.cap", "--as", "driver", tmp_path / "line")
    code, said = replay.end()
    assert code == 1
    assert said.splitlines()[0].endswith(
        "short.cap:2: byte 0 of the device differs: expected nothing more, got A0"
    )


class Driver(threading.Thread):
    """A stranger's driver: opens a port, answers a call, shows a ticket."""

    def __init__(self, url: str, shows: bytes = CALL) -> None:
        super().__init__(daemon=True)
        self.url, self.shows = url, shows
        self.acknowledged = b""
        self.start()

    def run(self) -> None:
        """To the end, or until the other side has gone."""
        with suppress(serial.SerialException), serial.serial_for_url(self.url, timeout=PATIENCE_S) as port:
            port.write(port.read(len(NEXT)))
            port.write(self.shows)
            self.acknowledged = port.read(len(ACK))


@pytest.mark.parametrize("where", ["pty", "socket"])
def test_the_devices_side_is_played_to_a_driver(hall: Any, tmp_path: Path, where: str) -> None:
    (tmp_path / "visit.cap").write_text(VISIT)
    port = tmp_path / "played" if where == "pty" else "socket://127.0.0.1:0"
    replay = hall("replay", tmp_path / "visit.cap", "--as", "device", port)
    driver = Driver(replay.until("give").split()[1])
    replay.until("now do")
    assert replay.end() == (0, f"{tmp_path}/visit.cap: 31 bytes came as in the capture, 15 were sent\n")
    driver.join(PATIENCE_S)
    assert driver.acknowledged == ACK
    assert not (tmp_path / "played").is_symlink()


def test_a_driver_that_shows_something_else_is_found_out(hall: Any, tmp_path: Path) -> None:
    (tmp_path / "visit.cap").write_text(VISIT)
    replay = hall("replay", tmp_path / "visit.cap", "--as", "device", tmp_path / "played")
    Driver(replay.until("give").split()[1], shows=CALL.replace(b"\x31\x01", b"\x32\x01"))
    code, said = replay.end()
    assert code == 1
    assert said.splitlines()[1:4] == [
        f"{tmp_path}/visit.cap:6: byte 25 of the driver differs: expected 31, got 32",
        "  expected 16 A0 90 03 A5 00 0E C7 EB 00 41 01 30 01 30 01 [31] 01 BA C5 00 8B",
        "  got      16 A0 90 03 A5 00 0E C7 EB 00 41 01 30 01 30 01 [32] 01 BA C5 00 8B",
    ]


def test_a_driver_that_closes_in_the_middle_is_a_difference(hall: Any, tmp_path: Path) -> None:
    (tmp_path / "visit.cap").write_text(VISIT)
    replay = hall("replay", tmp_path / "visit.cap", "--as", "device", tmp_path / "played")
    Driver(replay.until("give").split()[1], shows=b"\xa0\x90").join(0)
    code, said = replay.end()
    assert code == 1
    assert "byte 12 of the driver differs: expected 03, got nothing" in said


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["capture", "/dev/no-such-port", "x.cap"], 1, "/dev/no-such-port cannot be opened: No such file"),
        (["capture", "socket://127.0.0.1:1", "x.cap"], 1, "socket://127.0.0.1:1 cannot be opened"),
        (["capture", "nonsense://x", "x.cap"], 1, "nonsense://x cannot be opened"),
        (["replay", "none.cap", "--as", "driver", "/dev/null"], 1, "none.cap: cannot be read"),
        (["replay", "README.md", "--as", "driver", "/dev/null"], 1, "README.md:1: no capture of ours"),
        (["replay", "README.md", "--as", "clerk", "/dev/null"], 2, "invalid choice: 'clerk'"),
        (["replay", "x", "--as", "device", "y", "--speed", "-1"], 2, "--speed is 0 or more"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(hall: Any, arguments: list[str], code: int, says: str) -> None:
    got, said = hall(*arguments).end()
    assert says in said
    assert got == code
    assert "Traceback" not in said
    assert not (ROOT / "x.cap").exists()


def test_a_capture_does_not_overwrite(hall: Any, counter: BenchThread, tmp_path: Path) -> None:
    (tmp_path / "old.cap").write_text("precious")
    code, said = hall("capture", tmp_path / "line", tmp_path / "old.cap").end()
    assert (code, said) == (1, f"hall capture: {tmp_path}/old.cap cannot be written: File exists\n")
    assert (tmp_path / "old.cap").read_text() == "precious"


def test_nobody_comes(hall: Any, tmp_path: Path) -> None:
    (tmp_path / "visit.cap").write_text(VISIT)
    replay = hall("replay", tmp_path / "visit.cap", "--as", "device", tmp_path / "played", "--open-s", 0.1)
    code, said = replay.end()
    assert code == 1
    assert f"no driver opened {tmp_path}/played in 0.1 s" in said
