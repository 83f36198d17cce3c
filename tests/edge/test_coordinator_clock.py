"""The coordinator's clock is set: the rules hear of it before anything else, and all nodes hear the time."""

from __future__ import annotations

from typing import Any

import pytest

from edge import coordinator as coordinator_module
from edge import ledger
from edge.keeper import UNSURE_S, decode_event
from mqtt_bridge import messages as m

HOUR_S, DAY_S = 3600.0, 86_400.0


async def events(hall: Any) -> list[str]:
    """What stands in the journal, by name."""
    stored = await hall.journal.run(lambda db: list(ledger.events_after(db, 0)))
    return [type(decode_event(one.kind, one.body)).__name__ for one in stored]


@pytest.mark.parametrize("by_s", [HOUR_S, -HOUR_S, DAY_S])
def test_a_step_is_decided_before_the_press_that_finds_it(run: Any, office: Any, by_s: float) -> None:
    async def body() -> None:
        async with office() as hall:
            await hall.open("1")
            await hall.number()
            hall.now_s += 120
            before = len(await events(hall))
            hall.set_by_s = by_s
            second = await hall.number()
            named = (await events(hall))[before:]
            assert named == ["ClockSet", *(["DayStarted"] if by_s == DAY_S else []), "NumberIssued"]
            assert second.number == "A002"
            assert second.issued_ms == pytest.approx((hall.now_s + by_s) * 1000)
            (first,) = [one for one in hall.hall.visits.values() if one.number == "A001"]
            assert hall.hall.now_s - first.issued_s == pytest.approx(120)
            assert (await hall.do(m.CallNext, window="1")).ticket == "A001"

    run(body())


def test_a_step_that_nobody_meets_is_found_within_a_minute_and_all_nodes_hear_the_time(
    run: Any, office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coordinator_module, "LOOK_MOST_S", 0.01)

    async def body() -> None:
        async with office() as hall:
            hall.set_by_s = 5 * HOUR_S
            await hall.ear.until(
                lambda: any(
                    state.at_ms >= (hall.now_s + hall.set_by_s) * 1000 for state in hall.ear.of(m.HallState)
                )
            )
            assert "ClockSet" in await events(hall)

    run(body())


def test_started_again_without_the_time_it_goes_on_from_its_last_event(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            first = await hall.number()
            hall.now_s += 60
            second = await hall.number()
            hall.trusted, hall.set_by_s = False, -50 * 365 * DAY_S
            await hall.restart(clean=False)
            hall.now_s += 10
            third = await hall.number()
            assert [one.number for one in (first, second, third)] == ["A001", "A002", "A003"]
            assert third.issued_ms == second.issued_ms + 10_000
            assert hall.ear.retained["state/hall",].day == "20261123"

    run(body())


def test_tickets_taken_before_the_time_was_known_are_kept_when_it_is(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            hall.trusted, hall.set_by_s = False, -50 * 365 * DAY_S
            await hall.restart(clean=False)
            hall.now_s += 10
            early = await hall.number()
            hall.now_s += 30
            hall.set_by_s = DAY_S
            await hall.open("1")
            assert hall.ear.retained["state/hall",].day == "20261124"
            assert (await hall.do(m.CallNext, window="1")).ticket == early.number
            (visit,) = hall.hall.visits.values()
            assert visit.called_s - visit.issued_s == pytest.approx(30)

    run(body())


def test_a_journal_from_the_future_is_put_right_when_the_system_trusts_its_clock(
    run: Any, office: Any
) -> None:
    async def body() -> None:
        async with office() as hall:
            hall.set_by_s = 30 * DAY_S
            ahead = await hall.number()
            hall.set_by_s = 0.0
            await hall.restart(clean=False)
            now = await hall.number()
            assert (ahead.number, now.number) == ("A001", "A002")
            assert now.issued_ms == hall.now_s * 1000
            assert hall.ear.retained["state/hall",].day == "20261123"

    run(body())


def test_nothing_is_forgotten_for_a_day_after_the_clock_was_set(
    run: Any, office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.ledger.EVENTS_KEPT_LEAST", 0)

    async def body() -> None:
        async with office() as hall:
            await hall.number()
            hall.set_by_s = 365 * DAY_S
            for _ in range(2):
                await hall.number()
                await hall.restart()  # keeps the hall whole, and forgets what is old
            assert (await events(hall)).count("NumberIssued") == 3
            hall.now_s += UNSURE_S
            for _ in range(2):  # of the two halls kept whole, the older one covers what goes
                await hall.number()
                await hall.restart()
            assert (await events(hall)).count("NumberIssued") == 4, "the first is a year old"

    run(body())
