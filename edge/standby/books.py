"""The journal as it is copied: what the coordinator reads, and what the standby writes.

Functions here make work for the journal thread (see `edge/ledger.py`). The copy's place, so many steps of
such an epoch, is written together with what it is the place of. So a copy is always the coordinator's
journal as it was after one of its commits, whatever was lost, came twice or stopped half way.

Which events two journals have in common is known by the epochs: events of one epoch were written by one
coordinator, and where the next epoch began, that one had ended.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple

import apsw

from edge import ledger
from edge.standby import form
from edge.store import pair_of

ROWS = 200
"""Events read at a time: the journal thread has commits to make."""

TABLES = ("snapshots", "answers", "inbox", "inbox_mark", "unread")
"""What the coordinator keeps beside its events; a copy has all of it."""

_EVENTS = "SELECT seq, at_ms, kind, body FROM events WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"


class Misfit(Exception):  # noqa: N818 - what came, and not what is here
    """What came does not follow what is here: something before it was not written."""


class Standing(NamedTuple):
    """Where a copy stands: `number` steps of the coordinator's `epoch`, events up to `last` of `last_epoch`.

    `last_ms` is the time of that event.
    """

    epoch: int
    number: int
    last_epoch: int
    last: int
    last_ms: int


# --- read -------------------------------------------------------------------------------------------


def standing(db: apsw.Connection) -> Standing:
    """Where the copy stands; all zero where there is none."""
    last, last_ms = db.execute("SELECT coalesce(max(seq), 0), coalesce(max(at_ms), 0) FROM events").get
    began = ledger.epochs(db)
    epoch, number = _place(db)
    return Standing(epoch, number, began[-1][0] if began else 0, int(last), int(last_ms))


def begin(epoch: int, last_epoch: int, last: int) -> Callable[[apsw.Connection], form.Begin]:
    """All but the events, as of now, for a copy that has events up to `last` of `last_epoch`."""

    def work(db: apsw.Connection) -> form.Begin:
        began = ledger.epochs(db)
        own_last = int(db.execute("SELECT coalesce(max(seq), 0) FROM events").get)
        return form.Begin(
            epoch=epoch,
            after=common(began, own_last, last_epoch, last),
            last=own_last,
            epochs=began,
            site=str(db.execute("SELECT value FROM meta WHERE key = 'site'").get or ""),
            tables={name: tuple(db.execute(f"SELECT * FROM {name}")) for name in TABLES},
        )

    return work


def common(began: tuple[tuple[int, int], ...], own_last: int, epoch: int, last: int) -> int:
    """Up to which event a journal that ends with event `last` of `epoch` is the same as ours."""
    if epoch not in dict(began):
        return 0
    ends = [before for later, before in began if later > epoch]
    if not ends and last > own_last:
        return 0  # it holds what we have lost: nothing is sure
    return min([last, *ends])


def rows(after: int, up_to: int) -> Callable[[apsw.Connection], form.Rows]:
    """The next events."""

    def work(db: apsw.Connection) -> form.Rows:
        return form.Rows(tuple(db.execute(_EVENTS, (after, up_to, ROWS))))

    return work


# --- write ------------------------------------------------------------------------------------------


def live(part: form.Live) -> Callable[[apsw.Connection], None]:
    """Bring the copy forward. Raises Misfit where it does not stand where the part begins.

    Raises ledger.Gap where it is not what it should be there: then it is not to be trusted.
    """

    def work(db: apsw.Connection) -> None:
        if _place(db) != (part.epoch, part.after):
            raise Misfit(f"the copy stands at {_place(db)}, the part begins at {part.after}")
        for step in part.steps:
            _write(db, step)
        _set_place(db, part.epoch, part.up_to)

    return work


def _write(db: apsw.Connection, step: form.Step) -> None:
    match step:
        case form.Commit():
            ledger.write(step.entry)(db)
        case form.Kept():
            ledger.save_snapshot(step.seq, step.body)(db)
            ledger.forget(step.before_ms, step.answers_before_ms)(db)


def stage_none(db: apsw.Connection) -> None:
    """A whole copy begins: events will come."""
    db.execute("DROP TABLE IF EXISTS temp.staged")
    db.execute("CREATE TEMP TABLE staged (seq INTEGER PRIMARY KEY, at_ms, kind, body)")


def stage(part: form.Rows) -> Callable[[apsw.Connection], None]:
    """Lay events aside until all are here."""

    def work(db: apsw.Connection) -> None:
        db.executemany("INSERT INTO temp.staged VALUES (?, ?, ?, ?)", part.events)

    return work


class Replaced(NamedTuple):
    """What became of own events that are not the hall's: how many, and the numbers they had issued."""

    events: int
    numbers: tuple[str, ...]


def replace(part: form.Begin, end: form.End, now_ms: int) -> Callable[[apsw.Connection], Replaced]:
    """The whole comes in force, in place of what was here. Raises Misfit where events are missing."""

    def work(db: apsw.Connection) -> Replaced:
        staged = db.execute("SELECT count(*) FROM temp.staged").get
        if staged != end.events:
            raise Misfit(f"{staged} events came of {end.events}")
        aside = _set_aside(db, part.after, now_ms)
        db.execute("DELETE FROM events WHERE seq > ?", (part.after,))
        db.execute("INSERT INTO events SELECT seq, at_ms, kind, body FROM temp.staged")
        db.execute("DROP TABLE temp.staged")
        for table in TABLES:
            db.execute(f"DELETE FROM {table}")
            for row in part.tables[table]:
                db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
        db.execute("INSERT OR REPLACE INTO meta VALUES ('site', ?)", (part.site,))
        ledger.set_epochs(db, part.epochs)
        _set_place(db, part.epoch, end.up_to)
        return aside

    return work


def _set_aside(db: apsw.Connection, after: int, now_ms: int) -> Replaced:
    """Keep own events that are not the hall's in a table of their own: they may explain something one day."""
    mine = list(
        db.execute(
            "SELECT seq, at_ms, kind, body FROM main.events AS own WHERE seq > ? AND NOT EXISTS (SELECT 1"
            " FROM temp.staged AS hall WHERE hall.seq = own.seq AND hall.kind = own.kind"
            " AND hall.body = own.body)",
            (after,),
        )
    )
    if mine:
        db.execute("CREATE TABLE IF NOT EXISTS aside (aside_ms, seq, at_ms, kind, body)")
        db.executemany("INSERT INTO aside VALUES (?, ?, ?, ?, ?)", [(now_ms, *one) for one in mine])
    numbers = (json.loads(body).get("number", "") for _, _, kind, body in mine if kind == "NumberIssued")
    return Replaced(len(mine), tuple(numbers))


def _place(db: apsw.Connection) -> tuple[int, int]:
    """So many steps of such an epoch; (0, 0) for no copy, or one that was taken over since."""
    text = db.execute("SELECT value FROM meta WHERE key = 'copy'").get
    if text is None:
        return 0, 0
    return pair_of(str(text))


def _set_place(db: apsw.Connection, epoch: int, number: int) -> None:
    db.execute("INSERT OR REPLACE INTO meta VALUES ('copy', ?)", (f"{epoch} {number}",))


def distrust(db: apsw.Connection) -> None:
    """Let the copy be made anew, with all its events: it is not what it should be."""
    ledger.is_no_copy(db)
    ledger.set_epochs(db, ())


def is_copy(db: apsw.Connection) -> None:
    """Books of this node's own from before lack what came since, as a copy does: let them count as one."""
    db.execute("INSERT OR IGNORE INTO meta VALUES ('copy', '0 0')")
