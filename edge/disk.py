"""What lies below a journal: its file, the reserve beside it, and the thread that waits for both.

A hall in virtual time gives its journals another disk, with the same few calls (simulators/torture/disk.py).
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeAlias

import apsw

from edge import damage

Work: TypeAlias = Callable[[apsw.Connection], Any]
Done: TypeAlias = Callable[[Any, Exception | None], None]

GROUP = 256
"""Most pieces of work in one commit: bounds how long the first of them waits for the last."""


class Item(NamedTuple):
    """A piece of work, and who hears of it. `alone`: in a commit of its own."""

    work: Work
    done: Done
    alone: bool = False


class Writer(Protocol):
    """The journal, as its disk's thread sees it."""

    def commit(self, group: list[Item]) -> None:
        """Commit these together, and report. Raises nothing."""

    def probe_s(self) -> float | None:
        """How long to wait for work before `look_for_room`; None for ever."""

    def look_for_room(self) -> None:
        """Nobody wrote for `probe_s`: the disk may have room again."""


class Disk(Protocol):
    """What a journal asks of what lies below it."""

    def connect(self) -> apsw.Connection:
        """Open or create the file; a damaged one is set aside first. Raises apsw.Error or OSError."""

    def doubt(self, why: str) -> None:
        """Have the file checked whole when it is opened again. Raises nothing."""

    def set_aside(self) -> list[str]:
        """Names of the damaged files that lie beside this one, oldest first."""

    def start(self, writer: Writer) -> None:
        """From now on what is `put` is handed to `writer.commit`, in order, in groups."""

    def put(self, item: Item) -> None:
        """Have this committed; returns at once."""

    def stop(self) -> None:
        """Wait until all that was put is committed; then commit no more. Twice is fine."""

    def free_bytes(self) -> int:
        """Room on the disk."""

    def lay_reserve(self, size: int) -> None:
        """Set `size` bytes aside. Raises OSError where there is no room for them."""

    def give_up_reserve(self) -> bool:
        """Make the reserve free; False when there is none."""


class FileDisk:
    """A file on the node's own disk, and a thread named "journal"."""

    def __init__(self, path: Path) -> None:
        """Nothing is opened yet."""
        self._path = path
        self._reserve = path.with_name(path.name + ".reserve")
        self._items: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def connect(self) -> apsw.Connection:
        """Open or create the file, and its folder. Raises apsw.Error or OSError."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        return damage.open_file(self._path)

    def doubt(self, why: str) -> None:
        """Leave a mark beside the file."""
        damage.doubt(self._path, why)

    def set_aside(self) -> list[str]:
        """By their dated names."""
        return damage.set_aside_beside(self._path)

    def start(self, writer: Writer) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._run, args=(writer,), name="journal", daemon=True)
        self._thread.start()

    def put(self, item: Item) -> None:
        """Hand it to the thread."""
        self._items.put(item)

    def stop(self) -> None:
        """End the thread when it has done what was put. Twice is fine."""
        if self._thread is not None:
            self._items.put(None)
            self._thread.join()
            self._thread = None

    def free_bytes(self) -> int:
        """Room for this user where the file is."""
        room = os.statvfs(self._path.parent)
        return room.f_bavail * room.f_frsize

    def lay_reserve(self, size: int) -> None:
        """A file of that size, with real blocks. Raises OSError."""
        with self._reserve.open("ab") as file:
            os.posix_fallocate(file.fileno(), 0, size)

    def give_up_reserve(self) -> bool:
        """Delete it; False when there is none."""
        try:
            self._reserve.unlink()
        except OSError:
            return False
        return True

    # --- the journal thread --------------------------------------------------------------------

    def _run(self, writer: Writer) -> None:
        while group := self._next_group(writer):
            writer.commit(group)

    def _next_group(self, writer: Writer) -> list[Item]:
        first = self._next(writer)
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

    def _next(self, writer: Writer) -> Item | None:
        """Wait for work; while there is too little room, look now and then whether there is some again."""
        while True:
            try:
                return self._items.get(timeout=writer.probe_s())
            except queue.Empty:
                writer.look_for_room()
