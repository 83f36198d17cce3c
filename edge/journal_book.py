"""What a journal holds, row by row, for those who look into it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

import apsw

FACTS = ("generation", "epoch", "replaces")


class Event(NamedTuple):
    """One event of the coordinator."""

    seq: int
    at_ms: int
    kind: str
    body: bytes


class Kept(NamedTuple):
    """One record of the node. `receipted`: the coordinator was known to hold it."""

    seq: int
    at_ms: int
    body: bytes
    receipted: bool


class Snapshot(NamedTuple):
    """The hall whole, after event `seq`."""

    seq: int
    body: bytes


class Waiting(NamedTuple):
    """A record that cannot be read: by this release (`unread`), or by any (`set_aside`)."""

    table: str
    seq: int
    body: bytes


Row: TypeAlias = Event | Kept | Waiting


class Book:
    """An open store. Its methods raise apsw.Error where it is damaged."""

    def __init__(self, db: apsw.Connection) -> None:
        self.db = db

    def facts(self) -> dict[str, Any]:
        """What the store says of itself."""
        rows = dict(self.db.execute("SELECT key, value FROM meta"))
        return {"schema": self.db.pragma("user_version"), **{name: rows.get(name, "") for name in FACTS}}

    def events(self, after: int = 0) -> Iterator[Event]:
        """Events with a number above `after`, in order."""
        work = "SELECT seq, at_ms, kind, body FROM events WHERE seq > ? ORDER BY seq"
        for seq, at_ms, kind, body in self.db.execute(work, (after,)):
            yield Event(seq, at_ms, kind, _bytes(body))

    def records(self) -> Iterator[Kept]:
        """Records of this node, in order."""
        mark = self.receipted()
        for seq, at_ms, body in self.db.execute("SELECT seq, at_ms, body FROM outbox ORDER BY seq"):
            yield Kept(seq, at_ms, _bytes(body), seq <= mark)

    def waiting(self) -> Iterator[Waiting]:
        """Records of other nodes that wait for a newer release, and own ones that cannot be read."""
        for table, name in (("unread", "place"), ("set_aside", "seq")):
            for seq, body in self.db.execute(f"SELECT {name}, body FROM {table} ORDER BY {name}"):
                yield Waiting(table, seq, _bytes(body))

    def snapshots(self) -> list[Snapshot]:
        """The last ones, oldest first."""
        rows = self.db.execute("SELECT seq, body FROM snapshots ORDER BY seq")
        return [Snapshot(seq, _bytes(body)) for seq, body in rows]

    def marks(self) -> dict[tuple[str, str], int]:
        """Which records of other nodes are in the books."""
        rows = self.db.execute("SELECT source, generation, up_to FROM inbox_mark ORDER BY source, generation")
        return {(str(source), str(generation)): int(up_to) for source, generation, up_to in rows}

    def receipted(self) -> int:
        """Up to which of its own records receipts were noted; the node may know of more."""
        return int(self.db.execute("SELECT receipted FROM outbox ORDER BY seq DESC LIMIT 1").get or 0)


def _bytes(body: Any) -> bytes:
    """As it should stand there; who changed it by hand may have left text."""
    return body if isinstance(body, bytes) else str(body).encode()
