"""Looking into a journal from outside, whether its node runs or not: nothing in it is touched.

A copy is looked into. The node holds its store for itself and may put pages of the log into the file at any
moment; so the file is copied first and its log after. As long as the log was not begun anew meanwhile, all
pages that moved stand in the log as well, and the two copies are the store as it was after one commit.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import apsw

from edge.ledger import Restart, StoredEvent, events_after, reread
from edge.store import SCHEMA_VERSION, JournalError, explain, migrate

_T = TypeVar("_T")

TRIES = 20
"""A log is begun anew every hundred commits or so, a copy takes some tens of milliseconds."""
LOG_HEAD_BYTES = 32
"""The head of SQLite's log; it holds two numbers that change whenever the log is begun anew."""


def look(path: Path, work: Callable[[apsw.Connection], _T]) -> _T:
    """What `work` finds in the journal, an older one as if it had been brought up to date.

    Raises JournalError: no such file, no right to read it, no journal, a newer one, a damaged one.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="hall-journal-") as folder:
            return _look(path, Path(folder) / "copy.db", work)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise JournalError(f"there is no journal {path}") from error
    except PermissionError as error:
        raise JournalError(f"journal {path} may not be read by this user: try it with sudo") from error
    except OSError as error:
        raise JournalError(f"journal {path} cannot be copied to {tempfile.gettempdir()}: {error}") from error
    except apsw.Error as error:
        raise JournalError(explain(path, error)) from error


def read_file(path: Path) -> Restart:
    """What a coordinator's journal holds. Raises JournalError."""
    return look(path, reread)


def read_events(path: Path) -> list[StoredEvent]:
    """Every event a journal's file still holds, in order. Raises JournalError."""
    return look(path, lambda db: list(events_after(db, 0)))


def _look(path: Path, copy: Path, work: Callable[[apsw.Connection], _T]) -> _T:
    _copy(path, copy)
    db = apsw.Connection(str(copy))
    try:
        version = int(db.pragma("user_version"))
        if version == 0:
            raise JournalError(f"{path} is no journal")
        if version > SCHEMA_VERSION:
            raise JournalError(
                f"journal {path} has schema {version}, this release knows {SCHEMA_VERSION}:"
                " look into it with the newer release"
            )
        migrate(db, version)
        return work(db)
    finally:
        db.close()


def _copy(path: Path, copy: Path) -> None:
    log, log_copy = (one.with_name(one.name + "-wal") for one in (path, copy))
    for _ in range(TRIES):
        before = _stamp(path, log)
        shutil.copyfile(path, copy)
        log_copy.write_bytes(log.read_bytes() if log.exists() else b"")
        if _stamp(path, log) == before:
            return
    raise JournalError(f"journal {path} is being written too fast to be copied: try it again")


def _stamp(path: Path, log: Path) -> bytes | int:
    """It changes when the log is begun anew; while the log is empty, whenever the file is written."""
    head = b""
    with contextlib.suppress(FileNotFoundError), log.open("rb") as file:
        head = file.read(LOG_HEAD_BYTES)
    return head or path.stat().st_mtime_ns
