"""Keeps the hall: decides, folds, commits, and reads it back from the journal.

The hall in memory may be ahead of the journal by what is being committed. When a commit fails, all that
was decided on top of it fails too (`ledger.Gap`); once the last of them has come back, the hall is read
from the journal again and `on_reloaded` is called. Until then nothing is decided (`Reloading`).
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

import msgspec

from edge import ledger
from edge.hall.commands import Command
from edge.hall.decide import decide
from edge.hall.events import EVENTS, Event
from edge.hall.fold import fold
from edge.hall.snapshot import restore
from edge.hall.state import Facts, Hall
from edge.journal import Journal, JournalError

log = logging.getLogger("hall.keeper")

SNAPSHOT_EVERY = 2000
"""Events between snapshots, in quiet moments: a start replays at most so many, some tens of milliseconds."""
SNAPSHOT_AT_MOST = 20_000
"""The same while presses follow each other without a pause, as after a long outage."""
QUIET_S = 0.5
"""So long without a commit is a quiet moment: drawing up a snapshot takes some milliseconds."""
EVENTS_KEPT_MS = 40 * 24 * 3600 * 1000
"""Events of the last weeks stay for reports."""
UNSURE_S = 24 * 3600.0
"""After the clock was set nothing is forgotten for a day: it may have been set wrong."""
REREAD_S = 1.0
"""After a failed try to read the journal again, the next one: on a full disk that may take a while."""

Done: TypeAlias = Callable[[Exception | None], None]

_encoder = msgspec.json.Encoder()
_decoders = {name: msgspec.json.Decoder(kind) for name, kind in EVENTS.items()}
_FACTS = tuple(field.name for field in dataclasses.fields(Facts))


class Witness(Protocol):
    """Who is told what has become durable, in the order of the commits."""

    def committed(self, entry: ledger.Entry) -> None:
        """One commit."""

    def kept(self, seq: int, body: bytes, before_ms: int, answers_before_ms: int) -> None:
        """The hall was kept whole, and what is older than these times forgotten."""


class Reloading(Exception):  # noqa: N818 - a state of the keeper
    """A commit has failed; the hall is being read from the journal again."""


class Garbled(JournalError):  # noqa: N818 - a state of the store
    """What stands in the journal is not what was written there."""


def encode_event(event: Event) -> tuple[int, str, bytes]:
    """Hall time in milliseconds, name and JSON of an event."""
    return int(event.at_s * 1000), type(event).__name__, _encoder.encode(event)


def decode_event(kind: str, body: bytes) -> Event:
    """The event that was stored. Raises KeyError or msgspec.DecodeError for one of another release."""
    event: Event = _decoders[kind].decode(body)
    return event


def hall_of(found: ledger.Restart) -> tuple[Hall, int]:
    """The hall as the journal has it, and the number of its last event.

    Raises JournalError for events that this release cannot read or play, Garbled for those that nobody can.
    """
    seq = found.snapshot_seq
    try:
        hall = _hall_of_snapshot(found.snapshot)
        for stored in found.events:
            if stored.seq != seq + 1:
                raise Garbled(f"event {seq + 1} of the journal is gone, and {stored.seq} is there")
            seq = stored.seq
            fold(hall, decode_event(stored.kind, stored.body))
    except (KeyError, ValueError, msgspec.MsgspecError) as error:
        if type(error) is msgspec.DecodeError:  # no JSON at all: no release wrote it
            raise Garbled(f"event {seq} of the journal is garbled: {error}") from error
        raise JournalError(
            f"event {seq} of the journal cannot be read by this release ({type(error).__name__}: {error}):"
            " install the release again that wrote it, or move the file away to start empty"
        ) from error
    return hall, seq


def _hall_of_snapshot(snapshot: bytes | None) -> Hall:
    return Hall() if snapshot is None else restore(msgspec.json.decode(snapshot, type=Facts))


class Keeper:
    """The hall and its journal, as `found` in it. All methods are called on the event loop."""

    def __init__(
        self,
        journal: Journal,
        loop: asyncio.AbstractEventLoop,
        found: ledger.Restart,
        on_reloaded: Callable[[], None],
        witness: Witness | None = None,
    ) -> None:
        """Raises JournalError for a journal of another release."""
        self._journal = journal
        self._loop = loop
        self._on_reloaded = on_reloaded
        self._witness = witness
        self._under_way = 0
        self._broken = False
        self._settled_s = 0.0
        self._take(found)

    def _take(self, found: ledger.Restart) -> None:
        try:
            self.hall, self.seq = hall_of(found)
        except Garbled as error:
            raise self._journal.give_up(error) from error
        self._snapshot_seq = found.snapshot_seq

    @property
    def is_ahead(self) -> bool:
        """Whether the hall holds something that is not durable yet."""
        return self._under_way > 0 or self._broken

    def act(self, command: Command, now_s: float) -> list[Event]:
        """Decide and fold. Raises Refused (nothing has changed) or Reloading."""
        if self._broken:
            raise Reloading("the hall is being read from the journal again")
        events = decide(self.hall, command, now_s)
        folded = 0
        try:
            for event in events:
                fold(self.hall, event)
                folded += 1
        finally:
            if folded < len(events):  # a defect; half of it must not stay
                self._break()
        self.seq += len(events)
        return events

    def commit(
        self,
        events: Sequence[Event],
        done: Done,
        *,
        answer: tuple[str, int, bytes] | None = None,
        received: Sequence[ledger.Received] = (),
        site: str | None = None,
    ) -> None:
        """Commit what `act` gave, with what belongs to it; `done(None)` when it is durable.

        Called right after `act`, in the same turn of the loop. Without events it waits for all before it,
        and fails with them. Raises Reloading.
        """
        if self._broken:
            raise Reloading("the hall is being read from the journal again")
        entry = ledger.Entry(
            first_seq=self.seq - len(events) + 1,
            events=tuple(encode_event(event) for event in events),
            answer=answer,
            received=tuple(received),
            site=site,
        )
        self._under_way += 1
        changed = bool(events)
        self._journal.submit(
            ledger.write(entry), lambda _, error: self._committed(entry, done, changed, error)
        )

    def _committed(self, entry: ledger.Entry, done: Done, changed: bool, error: Exception | None) -> None:
        """`changed`: the hall in memory holds what was to be committed; else a failure is no matter to it."""
        self._under_way -= 1
        self._broken = self._broken or (changed and error is not None)
        try:
            done(error)
        finally:
            if error is None and self._witness is not None:  # last: nobody in the hall waits for it
                self._witness.committed(entry)
            if self._under_way == 0:
                self._settle()

    def _break(self) -> None:
        self._broken = True
        if self._under_way == 0:
            self._settle()

    def _settle(self) -> None:
        """Nothing is under way: put right what failed, or keep the hall whole now and then."""
        last_s, self._settled_s = self._settled_s, self._loop.time()
        if self._broken:
            self._journal.submit(ledger.reread, self._reread)
            return
        is_quiet = self._settled_s - last_s > QUIET_S
        if self.seq - self._snapshot_seq >= (SNAPSHOT_EVERY if is_quiet else SNAPSHOT_AT_MOST):
            self.snapshot()

    def _reread(self, found: ledger.Restart | None, error: Exception | None) -> None:
        if found is None:
            log.error("the journal cannot be read, trying again: %s", error)
            self._loop.call_later(REREAD_S, self._settle)
            return
        self._take(found)
        self._broken = False
        log.warning("the hall was read from the journal again: it goes on from event %d", self.seq)
        self._on_reloaded()

    def snapshot(self) -> None:
        """Keep the hall whole, so that the next start need not replay. Only when nothing is under way."""
        if self.is_ahead or self.seq == self._snapshot_seq:
            return
        facts = Facts(**{name: getattr(self.hall, name) for name in _FACTS})
        now_ms = int(self.hall.now_s * 1000)
        self._snapshot_seq = self.seq
        seq, body = self.seq, _encoder.encode(facts)
        before_ms = answers_before_ms = 0
        if self.hall.now_s - self.hall.clock_set_s >= UNSURE_S:
            before_ms, answers_before_ms = now_ms - EVENTS_KEPT_MS, now_ms - ledger.ANSWERS_KEPT_MS

        def kept(_: object, error: Exception | None) -> None:
            _log_failure(None, error)
            if error is None and self._witness is not None:
                self._witness.kept(seq, body, before_ms, answers_before_ms)

        self._journal.submit(ledger.save_snapshot(seq, body), kept)
        if before_ms:
            self._journal.submit(ledger.forget(before_ms, answers_before_ms), _log_failure)


def _log_failure(_: object, error: Exception | None) -> None:
    if error is not None:
        log.error("%s", error)
