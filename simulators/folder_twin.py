"""Devices that software reaches through files: a screen that shows a picture, a loudspeaker that plays.

Nothing comes back from them. What their software can notice is that a file cannot be written; a screen that
shows too late, or a loudspeaker that is mute, only people notice.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from simulators.device import Device
from simulators.trouble import Trouble
from simulators.wires.folder import FolderWire


def _shut(trouble: str) -> Trouble:
    return Trouble(lambda twin, order: twin.shut(trouble, True), lambda twin: twin.shut(trouble, False))


class FolderTwin(Device, ABC):
    """A file that arrives in its folder is one thing told to it."""

    TROUBLES: ClassVar = {
        "unplug": _shut("unplug"),
        "late": Trouble(
            lambda twin, order: setattr(twin, "late_s", order.late_s),
            lambda twin: setattr(twin, "late_s", 0.0),
            ("late_s",),
        ),
        "refuse": _shut("refuse"),
    }

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(name)
        self.late_s = 0.0
        self._shut: set[str] = set()
        self._coming: list[asyncio.TimerHandle] = []
        self.wire = FolderWire(folder, self._arrived)

    @property
    def is_plugged(self) -> bool:
        """Whether its plug is in."""
        return "unplug" not in self._shut

    def shut(self, trouble: str, on: bool) -> None:
        """Its folder is gone ("unplug"), or takes no file ("refuse"); or not any more."""
        self._shut = self._shut | {trouble} if on else self._shut - {trouble}
        self.wire.lead(is_there=self.is_plugged, takes="refuse" not in self._shut)

    async def __aenter__(self) -> Self:
        self.wire.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for timer in self._coming:
            timer.cancel()
        self.wire.stop()

    @abstractmethod
    def _heard(self, path: Path) -> Callable[[], None] | None:
        """What a file that has just come means, to be done in time; None for one that means nothing."""

    def _arrived(self, path: Path) -> None:
        act = self._heard(path)
        if act is None:
            return
        if self.late_s:
            loop = asyncio.get_running_loop()
            self._coming = [one for one in self._coming if one.when() > loop.time()]
            self._coming.append(loop.call_later(self.late_s, self._do, act))
        else:
            self._do(act)

    def _do(self, act: Callable[[], None]) -> None:
        act()
        self.notice()
