"""The journal's file: how it is opened, its tables, and in which words its faults are told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import apsw

SCHEMA_VERSION = 1

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE events (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, kind TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE snapshot (only INTEGER PRIMARY KEY CHECK (only = 1), seq INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE answers (id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX answers_by_age ON answers (at_ms);
CREATE TABLE inbox (source TEXT, generation TEXT, seq INTEGER,
                    PRIMARY KEY (source, generation, seq)) WITHOUT ROWID;
CREATE TABLE inbox_mark (source TEXT, generation TEXT, up_to INTEGER NOT NULL,
                         PRIMARY KEY (source, generation)) WITHOUT ROWID;
CREATE TABLE outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL,
                     body BLOB NOT NULL);
"""


class JournalError(Exception):
    """The journal cannot be used. The text names the file, what is wrong and what to do."""


def connect(path: Path) -> apsw.Connection:
    """Open or create it for this process alone; see the rules in `journal.py`. Raises apsw.Error."""
    db = apsw.Connection(str(path))
    db.execute("PRAGMA locking_mode=EXCLUSIVE")
    db.execute("PRAGMA synchronous=EXTRA")
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    return db


def prepare(db: apsw.Connection, path: Path, token: Callable[[int], str]) -> str:
    """Create the tables, or check their version; returns the store's generation, drawn by `token` if new."""
    with db:
        version = db.pragma("user_version")
        if version == 0:
            db.execute(SCHEMA)
            db.execute("INSERT INTO meta VALUES ('generation', ?)", (token(4),))
            db.pragma("user_version", SCHEMA_VERSION)
    if version not in (0, SCHEMA_VERSION):
        raise JournalError(
            f"journal {path} has schema {version}, this release knows {SCHEMA_VERSION}:"
            " install the newer release again, or move the file away to start empty"
        )
    return str(db.execute("SELECT value FROM meta WHERE key = 'generation'").get)


def explain(path: Path, error: Exception) -> str:
    """A sentence for the technician: which file, what is wrong, what to do."""
    if isinstance(error, apsw.BusyError):
        return f"journal {path} is in use: another hall process runs with it; stop that one first"
    if isinstance(error, apsw.NotADBError | apsw.CorruptError):
        return f"journal {path} is damaged ({error}): keep the file and start with another --data folder"
    if isinstance(error, apsw.CantOpenError | PermissionError | apsw.ReadOnlyError):
        return f"journal {path} cannot be opened: may this user write to {path.parent}?"
    if isinstance(error, apsw.FullError):
        return f"disk full at {path.parent}: make room there"
    return f"journal {path}: {error}"
