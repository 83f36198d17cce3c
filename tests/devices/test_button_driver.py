from __future__ import annotations

from typing import Any

import msgspec
import pytest

from devices.base import DeviceHealth, Message
from devices.button.driver import Button
from devices.button.messages import LongPressed, Pressed
from devices.button.settings import ButtonSettings

READY = DeviceHealth("ready")


def load(**keys: Any) -> ButtonSettings:
    return msgspec.convert(keys, ButtonSettings)


def pressed(settings: ButtonSettings, held_s: float) -> list[Message]:
    """All that is said from the start of a press to well after its end."""
    rest = settings.active_low
    button = Button(settings)
    assert button.start(rest, 0.0) == [READY]
    said = button.level(not rest, 1.0)
    while (due_s := button.due_s()) is not None and due_s < 1.0 + held_s:
        said += button.step(due_s)
    said += button.level(rest, 1.0 + held_s)
    return said + button.step(2.0 + held_s)


@pytest.mark.parametrize("active_low", [True, False])
def test_a_press_says_its_action(active_low: bool) -> None:
    assert pressed(load(pin=17, action="recall", active_low=active_low), 0.2) == [Pressed("recall")]


def test_taking_a_number_names_the_service() -> None:
    assert pressed(load(pin=17, action="take", service="tax"), 0.2) == [Pressed("take", "tax")]


def test_short_and_long_mean_different_things() -> None:
    settings = load(pin=17, action="call_next", long_action="finish")
    assert pressed(settings, 0.2) == [Pressed("call_next")]
    assert pressed(settings, 1.5) == [LongPressed("finish")]


def test_only_the_action_that_takes_names_the_service() -> None:
    settings = load(pin=17, action="call_next", long_action="take", service="tax")
    assert pressed(settings, 0.2) == [Pressed("call_next")]
    assert pressed(settings, 1.5) == [LongPressed("take", "tax")]


def test_without_a_long_action_a_long_press_is_a_press() -> None:
    assert pressed(load(pin=17), 4.0) == [Pressed("call_next")]


def test_a_stuck_button_is_degraded_and_names_its_pin() -> None:
    press, stuck, freed = pressed(load(pin=17, stuck_s=10), 20.0)
    assert press == Pressed("call_next")
    assert stuck == DeviceHealth(
        "degraded", "stuck", "pin 17 is held for over 10 s: free the button or its wire"
    )
    assert freed == READY


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, "pin"),
        ({"pin": 1}, ">= 2"),
        ({"pin": 28}, "<= 27"),
        ({"pin": 17, "debounce_ms": 0}, ">= 1"),
        ({"pin": 17, "debounce_ms": 501}, "<= 500"),
        ({"pin": 17, "debounce_ms": 400, "long_press_ms": 300}, "less than long_press_ms"),
        ({"pin": 17, "long_press_ms": 5001}, "<= 5000"),
        ({"pin": 17, "stuck_s": 5}, ">= 6"),
        ({"pin": 17, "action": "dance"}, "dance"),
        ({"pin": 17, "action": "take"}, "names a service exactly"),
        ({"pin": 17, "service": "tax"}, "names a service exactly"),
        ({"pin": 17, "pull": "sideways"}, "sideways"),
        ({"pin": 17, "bounce_ms": 3}, "bounce_ms"),
    ],
)
def test_wrong_settings_are_told(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=said):
        load(**keys)
