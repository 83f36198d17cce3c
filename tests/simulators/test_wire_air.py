"""The time that bytes take on a line, in a time that the test owns."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.wires.air import OUT_MAX_BYTES, Air
from simulators.wires.framing import Framing, rubbish

BYTE_S = 0.001


class Line:
    """An air whose clock is turned by hand; what has crossed, by who hears it."""

    def __init__(self, byte_s: float = BYTE_S, **settings: Any) -> None:
        self.air = Air(byte_s, **settings)
        self.driver = b""
        self.twins = b""
        self.neighbours: list[bytes] = []

    def say(self, data: bytes, now_s: float) -> int:
        return self.air.say(data, now_s, self.neighbours.append)

    def at(self, now_s: float) -> None:
        released = self.air.release(now_s)
        self.driver += released.to_driver
        self.twins += released.arrived
        for crossed, data in released.crossed:
            crossed(data)


def test_a_byte_is_there_when_it_has_crossed_and_not_before() -> None:
    line = Line()
    line.say(b"abcdef", 1.0)
    line.air.come(b"xyz", 1.0)
    assert line.air.due_s() == pytest.approx(1.003), "three bytes are all there are"
    line.at(1.0029)
    assert (line.driver, line.twins, line.neighbours) == (b"ab", b"xy", [])
    line.at(1.006)
    assert (line.driver, line.twins, line.neighbours) == (b"abcdef", b"xyz", [b"abcdef"])
    assert line.air.due_s() is None
    assert not line.air.is_busy


def test_bytes_behind_others_wait_and_a_pause_is_no_credit() -> None:
    line = Line()
    line.say(b"ab", 0.0)
    line.say(b"cd", 0.0)
    line.at(0.003)
    assert line.driver == b"abc"
    line.at(5.0)
    line.say(b"ef", 5.0)
    line.at(5.001)
    assert line.driver == b"abcde"


def test_a_late_look_catches_up() -> None:
    line = Line()
    line.say(bytes(1000), 0.0)
    line.at(0.9995)
    assert len(line.driver) == 999


def test_without_a_pace_all_is_there_at_once() -> None:
    line = Line(0.0, shared=True)
    line.say(b"ab", 0.0)
    line.air.come(b"xy", 0.0)
    line.at(0.0)
    assert (line.driver, line.twins, line.neighbours) == (b"ab", b"xy", [b"ab"])


def test_what_finds_no_room_is_lost_and_told() -> None:
    line = Line()
    assert line.say(bytes(OUT_MAX_BYTES - 1), 0.0) == 0
    assert line.say(b"abc", 0.0) == 2
    assert line.say(b"abc", 0.0) == 3
    line.at(100.0)
    assert len(line.driver) == OUT_MAX_BYTES
    assert [len(data) for data in line.neighbours] == [OUT_MAX_BYTES - 1, 1]


def test_two_twins_at_once_spoil_each_other() -> None:
    line = Line(shared=True)
    line.say(b"\xf0\xf0\xf0", 0.0)
    line.at(0.001)
    line.say(b"\x3c\x3c\x3c", 0.001)
    line.at(1.0)
    assert line.driver == b"\xf0\x30\x30\x3c"
    assert line.neighbours == [b"\xf0\x30\x30", b"\x30\x30\x3c"]


def test_a_driver_that_sends_spoils_a_twin_and_does_not_hear_it() -> None:
    line = Line(shared=True)
    line.air.come(b"\x0f\x0f\x0f\x0f", 0.0)
    line.at(0.002)
    line.say(b"\x55\x55\x55", 0.002)
    line.at(1.0)
    assert line.twins == b"\x0f\x0f\x05\x05"
    assert line.neighbours == [b"\x05\x05\x55"]
    assert line.driver == b"\x55"


def test_a_driver_that_begins_while_a_twin_speaks_spoils_both() -> None:
    line = Line(shared=True)
    line.say(b"\x55\x55\x55", 0.0)
    line.at(0.001)
    line.air.come(b"\x0f", 0.001)
    line.at(1.0)
    assert line.driver == b"\x55\x55"
    assert (line.twins, line.neighbours) == (b"\x05", [b"\x55\x05\x55"])


def test_out_of_the_plug_all_is_gone() -> None:
    line = Line()
    line.say(b"ab", 0.0)
    line.air.come(b"xy", 0.0)
    line.air.clear()
    assert line.air.due_s() is None
    line.say(b"c", 1.0)
    line.at(2.0)
    assert (line.driver, line.twins, line.neighbours) == (b"c", b"", [b"c"])


@given(st.integers(0, 2**32))
def test_any_talk_adds_up(seed: int) -> None:
    die = random.Random(seed)
    line, now_s, said, come, bytes_said = Line(shared=die.random() < 0.5), 0.0, 0, 0, 0
    for _ in range(30):
        now_s += die.choice((0.0, 0.0004, 0.003, 0.05))
        data = die.randbytes(die.randint(1, 12))
        if die.random() < 0.5:
            bytes_said += len(data) - line.say(data, now_s)
            said += 1
        else:
            line.air.come(data, now_s)
            come += len(data)
        line.at(now_s)
    line.at(now_s + 10)
    assert len(line.twins) == come
    assert len(line.neighbours) == said
    assert sum(map(len, line.neighbours)) == bytes_said
    assert len(line.driver) <= bytes_said
    assert line.air.shared or len(line.driver) == bytes_said
    assert len(line.air._kept) == 0


def test_framing_in_words() -> None:
    own, there = Framing(), Framing(19200, 7, "E", 2)
    assert (str(own), str(there)) == ("9600 8N1", "19200 7E2")
    assert own.differences(there) == "波特率 19200 数据位 7 校验 E 停止位 2"
    assert own.byte_s == pytest.approx(10 / 9600)
    assert there.byte_s == pytest.approx(11 / 19200)


@pytest.mark.parametrize(
    ("there", "reads"),
    [
        (Framing(), True),
        (Framing(stop_bits=2), True),
        (Framing(parity="E"), False),
        (Framing(data_bits=7), False),
        (Framing(4800), False),
    ],
)
def test_only_stop_bits_may_differ(there: Framing, reads: bool) -> None:
    assert Framing().reads(there) is reads


def test_rubbish_has_no_right_byte() -> None:
    every = bytes(range(256))
    assert not [one for one, other in zip(every, rubbish(every), strict=True) if one == other]
