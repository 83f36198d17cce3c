"""How twins take frames out of what they hear: their own decoders, against literal bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.receivers import HeardA090, HeardFF68, ReceiverA090, ReceiverFF68

KEY = bytes.fromhex("FF 68 03 03 68 03 01 0C 10 16")
SHORT_ACK = bytes.fromhex("68 02 02 68 83 01 84 16")
TEXT = bytes.fromhex("A0 90 03 A5 00 0E C7EB00 4101 3001 3001 3101 BAC500 8B")
ROM = bytes.fromhex("A0 90 03 A1 00 00 A2")
HEARD_KEY = HeardFF68(3, 1, b"\x0c")
HEARD_ROM = HeardA090(3, 0xA1, b"")


def in_bytes(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


@pytest.mark.parametrize(
    "chunks", [[KEY], in_bytes(KEY), [b"\x00\xff\x68" + KEY], [KEY + KEY[:3]], [KEY[:4] + KEY]]
)
def test_a_key_is_heard(chunks: list[bytes]) -> None:
    receiver = ReceiverFF68()
    assert [heard for data in chunks for heard in receiver.feed(data, 0.0)] == [HEARD_KEY]


def test_frames_with_and_without_preamble_between_those_of_others() -> None:
    heard = ReceiverFF68().feed(TEXT + KEY + ROM + SHORT_ACK, 0.0)
    assert heard == [HEARD_KEY, HeardFF68(0x83, 1, b"")]


@pytest.mark.parametrize(
    "chunks", [[ROM], in_bytes(ROM), [b"\xa0\xa0\x90\xff\xff\xff\xff" + ROM], [ROM + ROM[:4]]]
)
def test_a_command_is_heard(chunks: list[bytes]) -> None:
    receiver = ReceiverA090()
    assert [heard for data in chunks for heard in receiver.feed(data, 0.0)] == [HEARD_ROM]


def test_texts_between_the_frames_of_others() -> None:
    heard = ReceiverA090().feed(KEY + TEXT + SHORT_ACK + ROM, 0.0)
    assert heard == [HeardA090(3, 0xA5, TEXT[6:-1]), HEARD_ROM]


@pytest.mark.parametrize("bit", range(8, 8 * len(KEY)))
def test_a_turned_bit_behind_the_preamble_is_not_believed(bit: int) -> None:
    garbled = bytearray(KEY)
    garbled[bit // 8] ^= 1 << bit % 8
    assert ReceiverFF68().feed(bytes(garbled), 0.0) == []


@pytest.mark.parametrize("bit", range(8 * len(TEXT)))
def test_a_turned_bit_in_a_text_is_not_believed(bit: int) -> None:
    garbled = bytearray(TEXT)
    garbled[bit // 8] ^= 1 << bit % 8
    assert ReceiverA090().feed(bytes(garbled), 0.0) == []


def test_a_silence_ends_what_was_cut() -> None:
    keys, texts = ReceiverFF68(), ReceiverA090()
    assert keys.feed(bytes.fromhex("68 20 20 68 03"), 0.0) == []
    assert keys.feed(KEY, 1.0) == [HEARD_KEY]
    assert texts.feed(TEXT[:8], 0.0) == []
    assert texts.feed(ROM, 1.0) == [HEARD_ROM]


@given(st.lists(st.binary(max_size=80), max_size=8))
def test_any_bytes_are_stood_and_the_buffers_stay_small(chunks: list[bytes]) -> None:
    keys, texts = ReceiverFF68(), ReceiverA090()
    for data in chunks:
        for heard in keys.feed(data, 0.0):
            assert 0 <= heard.address <= 255
        for text in texts.feed(data, 0.0):
            assert 0 <= text.address <= 255
    assert len(keys._buffer) <= 70
    assert len(texts._buffer) <= 520
