"""Everything SQLite does to files, written down in order: the product's own code runs, nothing is replaced.

While a `Recorder` is in force it is SQLite's default file layer, so a connection that names none goes through
it. All it does is pass on and note.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeAlias

import apsw

BASE = "unix"


class Created(NamedTuple):
    """A file that was not there was opened. `syncs_folder`: its first sync makes its name durable too."""

    name: str
    syncs_folder: bool


class Wrote(NamedTuple):
    """Bytes at an offset."""

    name: str
    offset: int
    data: bytes


class Truncated(NamedTuple):
    """The file was given this size."""

    name: str
    size: int


class Synced(NamedTuple):
    """The file's bytes were asked onto the medium, and the medium said yes."""

    name: str


class Removed(NamedTuple):
    """The name was taken away; `synced`: the folder was synced after it."""

    name: str
    synced: bool


Op: TypeAlias = Created | Wrote | Truncated | Synced | Removed


class Recorder(apsw.VFS):
    """Notes in `ops` what happens to files in `folder`. Use as a context manager: in force inside it."""

    def __init__(self, folder: Path) -> None:
        self.ops: list[Op] = []
        self._folder = str(folder)
        self._fsync = os.fsync
        super().__init__(f"recorder-{id(self)}", base=BASE, makedefault=True)

    def allow(self, op: Op) -> None:
        """One thing that is about to be done. A disk that fails raises apsw.Error here."""

    def note(self, op: Op) -> None:
        """One thing that was done, after it was done."""
        self.ops.append(op)

    def xOpen(self, name: Any, flags: list[int]) -> Any:  # noqa: N802 - SQLite's name
        """Open a file of the folder under observation; what has no name is SQLite's own affair."""
        path = Path(name.filename() if isinstance(name, apsw.URIFilename) else name or "")
        if not str(path).startswith(self._folder):
            return apsw.VFSFile(BASE, name, flags)
        new = not path.exists()
        file = RecordedFile(self, path.name, name, flags)
        if new:
            self.note(Created(path.name, bool(flags[0] & _NAME_SYNCED)))
        return file

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802 - SQLite's name
        """Take a name away."""
        op = Removed(Path(filename).name, syncdir)
        mine = filename.startswith(self._folder)
        if mine:
            self.allow(op)
        super().xDelete(filename, syncdir)
        if mine:
            self.note(op)

    def _synced(self, fd: int) -> None:
        """What the product asks of the system itself."""
        path = Path(f"/proc/self/fd/{fd}").readlink()
        mine = str(path).startswith(self._folder) and path.is_file()
        op = Synced(path.name)
        if mine:
            self.allow(op)
        self._fsync(fd)
        if mine:
            self.note(op)

    def __enter__(self) -> Self:
        os.fsync = self._synced  # type: ignore[assignment]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.fsync = self._fsync
        self.unregister()


_NAME_SYNCED = apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_SUPER_JOURNAL
"""SQLite's unix layer syncs the folder at the first sync of these, and of these alone."""


class RecordedFile(apsw.VFSFile):
    """One open file."""

    def __init__(self, recorder: Recorder, name: str, filename: Any, flags: list[int]) -> None:
        super().__init__(BASE, filename, flags)
        self._recorder = recorder
        self._name = name

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        """Write, and note."""
        op = Wrote(self._name, offset, bytes(data))
        self._recorder.allow(op)
        super().xWrite(data, offset)
        self._recorder.note(op)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - SQLite's name
        """Cut or lengthen, and note."""
        op = Truncated(self._name, newsize)
        self._recorder.allow(op)
        super().xTruncate(newsize)
        self._recorder.note(op)

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        """Sync, and note."""
        op = Synced(self._name)
        self._recorder.allow(op)
        super().xSync(flags)
        self._recorder.note(op)
