"""The whole journal for one session, read a part at a time: the journal thread has commits to make."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from edge.disk import Work
from edge.standby import books, form
from edge.standby.waits import log


class Journal(Protocol):
    """What is asked of the journal."""

    def submit(self, work: Work, done: Callable[..., None]) -> None:
        """Run `work` on the store; then `done(result, None)` or `done(None, error)`."""


class Whole:
    """Begins to read at once. `on_part`: `take` has something; `on_failed`: it will never have.

    `begun` is called when the first part was read, in the order of the commits: it gives the number of steps
    that were committed until then.
    """

    def __init__(
        self,
        journal: Journal,
        epoch: int,
        known: tuple[int, int],
        begun: Callable[[], int],
        on_part: Callable[[], None],
        on_failed: Callable[[], None],
    ) -> None:
        self._journal = journal
        self._begun = begun
        self._on_part = on_part
        self._on_failed = on_failed
        self._begin: form.Begin | None = None
        self._read_up_to = 0
        self._rows = 0
        self._up_to = 0
        self._part: form.Part | None = None
        self._is_off = False
        self._submit(books.begin(epoch, *known), self._has_begun)

    def stop(self) -> None:
        """Nobody waits for it any more."""
        self._is_off = True

    def take(self) -> form.Part | None:
        """The next part; None while it is read. The last one is an `End`."""
        part, self._part = self._part, None
        if part is not None and not isinstance(part, form.End):
            self._read_on()
        return part

    def _has_begun(self, begin: form.Begin) -> None:
        self._begin, self._read_up_to, self._up_to = begin, begin.after, self._begun()
        self._part = begin

    def _read_on(self) -> None:
        begin = self._begin
        if begin is None or self._read_up_to >= begin.last:
            self._part = form.End(self._up_to, self._rows)
        else:
            self._submit(books.rows(self._read_up_to, begin.last), partial(self._has_read, begin))

    def _has_read(self, begin: form.Begin, rows: form.Rows) -> None:
        self._read_up_to = rows.events[-1][0] if rows.events else begin.last
        self._rows += len(rows.events)
        self._part = rows

    def _submit(self, work: Work, then: Callable[[Any], None]) -> None:
        self._journal.submit(work, partial(self._came, then))

    def _came(self, then: Callable[[Any], None], value: Any, error: Exception | None) -> None:
        if self._is_off:
            return
        if error is not None:
            log.error("the journal cannot be read for the standby: %s", error)
            self._on_failed()
            return
        then(value)
        self._on_part()
