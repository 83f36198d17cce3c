"""Started again, by replay or from a snapshot, the coordinator goes on where it was."""

from __future__ import annotations

from typing import Any

import pytest

from edge import ledger
from edge.journal import JournalError, JournalFailed
from mqtt_bridge import messages as m


async def _a_morning(hall: Any) -> None:
    await hall.open("1", "2")
    for service in ("pension", "invoice", "pension", "pension", "invoice"):
        await hall.number(service)
    await hall.do(m.CallNext, window="1")
    await hall.do(m.Begin, window="1")
    await hall.do(m.CallNext, window="2")
    await hall.do(m.NoShow, window="2")
    await hall.do(m.CallNext, window="2")
    await hall.do(m.Hold, window="2")
    await hall.do(m.PauseWindow, window="2", reason="午休")
    await hall.do(m.AskRating, window="1")
    hall.send(m.Printed("east", "abcdef01-3", 5, "20261123-A001", "A001", "printed"))
    await hall.ear.until(lambda: hall.ear.of(m.Receipt))


@pytest.mark.parametrize("clean", [True, False], ids=["from its snapshot", "by replay"])
def test_started_again_it_goes_on_where_it_was(run: Any, office: Any, clean: bool) -> None:
    async def body() -> None:
        async with office() as hall:
            await _a_morning(hall)
            before, shown, epoch = hall.hall, hall.shown(), hall.coordinator.epoch
            await hall.restart(clean=clean)
            assert hall.hall == before
            assert hall.shown() == shown
            assert hall.coordinator.epoch == epoch + 1
            assert hall.window("1").epoch == epoch + 1
            hall.send(m.Printed("east", "abcdef01-1", 5, "20261123-A001", "A001", "printed"))
            receipts = await hall.ear.until(lambda: hall.ear.of(m.Receipt))
            assert receipts == [m.Receipt("abcdef01", 3, (2,))]
            assert (await hall.number()).number == "A004"

    run(body())


def test_snapshots_on_the_way_change_nothing(run: Any, office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.keeper.SNAPSHOT_EVERY", 3)
    monkeypatch.setattr("edge.keeper.QUIET_S", -1.0)

    async def body() -> None:
        async with office() as hall:
            await _a_morning(hall)
            before = hall.hall
            rows = await hall.journal.run(lambda db: db.execute("SELECT max(seq) FROM snapshots").get)
            assert rows >= 3
            await hall.restart(clean=False)
            assert hall.hall == before

    run(body())


def test_the_epoch_is_above_all_that_were_seen(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            first = hall.coordinator.epoch
            await hall.restart(epoch_seen=40)
            assert hall.coordinator.epoch == 41
            await hall.restart()
            assert hall.coordinator.epoch == 42
            assert first == 1

    run(body())


def test_all_states_are_said_whole(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            await _a_morning(hall)
            shown = hall.shown()
            hall.ear.retained.clear()
            hall.coordinator.say_everything()
            await hall.settle()
            assert hall.shown() == shown
            assert len(shown) == 2 + 2 + 3  # windows, queues; hall, board, site

    run(body())


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("Teleported", b"{}"),
        ("Called", b"{}"),
        ("Begun", b'{"at_s":1,"window":"7"}'),
        ("RatingGiven", b'{"at_s":1,"visit":"20261123-Z999","window":"1","item":"","level":5}'),
    ],
)
def test_an_event_of_another_release_is_named(run: Any, new_office: Any, kind: str, body: bytes) -> None:
    async def scenario() -> None:
        hall = new_office()
        await hall.start()
        seq = hall.coordinator._keeper.seq + 1
        row = (seq, kind, body)
        await hall.journal.run(lambda db: db.execute("INSERT INTO events VALUES (?, 0, ?, ?)", row))
        await hall.crash()
        with pytest.raises(JournalError, match=rf"event {seq} of the journal cannot be read"):
            await new_office().start()

    run(scenario())


def test_an_event_that_is_no_json_gives_the_store_up(run: Any, new_office: Any) -> None:
    """No release wrote that: the next start looks at the whole store, and sets it aside."""

    async def scenario() -> None:
        hall = new_office()
        await hall.start()
        seq = hall.coordinator._keeper.seq + 1
        row = "INSERT INTO events VALUES (?, 0, 'Called', x'ff')"
        await hall.journal.run(lambda db: db.execute(row, (seq,)))
        await hall.crash()
        again = new_office()
        with pytest.raises(JournalFailed, match=rf"event {seq} of the journal is garbled"):
            await again.start()
        again.journal._disk.stop()
        again.journal._db.close()
        last = new_office()
        await last.start()
        assert len(last.journal.set_aside) == 1
        await last.stop()

    run(scenario())


def test_answers_of_another_release_are_forgotten(run: Any, office: Any) -> None:
    async def body() -> None:
        async with office() as hall:
            await hall.journal.run(
                lambda db: db.execute("INSERT INTO answers VALUES (1, 'old', 1795395600000, x'00')")
            )
            await hall.restart()
            assert (await hall.ask(m.TakeNumber, service="pension", id="old")).code == "ok"

    run(body())


def test_a_site_file_that_does_not_fit_on_the_disk_is_in_force_when_there_is_room(
    run: Any, new_office: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hall = new_office()
    write = ledger.write
    refused: list[ledger.Entry] = []

    def full(_: Any) -> None:
        raise JournalError("disk full")

    def write_if_there_is_room(entry: ledger.Entry) -> Any:
        if entry.site is None or refused:
            return write(entry)
        refused.append(entry)
        hall.journal.storage, hall.journal.look_for_room = "full", lambda: None
        return full

    async def body() -> None:
        monkeypatch.setattr(ledger, "write", write_if_there_is_room)
        await hall.start()
        assert not hall.hall.catalogue.windows
        assert not hall.ear.of(m.State), "there is nothing to be said yet"
        assert "Exception" not in caplog.text
        assert caplog.text.count("was read from the journal again") == 1
        hall.journal.storage = "ok"
        hall.coordinator.storage_changed()
        await hall.ear.until(lambda: ("state/window", "1") in hall.ear.retained)
        assert (await hall.do(m.TakeNumber, service="pension")).ticket == "A001"
        await hall.restart()
        assert hall.hall.catalogue.version == 1, "it was put in force once"
        await hall.stop()

    run(body())
