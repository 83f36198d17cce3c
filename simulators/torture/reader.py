"""Reads the coordinator's store from outside, and gives the book what is new in it."""

from __future__ import annotations

import apsw
import msgspec

from simulators.torture.book import Book


class Reader:
    """Of one hall, whatever becomes of its store."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._store: apsw.Connection | None = None
        self._seq = 0

    def follow(self, store: apsw.Connection) -> None:
        """Read what is new in this store; another one than before has lost what that one held."""
        if store is not self._store:
            self._book.lost()
            self._store, self._seq = store, 0
        if not store.execute("SELECT 1 FROM sqlite_master WHERE name = 'events'").get:
            return
        rows = store.execute("SELECT seq, kind, body FROM events WHERE seq > ? ORDER BY seq", (self._seq,))
        for seq, kind, body in rows:
            self._seq = seq
            self._book.take(kind, msgspec.json.decode(body))
