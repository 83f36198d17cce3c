"""Records on their way to the coordinator: kept first, then sent, cleared only by its durable receipt.

A record is committed to the journal before anybody is thanked for it. It is sent whenever the link is up,
at most `IN_FLIGHT` ahead of the last receipt, and again after a silence, until a receipt names it. The
broker's own acknowledgement clears nothing: it says that the broker has it, not that the hall keeps it.

What was receipted stays for `KEPT_MS`: a coordinator whose store was lost asks for it again by receipts that
name less than those before.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Protocol

import apsw
import msgspec

from edge.journal import Journal
from mqtt_bridge.messages import Receipt, Record

log = logging.getLogger("hall.outbox")

IN_FLIGHT = 50
"""Records sent ahead of the last receipt: keeps the broker's queue for one client far from its limit."""
RESEND_FIRST_S = 2.0
RESEND_MOST_S = 30.0
KEPT_MS = 40 * 24 * 3600 * 1000
"""As long as the coordinator keeps its events."""

FORGET = """
DELETE FROM outbox WHERE receipted = 1 AND at_ms < ? AND seq < (SELECT min(seq) + 4 FROM outbox)
"""
"""At most four of the oldest: more than come in, and no long search."""

_decoder = msgspec.json.Decoder(Record)


class Sender(Protocol):
    """What the outbox needs of the bridge: may I send, and send."""

    @property
    def connected(self) -> bool:
        """Is the link to the broker up?"""

    def send_record(self, record: Record) -> bool:
        """Hand one record to the broker; False when it takes no more now."""


class Outbox:
    """The records of one node. All methods are called on the event loop."""

    def __init__(
        self, journal: Journal, sender: Sender, loop: asyncio.AbstractEventLoop, source: str
    ) -> None:
        self._journal = journal
        self._sender = sender
        self._loop = loop
        self._source = source
        self._sent_up_to = 0
        self._receipted = 0
        self._durable_up_to = 0
        self._oldest = 0
        self._busy = False
        self._timer: asyncio.TimerHandle | None = None
        self._resend_s = RESEND_FIRST_S

    def start(self) -> None:
        """Read where the journal stands. Raises JournalError."""
        self._oldest, self._durable_up_to, self._receipted = self._journal.read(_marks)
        self._sent_up_to = self._receipted

    def stop(self) -> None:
        """Stop sending; what is kept stays kept."""
        self._set_timer(None)

    @property
    def waiting(self) -> int:
        """Records kept here that no receipt has named yet."""
        return self._durable_up_to - self._receipted

    def keep(self, record: Record, done: Callable[[Exception | None], None]) -> None:
        """Commit a record (its `source` and `id` are filled in here), then `done(None)`, then send it.

        `done(error)` when it could not be kept: then nobody may be thanked.
        """
        body = msgspec.json.encode(self._named(1, record))
        at_ms = record.at_ms

        def work(db: apsw.Connection) -> tuple[int, int]:
            db.execute("INSERT INTO outbox (at_ms, body) VALUES (?, ?)", (at_ms, body))
            seq = db.last_insert_rowid()
            db.execute(FORGET, (at_ms - KEPT_MS,))
            return seq, db.execute("SELECT min(seq) FROM outbox").get

        def committed(seqs: tuple[int, int] | None, error: Exception | None) -> None:
            if seqs is not None:
                self._durable_up_to, self._oldest = max(self._durable_up_to, seqs[0]), seqs[1]
            done(error)
            self._pump()

        self._journal.submit(work, committed)

    def link_changed(self) -> None:
        """The link came or went: everything without a receipt is sent again when it is up."""
        self._set_timer(None)
        self._sent_up_to = self._receipted
        self._resend_s = RESEND_FIRST_S
        self._pump()

    def receipt(self, receipt: Receipt) -> None:
        """The coordinator holds these durably."""
        if receipt.generation != self._journal.generation:
            return
        up_to = min([receipt.up_to, *(seq - 1 for seq in receipt.missing), self._durable_up_to])
        if up_to == self._receipted:
            return
        if up_to < self._receipted:
            log.warning("the coordinator lacks records after %d that it held before: sending again", up_to)
            self._sent_up_to = up_to
        self._receipted = up_to
        self._sent_up_to = max(self._sent_up_to, up_to)
        self._resend_s = RESEND_FIRST_S
        self._journal.submit(_mark_receipted(up_to), _log_failure)
        self._set_timer(self._resend_s if self.waiting else None)
        self._pump()

    def _pump(self) -> None:
        room = self._receipted + IN_FLIGHT - self._sent_up_to
        if self._busy or room <= 0 or self._sent_up_to >= self._durable_up_to or not self._sender.connected:
            return
        self._busy = True
        self._journal.submit(_read_after(self._sent_up_to, room), partial(self._send, self._sent_up_to))

    def _send(self, after: int, rows: list[tuple[int, bytes]] | None, error: Exception | None) -> None:
        self._busy = False
        _log_failure(None, error)
        if after != self._sent_up_to:  # a receipt or a new link came meanwhile
            self._pump()
            return
        if not rows or not self._sender.connected:
            return
        for seq, body in rows:
            if not self._sender.send_record(self._named(seq, _decoder.decode(body))):
                break  # the timer tries again
            self._sent_up_to = seq
        else:
            self._pump()
        if self._timer is None:
            self._set_timer(self._resend_s)

    def _named(self, seq: int, record: Record) -> Record:
        id_, oldest = f"{self._journal.generation}-{seq}", self._oldest if self._oldest > 1 else 0
        return msgspec.structs.replace(record, source=self._source, id=id_, oldest=oldest)

    def _set_timer(self, delay_s: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if delay_s is None else self._loop.call_later(delay_s, self._resend)

    def _resend(self) -> None:
        self._timer = None
        self._sent_up_to = self._receipted
        self._resend_s = min(self._resend_s * 2, RESEND_MOST_S)
        self._pump()


def _marks(db: apsw.Connection) -> tuple[int, int, int]:
    """The oldest kept, the last, and the last before the first without a receipt."""
    oldest, last = db.execute("SELECT coalesce(min(seq), 0), coalesce(max(seq), 0) FROM outbox").get
    first = db.execute("SELECT coalesce(min(seq), ?) FROM outbox WHERE receipted = 0", (last + 1,)).get
    return int(oldest), int(last), int(first) - 1


def _read_after(seq: int, room: int) -> Callable[[apsw.Connection], list[tuple[int, bytes]]]:
    def work(db: apsw.Connection) -> list[tuple[int, bytes]]:
        rows = db.execute("SELECT seq, body FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?", (seq, room))
        return [(int(number), bytes(body)) for number, body in rows]

    return work


def _mark_receipted(up_to: int) -> Callable[[apsw.Connection], None]:
    def work(db: apsw.Connection) -> None:
        db.execute("UPDATE outbox SET receipted = 1 WHERE receipted = 0 AND seq <= ?", (up_to,))
        db.execute("UPDATE outbox SET receipted = 0 WHERE receipted = 1 AND seq > ?", (up_to,))

    return work


def _log_failure(_: object, error: Exception | None) -> None:
    if error is not None:
        log.error("%s", error)
