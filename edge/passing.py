"""What a coordinator does before it issues numbers: it makes good what its journal may lack.

A copy of another node's journal lacks what came after it. A journal that was in use when the machine lost
its power may lack the last commits: its card may have said that it has them and has not (`boots.py`). Numbers
that may have been issued in them are passed over (`hall/takeover.py`).
"""

from __future__ import annotations

import logging

from edge import boots, ledger
from edge.commits import Commits
from edge.hall.commands import PassOver
from edge.hall.events import NumbersPassed
from edge.hall.reserve import SETTLE
from edge.journal import Journal
from edge.keeper import Keeper

log = logging.getLogger("hall.coordinator")

COMMITS_S = 5.0
"""So long the last commits, as many as `SETTLE`, take at most while people wait for numbers."""

SAYS = "numbers %s to %s may be on paper: they are not issued again (%s)"


class Passing:
    """Nothing is issued before this is in the books, nor after a commit of it that failed.

    `found` is what the journal held; `machines` how many devices issue numbers in this site.
    """

    def __init__(
        self, found: ledger.Restart, machines: int, journal: Journal, keeper: Keeper, commits: Commits
    ) -> None:
        self._copied_ms = found.copied_ms
        self._was_cut = boots.was_cut(found.marked, journal.boot)
        self._lacks = found.lacks
        self._machines = machines
        self._day = keeper.hall.day
        self._journal = journal
        self._keeper = keeper
        self._commits = commits
        self._is_settled = False
        self._is_begun = False

    @property
    def is_owed(self) -> bool:
        """Whether nothing may be issued yet: what is passed over is not in the books, nor on its way."""
        return not self._is_begun

    def pass_over(self) -> None:
        """At the start, and until it was done once: when the hall was read again, or there is room again.

        Nothing on a disk known to be full: it would fail, have the hall read again, and so for ever. Raises
        Reloading.
        """
        if self._is_settled or self._journal.storage == "full":
            return
        if self._lacks:
            log.error("%s", self._lacks)
            self._lacks = ""
        command = self._command()
        self._is_begun = True
        if command is not None:
            events = self._commits.act(command)
            self._keeper.commit(events, self._passed)
            for event in events:
                if isinstance(event, NumbersPassed):
                    self._say(event)
        self.settle()

    def settle(self) -> None:
        """All that is committed stays, whatever a card forgets: also that a day has begun.

        Not before what is owed is in the books: else the next start would not know of it.
        """
        if self.is_owed:
            return
        self._journal.settle(ledger.goes_on(self._keeper.seq, self._journal.boot), self._settled)

    def close(self) -> None:
        """The coordinator stops, and lacks nothing."""
        if self._is_settled:
            self._journal.submit(boots.unmark("coordinator"), lambda _, error: _log_failure(error))

    def _command(self) -> PassOver | None:
        if self._copied_ms is not None:
            return PassOver(max(self._commits.now_s() - self._copied_ms / 1000, 0.0))
        if self._was_cut:
            return PassOver(COMMITS_S, SETTLE * self._machines, self._day)
        return None

    def _say(self, event: NumbersPassed) -> None:
        digits = self._keeper.hall.catalogue.queues[event.queue].number.digits
        first, last = (f"{event.prefix}{count:0{digits}d}" for count in (event.first, event.last))
        why = "the power was cut" if self._copied_ms is None else "the journal is a copy"
        log.warning(SAYS, first, last, why)

    def _passed(self, error: Exception | None) -> None:
        self._is_begun = error is None
        _log_failure(error)

    def _settled(self, _: object, error: Exception | None) -> None:
        self._is_settled = self._is_settled or error is None
        _log_failure(error)


def _log_failure(error: Exception | None) -> None:
    if error is not None:
        log.error("%s", error)
