"""Ports with trouble in a running hall: a far end that never reads, devices that speak as somebody else."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import Any


def the_line(hall: Any) -> Any:
    return next(line for line in hall.stage.lines if len(line.twins) > 1)


def fill(terminal: int) -> None:
    """Nothing more fits."""
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(terminal, b"\0")


def test_a_far_end_that_never_reads_stops_nobody_and_is_told_once(run: Any, whole: Any) -> None:
    async def body() -> None:
        async with whole() as hall:
            await hall.log_in("1")
            wire, loop = the_line(hall).wire, asyncio.get_running_loop()
            loop.remove_reader(wire._master)
            terminal = os.open(wire.path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
            loop.add_writer(terminal, fill, terminal)
            assert await hall.take() == "A001", "the ticket machine hangs on other ports"
            hall.press("1", "call_next")
            await hall.until(lambda: hall.window("1").get("ticket") == "A001")
            await hall.device("strip-1", "lost", "port_lost")
            assert "takes no bytes for 10 s" in hall.seen.devices["strip-1"]["detail"]
            loop.remove_writer(terminal)
            os.close(terminal)
            loop.add_reader(wire._master, wire._on_readable)
            await hall.strip("1", "请A001号到1号窗口")
            await hall.device("strip-1", "ready")
            told = [line for line in hall.nodes["east"].lines if "takes no bytes" in line]
            assert len(told) == 1

    run(body())


def test_devices_that_speak_as_somebody_else_are_told_of_and_act_for_nobody(run: Any, whole: Any) -> None:
    async def body() -> None:
        async with whole() as hall:
            await hall.log_in()
            await hall.take()
            strip, keypad = hall.place("1").strip, hall.place("1").keypad
            strip.faults.wrong_address = 22  # the neighbour's
            keypad.faults.wrong_address = 9  # nobody's
            assert await hall.call("2") == "请A001号到2号窗口"
            hall.press("1", "pause")
            await hall.until(lambda: hall.seen.lives["east"] == "degraded")
            detail = hall.seen.details["east"]
            assert detail.startswith("port line: a ff68 frame from no device of this line")
            assert detail.endswith("check addresses")
            strip.power_cut()
            hall.place("1").keypad.faults.wrong_address = None
            hall.press("1", "pause")
            await hall.device("strip-1", "degraded", "no_answer")
            assert hall.seen.devices["strip-2"]["state"] == "ready"
            strip.faults.wrong_address = None
            hall.press("1", "resume")
            await hall.device("strip-1", "ready")
            told = [line for line in hall.nodes["east"].lines if "from no device of this line" in line]
            assert len(told) == 1

    run(body())
