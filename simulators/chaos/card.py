"""A memory card: a real ext4 in a file, mounted where the nodes keep their journals. Root and loop devices.

`die` is what a power cut is for a file system: from that instant nothing reaches the card, not even what ext4
logged itself, and every call fails with EIO. `come_back` mounts it again, which plays its log.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

SIZE_MB = 64
_SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN, linux/fs/ext4/ext4.h
_NO_LOG_FLUSH = (2).to_bytes(4, "little")


class NoCard(RuntimeError):  # noqa: N818 - a state of the machine
    """A file cannot be mounted on this machine. The text says why."""


class Card:
    """One card, in `image`, seen at `place`."""

    def __init__(self, image: Path, place: Path) -> None:
        self._image = image
        self._place = place
        self._mounted = False

    def insert(self) -> None:
        """Format and mount it. Raises NoCard."""
        if os.geteuid() != 0:
            raise NoCard("only root may mount a card")
        if shutil.which("mkfs.ext4") is None:
            raise NoCard("there is no mkfs.ext4")
        with self._image.open("wb") as file:
            file.truncate(SIZE_MB << 20)
        _run("mkfs.ext4", "-q", "-F", str(self._image))
        self._place.mkdir(parents=True, exist_ok=True)
        self.come_back()

    def come_back(self) -> None:
        """Mount it. Raises NoCard."""
        self.remove()
        _run("mount", "-o", "loop", str(self._image), str(self._place))
        self._mounted = True

    def die(self) -> None:
        """The power is cut."""
        fd = os.open(self._place, os.O_RDONLY)
        try:
            fcntl.ioctl(fd, _SHUTDOWN, _NO_LOG_FLUSH)
        finally:
            os.close(fd)

    def remove(self) -> None:
        """Unmount it. Twice is fine. Raises NoCard while somebody has a file of it open."""
        if self._mounted:
            _run("umount", str(self._place))
            self._mounted = False


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoCard(f"{' '.join(command[:2])}: {done.stderr.strip() or done.returncode}")
