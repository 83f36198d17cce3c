"""What of a node's reserve of numbers lies in its journal. Functions here run on the journal thread."""

from __future__ import annotations

from collections.abc import Callable

import apsw
import msgspec

from edge.hall.reserve import Kept
from mqtt_bridge.messages import Issued

KEY = "reserve"


class _Number(msgspec.Struct):
    number: str


_kept = msgspec.json.Decoder(Kept)
_number = msgspec.json.Decoder(_Number)


def write(kept: Kept) -> Callable[[apsw.Connection], None]:
    """The work that keeps the reserve as it is now."""
    body = msgspec.json.encode(kept)

    def work(db: apsw.Connection) -> None:
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (KEY, body))

    return work


def read(db: apsw.Connection) -> Kept:
    """The reserve as it was kept last; an empty one at first."""
    body = db.execute("SELECT value FROM meta WHERE key = ?", (KEY,)).get
    try:
        return Kept() if body is None else _kept.decode(bytes(body))
    except (msgspec.MsgspecError, TypeError, ValueError) as error:
        raise apsw.CorruptError(f"the reserve of numbers is not as it was written: {error}") from error


def issued(db: apsw.Connection) -> set[str]:
    """The numbers in the records of this node that say that it issued them."""
    head = f'{{"type":"{Issued.__struct_config__.tag}",%'
    rows = db.execute("SELECT body FROM outbox WHERE CAST(body AS TEXT) LIKE ?", (head,))
    return {_number.decode(bytes(body)).number for (body,) in rows}
