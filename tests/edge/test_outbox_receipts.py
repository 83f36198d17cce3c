"""Receipts at the outbox: holes, a coordinator that lost its store, and what is forgotten in the end."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from edge import outbox as outbox_module
from edge.outbox import IN_FLIGHT, KEPT_MS, Outbox
from edge.skips import NUMBERS, NUMBERS_MOST
from mqtt_bridge import messages as m
from mqtt_bridge.records import records_of


class Wire:
    """Stands where the bridge stands."""

    def __init__(self) -> None:
        self.connected = True
        self.sent: list[int] = []
        self.oldest: list[int] = []
        self._news = asyncio.Event()

    def send_record(self, message: m.Record | m.Records) -> bool:
        for record in records_of(message):
            self.sent.append(int(record.id.partition("-")[2]))
            self.oldest.append(record.oldest)
        self._news.set()
        return True

    async def until(self, sent: list[int]) -> None:
        """Wait until exactly these were sent since the last look."""
        async with asyncio.timeout(5):
            while len(self.sent) < len(sent):
                self._news.clear()
                await self._news.wait()
        assert self.sent == sent
        self.sent = []


class Bench:
    """An outbox over a real journal."""

    def __init__(self, path: Path, held_journal: Any) -> None:
        self.lost: list[str] = []
        self._make = lambda: held_journal(path)
        self.journal = self._make()
        self.wire = Wire()

    def reopen(self, boot: str) -> None:
        """The journal of another process."""
        self.journal = self._make()
        self.journal.boot = boot

    async def die(self) -> None:
        """The process is killed: it says no goodbye."""
        await self.journal.turn()
        self.box._skips._is_marked = False

    async def __aenter__(self) -> Bench:
        loop = asyncio.get_running_loop()
        self.journal.open(loop)
        self.box = Outbox(self.journal, self.wire, loop, "east", self.lost.append)
        self.box.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.box.stop()
        self.journal.close()

    async def keep(self, count: int, at_ms: int = 5) -> None:
        for number in range(count):
            kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            record = m.Rated("", "", at_ms, f"20261123-A{number:03}", "1", 5)
            self.box.keep(record, lambda error, one=kept: one.set_result(error))  # type: ignore[misc]
            assert await kept is None

    def receipt(self, up_to: int, *missing: int) -> None:
        self.box.receipt(m.Receipt(self.journal.generation, up_to, missing))

    async def rows(self, where: str = "1") -> list[int]:
        work = f"SELECT seq FROM outbox WHERE {where} ORDER BY seq"
        return [row[0] for row in await self.journal.run(lambda db: list(db.execute(work)))]


@pytest.fixture()
def bench(tmp_path: Path, held_journal: Any) -> Bench:
    return Bench(tmp_path / "east.db", held_journal)


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "RESEND_FIRST_S", 0.05)


def test_a_hole_is_sent_again_with_what_follows(run: Any, bench: Bench) -> None:
    async def body() -> None:
        async with bench:
            await bench.keep(5)
            await bench.wire.until([1, 2, 3, 4, 5])
            bench.receipt(5, 3)
            assert bench.box.waiting == 3
            await bench.wire.until([3, 4, 5])
            bench.receipt(5)
            assert bench.box.waiting == 0

    run(body())


def test_a_coordinator_whose_store_was_lost_gets_all_again(run: Any, bench: Bench) -> None:
    async def body() -> None:
        async with bench:
            await bench.keep(4)
            await bench.wire.until([1, 2, 3, 4])
            assert set(bench.wire.oldest) == {0}, "nothing was forgotten yet"
            bench.receipt(4)
            assert bench.box.waiting == 0
            await bench.keep(1)
            await bench.wire.until([5])
            bench.receipt(5, 1, 2, 3, 4)  # a new one, which heard the last alone
            await bench.wire.until([1, 2, 3, 4, 5])
        async with bench:
            assert bench.box.waiting == 5, "also after a restart"
            bench.receipt(5)
            assert bench.box.waiting == 0

    run(body())


def test_a_new_coordinator_is_asked_what_it_holds_until_it_says_so(run: Any, bench: Bench) -> None:
    async def body() -> None:
        async with bench:
            bench.box.new_coordinator()  # nothing was kept yet
            await bench.keep(4)
            await bench.wire.until([1, 2, 3, 4])
            bench.receipt(4)
            bench.box.new_coordinator()
            await bench.wire.until([4])
            await bench.wire.until([4])  # nobody said anything
            bench.receipt(4)
            await bench.rows()
            assert bench.wire.sent == []
            bench.box.new_coordinator()
            await bench.wire.until([4])
            bench.receipt(4, 3)  # books that end before
            await bench.wire.until([3, 4])
            bench.receipt(4)
            assert bench.box.waiting == 0

    run(body())


def test_more_than_is_here_was_lost_here_and_its_numbers_are_not_used_again(
    run: Any, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """Else the coordinator would take the next rating for one that it holds."""

    async def body() -> None:
        async with bench:
            await bench.keep(2)
            await bench.wire.until([1, 2])
            bench.receipt(5)
            bench.receipt(5)
            assert bench.box.waiting == 0
            assert bench.lost == [
                "the card lost 3 records that it had confirmed (the coordinator holds them): replace it"
            ]
            await bench.keep(1)
            await bench.wire.until([3, 4, 5, 6])
            assert await bench.rows("CAST(body AS TEXT) LIKE '%skipped%'") == [3, 4, 5]
            assert bench.box.waiting == 4

    run(body())


def test_however_far_a_receipt_is_out_not_many_numbers_are_skipped(run: Any, bench: Bench) -> None:
    async def body() -> None:
        async with bench:
            await bench.keep(1)
            bench.receipt(NUMBERS_MOST * 3)
            await bench.keep(1)
            assert len(await bench.rows()) == NUMBERS_MOST + 2

    run(body())


@pytest.mark.parametrize(("boot", "skipped"), [("this", 0), ("the next", NUMBERS)])
def test_after_a_power_cut_numbers_are_skipped_and_not_after_a_kill(
    run: Any, bench: Bench, boot: str, skipped: int
) -> None:
    async def body() -> None:
        bench.journal.boot = "this"
        async with bench:
            await bench.keep(2)
            await bench.die()
        bench.reopen(boot)
        async with bench:
            await bench.keep(2)
            assert len(await bench.rows("CAST(body AS TEXT) LIKE '%skipped%'")) == skipped
        bench.reopen("a third")
        async with bench:
            await bench.keep(1)
            assert len(await bench.rows("CAST(body AS TEXT) LIKE '%skipped%'")) == skipped, "it was closed"

    run(body())


def test_what_a_receipt_says_is_lost_makes_what_a_cut_may_have_lost_no_less(run: Any, bench: Bench) -> None:
    async def body() -> None:
        bench.journal.boot = "this"
        async with bench:
            await bench.keep(2)
            await bench.die()
        bench.reopen("the next")
        async with bench:
            bench.receipt(5)
            await bench.keep(1)
            assert len(await bench.rows("CAST(body AS TEXT) LIKE '%skipped%'")) == NUMBERS

    run(body())


def test_that_the_store_is_used_is_settled_and_tried_again_until_it_is(run: Any, bench: Bench) -> None:
    async def body() -> None:
        settled: list[Any] = []
        real = bench.journal.settle
        bench.journal.settle = lambda work, done: (settled.append(work), real(work, done))
        async with bench:
            bench.journal.fail()
            for count in (1, 2, 2):
                await bench.keep(1)
                await bench.journal.turn()
                assert len(settled) == count

    run(body())


def test_receipts_for_another_store_mean_nothing(run: Any, bench: Bench) -> None:
    async def body() -> None:
        async with bench:
            await bench.keep(2)
            bench.box.receipt(m.Receipt("00000000", 2))
            assert bench.box.waiting == 2

    run(body())


def test_where_it_stood_is_known_after_a_restart(run: Any, bench: Bench) -> None:
    async def body() -> None:
        async with bench:
            await bench.keep(3)
            bench.receipt(2)
            await bench.rows()
        bench.wire.sent.clear()
        async with bench:
            assert bench.box.waiting == 1
            bench.box.link_changed()
            await bench.wire.until([3])

    run(body())


def test_after_a_cut_it_knows_what_was_receipted_when_the_last_was_kept(run: Any, bench: Bench) -> None:
    async def body() -> None:
        await bench.__aenter__()
        await bench.keep(3)
        bench.receipt(2)
        await bench.keep(1)
        bench.receipt(4)
        bench.journal.close()  # the outbox is not told: nothing says where it stood
        bench.wire.sent.clear()
        async with bench:
            assert bench.box.waiting == 2
            bench.receipt(4)
            assert bench.box.waiting == 0
        async with bench:
            assert bench.box.waiting == 0, "a clean stop writes it down"

    run(body())


def test_a_receipt_costs_no_commit(run: Any, bench: Bench) -> None:
    async def body() -> None:
        async with bench:
            await bench.keep(1)
            bench.journal.hold()
            bench.receipt(1)
            bench.journal.release()
            assert bench.journal.released == 0

    run(body())


def test_old_receipted_records_are_forgotten_and_no_others(
    run: Any, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "KEPT_LEAST", 0)

    async def body() -> None:
        async with bench:
            await bench.keep(6, at_ms=1_000)
            bench.receipt(5)
            await bench.keep(1, at_ms=KEPT_MS)
            assert await bench.rows() == [1, 2, 3, 4, 5, 6, 7], "not old enough"
            await bench.keep(2, at_ms=KEPT_MS + 2_000)
            assert await bench.rows() == [6, 7, 8, 9], "what has no receipt stays, however old"
            bench.wire.sent.clear()
            bench.wire.oldest.clear()
            bench.box.link_changed()
            await bench.wire.until([6, 7, 8, 9])
            assert set(bench.wire.oldest) == {6}, "and the coordinator is told not to wait for the rest"
        async with bench:
            bench.wire.oldest.clear()
            bench.box.link_changed()
            await bench.wire.until([6, 7, 8, 9])
            assert set(bench.wire.oldest) == {6}

    run(body())


def test_a_clock_that_leaps_ahead_makes_it_forget_nothing_of_these_days(run: Any, bench: Bench) -> None:
    async def body() -> None:
        async with bench:
            await bench.keep(6)
            bench.receipt(6)
            await bench.keep(1, at_ms=10 * KEPT_MS)
            assert await bench.rows() == [1, 2, 3, 4, 5, 6, 7]

    run(body())


def test_the_window_is_kept_to_while_receipts_stay_away(
    run: Any, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "RESEND_FIRST_S", 60.0)

    async def body() -> None:
        async with bench:
            await bench.keep(IN_FLIGHT + 10)
            await bench.wire.until(list(range(1, IN_FLIGHT + 1)))
            bench.receipt(20)
            await bench.wire.until(list(range(IN_FLIGHT + 1, IN_FLIGHT + 11)))

    run(body())
