"""Who opens and closes files, as the kernel tells it: how many programs hold the driver's end of a pty.

A program that forks counts once. Openings in the same instant may be told as one, and so may closings, after
which `holders` tells whether anybody is left: a count is good enough to speak of, and never a reason to keep
bytes back. One inotify descriptor serves all
files of an event loop, since a user may have few of them; where there is none left, nothing is known.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final

_OPEN, _CLOSE, _OVERFLOW, _IGNORED = 0x20, 0x08 | 0x10, 0x4000, 0x8000
_HEAD: Final = struct.Struct("iIII")
_READ_BYTES: Final = 16_384


class Watch:
    """One file. `count` is how many hold it open, None where that is not known."""

    def __init__(self, openings: Openings, key: int, changed: Callable[[int], None]) -> None:
        self.count: int | None = 0
        self.changed = changed
        self._openings = openings
        self._key = key

    def look(self) -> None:
        """Take in what has happened by now."""
        self._openings.read()

    def stop(self) -> None:
        """Watch no more."""
        self._openings.drop(self._key)


class Openings:
    """All watched files of one loop."""

    _of_loop: Final[dict[int, Openings]] = {}

    def __init__(self, fd: int, libc: ctypes.CDLL) -> None:
        self._fd = fd
        self._libc = libc
        self._watches: dict[int, Watch] = {}
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(fd, self.read)
        self._of_loop[id(self._loop)] = self

    @classmethod
    def watch(cls, path: str, changed: Callable[[int], None]) -> Watch | None:
        """Watch a file that nobody else has open yet; None where the system does not let us."""
        openings = cls._of_loop.get(id(asyncio.get_running_loop())) or cls._start()
        return openings._add(path, changed) if openings is not None else None

    @classmethod
    def _start(cls) -> Openings | None:
        libc = ctypes.CDLL(None, use_errno=True)
        fd = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        return cls(fd, libc) if fd >= 0 else None

    def _add(self, path: str, changed: Callable[[int], None]) -> Watch | None:
        key = self._libc.inotify_add_watch(self._fd, os.fsencode(path), _OPEN | _CLOSE)
        if key < 0:
            return None
        self._watches[key] = Watch(self, key, changed)
        return self._watches[key]

    def drop(self, key: int) -> None:
        """Watch one file no more; with the last, all is given back."""
        if self._watches.pop(key, None) is None:
            return
        self._libc.inotify_rm_watch(self._fd, key)
        if not self._watches:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            del self._of_loop[id(self._loop)]

    def read(self) -> None:
        """Take in what has happened by now."""
        try:
            data = os.read(self._fd, _READ_BYTES)
        except BlockingIOError:
            return
        at = 0
        while at < len(data):
            key, mask, _, size = _HEAD.unpack_from(data, at)
            at += _HEAD.size + size
            if mask & _OVERFLOW:
                self._lost_count()
            elif not mask & _IGNORED:
                self._happened(key, 1 if mask & _OPEN else -1)

    def _happened(self, key: int, step: int) -> None:
        watch = self._watches.get(key)
        if watch is not None and watch.count is not None:
            watch.count = max(watch.count + step, 0)
            watch.changed(watch.count)

    def _lost_count(self) -> None:
        for watch in self._watches.values():
            watch.count = None


def holders(path: str) -> list[str]:
    """The programs that have a twin's file open, as `4711 (minicom)`; those of other users stay unseen.

    This process counts where it has it open beside the twin.
    """
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        own = process.name == str(os.getpid())
        if _times_open(process, path) > own:
            found.append(f"{process.name} ({_name(process)})")
    return sorted(found)


def _times_open(process: Path, path: str) -> int:
    try:
        return sum(os.path.realpath(fd) == path for fd in (process / "fd").iterdir())
    except OSError:
        return 0


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return "gone"
