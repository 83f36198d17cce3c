"""A hall board that is told its picture as a file: what a panel shows that is fed by it.

What it shows is the bytes of the last picture that came whole. They are a picture for those who draw it: each
of its pixels is one lamp.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from PIL import Image

from simulators.folder_twin import FolderTwin
from simulators.trouble import Trouble

PICTURE_MAX_BYTES = 64 * 1024 * 1024
_SAYS_NOTHING = "a screen says nothing"


class PictureTwin(FolderTwin):
    """`path` is the file, alone in its folder. `shown` is what lights its lamps, None while it is dark;
    `pictures` counts how often that has changed.
    """

    kind = "board"
    TROUBLES: ClassVar = {
        **FolderTwin.TROUBLES,
        "power_off": Trouble(lambda twin, order: twin.power(False), lambda twin: twin.power(True)),
        "busy": Trouble(lambda twin, order: twin.hold(True), lambda twin: twin.hold(False)),
    }
    CANNOT: ClassVar = {
        **dict.fromkeys(("garbled", "cut_frame", "noise", "silent", "no_ack"), _SAYS_NOTHING),
        "stuck_key": "it has no keys",
        "wrong_address": "it has no address",
    }

    def __init__(self, name: str, path: Path) -> None:
        super().__init__(name, path.parent)
        self.pictures = 0
        self.size = (0, 0)
        self._file = path.name
        self._data: bytes | None = None
        self._next: bytes | None = None
        self._is_on = True
        self._is_busy = False

    @property
    def shown(self) -> bytes | None:
        """The picture, as it was written."""
        return self._data if self._is_on and self.is_plugged else None

    @property
    def away(self) -> str:
        """Why it is dark: "power", "wire", or ""."""
        return "" if self._is_on and self.is_plugged else "wire" if self._is_on else "power"

    @property
    def face(self) -> str:
        if self.away:
            return "(断电)" if self.away == "power" else "(无信号)"
        width, height = self.size
        return f"{width}×{height} 第 {self.pictures} 幅" if self.pictures else "(还没有画面)"

    def look(self) -> dict[str, Any]:
        width, height = self.size
        return {"width": width, "height": height, "pictures": self.pictures, "plugged": self.is_plugged}

    def power(self, on: bool) -> None:
        """Dark, or lit again by what it was told last."""
        self._is_on = on

    def hold(self, on: bool) -> None:
        """It shows no more change; when that is over, the newest."""
        self._is_busy = on
        if not on and self._next is not None:
            self._show(self._next)

    def _heard(self, path: Path) -> Callable[[], None] | None:
        if path.name != self._file:
            return None
        try:
            with path.open("rb") as file:
                return partial(self._show, file.read(PICTURE_MAX_BYTES))
        except OSError:
            return None  # gone again

    def _show(self, data: bytes) -> None:
        """What is no whole picture changes nothing on the panel."""
        if self._is_busy:
            self._next = data
            return
        self._next = None
        size = _size_of(data)
        if size is not None and data != self._data:
            self._data, self.size = data, size
            self.pictures += 1


def _size_of(data: bytes) -> tuple[int, int] | None:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            size = picture.size
            picture.verify()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):  # Pillow's, for what is none
        return None
    return size
