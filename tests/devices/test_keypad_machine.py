"""The keypad over time: repeats and the display."""

from __future__ import annotations

from devices.keypad.machine import KeypadMachine
from devices.keypad.messages import Beep, KeyPressed, KeysUnknown, ShowDigits, ShowNumbers, ShowResult
from devices.keypad.settings import KeypadSettings

NUMBERS = ShowNumbers(5, "A001")
LATER = ShowNumbers(4, "A002")


def machine(refresh_s: int = 0, address: int = 3) -> KeypadMachine:
    settings = KeypadSettings(address=address, repeat_ms=600, result_s=2, query_s=10, refresh_s=refresh_s)
    return KeypadMachine(settings)


def test_a_repeat_is_one_press_however_long_it_goes_on() -> None:
    keypad = machine()
    events = [keypad.on_keys("", "next", 0.5 * at) for at in range(10)]
    assert events == [KeyPressed("call_next")] + [None] * 9
    assert keypad.repeats == 9


def test_the_same_key_after_the_repeat_time_is_a_new_press() -> None:
    keypad = machine()
    assert keypad.on_keys("", "next", 1.0) == KeyPressed("call_next")
    assert keypad.on_keys("", "next", 1.6) == KeyPressed("call_next")


def test_another_key_is_a_press_at_once() -> None:
    keypad = machine()
    assert keypad.on_keys("", "next", 1.0) == KeyPressed("call_next")
    assert keypad.on_keys("12", "next", 1.01) == KeyPressed("call_number", "12")
    assert keypad.on_keys("", "next", 1.02) == KeyPressed("call_next")


def test_unknown_keys_are_told_as_the_map_would_write_them() -> None:
    assert machine().on_keys("77", "cancel", 0.0) == KeysUnknown("77 cancel")
    assert machine().on_keys("", "line", 0.0) == KeysUnknown("line")


def test_numbers_are_sent_when_they_are_new() -> None:
    keypad = machine()
    assert keypad.on_command(NUMBERS, 0.0) == NUMBERS
    assert keypad.on_command(NUMBERS, 1.0) is None
    assert keypad.on_command(LATER, 2.0) == LATER


def test_a_result_passes_and_the_newest_numbers_come_back() -> None:
    keypad = machine()
    keypad.on_command(NUMBERS, 0.0)
    assert keypad.on_command(ShowResult(ok=False), 1.0) == ShowResult(ok=False)
    assert keypad.on_command(LATER, 1.5) is None
    assert keypad.due_s == 3.0
    assert keypad.step(2.9) is None
    assert keypad.step(3.0) == LATER
    assert keypad.due_s is None


def test_a_query_passes_to_blanks_where_there_are_no_numbers() -> None:
    keypad = machine()
    keypad.on_command(ShowDigits("015030"), 1.0)
    assert keypad.step(10.9) is None
    assert keypad.step(11.0) == ShowNumbers()


def test_the_next_key_ends_what_was_passing() -> None:
    keypad = machine()
    keypad.on_command(NUMBERS, 0.0)
    keypad.on_command(ShowResult(ok=False), 1.0)
    keypad.on_keys("", "next", 1.2)
    assert keypad.step(1.2) == NUMBERS


def test_a_beep_leaves_the_display_alone() -> None:
    keypad = machine()
    keypad.on_command(NUMBERS, 0.0)
    assert keypad.on_command(Beep(), 1.0) == Beep()
    assert keypad.due_s is None


def test_a_display_that_forgot_is_told_again() -> None:
    keypad = machine()
    assert keypad.on_open(0.0) is None
    keypad.on_command(NUMBERS, 0.0)
    keypad.on_command(ShowResult(ok=True), 1.0)
    assert keypad.on_open(1.5) == NUMBERS
    assert keypad.due_s is None


def test_numbers_are_sent_again_for_a_display_whose_power_blinked() -> None:
    keypad = machine(refresh_s=60)
    assert keypad.due_s is None, "nothing was shown yet"
    keypad.on_command(NUMBERS, 0.0)
    due_s = keypad.due_s
    assert due_s is not None and 45 <= due_s <= 75
    assert keypad.step(due_s - 0.1) is None
    assert keypad.step(due_s) == NUMBERS
    assert keypad.due_s == 2 * due_s
    keypad.on_command(LATER, due_s + 1)
    assert keypad.due_s == 2 * due_s + 1, "what was just sent need not be sent again"


def test_a_refresh_waits_for_what_passes() -> None:
    keypad = machine(refresh_s=60)
    keypad.on_command(NUMBERS, 0.0)
    due_s = keypad.due_s or 0.0
    keypad.on_command(ShowResult(ok=True), due_s - 1)
    assert keypad.step(due_s) is None
    assert keypad.step(due_s + 1) == NUMBERS


def test_neighbours_do_not_refresh_together() -> None:
    due_s = set()
    for address in range(1, 9):
        keypad = machine(refresh_s=60, address=address)
        keypad.on_command(NUMBERS, 0.0)
        due_s.add(round(keypad.due_s or 0.0))
    assert len(due_s) == 8


def test_a_ticket_machine_without_numbers_has_nothing_to_refresh() -> None:
    keypad = machine(refresh_s=60)
    keypad.on_command(ShowResult(ok=True), 0.0)
    assert keypad.step(2.0) == ShowNumbers()
    assert keypad.due_s is None
