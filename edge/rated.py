"""Which question was answered last at a window: kept with its rating, so that no restart asks it again.

The hall asks until it knows the rating, and that may be on its way for long. Who is asked meanwhile is the
next citizen.
"""

from __future__ import annotations

import apsw

from edge.disk import Work
from edge.store import as_written

_KEY = "rated/"


def remember(window: str, question: str) -> Work:
    """The work that keeps it."""

    def work(db: apsw.Connection) -> None:
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"{_KEY}{window}", question))

    return work


@as_written()
def read(db: apsw.Connection) -> dict[str, str]:
    """By window. Raises apsw.CorruptError."""
    rows = db.execute("SELECT key, value FROM meta WHERE key GLOB ?", (f"{_KEY}*",))
    return {str(key).removeprefix(_KEY): str(question) for key, question in rows}
