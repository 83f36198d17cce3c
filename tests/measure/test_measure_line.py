"""A line whose bytes take their time: what is computed from them is exact."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from simulators.keypad.interface_ff68 import frame_of
from simulators.keypad.model import Press
from simulators.keypad.twin import KeypadTwin
from simulators.measure.figures import Bench
from simulators.measure.line import KEY_BYTES, measure
from simulators.measure.paced import PacedLine
from simulators.strip.twin import StripTwin

FRAME = frame_of(1, Press("", "next"))
WIRE_S = KEY_BYTES * 10 / 9600


@contextmanager
def host(path: Path) -> Iterator[int]:
    """The driver's end."""
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    yield fd
    os.close(fd)


def read_some(fd: int) -> bytes:
    try:
        return os.read(fd, 100)
    except BlockingIOError:
        return b""


def echo(fd: int) -> None:
    """Write a whole key back: what was written to a pty is there a little later."""
    came = b""
    while len(came) < KEY_BYTES:
        select.select([fd], [], [], 1)
        came += read_some(fd)
    os.write(fd, came)


def test_a_key_takes_its_time_to_the_host(tmp_path: Path) -> None:
    keypad = KeypadTwin(1)
    with PacedLine(tmp_path / "line", [keypad]) as line, host(tmp_path / "line") as fd:
        came: list[tuple[float, int]] = []
        started_s = time.monotonic()
        keypad.press("next")
        while len(came) < KEY_BYTES:
            line.run(time.monotonic() + 0.0005)
            came += [(time.monotonic() - started_s, byte) for byte in read_some(fd)]
        assert bytes(byte for _, byte in came) == FRAME
        for number, (after_s, _) in enumerate(came, start=1):
            assert after_s >= number * 10 / 9600 - 1e-4


def test_an_echo_ends_when_its_last_byte_has_crossed(tmp_path: Path) -> None:
    keypad = KeypadTwin(1)
    with PacedLine(tmp_path / "line", [keypad]) as line, host(tmp_path / "line") as fd:
        keypad.press("next")
        line.run(time.monotonic() + 1, lambda: line.bytes_twins == KEY_BYTES)
        echo(fd)
        line.run(time.monotonic() + 1, lambda: bool(line.echoes))
        (found,) = line.echoes
        assert found.answered_s - found.came_s >= WIRE_S
        assert found.in_flight_s == 0.0
        assert keypad.model.echoed == 1


def test_what_the_host_still_sends_comes_before_the_echo(tmp_path: Path) -> None:
    keypad = KeypadTwin(1)
    with PacedLine(tmp_path / "line", [keypad]) as line, host(tmp_path / "line") as fd:
        os.write(fd, bytes(192))  # less than a keypad waits for its echo
        line.run(time.monotonic() + 1, lambda: line.bytes_host == 192)
        keypad.press("next")
        line.run(time.monotonic() + 1, lambda: line.bytes_twins == KEY_BYTES)
        echo(fd)
        line.run(time.monotonic() + 5, lambda: bool(line.echoes))
        (found,) = line.echoes
        assert 0 < found.in_flight_s <= 192 * 10 / 9600
        assert found.answered_s - found.came_s >= found.in_flight_s + WIRE_S - 1e-6


def test_neighbours_do_not_spoil_what_the_host_says(tmp_path: Path) -> None:
    keypads = [KeypadTwin(number) for number in (1, 2, 3)]
    strip = StripTwin(9, acks=False)
    with PacedLine(tmp_path / "line", [*keypads, strip]) as line, host(tmp_path / "line") as fd:
        cells = b"A\x00" * 20  # longer on the wire than the three keys together
        os.write(fd, bytes.fromhex("a09009a50028") + cells + bytes([0x09 ^ 0xA5 ^ 0x28]))
        for keypad in keypads:
            keypad.press("next")
        line.run(time.monotonic() + 1, lambda: strip.text == "A" * 20)
        assert strip.text == "A" * 20


def test_things_are_done_at_their_time(tmp_path: Path) -> None:
    with PacedLine(tmp_path / "line", []) as line:
        done: list[str] = []
        now_s = time.monotonic()
        line.at(now_s + 0.02, lambda: done.append("second"))
        line.at(now_s + 0.01, lambda: done.append("first"))
        line.run(now_s + 1, lambda: len(done) == 2)
        assert done == ["first", "second"]
        assert time.monotonic() >= now_s + 0.02
        assert line.wire_s(96) == pytest.approx(0.1)


def test_the_figure_has_idle_busy_and_late(tmp_path: Path) -> None:
    outcome = measure(Bench(tmp_path, quick=True))
    idle, busy, late = outcome.rows
    assert idle.floor is not None
    assert idle.ours.median >= 2 * WIRE_S * 1000
    assert idle.floor.median >= 2 * WIRE_S * 1000
    assert idle.ours.n == idle.floor.n == 3
    assert busy.ours.n > 0
    assert late.checks[0].limit == 0
    told = {one.what: one.value for one in outcome.told}
    assert told["keys given up"] == 0
    assert told["wire time of a key and its echo, in all of these"] == pytest.approx(2 * WIRE_S * 1000)
