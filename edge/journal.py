"""The journal: the durable store of a node, one SQLite file, one writer.

Work is handed in as functions of the connection. One thread runs them in the order given, puts all that
wait into one transaction (group commit), and reports each result on the event loop only after the commit
is on the disk. A function that fails takes back its own changes and nobody else's.

Durability: WAL with synchronous=FULL; EXTRA before the first switch to WAL, so that the very first commit
survives a power cut too. The lock is exclusive: a second process is refused at once.

A full disk: a reserve file is given up for what must still be written, and `storage` says "reserve";
when that is used up too, writes fail with `StorageFull` and `storage` says "full". Nothing that was
committed is touched. When there is room again the reserve is laid anew and all is "ok".

A disk that fails a read, a write or a sync, and a store that turns out to be damaged, end it: nothing is
committed any more, `on_failed` is told once, and the process is to end and open the store anew (`damage.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

import apsw

from edge.disk import Disk, Done, FileDisk, Item, Work
from edge.hall.reserve import SETTLE
from edge.store import FATAL, close, explain, prepare
from edge.store import SCHEMA_VERSION as SCHEMA_VERSION
from edge.store import JournalError as JournalError
from edge.store import JournalFailed as JournalFailed

log = logging.getLogger("hall.journal")

Storage: TypeAlias = Literal["ok", "reserve", "full"]

RESERVE_BYTES = 1024 * 1024
"""Room for some 200 commits of a hall: enough to finish what is under way."""
PROBE_S = 5.0
"""While there is too little room, the disk is looked at this often: nobody may press anything meanwhile."""


class StorageFull(JournalError, OSError):  # noqa: N818 - a state of the world, named as people say it
    """The disk is full, the reserve used up. What was committed is safe; this was not."""


class Loop(Protocol):
    """What the journal asks of an event loop."""

    def call_soon(self, callback: Callable[..., object], *args: Any) -> object:
        """Run `callback(*args)` in the loop's next turn."""

    def call_soon_threadsafe(self, callback: Callable[..., object], *args: Any) -> object:
        """Run `callback(*args)` on the loop's thread."""


class _Result(NamedTuple):
    done: Done
    value: Any
    error: Exception | None


class Journal:
    """The journal of one node. `open` and `close` block; everything else returns at once.

    `on_storage` is called on the loop whenever `storage` changes, `on_failed` once. `set_aside` names the
    damaged stores that lie beside this one. `disk` is what lies below, by default the file at `path`;
    `token(n)` gives n bytes of chance as hex, for the generation of a new store; `boot` names the present run
    of the machine (`boots.py`).
    """

    def __init__(
        self,
        path: Path,
        *,
        on_storage: Callable[[Storage], None] | None = None,
        on_failed: Callable[[JournalFailed], None] | None = None,
        disk: Disk | None = None,
        token: Callable[[int], str] = secrets.token_hex,
        boot: str = "",
    ) -> None:
        self.path = path
        self.boot = boot
        self.generation = ""
        self.storage: Storage = "ok"
        self.set_aside: list[str] = []
        self._failure: JournalFailed | None = None
        self._on_storage = on_storage
        self._on_failed = on_failed
        self._disk: Disk = disk or FileDisk(path)
        self._token = token
        self._loop: Loop | None = None
        self._db: apsw.Connection | None = None

    def open(self, loop: Loop) -> None:
        """Open or create the file and start the journal thread. Raises JournalError, also JournalFailed."""
        self._loop = loop
        try:
            self._db = self._disk.connect()
            self.set_aside = self._disk.set_aside()
            self.generation = prepare(self._db, self.path, self._token, "".join(self.set_aside[-1:]))
        except FATAL as error:
            raise self.give_up(error) from error
        except (apsw.Error, OSError) as error:
            raise JournalError(explain(self.path, error)) from error
        self._lay_reserve()
        self._disk.start(self)

    def close(self) -> None:
        """Finish what was handed in, then close the file. Twice is fine. A failed one is left as it is."""
        if self._failure is not None:  # its thread may hang in the disk, and closing it would write
            return
        self._disk.stop()
        if self._db is not None:
            close(self._db)
            self._db = None

    def give_up(self, error: Exception) -> JournalFailed:
        """End it, for a reason found on either thread; returns what everybody is told."""
        if self._failure is None:
            text = str(error) if isinstance(error, JournalError) else explain(self.path, error)
            self._failure = JournalFailed(text)
            log.critical("%s; this process ends and opens the journal anew", text)
            if self._on_failed is not None and self._loop is not None:
                self._loop.call_soon_threadsafe(self._on_failed, self._failure)
            self._disk.doubt(text)
        return self._failure

    def submit(self, work: Work, done: Done) -> None:
        """Run `work(connection)` in the next commit; then `done(result, None)` or `done(None, error)`."""
        self._disk.put(Item(work, done))

    def settle(self, work: Work, done: Done) -> None:
        """`submit`, for what no medium may take back that forgets the last commits it confirmed.

        It is done `SETTLE` times, each in a commit of its own, before all that is submitted later. `done` is
        told the last result, or the first error.
        """
        errors: list[Exception] = []

        def one(_: object, error: Exception | None) -> None:
            if error is not None:
                errors.append(error)

        def last(value: Any, error: Exception | None) -> None:
            one(value, error)
            done(value, errors[0] if errors else None)

        for _ in range(SETTLE - 1):
            self._disk.put(Item(work, one, alone=True))
        self._disk.put(Item(work, last, alone=True))

    async def run(self, work: Work) -> Any:
        """`submit`, awaited. Raises what `work` raised, or JournalError when it could not be committed."""
        result: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def done(value: Any, error: Exception | None) -> None:
            if result.cancelled():
                return
            if error is None:
                result.set_result(value)
            else:
                result.set_exception(error)

        self.submit(work, done)
        return await result

    def read(self, work: Work) -> Any:
        """Run `work(connection)` here and now: for start-up, before anything was submitted.

        Raises what `work` raises, and JournalFailed.
        """
        if self._db is None:
            raise JournalError(f"journal {self.path} is not open")
        try:
            return work(self._db)
        except FATAL as error:
            raise self.give_up(error) from error

    # --- on the disk's thread -------------------------------------------------------------------

    def commit(self, group: list[Item]) -> None:
        """Commit these together, but for those that want to be alone, and report on the loop."""
        for lot in _lots(group):
            self._report(self._commit(lot))

    def probe_s(self) -> float | None:
        """While there is too little room, look now and then whether there is some again."""
        return None if self.storage == "ok" else PROBE_S

    def _commit(self, group: list[Item]) -> list[_Result]:
        if self._failure is not None:
            return _all_fail(group, self._failure)
        try:
            results = self._transaction(group)
        except apsw.FullError:
            return self._on_full(group)
        except FATAL as error:
            return _all_fail(group, self.give_up(error))
        except apsw.Error as error:
            return _all_fail(group, JournalError(explain(self.path, error)))
        self.look_for_room()
        return results

    def _transaction(self, group: list[Item]) -> list[_Result]:
        if self._db is None:
            raise JournalError(f"journal {self.path} is not open")
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        try:
            results = [self._one(db, item) for item in group]
            db.execute("COMMIT")
        except apsw.Error:
            if db.in_transaction:  # a full disk has rolled back already
                with contextlib.suppress(*FATAL):
                    db.execute("ROLLBACK")
            raise
        return results

    def _one(self, db: apsw.Connection, item: Item) -> _Result:
        db.execute("SAVEPOINT one")
        try:
            result = item.work(db)
        except (apsw.FullError, *FATAL):
            raise
        except Exception as error:  # the work's own fault: it is taken back, the rest goes on
            db.execute("ROLLBACK TO one")
            db.execute("RELEASE one")
            return _Result(item.done, None, error)
        db.execute("RELEASE one")
        return _Result(item.done, result, None)

    def _on_full(self, group: list[Item]) -> list[_Result]:
        if self._disk.give_up_reserve():
            log.error("disk full at %s: going on with the reserve; make room now", self.path.parent)
            self._set_storage("reserve")
            return self._commit(group)
        self._set_storage("full")
        failure = StorageFull(f"disk full at {self.path.parent}: nothing can be kept; make room there")
        return _all_fail(group, failure)

    def _report(self, results: list[_Result]) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(_deliver, self._loop, results)

    # --- the reserve -----------------------------------------------------------------------------

    def look_for_room(self) -> None:
        """There may be room again: then the reserve is laid anew, and all is "ok"."""
        if self.storage != "ok" and self._disk.free_bytes() > 2 * RESERVE_BYTES:
            self._lay_reserve()

    def _lay_reserve(self) -> None:
        try:
            self._disk.lay_reserve(RESERVE_BYTES)
        except OSError:
            self._disk.give_up_reserve()
            self._set_storage("reserve" if self.storage == "ok" else self.storage)
        else:
            self._set_storage("ok")

    def _set_storage(self, storage: Storage) -> None:
        if storage != self.storage:
            self.storage = storage
            if self._on_storage is not None and self._loop is not None:
                self._loop.call_soon_threadsafe(self._on_storage, storage)


def _lots(group: list[Item]) -> Iterator[list[Item]]:
    lot: list[Item] = []
    for item in group:
        if lot and (item.alone or lot[-1].alone):
            yield lot
            lot = []
        lot.append(item)
    yield lot


def _all_fail(group: list[Item], failure: JournalError) -> list[_Result]:
    return [_Result(item.done, None, failure) for item in group]


def _deliver(loop: Loop, results: list[_Result]) -> None:
    """All in one turn of the loop, each on its own: one that fails takes no other with it."""
    for done, value, error in results:
        loop.call_soon(done, value, error)
