"""The strip over time: sent until acknowledged, refreshed slowly, the newest text only."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest

from devices.strip.machine import NOTHING, Do, State, StripMachine
from devices.strip.messages import Segment, Shown, ShowRom, ShowText
from devices.strip.settings import StripSettings

FIRST = ShowText((Segment("A001"),), "one")
SECOND = ShowText((Segment("A002"),), "two")


def machine(**changes: object) -> StripMachine:
    settings = {"address": 0, "refresh_s": 60, "reply_ms": 150, "attempts": 3, **changes}
    return StripMachine(msgspec.convert(settings, StripSettings))


def waiting() -> StripMachine:
    strip = machine()
    assert strip.on_command(FIRST, is_open=True) == Do(send=FIRST)
    assert strip.on_sent(1.0) == NOTHING
    return strip


def test_a_text_from_command_to_acknowledgement() -> None:
    strip = waiting()
    assert strip.state is State.WAITING
    assert strip.on_ack(1.05) == Do(shown=Shown("one", True), answers=True)
    assert strip.state is State.RESTING


def test_the_same_text_again_is_nothing_new() -> None:
    strip = waiting()
    assert strip.on_command(FIRST, is_open=True) == NOTHING
    assert strip.on_command(ShowText(FIRST.segments, "other"), is_open=True).send is not None


def test_silence_is_met_with_more_attempts_and_then_told_once() -> None:
    strip = waiting()
    assert strip.step(1.14) == NOTHING
    assert strip.step(1.15) == Do(send=FIRST)
    strip.on_sent(1.2)
    assert strip.step(1.35) == Do(send=FIRST)
    strip.on_sent(1.4)
    assert strip.step(1.55) == Do(shown=Shown("one", False), answers=False)
    assert strip.state is State.RESTING


def test_a_silent_strip_is_tried_again_at_its_refresh_and_told_when_it_answers() -> None:
    strip = waiting()
    for end_s in (1.2, 1.4):
        strip.step(end_s)
        strip.on_sent(end_s)
    strip.step(1.6)
    assert strip.due_s == pytest.approx(1.6 + 45)
    assert strip.step(50.0) == Do(send=FIRST)
    strip.on_sent(50.1)
    assert strip.on_ack(50.2) == Do(shown=Shown("one", True), answers=True)


def test_silence_over_and_over_is_told_once() -> None:
    strip = machine(attempts=1)
    strip.on_command(FIRST, is_open=True)
    strip.on_sent(0.0)
    assert strip.step(0.15) == Do(shown=Shown("one", False), answers=False)
    strip.step(60.0)
    strip.on_sent(60.0)
    assert strip.step(60.2) == Do(answers=False)


def test_a_refresh_sends_the_text_and_says_nothing() -> None:
    strip = waiting()
    strip.on_ack(1.05)
    assert strip.step(46.0) == NOTHING
    assert strip.step(46.05) == Do(send=FIRST)
    strip.on_sent(46.1)
    assert strip.on_ack(46.2) == Do(answers=True)


def test_a_text_once_acknowledged_stays_told_when_the_strip_falls_silent() -> None:
    strip = machine(attempts=1)
    strip.on_command(FIRST, is_open=True)
    strip.on_sent(0.0)
    strip.on_ack(0.1)
    strip.step(60.0)
    strip.on_sent(60.0)
    assert strip.step(60.2) == Do(answers=False)


def test_a_newer_text_takes_the_place_of_one_that_waits() -> None:
    strip = waiting()
    assert strip.on_command(SECOND, is_open=True) == Do(send=SECOND)
    assert strip.on_ack(1.05) == Do(answers=True)  # the old text's: only a sign of life
    strip.on_sent(1.2)
    assert strip.on_ack(1.25) == Do(shown=Shown("two", True), answers=True)


def test_a_strip_that_never_answers_is_not_at_fault() -> None:
    strip = machine(acks=False)
    assert strip.on_command(FIRST, is_open=True) == Do(send=FIRST)
    assert strip.on_sent(1.0) == Do(shown=Shown("one", False))
    assert strip.step(46.0) == Do(send=FIRST)
    assert strip.on_sent(46.0) == NOTHING


def test_a_strip_is_filled_again_when_its_port_is_back() -> None:
    strip = machine()
    assert strip.on_open() == NOTHING
    assert strip.on_command(FIRST, is_open=False) == NOTHING
    assert strip.on_open() == Do(send=FIRST)
    strip.on_close()
    assert strip.due_s is None
    assert strip.on_open() == Do(send=FIRST)


def test_strips_of_one_line_are_refreshed_at_different_times() -> None:
    dues = []
    for address in range(16):
        strip = machine(address=address)
        strip.on_command(FIRST, is_open=True)
        strip.on_sent(0.0)
        strip.on_ack(0.0)
        dues.append(strip.due_s)
    assert all(45 <= due < 75 for due in dues)
    ordered = sorted(dues)
    assert min(b - a for a, b in pairwise(ordered)) > 1.0


def test_without_refresh_a_text_stands_but_a_silent_strip_is_looked_for() -> None:
    strip = machine(refresh_s=0, attempts=1)
    strip.on_command(ShowRom("rom"), is_open=True)
    strip.on_sent(0.0)
    assert strip.on_ack(0.1) == Do(shown=Shown("rom", True), answers=True)
    assert strip.due_s is None
    strip.on_command(FIRST, is_open=True)
    strip.on_sent(1.0)
    strip.step(2.0)
    assert strip.due_s is not None


@pytest.mark.parametrize("changes", [{"attempts": 0}, {"reply_ms": 1}, {"refresh_s": -1}, {"columns": 85}])
def test_settings_are_bounded(changes: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        machine(**changes)
