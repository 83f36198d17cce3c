"""What a coordinator does first whose journal was a copy: it passes numbers over (see `hall/takeover.py`)."""

from __future__ import annotations

import logging

from edge import ledger
from edge.commits import Commits
from edge.hall.commands import PassOver
from edge.hall.events import NumbersPassed
from edge.journal import Journal
from edge.keeper import Keeper

log = logging.getLogger("hall.coordinator")


class Passing:
    """Nothing is issued before this is in the books, nor after a commit of it that failed.

    `copied_ms` is the time of the copy's last event; None for a journal that lacks nothing.
    """

    def __init__(self, copied_ms: int | None, journal: Journal, keeper: Keeper, commits: Commits) -> None:
        self._copied_ms = copied_ms
        self._journal = journal
        self._keeper = keeper
        self._commits = commits

    def pass_over(self) -> None:
        """At the start, and each time the hall was read from the journal again. Raises Reloading."""
        if self._copied_ms is None:
            return
        unheard_s = max(self._commits.now_s() - self._copied_ms / 1000, 0.0)
        events = self._commits.act(PassOver(unheard_s))
        self._keeper.commit(events, self._passed)
        for event in events:
            if isinstance(event, NumbersPassed):
                text = "numbers %s to %s may be on paper: they are not issued again"
                digits = self._keeper.hall.catalogue.queues[event.queue].number.digits
                first, last = (f"{event.prefix}{count:0{digits}d}" for count in (event.first, event.last))
                log.warning(text, first, last)

    def _passed(self, error: Exception | None) -> None:
        if error is None:
            self._copied_ms = None
            self._journal.submit(ledger.is_no_copy, self._done)
        else:
            self._done(None, error)

    def _done(self, _: object, error: Exception | None) -> None:
        if error is not None:
            log.error("%s", error)
