"""Dialects told apart on one stream, whatever a line does to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.frame_ff68 import Ff68Framer
from devices.framing import Piece, Splitter, sum8, xor8
from devices.strip.wire_a090 import A090Framer

KEY = bytes.fromhex("FF 68 03 03 68 03 01 0C 10 16")
GRADE = bytes.fromhex("FF 68 03 03 68 83 11 02 96 16")
ACK = bytes.fromhex("A0 90 03 A5 AA")
KEY_PIECE = Piece("ff68", KEY)
ACK_PIECE = Piece("a090", ACK)


def splitter() -> Splitter:
    return Splitter([Ff68Framer(), A090Framer()])


def test_checks() -> None:
    assert sum8(b"\x03\x01\x0c") == 0x10
    assert sum8(b"\xff\xff") == 0xFE
    assert xor8(b"\x03\xa1\x00\x00") == 0xA2
    assert xor8(b"") == 0


def test_joined_frames_of_several_dialects_all_come_out() -> None:
    pieces = splitter().feed(ACK + KEY + GRADE + ACK + ACK)
    assert pieces == [ACK_PIECE, KEY_PIECE, Piece("ff68", GRADE), ACK_PIECE, ACK_PIECE]


def test_a_doubled_frame_comes_out_twice() -> None:
    assert splitter().feed(KEY * 2) == [KEY_PIECE] * 2


@pytest.mark.parametrize("cut", range(1, len(KEY)))
def test_a_cut_frame_takes_nothing_of_the_next(cut: int) -> None:
    line = splitter()
    pieces = line.feed(KEY[:cut] + KEY) + line.lapse()
    assert pieces == [KEY_PIECE]
    assert line.rubbish_bytes == cut
    assert not line.is_partial


@pytest.mark.parametrize("cut", range(1, len(ACK)))
@pytest.mark.parametrize("frame", [KEY_PIECE, ACK_PIECE])
def test_a_cut_acknowledgement_takes_nothing_of_the_next(cut: int, frame: Piece) -> None:
    line = splitter()
    assert line.feed(ACK[:cut] + frame.frame) + line.lapse() == [frame]


def test_a_cut_frame_with_a_large_length_gives_way_when_the_line_is_silent() -> None:
    line = splitter()
    assert line.feed(bytes.fromhex("FF 68 20 20 68 03 01") + KEY) == []
    assert line.is_partial
    assert line.lapse() == [KEY_PIECE]
    assert line.feed(KEY) == [KEY_PIECE]


@pytest.mark.parametrize(
    "rubbish", [b"\x00", b"\xff", b"\xff\xff", b"\xa0", b"\x68\x68", b"\xff\x68\x03\x03\x69"]
)
def test_rubbish_before_a_frame_is_counted_and_passed_over(rubbish: bytes) -> None:
    line = splitter()
    assert line.feed(rubbish + KEY) == [KEY_PIECE]
    assert line.rubbish_bytes == len(rubbish)


@pytest.mark.parametrize("bit", range(8 * len(KEY)))
def test_no_turned_bit_gets_through(bit: int) -> None:
    garbled = bytearray(KEY)
    garbled[bit // 8] ^= 1 << bit % 8
    line = splitter()
    assert line.feed(bytes(garbled)) + line.lapse() == []
    assert line.rubbish_bytes == len(KEY)


def test_two_at_once_give_no_frame_but_the_next_one_is_heard() -> None:
    line = splitter()
    mixed = bytes(one & other for one, other in zip(KEY, GRADE, strict=True))
    assert line.feed(mixed) + line.lapse() == []
    assert line.feed(KEY) == [KEY_PIECE]


def test_a_reopened_line_starts_afresh() -> None:
    line = splitter()
    line.feed(KEY[:4])
    line.clear()
    assert not line.is_partial
    assert line.feed(KEY[4:]) + line.lapse() == []


frames = st.sampled_from([KEY, GRADE, ACK])
dirt = st.binary(max_size=40)


@given(st.lists(st.tuples(dirt, frames), max_size=6), st.lists(st.integers(1, 30), min_size=1, max_size=20))
def test_any_dirt_in_any_chunks_is_bounded_and_every_byte_accounted_for(
    parts: list[tuple[bytes, bytes]], sizes: list[int]
) -> None:
    stream = b"".join(rubbish + frame for rubbish, frame in parts)
    line = splitter()
    pieces: list[Piece] = []
    at, turn = 0, 0
    while at < len(stream):
        size = sizes[turn % len(sizes)]
        pieces += line.feed(stream[at : at + size])
        at, turn = at + size, turn + 1
    pieces += line.lapse()
    assert sum(len(piece.frame) for piece in pieces) + line.rubbish_bytes == len(stream)
    assert splitter_whole(stream) == pieces


def splitter_whole(stream: bytes) -> list[Piece]:
    line = splitter()
    return line.feed(stream) + line.lapse()
