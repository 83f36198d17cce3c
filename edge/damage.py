"""A damaged store: found out when its file is opened, set aside under a dated name, a new one begun.

Rules
1. A store that was closed as it should is used as it is. One that was not is looked through first, page by
   page; one that a process gave up (`doubt`) is checked whole, with what stands in it.
2. What does not pass is renamed, never deleted or repaired: `x.db` becomes `x.db.damaged-20261123-090000`.
3. A read error of the disk is doubted once and set aside the second time: once may be chance.
4. A log without its store is a store that is gone: it is set aside too, never emptied in silence.
5. Rows that no release wrote so are met by whoever reads them (`store.as_written`): he gives the store up.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import msgspec

from edge.hall.reserve import Kept
from edge.store import FATAL, JournalError, connect, pair_of

log = logging.getLogger("hall.journal")

PROBLEMS_MOST = 10
"""Named of one store; the first says enough."""
_BODIES = ("events", "snapshots")
_META = {
    "generation": "text",
    "epoch": "integer",
    "epochs": "text",
    "holder": "text",
    "site": "text",
    "copy": "text",
    "reserve": "blob",
    "rebuilt": "text",
}
"""What `meta` holds under these keys; the table itself takes anything."""
_MEANS: dict[str, Callable[[Any], object]] = {
    "epochs": lambda text: [pair_of(one, ":") for one in text.split()],
    "copy": pair_of,
    "shown": pair_of,
    "reserve": lambda body: msgspec.json.decode(body, type=Kept),
}
"""What reads a value; a key goes as far as its slash."""


class Damaged(JournalError):  # noqa: N818 - a state of the store
    """What stands in the store is not what was written."""


def open_file(path: Path) -> apsw.Connection:
    """Open the store or create it; a damaged one is set aside first. Raises apsw.Error and OSError."""
    try:
        return _open(path)
    except (*FATAL, Damaged) as error:
        if isinstance(error, apsw.IOError) and not _marker(path).exists():
            raise  # the caller doubts it
        aside = _set_aside(path)
        log.error("journal %s is damaged (%s): set aside as %s, a new one is begun", path, error, aside.name)
    return _open(path)


def doubt(path: Path, why: str) -> None:
    """Have the store checked whole before it is used again. A disk that takes nothing more is no error."""
    try:
        _marker(path).write_text(why + "\n", encoding="utf-8")
    except OSError as error:
        log.error("cannot mark %s as doubtful: %s", path, error)


def set_aside_beside(path: Path) -> list[str]:
    """Names of damaged stores that lie beside this one, oldest first; of some the log alone is left."""
    found = path.parent.glob(f"{path.name}.damaged-*")
    return sorted({one.name.removesuffix("-wal") for one in found})


def problems(db: apsw.Connection) -> Iterator[str]:
    """What is wrong with a store: pages, indexes, and what stands in its rows."""
    yield from _sayings(db, f"PRAGMA integrity_check({PROBLEMS_MOST})")
    there = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table in sorted(there):
        yield from _strange_values(db, table)
    if "meta" in there:
        yield from _strange_meta(db)
    for table in sorted(there.intersection(_BODIES)):
        for seq, body in db.execute(f"SELECT seq, body FROM {table} ORDER BY seq"):
            try:
                msgspec.json.decode(body, type=msgspec.Raw)
            except (msgspec.DecodeError, TypeError) as error:
                yield f"{table} {seq}: {error}"


def _strange_values(db: apsw.Connection, table: str) -> Iterator[str]:
    """Values of another type than their column's, and text that is none: SQLite itself allows both."""
    types = {name: kind for _, name, kind, *_ in db.execute(f"PRAGMA table_info({table})") if kind}
    for name, kind in types.items():
        query = f"SELECT count(*) FROM {table} WHERE typeof({name}) <> ?"
        if count := db.execute(query, (kind.lower(),)).get:
            yield f"{table}: {count} rows whose {name} is no {kind}"
    try:
        for text in (name for name, kind in types.items() if kind == "TEXT"):
            for _ in db.execute(f"SELECT {text} FROM {table}"):
                pass
    except UnicodeDecodeError as error:
        yield f"{table}: {error}"


def _strange_meta(db: apsw.Connection) -> Iterator[str]:
    rows = db.execute("SELECT key, typeof(value), value FROM meta ORDER BY key").fetchall()
    if rows and "generation" not in [key for key, *_ in rows]:
        yield "meta: there is no generation"
    for key, kind, value in rows:
        if kind != _META.get(str(key), kind):
            yield f"meta: {key} is {kind} and no {_META[str(key)]}"
            continue
        try:
            _MEANS.get(str(key).partition("/")[0], str)(value)
        except (TypeError, ValueError, AttributeError, msgspec.MsgspecError):
            yield f"meta: {key} says {str(value)[:40]!r}"


def _open(path: Path) -> apsw.Connection:
    is_doubted, was_open = _marker(path).exists(), _size(_log_of(path)) > 0
    if was_open and not _size(path):
        raise Damaged("its log is there and the store is gone")
    db = connect(path)
    try:
        if not db.execute("SELECT count(*) FROM sqlite_master").get and _size(path) > db.pragma("page_size"):
            raise Damaged("it has no tables any more")
        if is_doubted:
            _pass(problems(db))
        elif was_open:
            _pass(_sayings(db, f"PRAGMA quick_check({PROBLEMS_MOST})"))
    except BaseException:
        db.close()
        raise
    _marker(path).unlink(missing_ok=True)
    return db


def _pass(found: Iterator[str]) -> None:
    first = next(found, "")
    if first:
        raise Damaged(first)


def _sayings(db: apsw.Connection, check: str) -> Iterator[str]:
    for (line,) in db.execute(check):
        if line != "ok":
            yield str(line).replace("\n", " ")


def _set_aside(path: Path) -> Path:
    """Store before log: a cut between the two leaves a log alone, which rule 4 finds."""
    aside = _free_name(path)
    for old, new in ((path, aside), (_log_of(path), _log_of(aside))):
        if old.exists():
            old.rename(new)
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    _marker(path).unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return aside


def _free_name(path: Path) -> Path:
    stem = f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}"
    names = (path.with_name(stem if count == 1 else f"{stem}-{count}") for count in range(1, 1000))
    return next(one for one in names if not one.exists() and not _log_of(one).exists())


def _log_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _marker(path: Path) -> Path:
    return path.with_name(path.name + ".doubt")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
