"""Records on their way to the coordinator: kept first, then sent, cleared only by its durable receipt.

A record is committed to the journal before anybody is thanked for it. It is sent whenever the link is up,
at most `IN_FLIGHT` ahead of the last receipt, and again after a silence, until a receipt names it. What
waits together goes together, up to `TOGETHER` in one message. The broker's own acknowledgement clears
nothing: it says that the broker has it, not that the hall keeps it.

How far receipts reached is written beside the next record and at a clean stop, never by a commit of its own:
what a crash forgets is sent again.

What was receipted stays for `KEPT_MS`: a coordinator whose store was lost asks for it again by receipts that
name less than those before. Each new coordinator is sent the last record, so that it gives such a receipt.
What the node's own card may have forgotten is in `skips.py`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol

import apsw
import msgspec

from edge.disk import Work
from edge.journal import Journal
from edge.skips import Skips
from edge.store import as_written
from mqtt_bridge.contract import SMALL_BYTES
from mqtt_bridge.messages import Receipt, Record, Records

log = logging.getLogger("hall.outbox")

TOGETHER = 50
"""Records in one message; fewer where they would be longer than a message may be."""
IN_FLIGHT = 4 * TOGETHER
"""Records sent ahead of the last receipt: the far end commits one lot while the next is on its way."""
ADDED_BYTES = 48
"""What sending adds to a kept record: longer numbers in `id` and `oldest`, and a comma."""
ROOM_BYTES = SMALL_BYTES - 64
"""A message of several, less what stands around them."""
RESEND_FIRST_S = 2.0
RESEND_MOST_S = 30.0
KEPT_MS = 40 * 24 * 3600 * 1000
"""As long as the coordinator keeps its events."""

KEPT_LEAST = 2000
"""Records that stay whatever the clock says: some days of a busy node, should it be a year ahead."""

FORGET = "DELETE FROM outbox WHERE seq <= ? AND at_ms < ? AND seq < (SELECT min(seq) + 4 FROM outbox)"
"""At most four of the oldest: more than come in, and no long search."""

_decoder = msgspec.json.Decoder(Record)


class Sender(Protocol):
    """What the outbox needs of the bridge: may I send, and send."""

    @property
    def connected(self) -> bool:
        """Is the link to the broker up?"""

    def send_record(self, record: Record | Records) -> bool:
        """Hand one record, or several, to the broker; False when it takes no more now."""


class Outbox:
    """The records of one node. All methods are called on the event loop.

    `on_loss` is told that this node's card lost records.
    """

    def __init__(
        self,
        journal: Journal,
        sender: Sender,
        loop: asyncio.AbstractEventLoop,
        source: str,
        on_loss: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._journal = journal
        self._sender = sender
        self._loop = loop
        self._source = source
        self._skips = Skips(journal, self._keep, on_loss)
        self._sent_up_to = 0
        self._receipted = 0
        self._durable_up_to = 0
        self._oldest = 0
        self._busy = False
        self._asks = False  # a coordinator that we have no receipt of yet
        self._timer: asyncio.TimerHandle | None = None
        self._resend_s = RESEND_FIRST_S

    def start(self) -> None:
        """Read where the journal stands. Raises JournalError."""
        self._oldest, self._durable_up_to, self._receipted = self._journal.read(_marks)
        self._sent_up_to = self._receipted
        self._skips.start()

    def stop(self) -> None:
        """Stop sending; what is kept stays kept, and how far the receipts reached."""
        self._set_timer(None)
        self._mark()
        self._skips.stop()

    @property
    def last(self) -> int:
        """The number of the last record kept here; 0 for none."""
        return self._durable_up_to

    @property
    def waiting(self) -> int:
        """Records kept here that no receipt has named yet."""
        return self._durable_up_to - self._receipted

    def keep(
        self, record: Record, done: Callable[[Exception | None], None], also: Work = lambda db: None
    ) -> None:
        """Commit a record (its `source` and `id` are filled in here), then `done(None)`, then send it.

        `also` is done in the same commit. `done(error)` when it could not be kept: nobody may be thanked.
        """
        self._skips.before(record.at_ms)
        self._keep(record, done, also)

    def _keep(
        self, record: Record, done: Callable[[Exception | None], None], also: Work = lambda db: None
    ) -> None:
        body = msgspec.json.encode(self._named(1, record))
        at_ms, receipted = record.at_ms, self._receipted

        def work(db: apsw.Connection) -> tuple[int, int]:
            row = (at_ms, body, receipted)
            db.execute("INSERT INTO outbox (at_ms, body, receipted) VALUES (?, ?, ?)", row)
            seq = db.last_insert_rowid()
            also(db)
            db.execute(FORGET, (min(receipted, seq - KEPT_LEAST), at_ms - KEPT_MS))
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

    def new_coordinator(self) -> None:
        """It may have other books: the last record is sent again, and its receipt says what is lacking."""
        self._asks = True
        self._ask()

    def _ask(self) -> None:
        if self._asks and self._durable_up_to:
            self._sent_up_to = min(self._sent_up_to, self._durable_up_to - 1)
            self._pump()

    def receipt(self, receipt: Receipt) -> None:
        """The coordinator holds these durably."""
        if receipt.generation != self._journal.generation:
            return
        self._asks = False
        self._skips.receipted(receipt.up_to, self._durable_up_to)
        up_to = min([receipt.up_to, *(seq - 1 for seq in receipt.missing), self._durable_up_to])
        if up_to == self._receipted:
            return
        lacks, self._receipted = up_to < self._receipted, up_to
        if lacks:
            log.warning("the coordinator lacks records after %d that it held before: sending again", up_to)
            self._sent_up_to = up_to
            self._mark()
        self._sent_up_to = max(self._sent_up_to, up_to)
        self._resend_s = RESEND_FIRST_S
        self._set_timer(self._resend_s if self.waiting else None)
        self._pump()

    def _mark(self) -> None:
        self._journal.submit(_mark_receipted(self._receipted), _log_failure)

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
        for lot in _lots(rows):
            records = tuple(self._named(seq, _decoder.decode(body)) for seq, body in lot)
            if not self._sender.send_record(records[0] if len(records) == 1 else Records(records)):
                break  # the timer tries again
            self._sent_up_to = lot[-1][0]
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
        self._ask()


def _lots(rows: list[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    """Rows in their order, as many together as one message takes."""
    lot: list[tuple[int, bytes]] = []
    room = ROOM_BYTES
    for row in rows:
        room -= len(row[1]) + ADDED_BYTES
        if lot and (len(lot) == TOGETHER or room < 0):
            yield lot
            lot, room = [], ROOM_BYTES - len(row[1]) - ADDED_BYTES
        lot.append(row)
    if lot:
        yield lot


@as_written()
def _marks(db: apsw.Connection) -> tuple[int, int, int]:
    """The oldest kept, the last, and the last before the first without a receipt.

    Only what was receipted is ever forgotten, so what is older than the oldest was.
    """
    oldest, last = db.execute("SELECT coalesce(min(seq), 0), coalesce(max(seq), 0) FROM outbox").get
    mark = db.execute("SELECT receipted FROM outbox ORDER BY seq DESC LIMIT 1").get or 0
    return int(oldest), int(last), max(int(mark), int(oldest) - 1, 0)


def _read_after(seq: int, room: int) -> Callable[[apsw.Connection], list[tuple[int, bytes]]]:
    @as_written()
    def work(db: apsw.Connection) -> list[tuple[int, bytes]]:
        rows = db.execute("SELECT seq, body FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?", (seq, room))
        return [(int(number), bytes(body)) for number, body in rows]

    return work


def _mark_receipted(up_to: int) -> Callable[[apsw.Connection], None]:
    def work(db: apsw.Connection) -> None:
        last = "SELECT max(seq) FROM outbox"
        db.execute(f"UPDATE outbox SET receipted = ? WHERE seq = ({last}) AND receipted <> ?", (up_to, up_to))

    return work


def _log_failure(_: object, error: Exception | None) -> None:
    if error is not None:
        log.error("%s", error)
