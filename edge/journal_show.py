"""`hall journal show` and `export`: what stands in a journal, for people and for programs."""

from __future__ import annotations

import base64
import heapq
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from edge.failure import Failure
from edge.hall.catalogue import Catalogue
from edge.journal_book import Book, Event, Kept, Row
from edge.journal_words import WORDS, Words, class_name
from edge.keeper import hall_of
from edge.ledger import Restart, StoredEvent, StoreError
from edge.settings.problems import did_you_mean
from edge.store import JournalError


@dataclass(frozen=True)
class Filter:
    """What to show; all of it where nothing is said. `visit` is a visit or its number."""

    visit: str = ""
    since: str = ""
    kinds: Sequence[str] = ()


def show(book: Book, wanted: Filter) -> Iterator[str]:
    """How far receipts reach, then events and records in the order of their time, one line each.

    With a filter the rows alone. Raises Failure, StoreError.
    """
    if wanted == Filter():
        yield from _standing(book)
    words = Words(_catalogue(book))
    kinds = {_kind(one) for one in wanted.kinds}
    since_ms = _since_ms(book, words, wanted.since)
    for row in _rows(book):
        kind, body = _read(row)
        is_of_kind, is_of_time = not kinds or kind in kinds, row.at_ms >= since_ms
        if is_of_kind and is_of_time and _is_about(body, wanted.visit):
            head = f"#{row.seq}" if isinstance(row, Event) else f"r{row.seq}"
            mark = "" if isinstance(row, Event) or row.receipted else " (未回执 no receipt)"
            yield words.line(head, row.at_ms, kind, body) + mark


def _standing(book: Book) -> Iterator[str]:
    """How far receipts reach: of the records of this node, and those it gave for records of others."""
    last = max((one.seq for one in book.records()), default=0)
    yield f"出件 outbox: {last} records, receipts were noted up to {book.receipted()}"
    for (source, generation), up_to in book.marks().items():
        yield f"收件 inbox: {source} ({generation}) has its receipt up to {up_to}"


def export(book: Book) -> Iterator[str]:
    """Everything as JSON, one object a line: the journal, then its rows.

    Of a damaged one, all that can be read; then raises StoreError.
    """
    error: StoreError | None = None
    yield _json({"journal": book.facts()})
    for rows in (book.events(), book.records(), book.waiting()):
        try:
            for row in rows:
                yield _json(_exported(row))
        except StoreError as found:
            error = found
    if error is not None:
        raise error


def _exported(row: Row) -> dict[str, Any]:
    fields = {**row._asdict(), "body": _plain(row.body)}
    match row:
        case Event():
            return {"event": fields}
        case Kept():
            return {"record": fields}
        case _:
            return {fields.pop("table"): fields}


def _plain(body: bytes) -> Any:
    """JSON as it is; what is none, in base64."""
    try:
        return json.loads(body)
    except ValueError:
        return {"base64": base64.b64encode(body).decode()}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _rows(book: Book) -> Iterable[Event | Kept]:
    return heapq.merge(book.events(), book.records(), key=lambda row: row.at_ms)


def _read(row: Event | Kept) -> tuple[str, dict[str, Any]]:
    """Its kind and its fields; a body that is no JSON has none."""
    body = _plain(row.body)
    fields = body if isinstance(body, dict) and "base64" not in body else {"garbled": len(row.body)}
    return (row.kind if isinstance(row, Event) else class_name(str(fields.get("type", "?")))), fields


def _is_about(body: dict[str, Any], visit: str) -> bool:
    whole = str(body.get("visit", ""))
    return not visit or visit in (whole, whole.partition("-")[2], body.get("number"))


def _kind(typed: str) -> str:
    by_name = {name.lower(): name for name in WORDS} | {word: name for name, word in WORDS.items()}
    kind = by_name.get(typed.lower())
    if kind is None:
        raise Failure(f"no kind {typed!r}; {did_you_mean(typed, WORDS) or 'for example Called'}", 2)
    return kind


def _since_ms(book: Book, words: Words, typed: str) -> float:
    if not typed:
        return float("-inf")
    last_ms = max((row.at_ms for row in _rows(book)), default=0)
    at_s = words.unix_s(typed, last_ms)
    if at_s is None:
        raise Failure(f"--since takes 09:30, 2026-11-23 or 2026-11-23T09:30, and not {typed!r}", 2)
    return at_s * 1000


def _catalogue(book: Book) -> Catalogue | None:
    """The site's names, if this is a coordinator's journal and can be played."""
    snapshots = book.snapshots()
    found = Restart(snapshots[-1].seq, snapshots[-1].body) if snapshots else Restart()
    try:
        found.events = [StoredEvent(*event) for event in book.events(found.snapshot_seq)]
        catalogue = hall_of(found)[0].catalogue
    except (JournalError, StoreError):
        return None
    return catalogue if catalogue.version >= 0 else None
