"""The A0 90 bytes of strips, both ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import WireError
from devices.framing import MORE, NOT_MINE, Splitter
from devices.strip.messages import Segment
from devices.strip.wire_a090 import DATA_MAX, A090Framer, address_of_ack, encode_rom, encode_text

CALL = (Segment("请"), Segment("A001", "green"), Segment("号"))


def data_of(frame: bytes) -> bytes:
    assert frame[:2] == b"\xa0\x90"
    assert len(frame) == 7 + frame[4] * 256 + frame[5]
    return frame[6:-1]


def test_golden_text_and_acknowledgement(golden: Callable[[str], list[Any]]) -> None:
    text, ack = golden("strip/a090/call_a001")
    assert (text.from_host, ack.from_host) == (True, False)
    assert encode_text(3, CALL) == text.data
    assert address_of_ack(ack.data) == 3


def test_golden_stored_text(golden: Callable[[str], list[Any]]) -> None:
    rom, _ = golden("strip/a090/rom")
    assert encode_rom(3) == rom.data


@pytest.mark.parametrize(
    ("segments", "data"),
    [
        ((), ""),
        ((Segment("A", "red"), Segment("B", "yellow")), "41 00 42 02"),
        ((Segment("啊", "green"),), "b0 a1 01"),
        ((Segment("镕"),), "e9 46 00"),  # not in GB2312, in GBK
        ((Segment("😀"),), "a1 f5 00"),  # in neither: a box
        ((Segment("a\nb\tc"),), "61 00 20 00 62 00 20 00 63 00"),
    ],
)
def test_characters_and_colours(segments: tuple[Segment, ...], data: str) -> None:
    assert data_of(encode_text(9, segments)).hex(" ") == data


def test_long_text_is_cut_on_a_character_with_an_ellipsis() -> None:
    data = data_of(encode_text(3, (Segment("办" * 200, "green"),)))
    assert data == b"\xb0\xec\x01" * 83 + b"\xa1\xad\x01"
    assert len(data) <= DATA_MAX


def test_text_of_exactly_the_limit_is_not_cut() -> None:
    assert data_of(encode_text(3, (Segment("x" * 127),))) == b"x\x00" * 127
    assert data_of(encode_text(3, (Segment("x" * 128),))) == b"x\x00" * 125 + b"\xa1\xad\x00"


@pytest.mark.parametrize(
    ("columns", "shown"),
    [(0, "abc好def好"), (10, "abc好def好"), (9, "abc好de…"), (7, "abc好…"), (6, "abc…"), (2, "…"), (1, "")],
)
def test_text_is_cut_to_the_width_of_the_panel(columns: int, shown: str) -> None:
    data = data_of(encode_text(3, (Segment("abc好def好"),), columns))
    assert data.replace(b"\x00", b"").decode("gb2312") == shown


ACKS = {
    "A0 90 03 A5 AA": 3,
    "A0 90 FF A5 AA": 255,
    "A0 90 A5 A5 AA": 0xA5,
    "A0 90 03 A5 00 00 A6 A5 AA": 3,
    "A0 90 03 01 02 03 04 05 06 07 08 A5 AA": 3,
}


@pytest.mark.parametrize(("text", "address"), ACKS.items())
def test_acknowledgements_in_every_way_of_arriving(
    text: str, address: int, arriving: Callable[[Any, bytes], list[bytes]]
) -> None:
    assert address_of_ack(arriving(A090Framer(), bytes.fromhex(text))[-1]) == address


@pytest.mark.parametrize(
    "text",
    [
        "A0 91",
        "90",
        "A0 90 03 01 02 03 04 05 06 07 08 09 A5 AA",  # longer than any acknowledgement taken
        "A0 90 03 FF 68 03 A5 AA",  # cut, and a keypad's frame behind it
        "A0 90 03 A5 A0 90 04 A5 AA",  # cut, and a neighbour's behind it
    ],
)
def test_what_is_no_acknowledgement(text: str) -> None:
    assert A090Framer().look(bytes.fromhex(text)[:13]) == NOT_MINE
    with pytest.raises(WireError):
        address_of_ack(bytes.fromhex(text))


@pytest.mark.parametrize("cut", range(1, 5))
def test_a_cut_acknowledgement_asks_for_more(cut: int) -> None:
    assert A090Framer().look(bytes.fromhex("A0 90 03 A5 AA")[:cut]) == MORE


@given(st.binary(max_size=200))
def test_any_bytes_give_acknowledgements_or_nothing(data: bytes) -> None:
    splitter = Splitter([A090Framer()])
    pieces = splitter.feed(data) + splitter.lapse()
    assert all(address_of_ack(piece.frame) == piece.frame[2] for piece in pieces)
    assert sum(len(piece.frame) for piece in pieces) + splitter.rubbish_bytes == len(data)


segments = st.lists(
    st.builds(Segment, st.text(max_size=80), st.sampled_from(["red", "green", "yellow"])), max_size=5
)


@given(st.integers(0, 255), segments, st.integers(0, 84))
def test_any_text_is_a_frame_within_its_bounds(address: int, parts: list[Segment], columns: int) -> None:
    data = data_of(encode_text(address, parts, columns))
    assert len(data) <= DATA_MAX
    cells = []
    while data:
        width = 2 if data[0] >= 0x80 else 1
        cells.append(data[:width].decode("gbk"))
        assert data[width] in (0, 1, 2)
        data = data[width + 1 :]
    assert not columns or sum(len(char.encode("gbk")) for char in cells) <= columns
