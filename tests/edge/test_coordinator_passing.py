"""A coordinator whose journal was a copy: what may have been issued since is passed over, come what may."""

from __future__ import annotations

import asyncio
from typing import Any

import apsw
import pytest

from edge import ledger
from edge.hall.events import NumbersPassed
from edge.journal import Journal, JournalFailed
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


def test_the_older_the_copy_the_more_is_passed_over(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            for _ in range(3):
                await hall.number()
                hall.now_s += 600.0
            await hall.journal.run(books.is_copy)
            hall.now_s += 1800.0
            await hall.restart(clean=False)
            assert (await hall.number()).number == "A020", "3 in so long: twice as many, and 10"

    run(body())


def test_what_could_not_be_passed_over_is_so_before_anything_is_issued(
    run: Any, office: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def body() -> None:
        async with office() as hall:
            await hall.do(m.TakeNumber, service="pension")
            await hall.journal.run(books.is_copy)
            desk, copied_ms = hall.coordinator, int(hall.now_s * 1000)
            found = ledger.Restart(copied_ms=copied_ms, snapshot_seq=9, last_row=7)
            desk._passing = Passing(found, 0, hall.journal, desk._keeper, desk._commits)
            hall.journal.fail()
            desk._passing.pass_over()
            await hall.settle()
            assert await passed(hall) == ["A2", "B1"]
            assert caplog.text.count("events 8 to 9 are gone") == 1
            assert (await hall.do(m.TakeNumber, service="pension")).ticket > "A011"
            await hall.restart()
            assert len(await passed(hall)) == 2

    run(body())


def test_on_a_full_disk_it_waits_for_room_and_nothing_is_issued_meanwhile(
    run: Any, office: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def body() -> None:
        async with office() as hall:
            await hall.do(m.TakeNumber, service="pension")
            desk, found = hall.coordinator, ledger.Restart(copied_ms=int(hall.now_s * 1000))
            passing = Passing(found, 0, hall.journal, desk._keeper, desk._commits)
            desk._passing = desk._answering._passing = passing
            hall.journal.look_for_room = lambda: None
            hall.journal.fail()
            passing.pass_over()
            hall.journal.storage = "full"
            await hall.settle()
            assert passing.is_owed
            assert caplog.text.count("was read from the journal again") == 1, "and not for ever"
            passing.settle()  # a day that begins still fits
            await hall.settle()
            assert passing.is_owed and not passing._is_settled
            hall.journal.storage = "ok"
            assert (await hall.ask(m.TakeNumber, service="pension")).code == "storage_reserve"
            desk.storage_changed()
            assert (await hall.do(m.TakeNumber, service="pension")).ticket > "A011"
            assert await passed(hall) == ["A2", "B1"]

    run(body())


@pytest.mark.parametrize(
    ("clean", "boot", "first"),
    [
        (False, "the next", ["A2", "B1"]),
        (False, "this", []),
        (True, "the next", []),
    ],
    ids=["power cut", "killed", "switched off"],
)
def test_after_a_power_cut_alone_numbers_are_passed_over(
    run: Any, office: Any, clean: bool, boot: str, first: list[str]
) -> None:
    async def body() -> None:
        async with office(boot="this") as hall:
            assert (await hall.do(m.TakeNumber, service="pension")).ticket == "A001"
            hall.boot = boot
            await hall.restart(clean=clean)
            assert await passed(hall) == first
            hall.journal.fail()
            hall.coordinator._passing.settle()  # a day that begins while the disk is full
            await hall.settle()
            hall.coordinator.storage_changed()
            await hall.settle()
            assert await passed(hall) == first, "room came and went"
            await hall.restart(clean=False)
            assert await passed(hall) == first, "once for each cut"

    run(body())


MACHINES = "".join(
    f"""
[[ports]]
id = "paper-{count}"
node = "east"
url = "/dev/serial/by-path/paper-{count}"

[[devices]]
id = "printer-{count}"
kind = "printer"
port = "paper-{count}"
"""
    for count in range(3)
)


@pytest.mark.parametrize(("more", "number"), [("", "A020"), (MACHINES, "A028")], ids=["rush", "machines"])
def test_after_a_power_cut_as_many_are_passed_over_as_the_last_commits_may_have_had(
    run: Any, office: Any, site_toml: str, more: str, number: str
) -> None:
    """Twice the numbers of the last seconds, and 10 or as many as the machines can have given."""

    async def body() -> None:
        async with office(site_toml + more, boot="this") as hall:
            for _ in range(3):
                await hall.number()
                hall.now_s += 1.0
            hall.boot = "the next"
            await hall.restart(clean=False)
            assert (await hall.number()).number == number

    run(body())


def test_one_stopped_before_it_passed_numbers_over_leaves_them_to_the_next(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office(boot="this") as hall:
            await hall.number()
            desk = hall.coordinator
            desk._passing = Passing(ledger.Restart(), 0, hall.journal, desk._keeper, desk._commits)
            hall.boot = "the next"
            await hall.restart()
            assert await passed(hall) == ["A2", "B1"]

    run(body())


def test_a_process_killed_before_the_numbers_were_passed_over_leaves_them_to_the_next(
    run: Any, office: Any
) -> None:
    async def body() -> None:
        async with office(boot="this") as hall:
            await hall.do(m.TakeNumber, service="pension")
            await hall.crash()
            hall.boot = "the next"
            journal = Journal(hall.folder / "small-core.db")
            journal.open(asyncio.get_running_loop())
            await journal.run(ledger.restart(0))  # and there it ends
            journal.close()
            await hall.start()
            assert await passed(hall) == ["A2", "B1"]

    run(body())


def test_a_hall_switched_off_by_the_mains_begins_its_days_with_the_first_number(
    run: Any, office: Any
) -> None:
    async def body() -> None:
        async with office(boot="monday") as hall:
            await hall.do(m.TakeNumber, service="pension")
            await hall.crash()
            hall.boot = "tuesday"
            hall.now_s += 24 * 3600.0
            await hall.start()
            assert (await hall.do(m.TakeNumber, service="pension")).ticket == "A001"
            await hall.crash()
            hall.boot = "tuesday, later"
            await hall.start()
            assert (await hall.do(m.TakeNumber, service="pension")).ticket > "A011"

    run(body())


def test_a_day_is_settled_before_the_first_number_of_it(run: Any, office: Any) -> None:
    """Else a card that forgets both would let the number come again on what looks like a new day."""

    async def body() -> None:
        async with office() as hall:
            await hall.do(m.TakeNumber, service="pension")
            hall.now_s += 24 * 3600.0
            done: list[str] = []
            real = hall.journal.settle
            hall.journal.settle = lambda work, then: (done.append("settled"), real(work, then))
            hall.journal.submit = _noted(hall.journal.submit, done)
            assert (await hall.do(m.TakeNumber, service="pension")).ticket == "A001"
            assert done[:3] == ["committed", "settled", "committed"]

    run(body())


def _noted(submit: Any, done: list[str]) -> Any:
    def noted(work: Any, then: Any) -> None:
        done.append("committed")
        submit(work, then)

    return noted


def test_a_hall_that_was_kept_whole_after_events_that_are_gone_goes_on_and_says_so(
    run: Any, office: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def body() -> None:
        async with office() as hall:
            await hall.do(m.TakeNumber, service="pension")
            await hall.stop()
            db = apsw.Connection(str(hall.folder / "small-core.db"))
            (last,) = db.execute("SELECT max(seq) FROM snapshots").fetchone()
            db.execute("DELETE FROM events WHERE seq > ?", (last - 2,))
            db.close()
            await hall.start()
            assert f"events {last - 1} to {last} are gone" in caplog.text
            assert (await hall.do(m.TakeNumber, service="pension")).ticket == "A002"
            await hall.restart(clean=False)
            assert (await hall.do(m.TakeNumber, service="pension")).ticket == "A003"

    run(body())


def test_a_hole_after_the_last_snapshot_is_damage(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            for _ in range(3):
                await hall.do(m.TakeNumber, service="pension")
            await hall.journal.run(lambda db: db.execute("DELETE FROM snapshots"))
            await hall.journal.run(lambda db: db.execute("DELETE FROM events WHERE seq = 5"))
            await hall.crash()
            with pytest.raises(JournalFailed, match="event 5 of the journal is gone"):
                await hall.start()
            hall.journal._disk.stop()  # as the end of its process does it
            hall.journal._db.close()

    run(body())
