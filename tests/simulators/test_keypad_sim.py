"""The keypad's twin off the wire: keys, echo, digits, and its troubles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulators.keypad.twin import KeypadTwin

NEXT = bytes.fromhex("FF 68 03 03 68 03 01 0C 10 16")


class Bench:
    """A twin off the wire: `said` are the frames it put there."""

    def __init__(self, **settings: Any) -> None:
        self.twin = KeypadTwin(3, repeat_s=0.25, repeats_max=3, **settings)
        self.said: list[bytes] = []
        self.twin.hosted(lambda _, data: self.said.append(data))


@pytest.mark.parametrize(("name", "keys"), [("call_next", "next"), ("six_confirm", "6 confirm")])
def test_golden_presses(name: str, keys: str, golden: Callable[[str], Any]) -> None:
    bench = Bench()
    (_, pressed), (_, echo) = golden(f"keypad/ff68/{name}")
    bench.twin.press(keys)
    assert bench.said == [pressed]
    bench.twin.hear(echo, 0.02)
    assert not bench.twin.is_busy
    assert bench.twin.due_s() is None


@pytest.mark.parametrize(
    ("name", "address", "shown"),
    [("show_001", 3, "___001"), ("show_ticket_waiting", 200, "1024_17"), ("result_ok", 3, "1")],
)
def test_golden_digits(name: str, address: int, shown: str, golden: Callable[[str], Any]) -> None:
    twin = KeypadTwin(address)
    ((_, frame),) = golden(f"keypad/ff68/{name}")
    twin.hear(frame, 0.0)
    assert twin.shown == shown
    assert shown.replace("_", " ") in twin.face


def test_golden_beep(golden: Callable[[str], Any]) -> None:
    bench = Bench()
    ((_, frame),) = golden("keypad/ff68/beep")
    bench.twin.hear(frame, 0.0)
    assert bench.twin.model.beeps == 1
    assert "♪" in bench.twin.face


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("start", 0x0A),
        ("evaluate", 0x0B),
        ("next", 0x0C),
        ("recall", 0x0D),
        ("cancel", 0x0E),
        ("confirm", 0x0F),
        ("line", 0x11),
        ("pause", 0x12),
        ("transfer", 0x13),
    ],
)
def test_every_key_has_its_code(key: str, code: int) -> None:
    bench = Bench()
    bench.twin.press(key)
    assert bench.said[0][7] == code


def test_a_press_is_repeated_until_it_is_echoed() -> None:
    bench = Bench()
    bench.twin.press("next")
    assert bench.twin.due_s() == 0.25
    bench.twin.step(0.25)
    assert bench.said == [NEXT, NEXT]
    bench.twin.hear(NEXT, 0.3)
    bench.twin.step(0.5)
    assert bench.said == [NEXT, NEXT]


def test_a_keypad_gives_up_in_the_end() -> None:
    bench = Bench()
    bench.twin.press("next")
    for at in range(1, 8):
        bench.twin.step(0.25 * at)
    assert bench.said == [NEXT] * 4
    assert bench.twin.model.given_up == 1
    assert not bench.twin.is_busy


def test_presses_wait_for_one_another() -> None:
    bench = Bench()
    bench.twin.press("next")
    bench.twin.press("recall")
    assert bench.said == [NEXT]
    bench.twin.hear(NEXT, 0.1)
    assert bench.said[1][7] == 0x0D


def test_another_press_is_no_echo() -> None:
    bench = Bench()
    bench.twin.press("next")
    bench.twin.hear(bytes.fromhex("FF 68 03 03 68 03 01 0D 11 16"), 0.1)
    bench.twin.hear(bytes.fromhex("FF 68 03 03 68 04 01 0C 11 16"), 0.1)
    assert bench.twin.is_busy


@pytest.mark.parametrize("keys", ["fly", "12", "A next", "", "1 2 next"])
def test_a_key_that_is_not_there_is_refused(keys: str) -> None:
    with pytest.raises(ValueError, match="this keypad cannot send"):
        Bench().twin.press(keys)


def test_a_power_cut_forgets() -> None:
    bench = Bench()
    bench.twin.hear(bytes.fromhex("FF 68 03 03 68 03 02 05 0A 16"), 0.0)
    assert bench.twin.shown == "5"
    bench.twin.press("next")
    bench.twin.power_cut()
    assert (bench.twin.shown, bench.twin.is_busy, bench.twin.due_s()) == ("", False, None)


def test_a_stuck_key_is_not_stopped_by_echoes() -> None:
    bench = Bench()
    bench.twin.faults.stuck = True
    bench.twin.press("next")
    for at in range(1, 20):
        bench.twin.hear(NEXT, 0.25 * at - 0.1)
        bench.twin.step(0.25 * at)
    assert len(bench.said) == 20


def test_silent_dead_and_refusing_keypads() -> None:
    for fault, still_shows in (("silent", True), ("dead", False), ("refuse", False)):
        bench = Bench()
        setattr(bench.twin.faults, fault, True)
        bench.twin.press("next")
        bench.twin.hear(bytes.fromhex("FF 68 03 03 68 03 02 05 0A 16"), 0.0)
        assert bench.said == []
        assert (bench.twin.shown == "5") is still_shows


def test_a_late_keypad_speaks_later() -> None:
    bench = Bench()
    bench.twin.faults.late_s = 0.1
    bench.twin.press("next")
    assert bench.said == []
    assert bench.twin.due_s() == pytest.approx(0.1)
    bench.twin.step(0.1)
    assert bench.said == [NEXT]


def test_garble_turns_one_bit_and_is_the_same_every_time() -> None:
    said = []
    for _ in range(2):
        bench = Bench()
        bench.twin.faults.garble = 5
        bench.twin.press("next")
        bench.twin.step(0.25)
        said.append(bench.said)
    assert said[0] == said[1]
    for frame in said[0]:
        assert sum((one ^ other).bit_count() for one, other in zip(frame, NEXT, strict=True)) == 1


def test_noise_goes_before_the_frame() -> None:
    bench = Bench()
    bench.twin.faults.noise = 5
    bench.twin.press("next")
    assert bench.said[0].endswith(NEXT)
    assert 1 <= len(bench.said[0]) - len(NEXT) <= 6


def test_a_wrong_address_is_spoken() -> None:
    bench = Bench()
    bench.twin.faults.wrong_address = 9
    bench.twin.press("next")
    assert bench.said == [bytes.fromhex("FF 68 03 03 68 09 01 0C 16 16")]
