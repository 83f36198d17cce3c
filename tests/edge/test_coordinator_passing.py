"""A coordinator whose journal was a copy: what may have been issued since is passed over, come what may."""

from __future__ import annotations

from typing import Any

import pytest

from edge.hall.events import NumbersPassed
from edge.keeper import decode_event
from edge.passing import Passing
from edge.standby import books
from mqtt_bridge import messages as m


async def passed(office: Any) -> list[str]:
    """The first numbers that were passed over, as the journal has them."""
    rows = await office.journal.run(
        lambda db: list(db.execute("SELECT kind, body FROM events WHERE kind = 'NumbersPassed' ORDER BY seq"))
    )
    events = [decode_event(kind, body) for kind, body in rows]
    return [f"{one.prefix}{one.first}" for one in events if isinstance(one, NumbersPassed)]


def test_a_copy_is_gone_on_from_with_numbers_passed_over_once(
    run: Any, office: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def body() -> None:
        async with office() as hall:
            assert (await hall.do(m.TakeNumber, service="pension")).ticket == "A001"
            await hall.journal.run(books.is_copy)
            await hall.restart(clean=False)
            assert await passed(hall) == ["A2", "B1"]
            assert "numbers B001 to B010 may be on paper" in caplog.text, "as they are printed"
            await hall.restart()
            assert await passed(hall) == ["A2", "B1"], "it lacks nothing any more"
            number = (await hall.do(m.TakeNumber, service="pension")).ticket
            assert number > "A011"

    run(body())


def test_what_could_not_be_passed_over_is_so_before_anything_is_issued(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            await hall.do(m.TakeNumber, service="pension")
            await hall.journal.run(books.is_copy)
            desk, copied_ms = hall.coordinator, int(hall.now_s * 1000)
            desk._passing = Passing(copied_ms, hall.journal, desk._keeper, desk._commits)
            hall.journal.fail()
            desk._passing.pass_over()
            await hall.settle()
            assert await passed(hall) == ["A2", "B1"]
            assert (await hall.do(m.TakeNumber, service="pension")).ticket > "A011"
            await hall.restart()
            assert len(await passed(hall)) == 2

    run(body())
