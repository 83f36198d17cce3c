"""The FF 68 bytes of evaluators, both ways, in both forms of acknowledgement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import meterbus
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import WireError
from devices.evaluator.wire_ff68 import Grade, address_if_grade, decode, encode_ack, encode_start
from devices.frame_ff68 import Ff68Framer, build

GRADES = {
    "FF 68 03 03 68 83 11 00 94 16": Grade(0x83, 0),
    "FF 68 03 03 68 83 11 01 95 16": Grade(0x83, 1),
    "FF 68 03 03 68 83 11 02 96 16": Grade(0x83, 2),
    "FF 68 03 03 68 83 11 03 97 16": Grade(0x83, 3),
    "FF 68 03 03 68 03 11 04 18 16": Grade(3, 4),
}


@pytest.mark.parametrize(("text", "grade"), GRADES.items())
def test_grades_in_every_way_of_arriving(
    text: str, grade: Grade, arriving: Callable[[Any, bytes], list[bytes]]
) -> None:
    frame = arriving(Ff68Framer(), bytes.fromhex(text))[-1]
    assert address_if_grade(frame) == grade.address
    assert decode(frame) == grade


@pytest.mark.parametrize("form", ["frame", "short"])
def test_golden_acknowledgements(form: Any, golden: Callable[[str], list[Any]]) -> None:
    grade, ack = golden(f"evaluator/ff68/good_ack_{form}")
    assert (grade.from_host, ack.from_host) == (False, True)
    assert encode_ack(decode(grade.data), form) == ack.data


def test_golden_start(golden: Callable[[str], list[Any]]) -> None:
    (start,) = golden("evaluator/ff68/start")
    assert encode_start(0x83) == start.data


@pytest.mark.parametrize("data", [b"", b"\x01\x02"])
def test_a_grade_is_one_byte(data: bytes) -> None:
    with pytest.raises(WireError, match="no single grade"):
        decode(build(3, 0x11, data))


def test_keys_are_no_grades() -> None:
    frame = bytes.fromhex("FF 68 03 03 68 03 01 0C 10 16")
    assert address_if_grade(frame) is None
    with pytest.raises(WireError):
        decode(frame)


@given(st.binary(max_size=40))
def test_any_bytes_give_a_wire_error_or_a_grade(data: bytes) -> None:
    try:
        grade = decode(data)
    except WireError:
        return
    assert data[:7] == bytes((0xFF, 0x68, 3, 3, 0x68, grade.address, 0x11))


@given(st.integers(0, 255), st.integers(0, 255))
def test_a_stranger_reads_grade_and_acknowledgement(address: int, value: int) -> None:
    for func, frame in (
        (0x11, build(address, 0x11, bytes([value]))),
        (1, encode_ack(Grade(address, value), "frame")),
    ):
        read = meterbus.load(frame[1:])
        assert (read.header.cField.parts, read.header.aField.parts) == ([address], [func])
