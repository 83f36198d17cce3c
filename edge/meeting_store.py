"""Which numbers of queues a node heard of last, in its journal. Functions here run on the journal thread."""

from __future__ import annotations

from collections.abc import Mapping

import apsw

from edge.disk import Work
from edge.store import as_written
from mqtt_bridge.messages import LastNumber

_KEY = "last/"


def remember(heard: Mapping[str, LastNumber]) -> Work:
    """The work that keeps these, by queue."""
    rows = [(f"{_KEY}{queue}", f"{last.number} {last.at_ms}") for queue, last in heard.items()]

    def work(db: apsw.Connection) -> None:
        for row in rows:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", row)

    return work


@as_written()
def read(db: apsw.Connection) -> dict[str, LastNumber]:
    """By queue: the last that was kept. Raises apsw.CorruptError."""
    found: dict[str, LastNumber] = {}
    for key, text in db.execute("SELECT key, value FROM meta WHERE key GLOB ?", (f"{_KEY}*",)):
        number, at_ms = str(text).split()
        found[key.removeprefix(_KEY)] = LastNumber(number, int(at_ms))
    return found
