"""A folder with a name that stays: software writes files into it, and a twin sees them arrive.

The name is a symlink to a folder of the twin's own beside it, so that what stands behind the name can be
changed from one moment to the next: to nothing at all, as when a plug is pulled out, or to a place where the
system itself lets nobody make a file, not even root.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from simulators.wires.arrivals import Arrivals, Arrived
from simulators.wires.names import NameTaken, StableName

_TAKES_NOTHING: Final = "/sys"


class FolderWire:
    """`files` is where they are, whatever stands behind the name `path`."""

    def __init__(self, path: Path, arrived: Arrived) -> None:
        """`arrived(path)`: a file is there, whole."""
        self.path = path
        self.files = path.absolute().with_name(f".{path.name}.files")
        self._arrived = arrived
        self._name: StableName | None = None
        self._stop_watching: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Make it, empty. Raises NameTaken, and nothing is left then."""
        self._name = StableName(self.path)
        try:
            shutil.rmtree(self.files, ignore_errors=True)  # of one that was killed
            self.files.mkdir(parents=True)
            self._stop_watching = Arrivals.watch(self.files, self._arrived)
            self.lead()
        except OSError as error:
            self.stop()
            if isinstance(error, NameTaken):
                raise
            why = f"{self.path} cannot be made: {error.strerror}; choose another name"
            raise NameTaken(why) from error

    def stop(self) -> None:
        """Take it away with all that is in it. Twice is fine."""
        name, self._name = self._name, None
        if name is not None:
            self._stop_watching()
            name.release()
            shutil.rmtree(self.files, ignore_errors=True)

    def lead(self, *, is_there: bool = True, takes: bool = True) -> None:
        """What stands behind the name: our files; nothing; or what takes no file."""
        if self._name is not None:
            nowhere = f"{self.files}.unplugged"
            self._name.point(nowhere if not is_there else str(self.files) if takes else _TAKES_NOTHING)
