"""Ports that come and go, hang, or do nothing: each fault once in the log, the devices told, and back again.

In virtual time, with a port that does as it is told.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from devices.base import DeviceHealth, Message, PortTrouble
from devices.errors import LinkLost, Unplugged
from edge.guard import Guard
from edge.loop import PortRunner
from edge.outage import BACKOFF_MOST_S, SET_ASIDE_S, STEADY_S, Outage, Wedged


class FaultyPort:
    """Opens unless `fault` says what is wrong; commands do what `act` does."""

    name = "line"
    devices = ("keypad", "strip")

    def __init__(self) -> None:
        self.fault: BaseException | None = None
        self.opened = 0
        self.closed = 0
        self.due: float | None = None
        self.step_does: Callable[[], None] = lambda: None
        self.act: Callable[[], None] = lambda: None
        self.close_fault: Exception | None = None

    def open(self, now_s: float) -> None:
        self.opened += 1
        if self.fault is not None:
            raise self.fault

    def close(self) -> None:
        self.closed += 1
        self.due = None
        if self.close_fault is not None:
            raise self.close_fault

    def read_fd(self) -> int | None:
        return None

    def write_fd(self) -> int | None:
        return None

    def due_s(self) -> float | None:
        return self.due

    def on_readable(self, now_s: float) -> None:
        raise AssertionError("nothing to read")

    on_writable = on_readable

    def step(self, now_s: float) -> None:
        self.due = None
        self.step_does()

    def handle(self, device: str, message: Message, now_s: float) -> None:
        self.act()


class Bench:
    def __init__(self, loop: Any) -> None:
        self.loop = loop
        self.port = FaultyPort()
        self.said: list[tuple[str, Message]] = []
        self.runner = PortRunner(
            self.port, lambda name, message: self.said.append((name, message)), loop, Guard()
        )
        self.runner.start()

    def lives(self, seconds: float) -> None:
        """Let so much time pass."""
        self.loop.call_later(seconds, self.loop.stop)
        self.loop.run_forever()

    def fails(self, error: BaseException) -> None:
        """A call of the port fails, and so does each try to open it until `back`."""
        self.port.fault = error

        def act() -> None:
            raise error

        self.port.act = act
        self.runner.handle("strip", DeviceHealth("ready"))

    def back(self) -> None:
        self.port.fault = None
        self.port.act = lambda: None

    def health(self) -> list[tuple[str, str]]:
        """What was told of the strip."""
        return [
            (message.state, message.code)
            for name, message in self.said
            if name == "strip" and isinstance(message, DeviceHealth)
        ]


@pytest.fixture()
def bench(virtual_loop: Any, caplog: pytest.LogCaptureFixture) -> Bench:
    caplog.set_level(logging.INFO)
    return Bench(virtual_loop)


def test_an_unplugged_adapter_is_one_line_however_it_shows_and_one_when_it_is_back(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.fails(Unplugged("port line: Input/output error; the far end is unplugged"))
    bench.port.fault = Unplugged("port line: No such file or directory")
    bench.lives(60)
    assert bench.health() == [("lost", "port_lost")]
    assert len(caplog.messages) == 1
    bench.back()
    bench.lives(BACKOFF_MOST_S + STEADY_S)
    assert caplog.messages[1:] == ["port line: open again after 61 s"]


def test_it_is_open_again_within_three_seconds_also_after_a_night(bench: Bench) -> None:
    bench.fails(Unplugged("port line: gone"))
    for away_s in (1.0, 5.0, 30_000.0):
        bench.lives(away_s)
        bench.back()
        since_s, before = bench.loop.now_s, bench.port.opened
        while bench.port.opened == before:
            bench.lives(0.1)
        assert bench.loop.now_s - since_s <= 3.0
        bench.fails(Unplugged("port line: gone"))


def test_another_cause_of_the_same_outage_is_told_for_it_has_another_cure(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.fails(Unplugged("port line: gone"))
    bench.port.fault = LinkLost("port line: no permission: add the user to the group dialout")
    bench.lives(60)
    assert ["no permission" in text for text in caplog.messages] == [False, True]
    assert len(bench.health()) == 2


def test_a_cable_that_comes_and_goes_is_one_fault_in_the_log_and_always_told_of(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(20):
        bench.fails(Unplugged("port line: gone"))
        bench.back()
        bench.lives(BACKOFF_MOST_S + 1)
    assert len(caplog.messages) == 1
    assert bench.health() == [("lost", "port_lost")] * 20
    bench.lives(STEADY_S)
    bench.fails(Unplugged("port line: gone"))
    assert len(caplog.messages) == 3, "when it was well in between, it is told again"


def test_a_far_end_that_never_reads_is_one_fault_for_as_long_as_it_lasts(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(50):  # the port opens, takes a frame, and is found stuck ten seconds later
        bench.fails(LinkLost("port line: takes no bytes for 10 s"))
        bench.back()
        bench.lives(10)
    assert len(caplog.messages) == 1


def test_a_port_lost_in_a_call_within_a_call_is_opened_again(bench: Bench) -> None:
    """A key comes in, the desk answers at once, and the adapter is pulled just then."""
    bench.port.due = bench.loop.now_s + 1

    def press() -> None:
        bench.fails(Unplugged("port line: gone"))
        bench.back()
        raise LinkLost("port line: closed")

    bench.port.step_does = press
    bench.runner.handle("strip", DeviceHealth("ready"))
    bench.lives(10)
    assert bench.health() == [("lost", "port_lost")], "the call around it tells nothing again"
    assert bench.port.opened == 2


def test_a_port_that_cannot_be_closed_is_opened_again(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.port.close_fault = OSError(5, "Input/output error")
    bench.fails(Unplugged("port line: gone"))
    bench.back()
    bench.lives(1)
    assert bench.runner.is_open
    assert "cannot be closed properly" in caplog.text


def test_a_port_that_does_not_do_what_is_due_is_opened_again_and_named(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.lives(20)
    bench.runner.check()
    bench.port.due = bench.loop.now_s - 6  # it was never told so to the runner
    bench.runner.check()
    assert bench.health() == [("lost", "port_wedged")]
    assert caplog.messages[-1].startswith("port line: did not do what was due; it is opened again")
    bench.lives(1)
    assert bench.runner.is_open


def test_a_port_that_spins_is_opened_again_and_named(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.lives(10)
    bench.runner.check()
    for _ in range(200_000):
        bench.runner.handle("strip", DeviceHealth("ready"))
    bench.lives(10)
    bench.runner.check()
    assert bench.health() == [("lost", "port_wedged")]
    assert "again and again" in caplog.messages[-1]


def test_a_port_that_moves_is_left_alone(bench: Bench) -> None:
    for _ in range(100):
        bench.port.due = bench.loop.now_s + 8
        bench.runner.handle("strip", DeviceHealth("ready"))
        bench.lives(10)
        bench.runner.check()
    bench.fails(Unplugged("port line: gone"))
    bench.lives(1000)
    bench.runner.check()
    assert bench.health() == [("lost", "port_lost")]


def test_a_port_that_hangs_again_and_again_is_set_aside_and_tried_now_and_then(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.fails(Wedged("port line: a call of it did not come back"))
    bench.lives(5)
    tries = bench.port.opened
    assert "held up the node 3 times: it is tried again every 10 minutes" in caplog.messages[-1]
    assert len(caplog.messages) == 2, "the first time, and that it is set aside"
    (trouble,) = [message for name, message in bench.said if name == "line"]
    assert isinstance(trouble, PortTrouble) and "10 minutes" in trouble.detail
    bench.lives(SET_ASIDE_S * 6)
    assert bench.port.opened == tries + 6
    bench.back()
    bench.lives(SET_ASIDE_S + STEADY_S)
    assert bench.said[-1] == ("line", PortTrouble())


def test_what_hung_long_ago_does_not_make_an_unplugged_port_wait() -> None:
    outage = Outage()
    for at_s in (0.0, 1.0, 2.0):
        outage.lost(Wedged("port line: hangs"), at_s)
    assert outage.wait_s(2.0) == SET_ASIDE_S
    outage.over(1000.0)
    outage.lost(Unplugged("port line: gone"), 9000.0)
    assert outage.wait_s(9000.0) < 1
