"""The journal's file: how it is opened, its tables, older ones brought up to date, its faults in words."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw

from edge.hall.reserve import SETTLE

SCHEMA_VERSION = 2

PAGE_BYTES = 1024
"""A commit writes each page it touches whole, an event is some hundred bytes: small pages spare the card."""

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE events (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, kind TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE snapshots (seq INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE answers (place INTEGER PRIMARY KEY, id TEXT NOT NULL, at_ms INTEGER NOT NULL,
                      body BLOB NOT NULL);
CREATE TABLE inbox (source TEXT, generation TEXT, seq INTEGER,
                    PRIMARY KEY (source, generation, seq)) WITHOUT ROWID;
CREATE TABLE inbox_mark (source TEXT, generation TEXT, up_to INTEGER NOT NULL,
                         heard INTEGER NOT NULL DEFAULT 0,
                         PRIMARY KEY (source, generation)) WITHOUT ROWID;
CREATE TABLE unread (place INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE outbox (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, body BLOB NOT NULL,
                     receipted INTEGER NOT NULL DEFAULT 0);
CREATE TABLE set_aside (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, body BLOB NOT NULL);
"""
"""What is written with every event lies at the end of its table: one page, and no index beside it.

`outbox.receipted` is the highest number that was known to be receipted when the row was kept. `unread` holds
records of a newer release as they came, `set_aside` records of the outbox that cannot be read any more.
"""

_FROM_1 = """
CREATE TABLE snapshots (seq INTEGER PRIMARY KEY, body BLOB NOT NULL);
INSERT INTO snapshots SELECT seq, body FROM snapshot;
DROP TABLE snapshot;
ALTER TABLE answers RENAME TO answers_1;
CREATE TABLE answers (place INTEGER PRIMARY KEY, id TEXT NOT NULL, at_ms INTEGER NOT NULL,
                      body BLOB NOT NULL);
INSERT INTO answers (id, at_ms, body) SELECT id, at_ms, body FROM answers_1 ORDER BY at_ms;
DROP TABLE answers_1;
ALTER TABLE inbox_mark ADD COLUMN heard INTEGER NOT NULL DEFAULT 0;
CREATE TABLE unread (place INTEGER PRIMARY KEY, body BLOB NOT NULL);
ALTER TABLE outbox RENAME TO outbox_1;
DROP INDEX IF EXISTS outbox_waiting;
CREATE TABLE outbox (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, body BLOB NOT NULL,
                     receipted INTEGER NOT NULL DEFAULT 0);
INSERT INTO outbox SELECT seq, at_ms, body, 0 FROM outbox_1;
CREATE TABLE set_aside (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, body BLOB NOT NULL);
"""


def _from_1(db: apsw.Connection) -> None:
    """Receipts were noted row by row, later as one mark in `meta`."""
    db.execute(_FROM_1)
    last = db.execute("SELECT coalesce(max(seq), 0) FROM outbox_1").get
    if any(name == "receipted" for _, name, *_ in db.execute("PRAGMA table_info(outbox_1)")):
        first = db.execute("SELECT min(seq) FROM outbox_1 WHERE receipted = 0").get
        mark = last if first is None else first - 1
    else:
        mark = db.execute("SELECT value FROM meta WHERE key = 'receipted'").get or 0
    db.execute("UPDATE outbox SET receipted = ? WHERE seq = ?", (mark, last))
    db.execute("DELETE FROM meta WHERE key = 'receipted'")
    db.execute("DROP TABLE outbox_1")


MIGRATIONS: dict[int, Callable[[apsw.Connection], None]] = {1: _from_1}
"""By schema: what makes the next one of it. All steps that a store needs are one transaction."""


class JournalError(Exception):
    """The journal cannot be used. The text names the file, what is wrong and what to do."""


class JournalFailed(JournalError):  # noqa: N818 - a state of the world
    """The disk or the store failed under the journal: it must be opened anew, by a new process."""


DAMAGE = (apsw.CorruptError, apsw.NotADBError)
"""What SQLite raises for a file that is not as it was written."""

FATAL = (*DAMAGE, apsw.IOError)
"""After these nobody knows what is on the disk: a sync tried again says nothing of the one that failed."""


@contextlib.contextmanager
def as_written() -> Iterator[None]:
    """Around the reading of rows: raises apsw.CorruptError for values that no release ever wrote there."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise apsw.CorruptError(f"a row is not as it was written: {error}") from error


class Store(apsw.Connection):
    """A store's file. `log_pages`: so long may its log get before it is taken into the file."""

    log_pages = 1000

    def __init__(self, path: Path) -> None:
        """Raises apsw.Error or OSError."""
        super().__init__(str(path))
        self._fd = os.open(path, os.O_RDONLY)  # closed last: to close any takes SQLite's locks away
        self.set_wal_hook(_committed)

    def take_in(self) -> None:
        """Take the log into the file, and leave it empty. Raises apsw.Error or OSError.

        A medium that forgets the last syncs it confirmed would be left with half a file and half a log, or
        with an old log beside a newer file. So each step is settled before the next one.
        """
        _settle(self._fd)
        self.wal_checkpoint()
        _settle(self._fd)
        self.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        log = os.open(f"{self.filename}-wal", os.O_RDONLY)
        try:
            _settle(log)
        finally:
            os.close(log)

    def close(self, *args: bool) -> None:
        """Twice is fine."""
        super().close(*args)
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _settle(file: int) -> None:
    """Sync as often as no medium is taken to forget, and once more."""
    for _ in range(SETTLE):
        os.fsync(file)


def _committed(db: Any, name: str, pages: int) -> int:
    """After a commit, which stands whatever becomes of this: as SQLite's own hook, which does not settle."""
    if pages >= db.log_pages:
        with contextlib.suppress(apsw.Error, OSError):
            db.take_in()
    return apsw.SQLITE_OK


def pair_of(text: str, between: str = " ") -> tuple[int, int]:
    """Two numbers as they stand in `meta`. Raises ValueError."""
    first, second = text.split(between)
    return int(first), int(second)


def connect(path: Path) -> Store:
    """Open or create it for this process alone; see the rules in `journal.py`. Raises apsw.Error, OSError."""
    db = Store(path)
    db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)  # what ends by a fault leaves all as it is
    db.execute("PRAGMA locking_mode=EXCLUSIVE")
    db.execute("PRAGMA synchronous=EXTRA")
    db.execute(f"PRAGMA page_size={PAGE_BYTES}")  # of a new file; an older one keeps its own
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    return db


def close(db: apsw.Connection) -> None:
    """Put all into the file and leave no log: only so it counts as closed as it should."""
    if isinstance(db, Store):
        with contextlib.suppress(apsw.Error, OSError):  # the log stays
            db.take_in()
    db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
    db.close()


def prepare(db: apsw.Connection, path: Path, token: Callable[[int], str], replaces: str = "") -> str:
    """Create the tables, or bring older ones up to date; returns the store's generation, drawn if new.

    A new one keeps in mind that it `replaces` a damaged one.

    Raises JournalError, having changed nothing, for a schema that this release does not know, and apsw.Error.
    """
    with db:
        version = int(db.pragma("user_version"))
        if version == 0:
            db.execute(SCHEMA)
            db.execute("INSERT INTO meta VALUES ('generation', ?)", (token(4),))
            db.execute("INSERT INTO meta VALUES ('replaces', ?)", (replaces,))
            db.pragma("user_version", SCHEMA_VERSION)
        elif version < SCHEMA_VERSION:
            migrate(db, version)
    if version > SCHEMA_VERSION:
        raise JournalError(
            f"journal {path} has schema {version}, this release knows {SCHEMA_VERSION}:"
            " install the newer release again, or move the file away to start empty"
        )
    generation = db.execute("SELECT value FROM meta WHERE key = 'generation'").get
    if not isinstance(generation, str):
        raise apsw.CorruptError("its generation is not there")
    return generation


def migrate(db: apsw.Connection, version: int) -> None:
    """Bring the tables of an older store up to date, in the caller's transaction."""
    for step in range(version, SCHEMA_VERSION):
        MIGRATIONS[step](db)
    if version < SCHEMA_VERSION:
        db.pragma("user_version", SCHEMA_VERSION)


def explain(path: Path, error: Exception) -> str:
    """A sentence for the technician: which file, what is wrong, what to do."""
    if isinstance(error, apsw.BusyError):
        return f"journal {path} is in use: another hall process runs with it; stop that one first"
    if isinstance(error, DAMAGE):
        return f"journal {path} is damaged ({error}): a node that starts with it sets it aside"
    if isinstance(error, apsw.IOError):
        return f"the disk failed at {path} ({error}): if this comes again, replace the card"
    if isinstance(error, apsw.CantOpenError | PermissionError | apsw.ReadOnlyError):
        return f"journal {path} cannot be opened: may this user write to {path.parent}?"
    if isinstance(error, apsw.FullError):
        return f"disk full at {path.parent}: make room there"
    return f"journal {path}: {error}"
