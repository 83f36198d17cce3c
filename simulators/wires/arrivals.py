"""Files that arrive whole in a folder, as the kernel tells it: a board's picture, an announcer's sound.

A file is there when it was moved into its place, or when who wrote it closed it. Nobody looks at a folder
again and again. One inotify descriptor serves all folders of an event loop: a user may have few of them.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final

_CLOSED, _MOVED_TO = 0x08, 0x80
_HEAD: Final = struct.Struct("iIII")
_READ_BYTES: Final = 65_536

Arrived = Callable[[Path], None]


class Arrivals:
    """All watched folders of one loop."""

    _of_loop: Final[dict[int, Arrivals]] = {}

    def __init__(self) -> None:
        """Raises OSError where the system has no room."""
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "no room for one more inotify descriptor")
        self._folders: dict[int, tuple[Path, Arrived]] = {}
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._fd, self._read)
        self._of_loop[id(self._loop)] = self

    @classmethod
    def watch(cls, folder: Path, arrived: Arrived) -> Callable[[], None]:
        """`arrived(path)` is called on the loop for each file from now on; returns what ends that.

        Raises OSError where there is no such folder, or the system has no room.
        """
        arrivals = cls._of_loop.get(id(asyncio.get_running_loop())) or cls()
        key = arrivals._add(folder, arrived)
        return lambda: arrivals._drop(key)

    def _add(self, folder: Path, arrived: Arrived) -> int:
        key: int = self._libc.inotify_add_watch(self._fd, os.fsencode(folder), _CLOSED | _MOVED_TO)
        if key < 0:
            error = OSError(ctypes.get_errno(), "no room for one more inotify watch", str(folder))
            self._end_if_idle()
            raise error
        self._folders[key] = (folder, arrived)
        return key

    def _drop(self, key: int) -> None:
        """Twice is fine."""
        if self._folders.pop(key, None) is not None:
            self._libc.inotify_rm_watch(self._fd, key)
            self._end_if_idle()

    def _end_if_idle(self) -> None:
        if not self._folders:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            del self._of_loop[id(self._loop)]

    def _read(self) -> None:
        data = os.read(self._fd, _READ_BYTES)
        at = 0
        while at < len(data):
            key, _, _, size = _HEAD.unpack_from(data, at)
            name = data[at + _HEAD.size : at + _HEAD.size + size].rstrip(b"\0")
            at += _HEAD.size + size
            if name and key in self._folders:
                folder, arrived = self._folders[key]
                arrived(folder / os.fsdecode(name))
