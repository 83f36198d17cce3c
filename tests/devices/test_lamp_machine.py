from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.lamp.machine import Lamp
from devices.lamp.settings import LampSettings


def test_on_and_off() -> None:
    lamp = Lamp(0.5)
    assert lamp.lit(0.0) is False
    lamp.set("on", 1.0)
    assert (lamp.lit(1.0), lamp.lit(99.0), lamp.due_s(1.0)) == (True, True, None)
    lamp.set("off", 2.0)
    assert (lamp.lit(2.0), lamp.due_s(2.0)) == (False, None)


def test_a_blink_starts_lit_and_turns_at_its_pace() -> None:
    lamp = Lamp(0.5)
    lamp.set("blink", 10.0)
    assert [lamp.lit(10.0 + at / 4) for at in range(8)] == [
        True,
        True,
        False,
        False,
        True,
        True,
        False,
        False,
    ]
    assert lamp.due_s(10.0) == pytest.approx(10.5)
    assert lamp.due_s(10.6) == pytest.approx(11.0)


def test_the_same_command_again_changes_nothing() -> None:
    lamp = Lamp(0.5)
    lamp.set("blink", 10.0)
    lamp.set("blink", 10.6)
    assert lamp.lit(10.7) is False
    lamp.set("on", 10.7)
    lamp.set("blink", 10.8)
    assert lamp.lit(10.9) is True


@given(st.floats(0, 1e7), st.sampled_from([0.1, 0.123, 0.3, 0.5, 5.0]))
def test_each_due_time_turns_the_lamp_and_lies_ahead(start_s: float, blink_s: float) -> None:
    """Called exactly when due it turns every time: it neither sleeps through a turn nor spins."""
    lamp = Lamp(blink_s)
    lamp.set("blink", start_s)
    now_s, lit = start_s, lamp.lit(start_s)
    for _ in range(50):
        due_s = lamp.due_s(now_s)
        assert due_s is not None
        assert due_s > now_s
        assert lamp.lit(due_s) is not lit
        now_s, lit = due_s, not lit


@pytest.mark.parametrize(
    "keys", [{}, {"pin": 1}, {"pin": 28}, {"pin": 3, "blink_ms": 99}, {"pin": 3, "color": 1}]
)
def test_wrong_settings_are_refused(keys: dict[str, int]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(keys, LampSettings)
