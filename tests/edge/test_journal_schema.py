"""The journal's schema: older ones are brought up to date, all or nothing; newer ones are left alone."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Any

import apsw
import pytest

from edge import ledger, store
from edge.journal import Journal, JournalError
from edge.keeper import hall_of
from edge.outbox import Outbox
from mqtt_bridge import messages as m

GOLDEN = Path(__file__).parents[1] / "golden" / "journal"
LAYOUT = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"


def of_schema(version: int, path: Path) -> Path:
    """A file as a release with that schema left it."""
    db = apsw.Connection(str(path))
    db.execute((GOLDEN / f"schema_{version}.sql").read_text(encoding="utf-8"))
    db.close()
    return path


def layout(db: apsw.Connection) -> list[tuple[str, str]]:
    return [(name, " ".join(sql.replace('"', "").split())) for name, sql in db.execute(LAYOUT)]


def test_every_older_schema_has_a_golden_file_and_a_step() -> None:
    older = set(range(1, store.SCHEMA_VERSION))
    assert set(store.MIGRATIONS) == older
    assert {path.name for path in GOLDEN.glob("schema_*.sql")} == {f"schema_{one}.sql" for one in older}


@pytest.mark.parametrize("version", range(1, store.SCHEMA_VERSION))
def test_an_older_store_becomes_exactly_as_a_new_one(tmp_path: Path, version: int) -> None:
    old = store.connect(of_schema(version, tmp_path / "old.db"))
    new = store.connect(tmp_path / "new.db")
    store.prepare(old, tmp_path / "old.db", secrets.token_hex)
    store.prepare(new, tmp_path / "new.db", secrets.token_hex)
    assert layout(old) == layout(new)
    assert old.pragma("user_version") == store.SCHEMA_VERSION


def test_a_coordinators_store_of_schema_1_goes_on_where_it_was(
    run: Any, new_office: Any, tmp_path: Path
) -> None:
    async def body() -> None:
        of_schema(1, tmp_path / "small-core.db")
        hall = new_office(folder=tmp_path)
        await hall.start()
        assert hall.coordinator.epoch == 2
        window = hall.window("1")
        assert (window.ticket, window.phase, window.clerk) == ("A001", "serving", "101")
        assert hall.hall.visits["20261123-A001"].ratings == {"": 5}
        assert hall.hall.visits["20261123-B001"].state == "held"
        assert (await hall.ask(m.TakeNumber, service="pension", id="new")).ticket == "A005"
        hall.send(m.Printed("east", "abcdef01-2", 5, "20261123-B001", "B001", "printed"))
        await hall.ear.until(lambda: m.Receipt("abcdef01", 3) in hall.ear.of(m.Receipt))
        before = len(hall.hall.visits)
        again = await hall.ask(m.TakeNumber, service="pension", id="r13")
        assert again.ticket == "A004", "the answers given lately came with it"
        assert len(hall.hall.visits) == before
        await hall.stop()

    run(body())


class Nowhere:
    """No link."""

    connected = False

    def send_record(self, record: m.Record | m.Records) -> bool:
        return False


def test_the_outbox_of_schema_1_knows_what_has_no_receipt(run: Any, tmp_path: Path) -> None:
    async def body() -> None:
        loop = asyncio.get_running_loop()
        journal = Journal(of_schema(1, tmp_path / "small-core.db"))
        journal.open(loop)
        box = Outbox(journal, Nowhere(), loop, "core")
        box.start()
        assert box.waiting == 2
        assert journal.generation == "12d6fee7", "the same store: receipts for it still count"
        journal.close()

    run(body())


def test_a_step_that_fails_leaves_the_old_store_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = of_schema(1, tmp_path / "old.db")
    sound = store.MIGRATIONS[1]

    def broken(db: apsw.Connection) -> None:
        sound(db)
        db.execute("INSERT INTO nowhere VALUES (1)")

    with monkeypatch.context() as patch:
        patch.setitem(store.MIGRATIONS, 1, broken)
        db = store.connect(path)
        with pytest.raises(apsw.SQLError, match="nowhere"):
            store.prepare(db, path, secrets.token_hex)
        assert db.pragma("user_version") == 1
        assert "snapshot" in dict(layout(db))
        assert "snapshots" not in dict(layout(db))
        db.close()
    found = store.connect(path)
    store.prepare(found, path, secrets.token_hex)
    hall, seq = hall_of(ledger.reread(found))
    assert (seq, hall.counters["social"]) == (19, 4)


def test_a_newer_store_is_refused_by_name_and_not_touched(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    db = apsw.Connection(str(path))
    db.pragma("journal_mode", "wal")
    db.execute("CREATE TABLE of_tomorrow (one)")
    db.pragma("user_version", store.SCHEMA_VERSION + 1)
    db.close()
    before = path.read_bytes()

    async def body() -> None:
        with pytest.raises(JournalError, match=r"j\.db has schema 3, this release knows 2: inst"):
            Journal(path).open(asyncio.get_running_loop())

    run(body())
    assert path.read_bytes() == before
    assert not list(tmp_path.glob("*.damaged-*"))
