"""Which state of a window was shown here as a call last: kept over a restart, with the record of it.

A broker that comes back with an older memory still holds states of the living coordinator that are over. A
node that ran all the while knows newer ones; one that starts at that moment would call a ticket again.
"""

from __future__ import annotations

import apsw

from edge.disk import Work
from edge.store import as_written, pair_of

_KEY = "shown/"


def remember(window: str, stamp: tuple[int, int]) -> Work:
    """The work that keeps the (epoch, version) of what was shown."""

    def work(db: apsw.Connection) -> None:
        row = (f"{_KEY}{window}", f"{stamp[0]} {stamp[1]}")
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", row)

    return work


@as_written()
def read(db: apsw.Connection) -> dict[str, tuple[int, int]]:
    """By window: (epoch, version) of what was shown last. Raises apsw.CorruptError."""
    found: dict[str, tuple[int, int]] = {}
    for key, text in db.execute("SELECT key, value FROM meta WHERE key GLOB ?", (f"{_KEY}*",)):
        found[key.removeprefix(_KEY)] = pair_of(str(text))
    return found
