"""The stable name of a pty: a symlink, and the claim of the process whose it is.

The claim is an abstract unix socket bound to the name: it ends with its process, however that ends. So a name
left over from an unclean stop is free, and a living twin's is not taken away from under it.
"""

from __future__ import annotations

import hashlib
import os
import socket
from pathlib import Path


class NameTaken(OSError):  # noqa: N818 - a state of the world
    """A name cannot be used. The text says why and what to do."""


class StableName:
    """A symlink at `path`; `point(target)` makes or moves it, `release` takes it away."""

    def __init__(self, path: Path) -> None:
        """Claim it. Raises NameTaken."""
        self._path = path
        self._made = False
        self._claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        name = hashlib.sha256(os.fsencode(Path(os.path.realpath(path.parent)) / path.name)).hexdigest()
        try:
            self._claim.bind(f"\0hall-twin-{name}")
        except OSError as error:
            self._claim.close()
            raise NameTaken(f"{path} is the name of another living twin: choose another name") from error

    def point(self, target: str) -> None:
        """Folders that are missing are made.

        Raises NameTaken where the path cannot be made, or is something else than a symlink.
        """
        if os.path.lexists(self._path) and not self._path.is_symlink():
            raise NameTaken(f"{self._path} is there already and no twin's name: choose another name")
        spare = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            spare.unlink(missing_ok=True)
            spare.symlink_to(target)
            spare.replace(self._path)
            self._made = True
        except OSError as error:
            raise NameTaken(f"{self._path} cannot be made: {error.strerror}; choose another name") from error

    def release(self) -> None:
        """The name is free again."""
        if self._made:
            self._path.unlink(missing_ok=True)
        self._claim.close()
