"""The journal: the durable store of a node, one SQLite file, one writer.

Work is handed in as functions of the connection. One thread runs them in the order given, puts all that
wait into one transaction (group commit), and reports each result on the event loop only after the commit
is on the disk. A function that fails takes back its own changes and nobody else's.

Durability: WAL with synchronous=FULL; EXTRA before the first switch to WAL, so that the very first commit
survives a power cut too. The lock is exclusive: a second process is refused at once.

A full disk: a reserve file is given up for what must still be written, and `storage` says "reserve";
when that is used up too, writes fail with `StorageFull` and `storage` says "full". Nothing that was
committed is touched. When there is room again the reserve is laid anew and all is "ok".
"""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

import apsw

from edge.store import SCHEMA_VERSION as SCHEMA_VERSION
from edge.store import JournalError as JournalError
from edge.store import connect, explain, prepare

log = logging.getLogger("hall.journal")

Work: TypeAlias = Callable[[apsw.Connection], Any]
Done: TypeAlias = Callable[[Any, Exception | None], None]
Storage: TypeAlias = Literal["ok", "reserve", "full"]

RESERVE_BYTES = 1024 * 1024
"""Room for some 200 commits of a hall: enough to finish what is under way."""
PROBE_S = 5.0
"""While there is too little room, the disk is looked at this often: nobody may press anything meanwhile."""
GROUP = 256
"""Most pieces of work in one commit: bounds how long the first of them waits for the last."""


class StorageFull(JournalError, OSError):  # noqa: N818 - a state of the world, named as people say it
    """The disk is full, the reserve used up. What was committed is safe; this was not."""


class Loop(Protocol):
    """What the journal asks of an event loop."""

    def call_soon(self, callback: Callable[..., object], *args: Any) -> object:
        """Run `callback(*args)` in the loop's next turn."""

    def call_soon_threadsafe(self, callback: Callable[..., object], *args: Any) -> object:
        """Run `callback(*args)` on the loop's thread."""


class _Item(NamedTuple):
    work: Work
    done: Done


class _Result(NamedTuple):
    done: Done
    value: Any
    error: Exception | None


class Journal:
    """The journal of one node. `open` and `close` block; everything else returns at once.

    `on_storage` is called on the loop whenever `storage` changes.
    """

    def __init__(self, path: Path, *, on_storage: Callable[[Storage], None] | None = None) -> None:
        self.path = path
        self.generation = ""
        self.storage: Storage = "ok"
        self._on_storage = on_storage
        self._items: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop: Loop | None = None
        self._db: apsw.Connection | None = None
        self._reserve = path.with_name(path.name + ".reserve")

    def open(self, loop: Loop) -> None:
        """Open or create the file and start the journal thread. Raises JournalError."""
        self._loop = loop
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._db = connect(self.path)
            self.generation = prepare(self._db, self.path)
        except (apsw.Error, OSError) as error:
            raise JournalError(explain(self.path, error)) from error
        self._lay_reserve()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Finish what was handed in, then close the file. Twice is fine."""
        if self._thread is not None:
            self._items.put(None)
            self._thread.join()
            self._thread = None
        if self._db is not None:
            self._db.close()
            self._db = None

    def submit(self, work: Work, done: Done) -> None:
        """Run `work(connection)` in the next commit; then `done(result, None)` or `done(None, error)`."""
        self._items.put(_Item(work, done))

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
        """Run `work(connection)` here and now: for start-up, before anything was submitted."""
        if self._db is None:
            raise JournalError(f"journal {self.path} is not open")
        return work(self._db)

    # --- the journal thread --------------------------------------------------------------------

    def _run(self) -> None:
        while group := self._next_group():
            self._report(self._commit(group))

    def _next_group(self) -> list[_Item]:
        first = self._next()
        if first is None:
            return []
        group = [first]
        while len(group) < GROUP and not self._items.empty():
            item = self._items.get()
            if item is None:
                self._items.put(None)
                break
            group.append(item)
        return group

    def _next(self) -> _Item | None:
        """Wait for work; while there is too little room, look now and then whether there is some again."""
        while True:
            try:
                return self._items.get(timeout=None if self.storage == "ok" else PROBE_S)
            except queue.Empty:
                self._look_for_room()

    def _commit(self, group: list[_Item]) -> list[_Result]:
        try:
            results = self._transaction(group)
        except apsw.FullError:
            return self._on_full(group)
        except apsw.Error as error:
            failure = JournalError(explain(self.path, error))
            return [_Result(item.done, None, failure) for item in group]
        self._look_for_room()
        return results

    def _transaction(self, group: list[_Item]) -> list[_Result]:
        if self._db is None:
            raise JournalError(f"journal {self.path} is not open")
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        try:
            results = [self._one(db, item) for item in group]
            db.execute("COMMIT")
        except apsw.Error:
            if db.in_transaction:  # a full disk has rolled back already
                db.execute("ROLLBACK")
            raise
        return results

    def _one(self, db: apsw.Connection, item: _Item) -> _Result:
        db.execute("SAVEPOINT one")
        try:
            result = item.work(db)
        except (apsw.FullError, apsw.IOError):
            raise
        except Exception as error:  # the work's own fault: it is taken back, the rest goes on
            db.execute("ROLLBACK TO one")
            db.execute("RELEASE one")
            return _Result(item.done, None, error)
        db.execute("RELEASE one")
        return _Result(item.done, result, None)

    def _on_full(self, group: list[_Item]) -> list[_Result]:
        if self._give_up_reserve():
            log.error("disk full at %s: going on with the reserve; make room now", self.path.parent)
            self._set_storage("reserve")
            return self._commit(group)
        self._set_storage("full")
        failure = StorageFull(f"disk full at {self.path.parent}: nothing can be kept; make room there")
        return [_Result(item.done, None, failure) for item in group]

    def _report(self, results: list[_Result]) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(_deliver, self._loop, results)

    # --- the reserve -----------------------------------------------------------------------------

    def _look_for_room(self) -> None:
        if self.storage != "ok" and _free_bytes(self.path.parent) > 2 * RESERVE_BYTES:
            self._lay_reserve()

    def _lay_reserve(self) -> None:
        try:
            with self._reserve.open("ab") as file:
                os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)
        except OSError:
            self._give_up_reserve()
            self._set_storage("reserve" if self.storage == "ok" else self.storage)
        else:
            self._set_storage("ok")

    def _give_up_reserve(self) -> bool:
        try:
            self._reserve.unlink()
        except OSError:
            return False
        return True

    def _set_storage(self, storage: Storage) -> None:
        if storage != self.storage:
            self.storage = storage
            if self._on_storage is not None and self._loop is not None:
                self._loop.call_soon_threadsafe(self._on_storage, storage)


def _deliver(loop: Loop, results: list[_Result]) -> None:
    """All in one turn of the loop, each on its own: one that fails takes no other with it."""
    for done, value, error in results:
        loop.call_soon(done, value, error)


def _free_bytes(folder: Path) -> int:
    room = os.statvfs(folder)
    return room.f_bavail * room.f_frsize
