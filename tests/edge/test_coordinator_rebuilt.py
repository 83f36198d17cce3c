"""A coordinator with a new store waits for what nodes keep, and issues above it; a first start is at once."""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from typing import Any

import pytest

from edge import rebuilding
from edge.doctor.hall import look_at_journal
from mqtt_bridge import messages as m

DAY = "20261123"
GENERATION = "abcdef01"
NODES = ("east", "west")


def slip(hall: Any, seq: int, number: str, before_s: float) -> m.Printed:
    at_ms = int((hall.now_s - before_s) * 1000)
    return m.Printed(
        *("east", f"{GENERATION}-{seq}", at_ms, f"{DAY}-{number}", number, "printed"),
        service="pension",
        issued_ms=at_ms,
    )


def shown(hall: Any, seq: int, number: str, before_s: float) -> m.Shown:
    at_ms = int((hall.now_s - before_s) * 1000)
    return m.Shown("west", f"{GENERATION}-{seq}", at_ms, f"{DAY}-{number}", "1", "strip-1", 1, True)


async def meet(hall: Any, node: str, up_to: int = 0, *last: m.LastNumber) -> None:
    """The node says what it keeps, and hears that it was heard."""
    request = hall.make(m.Meet, generation=GENERATION, up_to=up_to, numbers=last)
    hall.send(request, node)
    await hall.ear.until(lambda: hall.answers(request.id))


async def take_in(hall: Any, node: str, *records: m.Record) -> None:
    for record in records:
        hall.send(record, node)
    await hall.settle()


def states(hall: Any) -> list[m.State]:
    return list(hall.ear.of(m.State))


def test_nothing_is_issued_called_or_said_before_every_node_has_told_all(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office(nodes=NODES) as hall:
            assert (await hall.ask(m.TakeNumber, service="pension")).code == "rebuilding"
            lease = hall.make(m.LeaseNumbers, source="core")
            hall.send(lease, "core")
            await hall.do(m.Login, window="1", clerk="101")
            await meet(hall, "east", 3)
            await meet(hall, "west", 2)
            await take_in(hall, "east", slip(hall, 1, "A001", 900.0), slip(hall, 3, "A003", 700.0))
            await take_in(hall, "west", shown(hall, 1, "A001", 500.0), shown(hall, 2, "A002", 400.0))
            assert (await hall.ask(m.CallNext, window="1")).code == "rebuilding"
            assert states(hall) == []
            await take_in(hall, "east", slip(hall, 2, "A002", 800.0))
            await hall.ear.until(lambda: len(states(hall)) > 5)
            assert (hall.window("1").ticket, hall.window("1").phase, hall.window("1").calls) == (
                "A002",
                "calling",
                1,
            )
            await hall.do(m.CallNext, window="1")
            await hall.ear.until(lambda: hall.window("1").ticket == "A003")
            assert (await hall.number()).number > "A013"
            assert hall.answers(lease.id)[0].lease is not None, "answered afterwards"

    run(body())


def test_a_first_start_is_at_once_when_all_nodes_are_there(run: Any, office: Any, caplog: Any) -> None:
    async def body() -> None:
        async with office(nodes=NODES) as hall:
            await meet(hall, "east")
            await meet(hall, "west")
            assert (await hall.number()).number == "A001"
            assert not [record for record in caplog.records if record.levelname != "INFO"]
            await hall.restart()
            assert (await hall.number()).number == "A002", "and no matter of the next start"

    run(body())


@pytest.mark.parametrize("tells_on", [False, True], ids=["silence", "no end of it"])
def test_who_is_not_there_is_waited_for_so_long_and_no_longer(
    run: Any, office: Any, caplog: Any, monkeypatch: pytest.MonkeyPatch, tells_on: bool
) -> None:
    monkeypatch.setattr(rebuilding, "QUIET_S", 0.9 if tells_on else 0.2)
    monkeypatch.setattr(rebuilding, "MOST_S", 1.0)

    async def body() -> None:
        began_s = time.monotonic()
        async with office(nodes=NODES) as hall:
            await meet(hall, "east", 10**6)
            await take_in(hall, "east", slip(hall, 1, "A004", 60.0))
            seqs = itertools.count(2)
            while tells_on and not states(hall):
                await take_in(hall, "east", slip(hall, next(seqs), "A003", 60.0))
            await hall.ear.until(lambda: states(hall))
            assert time.monotonic() - began_s >= (1.0 if tells_on else 0.2)
            assert "not heard: east, west" in caplog.text
            assert (await hall.number()).number > "A014"

    run(body())


def test_a_node_that_comes_later_is_listened_to_as_well(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office(nodes=NODES) as hall:
            await meet(hall, "east", 1)
            await take_in(hall, "east", slip(hall, 1, "A005", 700.0))
            await meet(hall, "west")
            await hall.ear.until(lambda: states(hall))
            await hall.open("1")
            await take_in(hall, "west", shown(hall, 1, "A002", 500.0))
            late = slip(hall, 1, "A003", 800.0)
            await take_in(hall, "core", m.Printed(**{**as_dict(late), "source": "core"}))
            old = m.Rated("west", f"{GENERATION}-2", 5, f"{DAY}-A001", "1", 5)
            await take_in(hall, "west", old)
            assert hall.hall.visits[f"{DAY}-A001"].ratings == {"": 5}
            assert hall.window("1").ticket == "A002"
            for number in ("A003", "A005"):
                await hall.do(m.CallNext, window="1")
                await hall.ear.until(lambda wanted=number: hall.window("1").ticket == wanted)

    run(body())


@pytest.mark.parametrize("restarted", [False, True])
def test_what_was_before_is_believed_later_too_and_nothing_that_came_after(
    run: Any, office: Any, restarted: bool
) -> None:
    async def body() -> None:
        async with office(nodes=NODES) as hall:
            await meet(hall, "east", 1)
            await take_in(hall, "east", slip(hall, 1, "A005", 700.0))
            await meet(hall, "west")
            await hall.ear.until(lambda: states(hall))
            if restarted:
                await hall.restart(clean=False)
            for seq, before_ms in ((1, 86_400_000), (2, 0)):
                at_ms = int(hall.now_s * 1000) - before_ms
                visit = f"20261122-A00{seq}"
                await take_in(hall, "west", m.Rated("west", f"{GENERATION}-{seq}", at_ms, visit, "1", 5))
            assert list(hall.hall.past["20261122"]) == ["20261122-A001"]

    run(body())


def as_dict(record: m.Record) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


def test_killed_while_it_is_told_it_goes_on_with_that(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office(nodes=NODES) as hall:
            await meet(hall, "east", 1)
            await take_in(hall, "east", slip(hall, 1, "A005", 700.0))
            await hall.restart(clean=False)
            assert (await hall.ask(m.TakeNumber, service="pension")).code == "rebuilding"
            await meet(hall, "east", 1)
            await meet(hall, "west")
            await hall.ear.until(lambda: states(hall))
            assert (await hall.number()).number > "A015"
            await hall.restart(clean=False)
            assert (await hall.number()).number > "A016", "told once, it is over"

    run(body())


def test_numbers_that_were_heard_of_alone_are_enough(run: Any, office: Any, caplog: Any) -> None:
    async def body() -> None:
        async with office(nodes=NODES) as hall:
            await meet(hall, "east")
            await meet(hall, "west", 0, m.LastNumber("A057", int(hall.now_s * 1000) - 5000))
            await hall.ear.until(lambda: states(hall))
            assert (await hall.number()).number == "A068"
            assert "A001-A067, B001-B010 may be on paper" in caplog.text
            await hall.settle()
            await hall.crash()
            (told,) = look_at_journal(hall.journal.path).findings
            assert "the nodes told it 0 tickets (0 wait), 0 calls, 0 ratings; A001-A067" in told.text
            await hall.start()
            await hall.open("1")
            await hall.do(m.CallNumber, window="1", number="57")

    run(body())


@pytest.mark.parametrize(("heard_of", "number"), [((), "A020"), (("A057",), "A074")])
def test_as_many_are_left_out_as_may_have_been_issued_since(
    run: Any, office: Any, heard_of: tuple[str, ...], number: str
) -> None:
    """Twice the three of the last minute and ten, above the last ticket or the last number heard of."""

    async def body() -> None:
        async with office(nodes=NODES) as hall:
            await meet(hall, "east", 3)
            told = (slip(hall, seq, f"A00{seq}", 120.0 - 20 * seq) for seq in (1, 2, 3))
            await take_in(hall, "east", *told)
            last = (m.LastNumber(one, int(hall.now_s * 1000) - 5000) for one in heard_of)
            await meet(hall, "west", 0, *last)
            await hall.ear.until(lambda: states(hall))
            assert (await hall.number()).number == number

    run(body())


def test_after_a_damaged_store_numbers_are_left_out_though_nobody_heard_of_any(
    run: Any, office: Any, tmp_path: Path
) -> None:
    async def body() -> None:
        (tmp_path / "small-core.db").write_bytes(b"\xa5" * 8192)
        async with office(nodes=NODES) as hall:
            await meet(hall, "east")
            await meet(hall, "west")
            await hall.ear.until(lambda: states(hall))
            assert (await hall.number()).number == "A501"

    run(body())


def test_a_commit_that_fails_at_its_end_is_made_again(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office(nodes=NODES) as hall:
            waiting = hall.coordinator._rebuilding
            pass_over = waiting._pass_over

            def fails() -> Any:
                hall.journal.fail(failures.pop() if failures else 0)
                return pass_over()

            failures = [1]
            waiting._pass_over = fails
            await meet(hall, "east", 1)
            await meet(hall, "west")
            await take_in(hall, "east", slip(hall, 1, "A005", 700.0))
            assert not failures
            await hall.ear.until(lambda: states(hall))
            assert (await hall.number()).number > "A015"

    run(body())


def test_one_that_is_stopped_while_it_waits_waits_no_more(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office(nodes=NODES) as hall:
            timer = hall.coordinator._rebuilding._timer
            hall.coordinator.stop()
            assert timer.cancelled()

    run(body())
