"""The FF 68 bytes of keypads, both ways, against literal bytes and a stranger's parser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import meterbus
import pytest
from hypothesis import given
from hypothesis import strategies as st
from meterbus.exceptions import MBusFrameCRCError, MbusFrameLengthError

from devices.errors import WireError
from devices.frame_ff68 import MAX_BODY, Ff68Framer, build, parse
from devices.framing import MORE, NOT_MINE, Splitter
from devices.keypad.messages import Beep, Command, ShowDigits, ShowNumbers, ShowResult
from devices.keypad.wire_ff68 import Keys, address_if_keys, decode, encode

PRESSED = {
    "FF 68 03 03 68 03 01 0A 0E 16": Keys(3, "", "start"),
    "FF 68 03 03 68 03 01 0B 0F 16": Keys(3, "", "evaluate"),
    "FF 68 03 03 68 03 01 0C 10 16": Keys(3, "", "next"),
    "FF 68 03 03 68 03 01 0D 11 16": Keys(3, "", "recall"),
    "FF 68 03 03 68 03 01 0E 12 16": Keys(3, "", "cancel"),
    "FF 68 03 03 68 03 01 0F 13 16": Keys(3, "", "confirm"),
    "FF 68 03 03 68 03 01 11 15 16": Keys(3, "", "line"),
    "FF 68 03 03 68 03 01 12 16 16": Keys(3, "", "pause"),
    "FF 68 03 03 68 03 01 13 17 16": Keys(3, "", "transfer"),
    "FF 68 03 03 68 03 01 14 18 16": Keys(3, "", "x14"),
    "FF 68 04 04 68 03 01 06 0F 19 16": Keys(3, "6", "confirm"),
    "FF 68 07 07 68 FF 00 01 00 02 04 0C 12 16": Keys(255, "1024", "next"),
}


@pytest.mark.parametrize(("text", "keys"), PRESSED.items())
def test_every_key_in_every_way_of_arriving(
    text: str, keys: Keys, arriving: Callable[[Any, bytes], list[bytes]]
) -> None:
    frame = arriving(Ff68Framer(), bytes.fromhex(text))[-1]
    assert address_if_keys(frame) == keys.address
    assert decode(frame) == keys


SHOWN: dict[str, tuple[int, Command, Any]] = {
    "show_001": (3, ShowNumbers(None, "A001"), "waiting3_ticket3"),
    "show_ticket_waiting": (200, ShowNumbers(17, "B1024"), "ticket_waiting"),
    "result_ok": (3, ShowResult(ok=True), "waiting3_ticket3"),
    "beep": (3, Beep(), "waiting3_ticket3"),
}


@pytest.mark.parametrize("name", SHOWN)
def test_commands_are_the_golden_bytes(name: str, golden: Callable[[str], list[Any]]) -> None:
    address, command, form = SHOWN[name]
    (exchange,) = golden(f"keypad/ff68/{name}")
    assert exchange.from_host
    assert encode(address, command, form) == exchange.data


@pytest.mark.parametrize(("name", "keys"), [("call_next", PRESSED), ("six_confirm", PRESSED)])
def test_golden_presses(name: str, keys: dict[str, Keys], golden: Callable[[str], list[Any]]) -> None:
    pressed, echo = golden(f"keypad/ff68/{name}")
    assert (pressed.from_host, echo.from_host) == (False, True)
    assert decode(pressed.data) == keys[pressed.data.hex(" ").upper()]
    assert echo.data == pressed.data


@pytest.mark.parametrize(
    ("numbers", "form", "places"),
    [
        (ShowNumbers(5, "A001"), "waiting3_ticket3", "0a 0a 05 00 00 01"),
        (ShowNumbers(1200, "A1024"), "waiting3_ticket3", "09 09 09 00 02 04"),
        (ShowNumbers(-4, "A7"), "waiting3_ticket3", "0a 0a 00 0a 0a 07"),
        (ShowNumbers(None, ""), "waiting3_ticket3", "0a 0a 0a 0a 0a 0a"),
        (ShowNumbers(None, ""), "ticket_waiting", "0a 0a 0a 0a 0a 0a 0a 0a"),
        (ShowNumbers(12, "C003"), "ticket_waiting", "00 00 03 0a 01 02"),
        (ShowDigits("015_30"), "waiting3_ticket3", "00 01 05 0a 03 00"),
        (ShowResult(ok=False), "waiting3_ticket3", "00"),
    ],
)
def test_places_of_the_display(numbers: Command, form: Any, places: str) -> None:
    frame = parse(encode(3, numbers, form))
    assert (frame.address, frame.func, frame.data.hex(" ")) == (3, 2, places)


@pytest.mark.parametrize("digits", ["12A4", "1 2", "٣", "0" * 17])
def test_a_display_has_digits_and_blanks_only(digits: str) -> None:
    with pytest.raises(ValueError, match="at most 16"):
        encode(3, ShowDigits(digits))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no function key"),
        (b"\x01\x02", "no function key"),
        (b"\x0c\x0c", "second function key"),
        (b"\xff\x0c", "second function key"),
    ],
)
def test_keys_that_make_no_sense(body: bytes, reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        decode(build(3, 1, body))


@pytest.mark.parametrize("func", [0x02, 0x03, 0x11])
def test_frames_of_hosts_and_evaluators_are_no_keys(func: int) -> None:
    assert address_if_keys(build(3, func, b"\x01")) is None


@pytest.mark.parametrize(
    "text",
    [
        "FF 68 03 03 68 03 01 0C 11 16",  # sum
        "FF 68 03 03 68 03 01 0C 10 17",  # end
        "FF 68 03 04 68 03 01 0C 10 16",  # lengths differ
        "FF 68 01 01 68 03 03 16",  # too short for ADDR and FUNC
        "FF 68 21 21 68",  # longer than any body
        "FE 68 03 03 68 03 01 0C 10 16",
        "FF 69",
    ],
)
def test_what_is_no_frame_is_refused_at_once(text: str) -> None:
    assert Ff68Framer().look(bytes.fromhex(text)) == NOT_MINE
    with pytest.raises(WireError):
        parse(bytes.fromhex(text))


@pytest.mark.parametrize("cut", range(1, 10))
def test_a_cut_frame_asks_for_more_and_is_none(cut: int) -> None:
    part = bytes.fromhex("FF 68 03 03 68 03 01 0C 10 16")[:cut]
    assert Ff68Framer().look(part) == MORE
    with pytest.raises(WireError):
        parse(part)


def test_bodies_have_a_bound() -> None:
    assert len(build(0, 0, bytes(MAX_BODY - 2))) == Ff68Framer().longest
    with pytest.raises(ValueError, match="at most 32"):
        build(0, 0, bytes(MAX_BODY - 1))


@given(st.binary(max_size=300))
def test_any_bytes_give_a_wire_error_or_nothing(data: bytes) -> None:
    splitter = Splitter([Ff68Framer()])
    pieces = splitter.feed(data) + splitter.lapse()
    for piece in pieces:
        assert parse(piece.frame).address in range(256)
    assert sum(len(piece.frame) for piece in pieces) + splitter.rubbish_bytes == len(data)


@given(st.binary(max_size=60))
def test_any_body_gives_keys_or_a_wire_error(data: bytes) -> None:
    frame = build(3, 1, data[:30])
    try:
        keys = decode(frame)
    except WireError:
        return
    assert keys.digits == "".join(map(str, data[: len(keys.digits)]))


@given(st.integers(0, 255), st.integers(0, 255), st.binary(max_size=30))
def test_round_trip(address: int, func: int, data: bytes) -> None:
    assert parse(build(address, func, data)) == (address, func, data)


@given(st.integers(0, 255), st.integers(0x0A, 0x13))
def test_a_stranger_reads_one_key_frames(address: int, key: int) -> None:
    """pyMeterBus knows this frame, without the FF, as the control frame of M-Bus."""
    frame = meterbus.load(build(address, 1, bytes([key]))[1:])
    assert type(frame).__name__ == "TelegramControl"
    assert frame.header.cField.parts == [address]
    assert frame.header.aField.parts == [1]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("68 03 03 68 03 01 0C 11 16", MBusFrameCRCError),
        ("68 03 04 68 03 01 0C 10 16", MbusFrameLengthError),
    ],
)
def test_a_stranger_refuses_what_we_refuse(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        meterbus.load(bytes.fromhex(text))
    with pytest.raises(WireError):
        parse(b"\xff" + bytes.fromhex(text))
