"""Did the machine lose its power while a store was used? Who uses one leaves a mark there, and takes it out
at a clean stop.

A *boot* is one run of the machine's kernel, by its id. A mark of another boot: what the store had confirmed
last may be gone, where its medium says that it has written and has not. A mark of this boot: only the process
ended, and the kernel keeps what it was given. Functions here run on the journal thread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import apsw

User: TypeAlias = Literal["coordinator", "outbox"]
"""Who uses a store. Each goes on in its own way after a cut, and at its own time."""


def marked(db: apsw.Connection, user: User) -> str:
    """The boot in which it was used and not closed; "" for none."""
    return str(db.execute("SELECT value FROM meta WHERE key = ?", (_key(user),)).get or "")


def mark(user: User, boot: str) -> Callable[[apsw.Connection], None]:
    """It is used in this boot; to be settled before anything is promised (`Journal.settle`)."""

    def work(db: apsw.Connection) -> None:
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_key(user), boot))

    return work


def unmark(user: User) -> Callable[[apsw.Connection], None]:
    """It is used no more."""

    def work(db: apsw.Connection) -> None:
        db.execute("DELETE FROM meta WHERE key = ?", (_key(user),))

    return work


def was_cut(marked: str, boot: str) -> bool:
    """Whether the power went between the mark and this boot."""
    return marked not in ("", boot)


def _key(user: User) -> str:
    return f"boot/{user}"
