"""What the coordinator writes into its journal, and reads back at start: events, answers, inbox, snapshot.

Functions here take the connection and run on the journal thread. One `Entry` is one commit: the events of
one request or record, its answer and its place in the inbox, all or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import apsw

from edge import boots
from edge.damage import problems
from edge.store import SCHEMA_VERSION, as_written, pair_of

EPOCHS = 200
"""Starts of coordinators that are remembered: a copy that stands before them is made anew."""

StoreError = apsw.Error
"""Anything SQLite itself may raise."""

StoreBusy = apsw.BusyError
"""Another process runs with the store."""

ANSWERS_KEPT_MS = 60 * 60 * 1000
"""A request's deadline is seconds away; an hour covers every clock that is merely slow."""

EVENTS_KEPT_LEAST = 20_000
"""Events that stay whatever the clock says: it may be a year ahead until it is put right."""


class Gap(Exception):  # noqa: N818 - a state of the ledger
    """An earlier entry was not written, so this one, decided on top of it, must not be either."""


class StoredEvent(NamedTuple):
    """One event as it stands in the journal."""

    seq: int
    at_ms: int
    kind: str
    body: bytes


class Inbox(NamedTuple):
    """A record's place: which source, which generation of its store, which number."""

    source: str
    generation: str
    seq: int


Received: TypeAlias = tuple[Inbox, int]
"""A record's place, and the lowest number of its source that may still come."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One commit of the coordinator. `first_seq` is the number the first event must get.

    `answer` is (request id, hall time in ms, body); `site` the text of a site file that comes in force.
    """

    first_seq: int
    events: tuple[tuple[int, str, bytes], ...] = ()  # at_ms, kind, body
    answer: tuple[str, int, bytes] | None = None  # request id, at_ms, body
    received: tuple[Received, ...] = ()
    site: str | None = None


@dataclass(slots=True)
class Restart:
    """What a start finds: the snapshot, the events after it, and what must not be done twice."""

    snapshot_seq: int = 0
    snapshot: bytes | None = None
    events: list[StoredEvent] = field(default_factory=list)
    answers: dict[str, bytes] = field(default_factory=dict)
    marks: dict[tuple[str, str], int] = field(default_factory=dict)
    beyond: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    epoch: int = 0
    site: str = ""
    copied_ms: int | None = None  # of the last event, where this journal is another node's, copied
    last_row: int = 0  # the last event that is there
    marked: str = ""  # the boot in which a coordinator used it and did not close it
    rebuilt: str | None = None  # of a store that began empty what nodes told it; "" = they did not yet
    replaces: str = ""  # the damaged store that was set aside for this one

    @property
    def lacks(self) -> str:
        """Events that are gone though the hall was kept whole after them, in words; "" for none."""
        if self.last_row >= self.snapshot_seq:
            return ""
        return (
            f"events {self.last_row + 1} to {self.snapshot_seq} are gone from the journal: the hall itself is"
            " whole, reports lack them; its card lost what it had confirmed: replace it"
        )


def write(entry: Entry) -> Callable[[apsw.Connection], None]:
    """The work that writes one entry. Raises Gap when an earlier one is missing.

    That holds for an entry without events too: what it answers was decided on top of those before it.
    """

    def work(db: apsw.Connection) -> None:
        _check_last(db, entry.first_seq - 1)
        for offset, (at_ms, kind, body) in enumerate(entry.events):
            row = (entry.first_seq + offset, at_ms, kind, body)
            db.execute("INSERT INTO events (seq, at_ms, kind, body) VALUES (?, ?, ?, ?)", row)
        if entry.answer is not None:
            db.execute("INSERT INTO answers (id, at_ms, body) VALUES (?, ?, ?)", entry.answer)
        for source in sorted({place[:2] for place, _ in entry.received}):
            _receive(db, source, [one for one in entry.received if one[0][:2] == source])
        if entry.site is not None:
            db.execute("INSERT OR REPLACE INTO meta VALUES ('site', ?)", (entry.site,))

    return work


def _last(db: apsw.Connection) -> int:
    """The number of the last event, also where its row is lost and the hall was kept whole after it."""
    tables = ("SELECT coalesce(max(seq), 0) FROM events", "SELECT coalesce(max(seq), 0) FROM snapshots")
    return max(int(db.execute(one).get) for one in tables)


def _check_last(db: apsw.Connection, seq: int) -> None:
    last = _last(db)
    if last != seq:
        raise Gap(f"the journal ends at event {last}, not at {seq}")


def _receive(db: apsw.Connection, key: tuple[str, str], received: Sequence[Received]) -> None:
    """Note records of one source as durable: move its mark over those that are next, keep others beside it.

    Nothing below the highest `oldest` will ever come any more.
    """
    mark = db.execute("SELECT up_to FROM inbox_mark WHERE source = ? AND generation = ?", key).get
    if mark is None:
        mark = 0
        db.execute("INSERT INTO inbox_mark (source, generation, up_to) VALUES (?, ?, 0)", key)
    up_to = max(mark, *(oldest - 1 for _, oldest in received))
    for place, _ in sorted(received):
        if place.seq == up_to + 1:
            up_to += 1
        elif place.seq > up_to:
            db.execute("INSERT OR IGNORE INTO inbox VALUES (?, ?, ?)", place)
    while db.execute(
        "SELECT 1 FROM inbox WHERE source = ? AND generation = ? AND seq = ?", (*key, up_to + 1)
    ).get:
        up_to += 1
    if up_to > mark:
        db.execute("UPDATE inbox_mark SET up_to = ? WHERE source = ? AND generation = ?", (up_to, *key))
        db.execute("DELETE FROM inbox WHERE source = ? AND generation = ? AND seq <= ?", (*key, up_to))


def restart(epoch_above: int, first_epoch: int = 0) -> Callable[[apsw.Connection], Restart]:
    """Everything a coordinator needs to go on where it was; begins an epoch above its last and this one.

    A new store's first epoch is above `first_epoch` as well: nodes may remember another store's epochs.
    """

    @as_written()
    def work(db: apsw.Connection) -> Restart:
        found = reread(db)
        if not found.events and found.snapshot is None:
            db.execute("INSERT OR IGNORE INTO meta VALUES ('rebuilt', '')")
            found.rebuilt = found.rebuilt or ""
        found.epoch = _next_epoch(db, epoch_above, first_epoch)
        if db.execute("SELECT 1 FROM meta WHERE key = 'copy'").get:
            found.copied_ms = int(db.execute("SELECT coalesce(max(at_ms), 0) FROM events").get)
        found.marked = boots.marked(db, "coordinator")
        return found

    return work


@as_written()
def reread(db: apsw.Connection) -> Restart:
    """The same without a new epoch. Raises apsw.CorruptError for rows that nobody wrote so."""
    meta = dict(db.execute("SELECT key, value FROM meta WHERE key IN ('site', 'rebuilt', 'replaces')"))
    found = Restart(site=str(meta.get("site") or ""), replaces=str(meta.get("replaces") or ""))
    found.rebuilt = meta.get("rebuilt")
    for seq, body in db.execute("SELECT seq, body FROM snapshots ORDER BY seq DESC LIMIT 1"):
        found.snapshot_seq, found.snapshot = int(seq), bytes(body)
    found.events = list(events_after(db, found.snapshot_seq))
    found.last_row = int(db.execute("SELECT coalesce(max(seq), 0) FROM events").get)
    answers = db.execute("SELECT id, body FROM answers ORDER BY place")
    found.answers = {str(key): bytes(body) for key, body in answers}
    for source, generation, up_to in db.execute("SELECT source, generation, up_to FROM inbox_mark"):
        found.marks[str(source), str(generation)] = int(up_to)
    for source, generation, seq in db.execute("SELECT source, generation, seq FROM inbox"):
        found.beyond.setdefault((str(source), str(generation)), set()).add(int(seq))
    return found


def _next_epoch(db: apsw.Connection, above: int, first: int) -> int:
    last = int(db.execute("SELECT value FROM meta WHERE key = 'epoch'").get or first)
    epoch = max(last, above) + 1
    db.execute("INSERT OR REPLACE INTO meta VALUES ('epoch', ?)", (epoch,))
    set_epochs(db, (*epochs(db), (epoch, _last(db))))
    return epoch


def epochs(db: apsw.Connection) -> tuple[tuple[int, int], ...]:
    """The last epochs of the hall's coordinators: each with the number of the event before its first."""
    text = str(db.execute("SELECT value FROM meta WHERE key = 'epochs'").get or "")
    return tuple(pair_of(one, ":") for one in text.split())


def set_epochs(db: apsw.Connection, began: tuple[tuple[int, int], ...]) -> None:
    """Keep the last `EPOCHS` of them."""
    text = " ".join(f"{epoch}:{ended}" for epoch, ended in began[-EPOCHS:])
    db.execute("INSERT OR REPLACE INTO meta VALUES ('epochs', ?)", (text,))


def is_no_copy(db: apsw.Connection) -> None:
    """From now on this journal is its own node's, and lacks nothing."""
    db.execute("DELETE FROM meta WHERE key = 'copy'")
    boots.unmark("coordinator")(db)


def goes_on(seq: int, boot: str) -> Callable[[apsw.Connection], None]:
    """A coordinator goes on in this boot from event `seq`, before which it made good what the store may lack.

    Raises Gap when that event is missing.
    """

    def work(db: apsw.Connection) -> None:
        _check_last(db, seq)
        is_no_copy(db)
        boots.mark("coordinator", boot)(db)

    return work


def is_rebuilt(what: str) -> Callable[[apsw.Connection], None]:
    """Nodes told a new store what they keep; `what` says what that was."""

    def work(db: apsw.Connection) -> None:
        db.execute("INSERT OR REPLACE INTO meta VALUES ('rebuilt', ?)", (what,))

    return work


def events_after(db: apsw.Connection, seq: int) -> Iterator[StoredEvent]:
    """Events with a number above `seq`, in order."""
    for number, at_ms, kind, body in db.execute(
        "SELECT seq, at_ms, kind, body FROM events WHERE seq > ? ORDER BY seq", (seq,)
    ):
        yield StoredEvent(int(number), int(at_ms), str(kind), bytes(body))


def save_snapshot(seq: int, body: bytes) -> Callable[[apsw.Connection], None]:
    """Keep the hall as it is after event `seq`, and of the snapshots before it the last one.

    That one and the events after it give this one.
    """

    def work(db: apsw.Connection) -> None:
        db.execute("INSERT OR REPLACE INTO snapshots VALUES (?, ?)", (seq, body))
        last_two = "SELECT seq FROM snapshots ORDER BY seq DESC LIMIT 2"
        db.execute(f"DELETE FROM snapshots WHERE seq NOT IN ({last_two})")

    return work


def forget(before_ms: int, answers_before_ms: int) -> Callable[[apsw.Connection], Any]:
    """Drop events older than `before_ms` that every snapshot covers, and old answers."""

    def work(db: apsw.Connection) -> None:
        covered, last = db.execute(
            "SELECT coalesce(min(seq), 0), (SELECT coalesce(max(seq), 0) FROM events) FROM snapshots"
        ).get
        young = db.execute("SELECT seq FROM events WHERE at_ms >= ? ORDER BY seq LIMIT 1", (before_ms,)).get
        before = min(covered, last - EVENTS_KEPT_LEAST, covered if young is None else young)
        db.execute("DELETE FROM events WHERE seq < ?", (before,))
        db.execute("DELETE FROM answers WHERE at_ms < ?", (answers_before_ms,))

    return work


class Looked(NamedTuple):
    """A store looked through: what is wrong with it, its schema, and what it holds if of this one."""

    problems: list[str]
    schema: int
    found: Restart | None


def look_through(path: Path) -> Looked:
    """The whole of a store, while no node runs with it. Raises apsw.Error; BusyError beside a node.

    All is left as it was: a store that was not closed stays so, and the node that starts with it looks
    through it.
    """
    log = path.with_name(path.name + "-wal")
    was_open = log.exists() and log.stat().st_size > 0
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, int(was_open))
        db.execute("PRAGMA locking_mode=EXCLUSIVE")  # no file of shared memory beside it, perhaps of root
        wrong, schema = list(problems(db)), int(db.pragma("user_version"))
        return Looked(wrong, schema, None if wrong or schema != SCHEMA_VERSION else reread(db))
    finally:
        db.close()
