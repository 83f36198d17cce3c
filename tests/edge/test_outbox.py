"""Records: kept before thanks, sent until a receipt names them, and never cleared by anything else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from edge import outbox as outbox_module
from edge.journal import Journal
from edge.outbox import IN_FLIGHT, TOGETHER, Outbox
from mqtt_bridge.contract import SMALL_BYTES
from mqtt_bridge.messages import Printed, Rated, Receipt, Record, Records
from mqtt_bridge.payloads import encode
from mqtt_bridge.records import records_of


class Wire:
    """Stands where the bridge stands; remembers what was sent."""

    def __init__(self) -> None:
        self.connected = False
        self.sent: list[int] = []
        self.messages: list[Record | Records] = []
        self.news = asyncio.Event()

    def send_record(self, message: Record | Records) -> bool:
        for record in records_of(message):
            assert record.source == "east"
            self.sent.append(int(record.id.split("-")[1]))
        self.messages.append(message)
        self.news.set()
        return True

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                self.news.clear()
                await self.news.wait()


def rated(number: int) -> Rated:
    return Rated("", "", number, visit=f"20261123-A{number:03}", window="1", level=5)


async def keep(box: Outbox, record: Record) -> None:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    box.keep(record, lambda error: future.set_exception(error) if error else future.set_result(None))
    await future


def run(path: Path, body: Callable[[Outbox, Wire, Journal], Awaitable[None]]) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        journal, wire = Journal(path), Wire()
        journal.open(loop)
        box = Outbox(journal, wire, loop, "east")
        box.start()
        try:
            await body(box, wire, journal)
        finally:
            box.stop()
            journal.close()

    asyncio.run(main())


def test_kept_without_a_link_and_sent_when_it_comes(tmp_path: Path) -> None:
    async def body(box: Outbox, wire: Wire, journal: Journal) -> None:
        for number in range(1, 4):
            await keep(box, rated(number))
        assert (wire.sent, box.waiting) == ([], 3)
        wire.connected = True
        box.link_changed()
        await wire.until(lambda: wire.sent == [1, 2, 3])

    run(tmp_path / "j.db", body)


def test_a_restart_sends_all_that_has_no_receipt(tmp_path: Path) -> None:
    async def first(box: Outbox, wire: Wire, journal: Journal) -> None:
        wire.connected = True
        for number in range(1, 6):
            await keep(box, rated(number))
        await wire.until(lambda: len(wire.sent) == 5)
        box.receipt(Receipt(journal.generation, up_to=2))

    async def second(box: Outbox, wire: Wire, journal: Journal) -> None:
        assert box.waiting == 3
        wire.connected = True
        box.link_changed()
        await wire.until(lambda: wire.sent == [3, 4, 5])

    run(tmp_path / "j.db", first)
    run(tmp_path / "j.db", second)


def test_a_receipt_with_holes_clears_only_up_to_the_first(tmp_path: Path) -> None:
    async def body(box: Outbox, wire: Wire, journal: Journal) -> None:
        for number in range(1, 6):
            await keep(box, rated(number))
        box.receipt(Receipt(journal.generation, up_to=5, missing=(3,)))
        assert box.waiting == 3
        wire.connected = True
        box.link_changed()
        await wire.until(lambda: wire.sent == [3, 4, 5])

    run(tmp_path / "j.db", body)


def test_receipts_of_another_store_or_for_others_clear_nothing(tmp_path: Path) -> None:
    async def body(box: Outbox, wire: Wire, journal: Journal) -> None:
        await keep(box, rated(1))
        box.receipt(Receipt("00000000", up_to=99))
        assert box.waiting == 1
        await keep(box, rated(2))
        box.receipt(Receipt(journal.generation, up_to=1, missing=(1,)))
        assert box.waiting == 2

    run(tmp_path / "j.db", body)


def test_no_more_than_the_window_ahead_of_receipts(tmp_path: Path) -> None:
    async def body(box: Outbox, wire: Wire, journal: Journal) -> None:
        for number in range(1, IN_FLIGHT + 31):
            await keep(box, rated(number % 900 + 1))
        wire.connected = True
        box.link_changed()
        await wire.until(lambda: len(wire.sent) == IN_FLIGHT)
        box.receipt(Receipt(journal.generation, up_to=10))
        await wire.until(lambda: len(wire.sent) == IN_FLIGHT + 10)
        assert wire.sent == list(range(1, IN_FLIGHT + 11))

    run(tmp_path / "j.db", body)


def test_what_waits_goes_together_in_messages_that_are_not_too_long(tmp_path: Path) -> None:
    async def body(box: Outbox, wire: Wire, journal: Journal) -> None:
        for number in range(1, TOGETHER + 3):
            await keep(box, rated(number))
        for _ in range(20):
            reason = "缺纸" * 200
            await keep(box, Printed("", "", 5, "20261123-A001", "A001", "not_printed", reason))
        wire.connected = True
        box.link_changed()
        await wire.until(lambda: len(wire.sent) == TOGETHER + 22)
        assert wire.sent == list(range(1, TOGETHER + 23))
        assert [len(records_of(one)) for one in wire.messages] == [TOGETHER, 13, 9]
        assert all(len(encode(one)) <= SMALL_BYTES for one in wire.messages)

    run(tmp_path / "j.db", body)


def test_one_alone_goes_as_it_is(tmp_path: Path) -> None:
    async def body(box: Outbox, wire: Wire, journal: Journal) -> None:
        wire.connected = True
        await keep(box, rated(1))
        await wire.until(lambda: wire.sent == [1])
        assert isinstance(wire.messages[0], Rated)

    run(tmp_path / "j.db", body)


def test_silence_sends_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "RESEND_FIRST_S", 0.01)

    async def body(box: Outbox, wire: Wire, journal: Journal) -> None:
        wire.connected = True
        box.link_changed()
        await keep(box, rated(1))
        await wire.until(lambda: wire.sent[:3] == [1, 1, 1])

    run(tmp_path / "j.db", body)


def test_a_record_that_could_not_be_kept_is_told(tmp_path: Path) -> None:
    async def body(box: Outbox, wire: Wire, journal: Journal) -> None:
        journal.read(lambda db: db.execute("DROP TABLE outbox"))
        with pytest.raises(Exception, match="outbox"):
            await keep(box, rated(1))
        assert box.waiting == 0

    run(tmp_path / "j.db", body)
