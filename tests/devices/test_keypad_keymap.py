"""Key maps: what a technician writes is what a press means."""

from __future__ import annotations

import msgspec
import pytest

from devices.keypad.keymap import READY_MADE, KeyMap, Meaning
from devices.keypad.settings import KeypadSettings

CALLSYSTEM = {
    ("", "next"): ("call_next", ""),
    ("", "recall"): ("recall", ""),
    ("", "evaluate"): ("ask_rating", ""),
    ("6", "confirm"): ("no_show", ""),
    ("0", "confirm"): ("hold", ""),
    ("3", "confirm"): ("resume_held", ""),
    ("", "pause"): ("pause", ""),
    ("7", "transfer"): ("transfer_window", "7"),
    ("1024", "next"): ("call_number", "1024"),
    ("1001", "confirm"): ("login", "1001"),
    ("05", "transfer"): ("transfer_queue", "5"),
}
HALLQUEFRONT = {
    ("", "next"): ("call_next", ""),
    ("17", "next"): ("call_number", "17"),
    ("", "recall"): ("recall", ""),
    ("", "evaluate"): ("ask_rating", ""),
    ("0", "evaluate"): ("hold", ""),
    ("42", "confirm"): ("login", "42"),
    ("0", "confirm"): ("pause", ""),
    ("2", "confirm"): ("resume", ""),
    ("4", "confirm"): ("logout", ""),
    ("5", "confirm"): ("no_show", ""),
    ("12", "start"): ("transfer_window", "12"),
}


@pytest.mark.parametrize(("typed", "meant"), CALLSYSTEM.items())
def test_the_map_of_one_known_system(typed: tuple[str, str], meant: tuple[str, str]) -> None:
    assert KeyMap("callsystem", {}).meaning(*typed) == Meaning(*meant, "")


@pytest.mark.parametrize(("typed", "meant"), HALLQUEFRONT.items())
def test_the_map_of_the_other_known_system(typed: tuple[str, str], meant: tuple[str, str]) -> None:
    assert KeyMap("hallquefront", {}).meaning(*typed) == Meaning(*meant, "")


def test_every_action_of_a_window_is_on_both_maps() -> None:
    wanted = {
        "call_next", "call_number", "recall", "begin", "ask_rating", "no_show", "hold", "resume_held",
        "finish", "pause", "resume", "transfer_window", "transfer_queue", "add_item", "login", "logout",
    }  # fmt: skip
    assert set(READY_MADE["callsystem"].values()) == wanted
    assert set(READY_MADE["hallquefront"].values()) == wanted


def test_a_ticket_machine_has_its_own_map() -> None:
    keys = KeypadSettings(address=1, use="tickets").key_map()
    assert keys.meaning("12", "start") == Meaning("take", "12", "")
    assert keys.meaning("12", "recall") == Meaning("take", "12", "elderly")
    assert keys.meaning("12", "evaluate") == Meaning("query", "12", "")
    assert keys.meaning("", "next") is None


def test_one_entry_is_changed_and_the_rest_stays() -> None:
    changed = KeyMap("callsystem", {"7 confirm": "pause:lunch", "6 confirm": "", "next": "recall"})
    assert changed.meaning("7", "confirm") == Meaning("pause", "", "lunch")
    assert changed.meaning("6", "confirm") is None
    assert changed.meaning("", "next") == Meaning("recall", "", "")
    assert changed.meaning("", "evaluate") == Meaning("ask_rating", "", "")


def test_fixed_digits_go_before_free_ones_and_longer_before_shorter() -> None:
    keys = KeyMap(
        "empty",
        {"# confirm": "call_number", "#### confirm": "login", "0# confirm": "add_item", "01 confirm": "hold"},
    )
    assert keys.meaning("01", "confirm") == Meaning("hold", "", "")
    assert keys.meaning("02", "confirm") == Meaning("add_item", "2", "")
    assert keys.meaning("123", "confirm") == Meaning("call_number", "123", "")
    assert keys.meaning("1234", "confirm") == Meaning("login", "1234", "")
    assert keys.meaning("", "confirm") is None


def test_a_key_without_a_name_can_be_mapped_by_its_number() -> None:
    assert KeyMap("empty", {"x14": "finish"}).meaning("", "x14") == Meaning("finish", "", "")


@pytest.mark.parametrize(
    ("sequence", "action", "words"),
    [
        ("confirm 6", "hold", 'key sequence "confirm 6" is none'),
        ("#6 confirm", "hold", "is none"),
        ("", "hold", "is none"),
        ("next ", "hold", "is none"),
        ("next", "call_nxt", 'no action "call_nxt"; known: call_next'),
        ("next", "pause:Out To Lunch", "not a plain word"),
    ],
)
def test_what_a_technician_gets_wrong_is_named(sequence: str, action: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        KeyMap("callsystem", {sequence: action})


@pytest.mark.parametrize(
    "settings",
    [
        {"address": 256},
        {"address": -1},
        {"address": 3, "repeat_ms": 10},
        {"address": 3, "keys": {"next": "fly"}},
        {"address": 3, "map": "german"},
        {"address": 3, "adress": 3},
        {},
    ],
)
def test_settings_are_bounded_and_checked(settings: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(settings, KeypadSettings)
