"""`hall journal check`: is a journal whole, and does it say the same twice? What is to be done if not?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple, TypeAlias

import msgspec

from edge import damage
from edge.journal_book import Book, Snapshot
from edge.keeper import decode_event, hall_of
from edge.ledger import Restart, StoredEvent, StoreError
from edge.store import JournalError
from mqtt_bridge.messages import Record

Grade: TypeAlias = Literal["ok", "note", "fault"]
SIGNS: dict[Grade, str] = {"ok": "✓", "note": "!", "fault": "✗"}

_KEEP = "stop the node; copy the journal, and the -wal beside it if there is one, for who maintains the hall"
CURES = {
    "完整性 integrity": f"{_KEEP}; then make an empty file with .doubt after the journal's name and start the"
    " node: it looks through the whole journal, and begins a new one beside it if this one is damaged",
    "事件 events": f"{_KEEP}; if another release wrote it, install that one again",
    "重放 replay": f"{_KEEP}; a node that still starts goes on from the last snapshot",
    "记录 records": f"{_KEEP}; what cannot be read or is missing cannot be sent",
    "收件 inbox": _KEEP,
}
"""What to do, by the word of a finding that is a fault."""

_record = msgspec.json.Decoder(Record)


class Finding(NamedTuple):
    """One thing that was looked at: a word for it in Chinese and in English, and what was found."""

    grade: Grade
    word: str
    text: str

    def line(self) -> str:
        """For people."""
        return f"{SIGNS[self.grade]} {self.word}: {self.text}"


def check(book: Book) -> Iterator[Finding]:
    """Everything there is to be said, the worst nothing worse than a finding."""
    for word, look in (
        ("完整性 integrity", _integrity),
        ("事件 events", _events),
        ("重放 replay", _replay),
        ("记录 records", _records),
        ("收件 inbox", _inbox),
    ):
        try:
            yield from (Finding(grade, word, text) for grade, text in look(book))
        except (StoreError, JournalError) as error:
            yield Finding("fault", word, str(error))


def cures(findings: Iterable[Finding]) -> Iterator[str]:
    """What to do, once for each kind of fault; or that there is nothing to do."""
    words = dict.fromkeys(finding.word for finding in findings if finding.grade == "fault")
    yield from (f"→ {word}: {CURES[word]}" for word in words)
    if not words:
        yield "in order: nothing is to be done"


def _integrity(book: Book) -> Iterator[tuple[Grade, str]]:
    faults = list(damage.problems(book.db))
    yield from (("fault", one) for one in faults)
    if not faults:
        facts = book.facts()
        replaces = f", in place of {facts['replaces']}" if facts["replaces"] else ""
        yield "ok", f"sound, schema {facts['schema']}, store {facts['generation']}{replaces}"


def _events(book: Book) -> Iterator[tuple[Grade, str]]:
    seqs: list[int] = []
    for event in book.events():
        seqs.append(event.seq)
        try:
            decode_event(event.kind, event.body)
        except (KeyError, ValueError) as error:
            yield "fault", f"event {event.seq} ({event.kind}) cannot be read: {error}"
    yield from _in_a_row(seqs)


def _in_a_row(seqs: list[int]) -> Iterator[tuple[Grade, str]]:
    if not seqs:
        yield "ok", "none"
    elif gaps := _gaps(seqs):
        yield "fault", f"{len(seqs)}, {seqs[0]} to {seqs[-1]}, missing {gaps}"
    else:
        yield "ok", f"{len(seqs)}, {seqs[0]} to {seqs[-1]}, none is missing"


def _gaps(seqs: Iterable[int]) -> str:
    """As in "7-9, 12"; the first few."""
    found, before = [], None
    for seq in seqs:
        if before is not None and seq > before + 1:
            found.append(f"{before + 1}" if seq == before + 2 else f"{before + 1}-{seq - 1}")
        before = seq
    return ", ".join(found[:5]) + (" and more" if len(found) > 5 else "")


def _replay(book: Book) -> Iterator[tuple[Grade, str]]:
    """Events after the last snapshot but one, or all of them, must make the last one."""
    snapshots = book.snapshots()
    first = next((event.seq for event in book.events()), 0)
    if snapshots:
        base = snapshots[-2] if len(snapshots) > 1 else None
        if base is None and first > 1:
            yield "note", f"snapshot of {snapshots[-1].seq}: the events before it are gone"
        else:
            yield _compare(book, base, snapshots[-1])
    last = snapshots[-1] if snapshots else None
    hall_of(_restart(book, last))
    yield "ok", f"the events after {last.seq if last else 0} can be played"


def _compare(book: Book, base: Snapshot | None, last: Snapshot) -> tuple[Grade, str]:
    played, _ = hall_of(_restart(book, base, last.seq))
    kept, _ = hall_of(Restart(last.seq, last.body))
    since = base.seq if base else 0
    if played == kept:
        return "ok", f"events {since + 1} to {last.seq} make the snapshot of {last.seq}"
    return (
        "fault",
        f"events {since + 1} to {last.seq} do not make the snapshot of {last.seq},"
        " unless another release wrote it",
    )


def _restart(book: Book, base: Snapshot | None, up_to: int | None = None) -> Restart:
    found = Restart() if base is None else Restart(base.seq, base.body)
    events = book.events(found.snapshot_seq)
    found.events = [StoredEvent(*event) for event in events if up_to is None or event.seq <= up_to]
    return found


def _records(book: Book) -> Iterator[tuple[Grade, str]]:
    seqs, without = [], 0
    for record in book.records():
        seqs.append(record.seq)
        without += not record.receipted
        if not _is_readable(record.body):
            yield "fault", f"record {record.seq} cannot be read"
    yield from _in_a_row(seqs)
    if without:
        yield "note", f"{without} without a receipt that was noted: the node sends them when it runs"
    for table, text in (
        ("unread", "of a newer release are kept until this one is updated"),
        ("set_aside", "cannot be read and were set aside: hall journal export has them"),
    ):
        if count := sum(one.table == table for one in book.waiting()):
            yield "note", f"{count} {text}"


def _is_readable(body: bytes) -> bool:
    try:
        _record.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
    return True


def _inbox(book: Book) -> Iterator[tuple[Grade, str]]:
    marks = book.marks()
    for (source, generation), up_to in marks.items():
        seqs = "SELECT count(*) FROM inbox WHERE source = ? AND generation = ? AND seq > ?"
        beyond = book.db.execute(seqs, (source, generation, up_to)).get
        more = f", {beyond} beyond a hole" if beyond else ""
        yield ("note" if beyond else "ok"), f"{source} ({generation}) up to {up_to}{more}"
    if not marks:
        yield "ok", "nobody has sent any"
