"""Damaged stores are set aside whole and a new one is begun; a disk that fails ends the journal."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from edge import alone_store, boots, damage, ledger, outbox, rated, shown, store
from edge.hall.reserve import SETTLE, Kept
from edge.hall.spans import Span
from edge.journal import Journal, JournalError, JournalFailed
from edge.standby import books
from edge.store import PAGE_BYTES

ROWS = 200
DATED = re.compile(r"j\.db\.damaged-\d{8}-\d{6}(-\d+)?")


def fill(db: apsw.Connection) -> None:
    for seq in range(1, ROWS + 1):
        db.execute("INSERT INTO events VALUES (?, 0, 'Tested', ?)", (seq, b'{"text":"' + b"x" * 400 + b'"}'))


def laid(path: Path, *, clean: bool = True) -> str:
    """A store with some pages in it, closed as it should or cut off; its generation."""
    db = damage.open_file(path)
    generation = store.prepare(db, path, secrets.token_hex)
    with db:
        fill(db)
    if not clean:
        db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        db.execute("INSERT INTO events VALUES (?, 0, 'Tested', x'7b7d')", (ROWS + 1,))
        db.close()
    else:
        store.close(db)
    return generation


def opened(path: Path) -> Journal:
    async def body() -> Journal:
        journal = Journal(path)
        journal.open(asyncio.get_running_loop())
        journal.close()
        return journal

    return asyncio.run(body())


def let_go(journal: Journal) -> None:
    """What the end of its process does for a journal that failed."""
    journal.close()
    journal._disk.stop()
    assert journal._db is not None
    journal._db.close()


def rows(path: Path) -> int:
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY, vfs="unix")
    try:
        return int(db.execute("SELECT count(*) FROM events").get)
    finally:
        db.close()


def spoil(path: Path, at: int, what: bytes = b"\xaa" * PAGE_BYTES) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(what)


def rubbish(path: Path) -> None:
    path.write_bytes(b"not a database" * 100)


def head_gone(path: Path) -> None:
    spoil(path, 0)


def page_gone(path: Path) -> None:
    spoil(path, PAGE_BYTES * 40)


def cut_short(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(PAGE_BYTES * 30)


def gone_beside_its_log(path: Path) -> None:
    path.unlink()


def emptied_beside_its_log(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize(
    ("spoiling", "clean"),
    [
        (rubbish, True),
        (head_gone, True),
        (rubbish, False),
        (head_gone, False),
        (page_gone, False),
        (cut_short, False),
        (gone_beside_its_log, False),
        (emptied_beside_its_log, False),
    ],
)
def test_a_damaged_store_is_set_aside_whole_and_a_new_one_begun(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, spoiling: Callable[[Path], None], clean: bool
) -> None:
    path, wal = tmp_path / "j.db", tmp_path / "j.db-wal"
    generation = laid(path, clean=clean)
    spoiling(path)
    before = [one.read_bytes() for one in (path, wal) if one.exists()]
    with caplog.at_level(logging.ERROR):
        journal = opened(path)
    assert journal.generation != generation
    assert rows(path) == 0
    kept = sorted(tmp_path.glob("*.damaged-*"))
    assert [one.read_bytes() for one in kept] == before, "every byte of it is there"
    assert all(DATED.fullmatch(one.name.removesuffix("-wal")) for one in kept)
    assert re.search(r"j\.db is damaged \(.+\): set aside as j\.db\.damaged-", caplog.text)
    again = opened(path)
    assert again.generation == journal.generation
    assert again.set_aside == [kept[0].name.removesuffix("-wal")], "named at every start"
    db = apsw.Connection(str(path))
    assert db.execute("SELECT value FROM meta WHERE key = 'replaces'").get == again.set_aside[-1]
    db.close()


def test_a_second_one_in_the_same_second_has_its_own_name(tmp_path: Path) -> None:
    for _ in range(3):
        laid(tmp_path / "j.db")
        rubbish(tmp_path / "j.db")
        opened(tmp_path / "j.db")
    assert len(list(tmp_path.glob("*.damaged-*"))) == 3


def test_a_sound_store_that_was_cut_off_is_used_as_it_is(tmp_path: Path) -> None:
    generation = laid(tmp_path / "j.db", clean=False)
    journal = opened(tmp_path / "j.db")
    assert (journal.generation, journal.set_aside) == (generation, [])
    assert rows(tmp_path / "j.db") == ROWS + 1


def test_a_store_in_use_is_not_taken_for_a_damaged_one(tmp_path: Path) -> None:
    async def body() -> None:
        journal = Journal(tmp_path / "j.db")
        journal.open(asyncio.get_running_loop())
        with pytest.raises(JournalError, match="in use"):
            Journal(tmp_path / "j.db").open(asyncio.get_running_loop())
        journal.close()

    asyncio.run(body())
    assert not list(tmp_path.glob("*.damaged-*"))


# --- given up while it runs -----------------------------------------------------------------------------


def test_what_a_process_gave_up_is_checked_whole_at_the_next_start(tmp_path: Path) -> None:
    """A page that a clean start does not look at: the process that met it says so."""
    path = tmp_path / "j.db"
    laid(path)
    page_gone(path)
    told: list[JournalFailed] = []

    async def body() -> None:
        journal = Journal(path, on_failed=told.append)
        journal.open(asyncio.get_running_loop())
        with pytest.raises(JournalFailed, match=r"j\.db is damaged"):
            await journal.run(lambda db: db.execute("SELECT sum(length(body)) FROM events").get)
        with pytest.raises(JournalFailed):
            await journal.run(lambda db: db.execute("INSERT INTO meta VALUES ('late', 1)"))
        let_go(journal)

    asyncio.run(body())
    assert len(told) == 1, "told once"
    assert opened(path).set_aside


def test_bodies_that_are_no_json_are_found_too(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    laid(path)
    damage.doubt(path, "an event could not be read")
    assert not opened(path).set_aside, "nothing was found: it goes on, and is not doubted any more"
    assert not (tmp_path / "j.db.doubt").exists()
    db = apsw.Connection(str(path))
    db.execute("UPDATE events SET body = x'ff00' WHERE seq = 7")
    db.close()
    assert not opened(path).set_aside, "a clean start does not read them all"
    damage.doubt(path, "an event could not be read")
    assert opened(path).set_aside


@pytest.mark.parametrize(
    "spoiling",
    [
        "INSERT INTO answers VALUES (1, 'a-1', 0, NULL)",
        "INSERT INTO answers VALUES (1, CAST(x'ff00' AS TEXT), 0, x'7b7d')",
        "UPDATE events SET at_ms = NULL WHERE seq = 7",
        "UPDATE events SET body = NULL WHERE seq = 7",
        "INSERT INTO snapshots VALUES (3, NULL)",
        "INSERT INTO inbox_mark VALUES ('east', 'g', NULL, 0)",
        "INSERT INTO inbox_mark VALUES ('east', 'g', 'many', 0)",
        "INSERT INTO meta VALUES ('epoch', 'many')",
        "INSERT INTO meta VALUES ('epochs', 7)",
        "INSERT INTO meta VALUES ('epochs', 'many')",
        "INSERT INTO meta VALUES ('epochs', '1:0 2')",
    ],
)
def test_rows_that_nobody_wrote_so_end_the_start_and_the_next_one_sets_them_aside(
    tmp_path: Path, spoiling: str
) -> None:
    """A medium that lied leaves a file that looks closed as it should, with torn rows in it."""
    path = tmp_path / "j.db"
    laid(path)
    torn(path, spoiling)

    async def body() -> None:
        journal = Journal(path)
        journal.open(asyncio.get_running_loop())
        with pytest.raises(JournalFailed, match=r"j\.db is damaged"):
            await journal.run(ledger.restart(0))
        let_go(journal)

    asyncio.run(body())
    assert opened(path).set_aside


@pytest.mark.parametrize("spoiling", ["DELETE FROM meta", "UPDATE meta SET value = NULL"])
def test_a_store_that_lost_its_generation_is_no_store(tmp_path: Path, spoiling: str) -> None:
    path = tmp_path / "j.db"
    laid(path)
    torn(path, spoiling.replace("FROM meta", "FROM meta WHERE key = 'generation'"))

    async def body() -> None:
        journal = Journal(path)
        with pytest.raises(JournalFailed, match="generation"):
            journal.open(asyncio.get_running_loop())
        let_go(journal)

    asyncio.run(body())
    assert opened(path).set_aside


@pytest.mark.parametrize(
    "spoiling",
    [
        "INSERT INTO outbox VALUES (1, 0, NULL, 0)",
        "INSERT INTO outbox VALUES (1, 0, x'7b7d', 'many')",
    ],
)
def test_records_that_nobody_wrote_so_count_as_damage_too(tmp_path: Path, spoiling: str) -> None:
    path = tmp_path / "j.db"
    laid(path)
    torn(path, spoiling)

    async def body() -> None:
        journal = Journal(path)
        journal.open(asyncio.get_running_loop())
        with pytest.raises(JournalFailed, match=r"j\.db is damaged"):
            journal.read(outbox._marks)
            await journal.run(outbox._read_after(0, 10))
        let_go(journal)

    asyncio.run(body())
    assert opened(path).set_aside


def torn(path: Path, spoiling: str) -> None:
    """Put a row into a store that its tables would refuse, as a page of another moment does."""
    db = apsw.Connection(str(path))
    db.pragma("writable_schema", "ON")
    schema = "UPDATE sqlite_master SET sql = replace(sql, {}, {})"
    db.execute(schema.format("' NOT NULL'", "' /* NN */'"))
    db.close()
    db = apsw.Connection(str(path))
    db.execute(spoiling)
    db.pragma("writable_schema", "ON")
    db.execute(schema.format("' /* NN */'", "' NOT NULL'"))
    db.close()


# --- a disk that fails ----------------------------------------------------------------------------------


class Disk(apsw.VFS):
    """A real disk that fails when it is told to: "xSync", "xWrite" or "xRead"."""

    def __init__(self) -> None:
        self.name = f"failing-{id(self)}"
        super().__init__(self.name, "unix", makedefault=True)
        self.fails = ""

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return File(self, name, flags)

    def check(self, call: str) -> None:
        if call == self.fails:
            raise apsw.IOError(f"{call} fails")


class File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        super().__init__("unix", name, flags)
        self._disk = disk

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.check("xSync")
        super().xSync(flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.check("xWrite")
        super().xWrite(data, offset)

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        self._disk.check("xRead")
        return bytes(super().xRead(amount, offset))


@pytest.fixture()
def disk() -> Iterator[Disk]:
    vfs = Disk()
    yield vfs
    vfs.unregister()


@pytest.mark.parametrize("call", ["xSync", "xWrite"])
def test_a_disk_that_fails_a_commit_ends_the_journal_and_the_next_start_goes_on(
    tmp_path: Path, disk: Disk, call: str
) -> None:
    path = tmp_path / "j.db"
    told: list[JournalFailed] = []

    def put(db: apsw.Connection) -> None:
        db.execute("INSERT INTO events (at_ms, kind, body) VALUES (0, 'Tested', x'7b7d')")

    async def body() -> None:
        journal = Journal(path, on_failed=told.append)
        journal.open(asyncio.get_running_loop())
        for _ in range(3):
            await journal.run(put)
        disk.fails = call
        with pytest.raises(JournalFailed, match=r"the disk failed at .*j\.db"):
            await journal.run(put)
        disk.fails = ""
        with pytest.raises(JournalFailed):
            await journal.run(put)  # a sync that succeeds now says nothing about the one that failed
        let_go(journal)

    asyncio.run(body())
    assert len(told) == 1
    assert not opened(path).set_aside
    assert rows(path) in (3, 4), "all that was accepted; what was refused may be there or not"


def test_a_read_error_is_doubted_once_and_set_aside_the_second_time(tmp_path: Path, disk: Disk) -> None:
    path = tmp_path / "j.db"
    laid(path)
    disk.fails = "xRead"
    with pytest.raises(JournalFailed, match="the disk failed"):
        opened(path)
    disk.fails = ""
    assert not opened(path).set_aside, "it was chance"
    disk.fails = "xRead"
    with pytest.raises(JournalFailed):
        opened(path)
    disk.fails = ""

    def only_this_file(call: str) -> None:
        if call == "xRead" and not list(tmp_path.glob("*.damaged-*")):
            raise apsw.IOError("bad sector")

    disk.check = only_this_file  # type: ignore[method-assign]
    assert len(opened(path).set_aside) == 1


@pytest.mark.parametrize(
    "values",
    ["'copy', 'whole'", "'shown/1', '7'", "'reserve', x'7b'", "'reserve', '{}'", "'epochs', '1:0 2:'"],
)
def test_facts_that_nobody_wrote_so_are_found_when_the_store_is_doubted(tmp_path: Path, values: str) -> None:
    path = tmp_path / "j.db"
    laid(path)
    torn(path, f"INSERT INTO meta VALUES ({values})")
    damage.doubt(path, "it could not be read")
    assert opened(path).set_aside


def test_facts_as_they_are_written_are_sound(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    laid(path)
    kept = Kept((Span("X", 521, 540),), (Span("X", 501, 520),), Span("X", 501, 540))
    db = damage.open_file(path)
    with db:
        for work in (
            alone_store.write(kept),
            shown.remember("1", (3, 7)),
            rated.remember("1", "a/"),
            books.is_copy,
        ):
            work(db)
        ledger.set_epochs(db, ((1, 0), (2, 13)))
        boots.mark("outbox", "a boot")(db)
        db.execute("INSERT INTO meta VALUES ('site', 'on disk' || char(0) || 'applied')")
    assert list(damage.problems(db)) == []
    store.close(db)


def test_a_file_that_lost_its_tables_is_not_taken_for_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    path.write_bytes(bytes(5 * PAGE_BYTES))
    assert opened(path).set_aside


def test_a_reserve_that_cannot_be_read_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    laid(path)
    torn(path, "INSERT INTO meta VALUES ('reserve', x'7b')")
    db = damage.open_file(path)
    with pytest.raises(apsw.CorruptError, match="reserve"):
        alone_store.read(db)
    db.close()


def test_its_log_is_taken_into_the_file_step_by_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step is on the medium before the next: log, file, emptied log."""
    path = tmp_path / "j.db"
    synced: list[tuple[str, int, int]] = []
    real = os.fsync

    def fsync(fd: int) -> None:
        name = Path(f"/proc/self/fd/{fd}").readlink().name
        synced.append(
            (name, path.stat().st_size // PAGE_BYTES, int(bool(Path(f"{path}-wal").stat().st_size)))
        )
        real(fd)

    db = store.connect(path)
    store.prepare(db, path, secrets.token_hex)
    monkeypatch.setattr(os, "fsync", fsync)
    db.take_in()
    pages = path.stat().st_size // PAGE_BYTES
    assert (
        synced
        == [("j.db", 1, 1)] * SETTLE + [("j.db", pages, 1)] * SETTLE + [("j.db-wal", pages, 0)] * SETTLE
    )
    assert pages > 1
    synced.clear()
    db.execute("INSERT INTO unread (body) VALUES (x'00')")
    store.close(db)
    assert len(synced) == 3 * SETTLE, "at a clean end too"


def test_a_log_that_is_long_is_taken_into_the_file(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    db = store.connect(path)
    store.prepare(db, path, secrets.token_hex)
    db.log_pages = 20
    for number in range(100):
        db.execute("INSERT INTO unread (body) VALUES (?)", (bytes(500),))
        assert Path(f"{path}-wal").stat().st_size < 30 * (PAGE_BYTES + 24), number
    store.close(db)
