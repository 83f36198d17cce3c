"""Records at the coordinator: applied once, however often and in whatever order they come."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge import ledger
from edge.inbox import BEYOND_MOST, MISSING_MOST, Inboxes
from mqtt_bridge import messages as m
from mqtt_bridge.payloads import encode

GENERATION = "abcdef01"
PEOPLE = 6


def rated(seq: int, *, visit: str = "", level: int = 5, source: str = "east") -> m.Rated:
    return m.Rated(source, f"{GENERATION}-{seq}", 5, visit or f"20261123-A{seq:03}", "1", level)


async def served(hall: Any, people: int) -> None:
    """So many visits at window 1, none of them rated."""
    await hall.open("1")
    for _ in range(people):
        await hall.number()
    for _ in range(people):
        await hall.do(m.CallNext, window="1")
    await hall.do(m.Finish, window="1")


def ratings(hall: Any) -> list[int]:
    return [level for visit in hall.hall.visits.values() for level in visit.ratings.values()]


async def stored_ratings(hall: Any) -> int:
    work = "SELECT count(*) FROM events WHERE kind = 'RatingGiven'"
    return int(await hall.journal.run(lambda db: db.execute(work).get))


# what arrives: records by number, the coordinator killed, a commit that fails
ARRIVALS = st.lists(
    st.one_of(st.integers(1, PEOPLE), st.sampled_from(["crash", "fail", "settle"])), max_size=30
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arrivals=ARRIVALS)
def test_in_any_order_and_however_often_each_counts_once(
    run: Any, new_office: Any, arrivals: list[int | str]
) -> None:
    async def body(folder: Path) -> None:
        hall = new_office(folder=folder)
        await hall.start()
        await served(hall, PEOPLE)
        for arrival in arrivals:
            match arrival:
                case int():
                    hall.send(rated(arrival))
                case "crash":
                    await hall.restart(clean=False)
                case "fail":
                    hall.journal.fail()
                case _:
                    await hall.settle()
        hall.journal.fail(0)
        await _until_all_are_receipted(hall)
        assert ratings(hall) == [5] * PEOPLE
        assert await stored_ratings(hall) == PEOPLE
        await hall.stop()

    with TemporaryDirectory() as folder:
        run(body(Path(folder)))


async def _until_all_are_receipted(hall: Any) -> None:
    """As a node does: send again whatever has no receipt."""
    for _ in range(20):
        hall.ear.said.clear()
        for seq in range(1, PEOPLE + 1):
            hall.send(rated(seq))
        await hall.settle()
        await hall.settle()
        if m.Receipt(GENERATION, PEOPLE) in hall.ear.of(m.Receipt):
            return
    raise AssertionError("the coordinator never took all of them")


def test_a_copy_that_comes_before_the_commit_is_not_applied_twice(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            await served(hall, 1)
            hall.journal.hold()
            printed = m.Printed("east", f"{GENERATION}-1", 5, "20261123-A001", "A001", "printed")
            hall.send(printed)
            hall.send(printed)
            hall.journal.release()
            await hall.ear.until(lambda: hall.ear.of(m.Receipt))
            work = "SELECT count(*) FROM events WHERE kind = 'PrintMarked'"
            assert await hall.journal.run(lambda db: db.execute(work).get) == 1

    run(body())


def test_records_that_come_together_are_one_commit_and_one_receipt(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            await served(hall, 4)
            hall.send(rated(2, visit="20261123-A002"))
            await hall.ear.until(lambda: hall.ear.of(m.Receipt))
            hall.ear.said.clear()
            hall.journal.hold()
            bad = rated(3, visit="20261123-A999")
            hall.send(m.Records((rated(1), rated(2), bad, rated(4))))
            hall.send(m.Records((rated(1), rated(4))))
            await hall.ear.until(lambda: hall.ear.of(m.Receipt))
            assert hall.ear.of(m.Receipt) == [m.Receipt(GENERATION, 2, (1,))], "what was held before"
            hall.journal.release()
            await hall.ear.until(lambda: m.Receipt(GENERATION, 4) in hall.ear.of(m.Receipt))
            assert len(hall.ear.of(m.Receipt)) == 2
            assert ratings(hall) == [5, 5, 5]
            assert await stored_ratings(hall) == 3

    run(body())


def test_of_records_that_come_together_all_are_kept_or_none(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            await served(hall, 2)
            hall.journal.fail()
            hall.send(m.Records((rated(1), rated(2))))
            await hall.settle()
            assert not hall.ear.of(m.Receipt)
            assert await stored_ratings(hall) == 0
            hall.send(m.Records((rated(1), rated(2))))
            await hall.ear.until(lambda: hall.ear.of(m.Receipt))
            assert ratings(hall) == [5, 5]

    run(body())


def test_no_receipt_before_the_commit_and_none_without_it(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            await served(hall, 2)
            hall.journal.hold()
            hall.send(rated(1))
            assert not hall.ear.of(m.Receipt)
            hall.journal.release()
            await hall.ear.until(lambda: hall.ear.of(m.Receipt))
            hall.ear.said.clear()
            hall.journal.fail()
            hall.send(rated(2))
            await hall.settle()
            assert not hall.ear.of(m.Receipt)
            hall.send(rated(2))
            receipts = await hall.ear.until(lambda: hall.ear.of(m.Receipt))
            assert receipts == [m.Receipt(GENERATION, 2)]

    run(body())


def test_holes_are_named_and_closed(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            await served(hall, 5)
            seen = []
            for seq in (2, 5, 1, 4, 3):
                hall.ear.said.clear()
                hall.send(rated(seq))
                (receipt,) = await hall.ear.until(lambda: hall.ear.of(m.Receipt))
                seen.append((receipt.up_to, receipt.missing))
            assert seen == [(2, (1,)), (5, (1, 3, 4)), (5, (3, 4)), (5, (3,)), (5, ())]

    run(body())


def test_what_the_rules_refuse_is_kept_as_heard_and_changes_nothing(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            await served(hall, 1)
            before = hall.hall.visits["20261123-A001"]
            for seq, record in enumerate(
                (
                    rated(1, visit="20261123-Z999"),
                    m.Printed("east", f"{GENERATION}-2", 5, "20261123-A001", "B001", "printed"),
                    m.Shown("east", f"{GENERATION}-3", 5, "20261123-A001", "1", "strip-1", 1, True),
                ),
                start=1,
            ):
                hall.send(record)
                await hall.ear.until(lambda up_to=seq: m.Receipt(GENERATION, up_to) in hall.ear.of(m.Receipt))
            assert hall.hall.visits["20261123-A001"] == before
            hall.send(rated(4, visit="20261123-A001", level=2))
            await hall.ear.until(lambda: m.Receipt(GENERATION, 4) in hall.ear.of(m.Receipt))
            hall.send(rated(5, visit="20261123-A001", level=5))
            await hall.ear.until(lambda: m.Receipt(GENERATION, 5) in hall.ear.of(m.Receipt))
            assert ratings(hall) == [2], "a visit is rated once"

    run(body())


def test_sources_and_generations_are_counted_apart(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            await served(hall, 3)
            hall.send(rated(1), node="east")
            hall.send(rated(1, source="west", visit="20261123-A002"), node="west")
            other = m.Rated("east", "00000002-1", 5, "20261123-A003", "1", 3)
            hall.send(other, node="east")
            await hall.ear.until(lambda: m.Receipt("00000002", 1) in hall.ear.of(m.Receipt))
            assert sorted(ratings(hall)) == [3, 5, 5]
            assert [rest for kind, rest, _ in hall.ear.said if kind == "receipt"].count(("west",)) == 1

    run(body())


def test_one_receipt_for_all_that_one_commit_held(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            await served(hall, 6)
            hall.journal.hold()
            for seq in range(1, 7):
                hall.send(rated(seq))
            hall.journal.release()
            await hall.ear.until(lambda: m.Receipt(GENERATION, 6) in hall.ear.of(m.Receipt))
            assert len(hall.ear.of(m.Receipt)) <= 3, "grouped, not one a record"

    run(body())


# --- the inbox by itself ----------------------------------------------------------------------------------


def place(seq: int) -> ledger.Inbox:
    return ledger.Inbox("east", GENERATION, seq)


LOTS = st.lists(
    st.lists(
        st.tuples(st.integers(1, 40), st.integers(0, 3)), min_size=1, max_size=6, unique_by=lambda one: one[0]
    ),
    max_size=30,
)


@given(LOTS, st.integers(0, 5))
def test_an_inbox_in_memory_equals_its_tables(lots: list[list[tuple[int, int]]], mark: int) -> None:
    """The receipt says exactly what is held; the tables of the journal say the same after each."""
    import apsw

    from edge.store import SCHEMA

    db = apsw.Connection(":memory:")
    db.execute(SCHEMA)
    held = set(range(1, mark + 1))
    for seq in sorted(held):
        ledger.write(ledger.Entry(1, received=((place(seq), 0),)))(db)
    inboxes = Inboxes({("east", GENERATION): mark}, {})
    for lot in lots:
        # the sender may have forgotten some of those before
        received = tuple((place(seq), seq * forgotten // 4) for seq, forgotten in lot)
        for one, oldest in received:
            assert inboxes.holds(one) == (one.seq in held)
            inboxes.note(one, oldest)
            held |= {one.seq, *range(1, oldest)}
        ledger.write(ledger.Entry(1, received=received))(db)
        receipt = inboxes.receipt("east", GENERATION)
        assert set(range(1, receipt.up_to + 1)) - set(receipt.missing) == held
        found = ledger.reread(db)
        assert Inboxes(found.marks, found.beyond).receipt("east", GENERATION) == receipt
        assert not any(
            row <= found.marks["east", GENERATION] for row in found.beyond.get(("east", GENERATION), ())
        )
    db.close()


def test_a_receipt_names_a_hundred_holes_and_fits_its_message() -> None:
    inboxes = Inboxes({}, {})
    for seq in range(2, 2 * MISSING_MOST + 50, 2):
        inboxes.note(place(seq))
    receipt = inboxes.receipt("east", GENERATION)
    assert receipt.missing == tuple(range(1, 2 * MISSING_MOST, 2))
    assert receipt.up_to == 2 * MISSING_MOST, "up to the hole that is not named"
    assert len(encode(receipt)) < 1000


def test_what_a_node_has_forgotten_is_not_waited_for(run: Any, office: Any) -> None:
    """The coordinator's card died after years; the node keeps the last weeks."""

    async def body() -> None:
        async with office() as hall:
            await served(hall, 2)
            hall.send(m.Rated("east", f"{GENERATION}-5001", 5, "20261123-A001", "1", 4, oldest=5001))
            await hall.ear.until(lambda: m.Receipt(GENERATION, 5001) in hall.ear.of(m.Receipt))
            await hall.restart(clean=False)
            hall.send(m.Rated("east", f"{GENERATION}-5003", 5, "20261123-A002", "1", 4, oldest=4990))
            await hall.ear.until(lambda: m.Receipt(GENERATION, 5003, (5002,)) in hall.ear.of(m.Receipt))
            assert sorted(ratings(hall)) == [4, 4]

    run(body())


def test_a_number_from_nowhere_costs_neither_time_nor_memory() -> None:
    inboxes = Inboxes({}, {})
    inboxes.note(place(10**15))
    receipt = inboxes.receipt("east", GENERATION)
    assert receipt.missing == tuple(range(1, MISSING_MOST + 1))
    inboxes = Inboxes({}, {("east", GENERATION): set(range(10, 10 + BEYOND_MOST))})
    assert not inboxes.has_room(place(10**9))
    assert inboxes.has_room(place(1)) and inboxes.has_room(place(10))


def test_beyond_what_can_be_held_a_record_is_not_taken(run: Any, office: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("edge.inbox.BEYOND_MOST", 2)

    async def body() -> None:
        async with office() as hall:
            await served(hall, 6)
            for seq in (3, 5, 6):
                hall.send(rated(seq))
                await hall.settle()
            await hall.ear.until(lambda: hall.ear.of(m.Receipt)[1:])
            assert hall.ear.of(m.Receipt)[-1] == m.Receipt(GENERATION, 5, (1, 2, 4))
            for seq in (1, 2, 6):
                hall.send(rated(seq))
                await hall.settle()
            await hall.ear.until(lambda: m.Receipt(GENERATION, 6, (4,)) in hall.ear.of(m.Receipt))

    run(body())
