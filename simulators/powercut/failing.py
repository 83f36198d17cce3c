"""A disk that fails under the product's own journals: full, or an error at any write or sync.

full: writes fail from a moment on, until there is room again; giving up the reserve makes room for a few.
error: from a write, truncation, removal or sync on all fail with EIO, as of a card that dies or a file system
that went read-only; what was written since the last good sync may be lost for ever, whatever later syncs say.
"""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import apsw

from edge.disk import FileDisk
from simulators.powercut.recorder import Op, Recorder, Removed, Synced, Truncated, Wrote

RESERVE_WRITES = 10
"""Writes that fit where the reserve was."""

_CODES = {
    Wrote: apsw.SQLITE_IOERR_WRITE,
    Synced: apsw.SQLITE_IOERR_FSYNC,
    Truncated: apsw.SQLITE_IOERR_TRUNCATE,
    Removed: apsw.SQLITE_IOERR_DELETE,
}


class FailingDisk(Recorder):
    """Notes what was done, as a recorder, and fails as told: `fill`, `make_room`, `fail_at`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._writes_left: int | None = None
        self._fails_at = 0
        self._done = 0
        self.refused = 0

    def fill(self, after: int = 0) -> None:
        """So many writes still fit, and then none."""
        self._writes_left = after

    def make_room(self) -> None:
        """All fits again."""
        self._writes_left = None

    @property
    def is_filling(self) -> bool:
        """Whether there is room for a few writes at most."""
        return self._writes_left is not None

    def gain(self) -> None:
        """The reserve was given up."""
        if self._writes_left is not None:
            self._writes_left += RESERVE_WRITES

    def fail_at(self, nth: int) -> None:
        """The n-th operation from now on fails, and every one after it."""
        self._fails_at, self._done = nth, 0

    def allow(self, op: Op) -> None:
        """Raises apsw.FullError or apsw.IOError."""
        self._done += 1
        if self._fails_at and self._done >= self._fails_at:
            self.refused += 1
            error: Any = apsw.IOError("made to fail")
            error.extendedresult = _CODES.get(type(op), apsw.SQLITE_IOERR)
            raise error
        if isinstance(op, Wrote) and self._writes_left is not None:
            if not self._writes_left:
                self.refused += 1
                raise apsw.FullError("made to be full")
            self._writes_left -= 1


class ScarceDisk(FileDisk):
    """What a journal sees of that disk beside its file: room, and a reserve that counts."""

    def __init__(self, path: Path, disk: FailingDisk) -> None:
        super().__init__(path)
        self._disk = disk

    def free_bytes(self) -> int:
        """None while it fills up."""
        return 0 if self._disk.is_filling else super().free_bytes()

    def lay_reserve(self, size: int) -> None:
        """Raises OSError while it fills up."""
        if self._disk.is_filling:
            raise OSError(errno.ENOSPC, "made to be full")
        super().lay_reserve(size)

    def give_up_reserve(self) -> bool:
        """Room for a few writes."""
        given = super().give_up_reserve()
        if given:
            self._disk.gain()
        return given
