"""Numbers that a node's records leave out, because its card may have forgotten records that had them.

A card may have confirmed records and lost them when the power went (`boots.py`), but not before they reached
the coordinator, which would take a new record of the same number for one of these. So some numbers are
skipped before the first record after a cut, and where a receipt names what was never sent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeAlias

from edge import boots
from edge.journal import Journal
from mqtt_bridge.messages import Record, Skipped

log = logging.getLogger("hall.outbox")

NUMBERS = 64
"""More than the devices of a node make records in the last few commits."""

NUMBERS_MOST = 1000
"""However much a receipt says that is lost: it may be wrong."""

Keep: TypeAlias = Callable[[Record, Callable[[Exception | None], None]], None]


class Skips:
    """Of one outbox, whose `keep` it uses. `on_loss` is told that the card lost what it had confirmed."""

    def __init__(self, journal: Journal, keep: Keep, on_loss: Callable[[str], None]) -> None:
        self._journal = journal
        self._keep = keep
        self._on_loss = on_loss
        self._due = 0
        self._told = 0  # up to where it was told that records are lost
        self._is_marked = False

    def start(self) -> None:
        """Raises JournalError."""
        marked = self._journal.read(lambda db: boots.marked(db, "outbox"))
        self._due = NUMBERS if boots.was_cut(marked, self._journal.boot) else 0

    def stop(self) -> None:
        """No record comes any more."""
        if self._is_marked:
            self._journal.submit(boots.unmark("outbox"), _log_failure)

    def before(self, at_ms: int) -> None:
        """A record of `at_ms` is about to be kept."""
        numbers, self._due = self._due, 0
        for _ in range(numbers):
            self._keep(Skipped("", "", at_ms), lambda error: _log_failure(None, error))
        if numbers:
            log.info("%d numbers of records are skipped: records that had them may be lost here", numbers)
        if not self._is_marked:
            self._is_marked = True
            self._journal.settle(boots.mark("outbox", self._journal.boot), self._marked)

    def _marked(self, _: object, error: Exception | None) -> None:
        self._is_marked = error is None
        _log_failure(None, error)

    def receipted(self, up_to: int, last: int) -> None:
        """The coordinator holds records up to this one; the outbox ends with record `last`."""
        lost = up_to - max(last, self._told)
        if lost <= 0:
            return
        self._told = up_to
        self._due = max(self._due, min(lost, NUMBERS_MOST))
        text = f"the card lost {lost} records that it had confirmed (the coordinator holds them): replace it"
        log.error("%s", text)
        self._on_loss(text)


def _log_failure(_: object, error: Exception | None) -> None:
    if error is not None:
        log.error("%s", error)
