"""The reserve of numbers and the journal together: nothing is taken that was not written long before."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from edge import alone_store
from edge.disk import Work
from edge.hall.reserve import Kept, Reserve, text_of
from edge.hall.spans import Span
from edge.journal import Journal
from edge.outbox import Outbox
from mqtt_bridge.messages import MaybePrinted

log = logging.getLogger("hall.alone")


class ReserveBook:
    """The numbers a node holds. All methods are called on the event loop."""

    def __init__(self, journal: Journal, outbox: Outbox, now_ms: Callable[[], int]) -> None:
        self._journal = journal
        self._outbox = outbox
        self._now_ms = now_ms
        self._reserve = Reserve(Kept())
        self._gap: tuple[Span, ...] = ()  # of an earlier run, not said yet
        self._is_sure = True  # what is open has long been written
        self._waiting: list[Callable[[bool], None]] = []

    def start(self) -> None:
        """Read what the journal holds, and say what an earlier run may have printed. Raises JournalError."""
        self._reserve = Reserve(self._journal.read(alone_store.read))
        if self._reserve.kept.opened:
            self._gap = self._reserve.doubtful(self._journal.read(alone_store.issued))
            self._say_gap()

    def stop(self) -> None:
        """The run ends well: what was not used is given back."""
        if self._reserve.kept.opened:
            self._reserve.give_back()
            self._write()

    @property
    def held(self) -> int:
        """How many numbers can still be issued."""
        return self._reserve.held

    @property
    def lease(self) -> Span | None:
        """The lease that came last."""
        return self._reserve.lease

    def add(self, span: Span) -> None:
        """A lease came."""
        self._reserve.add(span)
        self._write()
        log.info("numbers to issue alone: %s; %d in all", text_of(span), self.held)

    def when_open(self, block: int, then: Callable[[bool], None]) -> None:
        """`then(True)` when the next number may be taken, if there is one; `then(False)` if never."""
        if self._is_sure and not self._gap and not self._reserve.must_settle:
            then(True)
            return
        self._waiting.append(then)
        if len(self._waiting) == 1:
            self._say_gap()
            if self._reserve.must_settle:
                self._reserve.open(2 * block)
            self._settle()

    def _settle(self) -> None:
        def written(_: object, error: Exception | None) -> None:
            _log_failure(None, error)
            self._is_sure = error is None
            waiting, self._waiting = self._waiting, []
            for then in waiting:
                then(self._is_sure and not self._gap)

        self._journal.settle(alone_store.write(self._reserve.kept), written)

    def take(self, block: int) -> tuple[str, int, Work] | None:
        """The next number, and what must be written with its record. Called when `when_open` said so."""
        also: Work = _nothing
        if self._reserve.must_open(block):
            self._reserve.open(block)
            also = alone_store.write(self._reserve.kept)
        taken = self._reserve.take()
        return None if taken is None else (*taken, also)

    def failed(self) -> None:
        """A record was not written, and what was to be written with it neither."""
        self._is_sure = False

    def _write(self) -> None:
        self._journal.submit(alone_store.write(self._reserve.kept), _log_failure)

    def _say_gap(self) -> None:
        """Keep as records which numbers may be on paper though no record says so; twice does no harm."""

        def kept(error: Exception | None) -> None:
            _log_failure(None, error)
            if error is None:
                self._gap = ()
                self._reserve.said()
                self._write()

        for span in self._gap:
            log.warning("this node did not end cleanly: %s may be on paper", text_of(span))
            record = MaybePrinted("", "", self._now_ms(), span.prefix, span.first, span.last)
            self._outbox.keep(record, kept if span is self._gap[-1] else partial(_log_failure, None))


def _nothing(_: object) -> None:
    """Nothing more is written with a record."""


def _log_failure(_: object, error: Exception | None) -> None:
    if error is not None:
        log.error("%s", error)
