"""An adapter that is pulled and comes back as another terminal, twenty times in the middle of visits."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from typing import Any

import pytest

from edge.hall import events as e
from simulators.chaos.replugs import REOPEN_S, Adapter, descriptors

REPLUGS = 20
BUSY_S = 7.0  # for a machine that has other things to do


async def rate_until_thanked(hall: Any, grade: int) -> None:
    """A citizen presses again when nothing happens."""
    pad = hall.place("1").evaluator
    thanked = pad.thanked
    for _ in range(20):
        pad.press(grade)
        try:
            await pad.changed(lambda twin: twin.thanked > thanked, 1.5)
        except TimeoutError:
            continue
        return
    raise AssertionError("nobody was thanked")


@pytest.mark.timeout(400)
def test_twenty_replugs_lose_no_rating_double_none_and_leak_nothing(whole: Any) -> None:
    dice = random.Random(20)
    waits_s: list[float] = []

    async def replug(hall: Any, adapter: Adapter) -> None:
        adapter.pull()
        await hall.device("strip-1", "lost", "port_lost")
        adapter.plug_in()
        since_s = time.monotonic()
        await hall.until(lambda: hall.seen.devices["strip-1"]["state"] != "lost")
        waits_s.append(time.monotonic() - since_s)

    async def visit(hall: Any, adapter: Adapter, pulled_at: str) -> None:
        await hall.take()
        await hall.insist("1", "call_next", lambda: hall.window("1").get("phase") == "calling")
        if pulled_at == "called":
            await replug(hall, adapter)
            await hall.strip("1", "请")
        await hall.insist("1", "ask_rating", lambda: hall.window("1").get("rating"))
        if pulled_at == "asked":
            await replug(hall, adapter)
        if pulled_at == "pressed":
            hall.place("1").evaluator.press(3)
            await asyncio.sleep(0)  # the grade is on the wire, or in the port, or kept, or thanked for
            await replug(hall, adapter)
        await rate_until_thanked(hall, dice.choice([1, 2, 3]))
        await hall.until(lambda: not hall.window("1").get("rating"))

    async def body() -> Any:
        async with whole() as hall:
            (line,) = [line for line in hall.stage.lines if len(line.twins) > 1]
            adapter = Adapter(line)
            await hall.log_in("1")
            before = descriptors(hall.nodes["east"].process.pid)
            try:
                for _ in range(REPLUGS):
                    await visit(hall, adapter, dice.choice(["called", "asked", "pressed"]))
            finally:
                adapter.close()
            await hall.until(lambda: hall.seen.drained)
            assert descriptors(hall.nodes["east"].process.pid) == before
            assert len(adapter.devices) > REPLUGS / 2, "it was really another terminal"
            return hall

    hall = asyncio.run(body())
    rated = Counter(event.visit for event in hall.books() if isinstance(event, e.RatingGiven))
    assert len(rated) == REPLUGS and set(rated.values()) == {1}
    assert max(waits_s) < REOPEN_S + BUSY_S
    told = [line for line in hall.every_node[-1].lines if "its devices are lost" in line]
    assert len(told) < REPLUGS, "a cable that comes and goes is one fault"
