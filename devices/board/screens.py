"""Where a board's picture goes: a Linux framebuffer, or an image file.

| port | meaning |
|---|---|
| `framebuffer:/dev/fb0` | the screen on HDMI; its geometry stands in `/sys/class/graphics/fb0` |
| `framebuffer:/path/fb0?geometry=/path/folder` | the same with the geometry elsewhere, e.g. a twin's |
| `file:/path/board.png` | a PNG, replaced at once so that a reader never sees half a picture |

The geometry is three small text files: `virtual_size` "1920,1080", `bits_per_pixel` "16" or "32", and
`stride`, the bytes from one row to the next. Every OSError becomes `LinkLost` with its cure.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from errno import EACCES, ENOENT, ENOSPC, EPERM, EROFS
from pathlib import Path
from typing import Protocol

from devices.errors import LinkLost
from display.board import BoardPicture
from display.board_layout import LARGEST
from display.board_view import Box

SYSFS = Path("/sys/class/graphics")
LONGEST_STRIDE = LARGEST[0] * 4 * 2  # drivers round up; more than twice the pixels is no geometry
_MISSING_FILE = "the folder does not exist: make it, or correct the port's url"
_MISSING_PANEL = (
    "no such framebuffer: connect the screen before the start, or force HDMI in the Pi's config.txt"
)
_CURES = {EACCES: "permission denied", EPERM: "permission denied", EROFS: "the disk is read-only"}


class Screen(Protocol):
    """What the driver needs of either kind."""

    flashes: bool  # whether redrawing is quick enough for calls that flash
    slow: bool  # whether the least interval between two pictures is to be kept

    def open(self) -> tuple[int, int] | None:
        """Take the screen; return its width and height where it has its own. Raises LinkLost."""

    def show(self, picture: BoardPicture, boxes: Sequence[Box]) -> None:
        """Bring the changed boxes to the screen. Raises LinkLost."""

    def close(self) -> None:
        """Release it. Safe in any state, and twice."""


def screen_of(url: str) -> Screen:
    """The screen behind a port's url. Raises ValueError for a url of another kind."""
    kind, _, rest = url.partition(":")
    path, _, query = rest.partition("?")
    if kind == "file" and path and not query:
        return ImageFile(Path(path))
    if kind == "framebuffer" and path:
        name, _, folder = query.partition("=")
        if not query:
            return Framebuffer(Path(path), SYSFS / Path(path).name)
        if name == "geometry" and folder:
            return Framebuffer(Path(path), Path(folder))
    raise ValueError(f'board port "{url}": "framebuffer:/dev/fb0" and "file:/folder/board.png" are possible')


class Framebuffer:
    """A mapped framebuffer; a changed box is copied row by row, nothing else is touched."""

    flashes = True
    slow = False

    def __init__(self, path: Path, geometry: Path) -> None:
        self._path, self._geometry = path, geometry
        self._memory: mmap.mmap | None = None
        self._bits = self._stride = 0

    def open(self) -> tuple[int, int]:
        """Read the geometry and map the memory. Raises LinkLost."""
        self.close()
        with _cured(self._path, _MISSING_PANEL, "add the node's user to the group video"):
            width, height = self._read_geometry()
            with self._path.open("r+b") as device:
                self._memory = mmap.mmap(device.fileno(), self._stride * height)
        return width, height

    def show(self, picture: BoardPicture, boxes: Sequence[Box]) -> None:
        """Copy the boxes. Raises LinkLost when the screen is not open."""
        if self._memory is None:
            raise LinkLost(f"{self._path}: not open")
        for box in boxes:
            self._copy(self._memory, box, memoryview(picture.pixels(box, self._bits)))

    def close(self) -> None:
        """Release the memory."""
        if self._memory is not None:
            self._memory.close()
            self._memory = None

    def _copy(self, memory: mmap.mmap, box: Box, pixels: memoryview) -> None:
        left, top, right, bottom = box
        wide = (right - left) * self._bits // 8
        start = top * self._stride + left * self._bits // 8
        for row in range(bottom - top):
            at = start + row * self._stride
            memory[at : at + wide] = pixels[row * wide : (row + 1) * wide]

    def _read_geometry(self) -> tuple[int, int]:
        try:
            width, height = (int(word) for word in self._read("virtual_size").split(","))
            self._bits, self._stride = int(self._read("bits_per_pixel")), int(self._read("stride"))
        except ValueError as error:
            raise LinkLost(f"{self._path}: {self._geometry} tells no geometry ({error})") from error
        if self._bits not in (16, 32):
            raise LinkLost(f"{self._path}: {self._bits} bits a pixel; set 16 or 32 in the Pi's config.txt")
        possible = 1 <= width <= LARGEST[0] and 1 <= height <= LARGEST[0]
        if not possible or not width * self._bits // 8 <= self._stride <= LONGEST_STRIDE:
            raise LinkLost(f"{self._path}: {width} x {height} in rows of {self._stride} bytes cannot be")
        return width, height

    def _read(self, name: str) -> str:
        return (self._geometry / name).read_text("ascii").strip()


class ImageFile:
    """A PNG file. A picture costs tens of milliseconds, so the driver keeps the least interval."""

    flashes = False
    slow = True

    def __init__(self, path: Path) -> None:
        self._path = path
        self._draft = path.with_name(f".{path.name}.new")

    def open(self) -> None:
        """See that the folder can be written to. Raises LinkLost."""
        self._write(b"")
        self.close()

    def show(self, picture: BoardPicture, boxes: Sequence[Box]) -> None:
        """Write the whole picture beside the old one and put it in its place. Raises LinkLost."""
        del boxes
        self._write(picture.png(), lambda: self._draft.replace(self._path))

    def close(self) -> None:
        """Leave nothing half-written behind; the last picture stays."""
        with suppress(OSError):  # where it cannot be removed, it could not be written either
            self._draft.unlink()

    def _write(self, data: bytes, then: Callable[[], object] = lambda: None) -> None:
        with _cured(self._path, _MISSING_FILE, "let the node's user write into the folder"):
            self._draft.write_bytes(data)
            then()


@contextmanager
def _cured(path: Path, missing: str, forbidden: str) -> Iterator[None]:
    """Turn an OSError into a LinkLost that says what to do."""
    try:
        yield
    except LinkLost:
        raise
    except OSError as error:
        raise LinkLost(f"{path}: {_cure(error, missing, forbidden)}") from error
    except ValueError as error:  # mmap: the file is shorter than its geometry says
        raise LinkLost(f"{path}: smaller than its geometry says ({error})") from error


def _cure(error: OSError, missing: str, forbidden: str) -> str:
    if error.errno == ENOENT:
        return missing
    if error.errno in _CURES:
        return f"{_CURES[error.errno]}: {forbidden}"
    if error.errno == ENOSPC:
        return "the disk is full: make room"
    return os.strerror(error.errno) if error.errno else str(error)
