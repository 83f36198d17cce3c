"""Hall time follows the system clock forward, and never goes back."""

from __future__ import annotations

import logging

import pytest

from edge.clock import HallClock


class Times:
    """A wall and a monotonic clock moved by hand."""

    def __init__(self) -> None:
        self.wall_s = 1_000_000.0
        self.mono_s = 50.0

    def pass_s(self, seconds: float, *, wall_jump_s: float = 0.0) -> None:
        self.mono_s += seconds
        self.wall_s += seconds + wall_jump_s

    def clock(self, floor_s: float = 0.0) -> HallClock:
        return HallClock(floor_s=floor_s, wall=lambda: self.wall_s, monotonic=lambda: self.mono_s)


def test_it_follows_the_system_clock() -> None:
    times = Times()
    clock = times.clock()
    times.pass_s(10)
    assert clock.now_s() == 1_000_010
    times.pass_s(0.5, wall_jump_s=-0.001)
    assert clock.now_s() == pytest.approx(1_000_010.499)


def test_a_jump_forward_is_followed_and_said(caplog: pytest.LogCaptureFixture) -> None:
    times = Times()
    clock = times.clock()
    times.pass_s(1, wall_jump_s=86_400)
    with caplog.at_level(logging.WARNING):
        assert clock.now_s() == 1_086_401
    assert "86400 s forward" in caplog.text


def test_an_hour_back_never_goes_back_and_catches_up(caplog: pytest.LogCaptureFixture) -> None:
    times = Times()
    clock = times.clock()
    times.pass_s(1, wall_jump_s=-3600)
    last = clock.now_s()
    assert last >= 1_000_000.9
    for _ in range(40_000):
        times.pass_s(1)
        now = clock.now_s()
        assert now > last
        last = now
    assert clock.now_s() == times.wall_s
    assert caplog.text.count("behind the hall's time") == 1


def test_a_restart_does_not_go_back_behind_the_journal() -> None:
    times = Times()
    clock = times.clock(floor_s=1_000_500.0)
    times.pass_s(10)
    assert clock.now_s() == pytest.approx(1_000_509)
    clock.raise_floor(1_002_000.0)
    assert clock.now_s() >= 1_002_000
