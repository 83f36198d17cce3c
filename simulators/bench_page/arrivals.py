"""Files that arrive whole in a folder, as the kernel tells it: a board's picture, an announcer's sound.

Both are written beside their place and moved there, so a moved file is a finished one. Nobody looks at a
folder again and again.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final

_MOVED_TO: Final = 0x80
_HEAD: Final = struct.Struct("iIII")
_READ_BYTES: Final = 65_536


class Arrivals:
    """`arrived(path)` is called on the loop for each file moved into one of the folders."""

    def __init__(self, arrived: Callable[[Path], None]) -> None:
        self._arrived = arrived
        self._folders: dict[int, Path] = {}
        self._fd = -1
        self._libc = ctypes.CDLL(None, use_errno=True)

    def start(self, folders: set[Path]) -> None:
        """Watch these, which are made where they are missing. Raises OSError where the system has no room."""
        self._fd = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "no room for one more inotify descriptor")
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
            key = self._libc.inotify_add_watch(self._fd, os.fsencode(folder), _MOVED_TO)
            if key < 0:
                self.stop()
                raise OSError(ctypes.get_errno(), "no room for one more inotify watch", str(folder))
            self._folders[key] = folder
        asyncio.get_running_loop().add_reader(self._fd, self._read)

    def stop(self) -> None:
        """Watch no more. Twice is fine."""
        if self._fd >= 0:
            asyncio.get_running_loop().remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _read(self) -> None:
        data = os.read(self._fd, _READ_BYTES)
        at = 0
        while at < len(data):
            key, _, _, size = _HEAD.unpack_from(data, at)
            name = data[at + _HEAD.size : at + _HEAD.size + size].rstrip(b"\0")
            at += _HEAD.size + size
            if name and key in self._folders:
                self._arrived(self._folders[key] / os.fsdecode(name))
