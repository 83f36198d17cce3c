"""A hall board to be looked at: a panel that scans its memory, as panels do, and notices a new picture.

Its memory is mapped by who draws into it, so no event tells of a change: it must look.
"""

from __future__ import annotations

import asyncio
import mmap
import zlib
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from PIL import Image

from simulators.board.panel import Panel
from simulators.device import Device
from simulators.trouble import Trouble

SCAN_S = 0.25  # 8 MB take some milliseconds
_ONLY_A_CABLE = "a screen says nothing and obeys: unplug takes its framebuffer away"


class BoardTwin(Device):
    """`pictures` counts how often what it shows has changed; `picture()` is what it shows now."""

    kind = "board"
    TROUBLES: ClassVar = {
        "unplug": Trouble(lambda twin, order: twin.unplug(), lambda twin: twin.plug()),
    }
    CANNOT: ClassVar = {
        **dict.fromkeys(("late", "garbled", "cut_frame", "noise", "silent", "busy"), _ONLY_A_CABLE),
        **dict.fromkeys(("refuse", "no_ack", "wrong_address", "power_off"), _ONLY_A_CABLE),
        "stuck_key": "it has no keys",
    }

    def __init__(self, name: str, folder: Path, width: int, height: int, bits: int = 32) -> None:
        super().__init__(name)
        self.pictures = 0
        self.is_plugged = True
        self._size = (width, height)
        self._panel = Panel(folder, width, height, bits)
        self._seen = self._sum()
        self._task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where a board's driver finds it."""
        return self._panel.url

    @property
    def face(self) -> str:
        width, height = self._size
        return f"{width}×{height} 第 {self.pictures} 幅" if self.is_plugged else "(无信号)"

    def look(self) -> dict[str, Any]:
        width, height = self._size
        return {"width": width, "height": height, "pictures": self.pictures, "plugged": self.is_plugged}

    def picture(self) -> Image.Image:
        """What stands on the screen. Raises FileNotFoundError while it is unplugged."""
        return self._panel.face()

    def unplug(self) -> None:
        """Its cable is out: the framebuffer is gone."""
        if self.is_plugged:
            self._panel.unplug()
        self.is_plugged = False

    def plug(self) -> None:
        """A new framebuffer, full of console grey."""
        self._panel.plug()
        self.is_plugged = True

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._scan(), name=f"board twin {self.name}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _scan(self) -> None:
        while True:
            await asyncio.sleep(SCAN_S)
            seen = self._sum() if self.is_plugged else self._seen
            if seen != self._seen:
                self._seen = seen
                self.pictures += 1
                self.notice()

    def _sum(self) -> int:
        with (
            self._panel.memory.open("rb") as file,
            mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory,
        ):
            return zlib.crc32(memory)
