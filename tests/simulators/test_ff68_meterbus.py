"""pyMeterBus and the FF 68 twins: it reads what they say, they hear what it builds.

It knows the frame, without the FF, as the control frame of M-Bus: three bytes with a sum and two lengths.
"""

from __future__ import annotations

import meterbus
import pytest

from simulators.evaluator.twin import EvaluatorTwin
from simulators.keypad.model import KEYS
from simulators.keypad.twin import KeypadTwin
from simulators.twin import Twin


def said_by(twin: Twin) -> bytearray:
    said = bytearray()
    twin.hosted(lambda _, data: said.extend(data))
    return said


def read(frame: bytes) -> tuple[int, int, int]:
    """Address, function and data as a stranger reads them; it raises where sum or lengths are wrong."""
    found = meterbus.load(bytes(frame[1:]))
    assert type(found).__name__ == "TelegramControl"
    header, body = found.header, found.body.bodyHeader
    return header.cField.parts[0], header.aField.parts[0], body.ci_field.parts[0]


def built(address: int, func: int, data: int) -> bytes:
    """A frame of a stranger's making."""
    frame = meterbus.TelegramControl()
    frame.header.cField.parts = [address]
    frame.header.aField.parts = [func]
    frame.body.bodyHeader.ci_field = data
    frame.header.crcField.parts = [frame.compute_crc()]
    return b"\xff" + bytes(frame)


@pytest.mark.parametrize("key", KEYS)
def test_every_key_of_the_keypad_is_a_frame_to_a_stranger(key: str) -> None:
    twin = KeypadTwin(3)
    said = said_by(twin)
    twin.press(key)
    address, func, _ = read(said)
    assert (address, func) == (3, 1)


@pytest.mark.parametrize("grade", range(4))
def test_every_grade_of_the_evaluator_is_a_frame_to_a_stranger(grade: int) -> None:
    twin = EvaluatorTwin(0x83)
    said = said_by(twin)
    twin.hear(built(0x83, 0x01, 0x0B), 0.0)
    twin.press(grade)
    assert read(said) == (0x83, 0x11, grade)


def test_a_strangers_frames_are_heard() -> None:
    keypad, pad = KeypadTwin(3), EvaluatorTwin(0x83)
    said_by(keypad)
    said_by(pad)
    keypad.hear(built(3, 0x02, 0x01), 0.0)
    assert keypad.shown == "1"
    keypad.press("next")
    keypad.hear(built(3, 0x01, 0x0C), 0.1)
    assert not keypad.is_busy
    pad.hear(built(0x83, 0x01, 0x0B), 0.0)
    assert pad.is_open
    pad.press(2)
    pad.hear(built(0x83, 0x01, 0x02), 0.1)
    assert pad.is_thanking
