"""What a node's journal knows of the coordinators it ever heard of: the highest epoch, and who held it.

So a node that starts again does not heed a coordinator that is over, and of two nodes that may coordinate
each knows whose turn it is. Functions here run on the journal thread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import apsw

from edge import ledger
from edge.role import RoleTaken
from edge.store import as_written


class Known(NamedTuple):
    """The highest epoch, and the node that held it; 0 and "" for none."""

    epoch: int = 0
    holder: str = ""


@as_written()
def known(db: apsw.Connection) -> Known:
    """What was remembered last."""
    epoch = int(db.execute("SELECT value FROM meta WHERE key = 'epoch'").get or 0)
    return Known(epoch, str(db.execute("SELECT value FROM meta WHERE key = 'holder'").get or ""))


def remember(epoch: int, holder: str) -> Callable[[apsw.Connection], None]:
    """Keep it, if it is the highest."""

    def work(db: apsw.Connection) -> None:
        if epoch >= known(db).epoch:
            db.execute("INSERT OR REPLACE INTO meta VALUES ('epoch', ?)", (epoch,))
            db.execute("INSERT OR REPLACE INTO meta VALUES ('holder', ?)", (holder,))

    return work


def take(me: str, epoch_above: int, first_epoch: int) -> Callable[[apsw.Connection], ledger.Restart]:
    """Begin an epoch of this node. Raises RoleTaken where another was heard to hold a later one."""

    def work(db: apsw.Connection) -> ledger.Restart:
        holder = known(db).holder
        if holder not in ("", me):
            raise RoleTaken(f"node {holder!r} was promoted to coordinate this site", holder)
        found = ledger.restart(epoch_above, first_epoch)(db)
        remember(found.epoch, me)(db)
        return found

    return work
