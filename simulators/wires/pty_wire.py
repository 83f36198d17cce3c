"""A pty with a name that stays."""

from __future__ import annotations

import asyncio
import os
import pty
import termios
import tty
from pathlib import Path

from simulators.wires.framing import Framing
from simulators.wires.names import StableName
from simulators.wires.openings import Openings, Watch
from simulators.wires.termios2 import framing_of, set_framing
from simulators.wires.wire import Hears, Wire


class PtyWire(Wire):
    """A pty behind the symlink `path`.

    The slave side is kept open, so that drivers may come and go. What is said while nobody holds it, or was
    not read by who held it last, is lost to the next, as on a real wire.
    """

    def __init__(
        self,
        path: str | Path,
        hears: Hears,
        framing: Framing = Framing(),
        *,
        paced: bool = True,
        shared: bool = False,
    ) -> None:
        super().__init__(hears, framing, paced=paced, shared=shared)
        self.path = Path(path)
        self._name: StableName | None = None
        self._master = self._slave = -1
        self._watch: Watch | None = None
        self._holders = 0

    @property
    def url(self) -> str:
        return str(self.path)

    @property
    def is_plugged(self) -> bool:
        return self._name is not None

    def plug_in(self, url: str = "") -> None:
        self.unplug()
        self.path = Path(url or self.path)
        name = StableName(self.path)
        self._master, self._slave = pty.openpty()
        self._name = name
        try:
            self._set_up(name)
        except OSError:
            self.unplug()
            raise
        self._look_at_reading()

    def _set_up(self, name: StableName) -> None:
        tty.setraw(self._slave)
        set_framing(self._slave, self.framing)
        os.set_blocking(self._master, False)
        terminal = os.ttyname(self._slave)
        self._watch = Openings.watch(terminal, self._opened)
        name.point(terminal)

    def unplug(self) -> None:
        name, self._name = self._name, None
        if name is None:
            return
        self._read(False)
        self._plugged_out()
        name.release()
        self._holders = 0
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.stop()
        os.close(self._master)
        os.close(self._slave)

    def _opened(self, count: int) -> None:
        """Somebody came or went. The first to come finds nothing of what was said before."""
        if count == 1 and self._holders == 0 and self.is_plugged:
            termios.tcflush(self._slave, termios.TCIFLUSH)
        self._holders = count
        super()._opened(count)

    def nobody_holds(self) -> None:
        """Somebody who looked knows better than the count of those who came and went."""
        if self._watch is not None and self._watch.count:
            self._watch.count = 0
            self._opened(0)

    def _their_framing(self) -> Framing | None:
        return framing_of(self._master) if self.is_plugged else None

    def _read(self, on: bool) -> None:
        loop = asyncio.get_running_loop()
        if on:
            loop.add_reader(self._master, self._on_readable)
        else:
            loop.remove_reader(self._master)

    def _on_readable(self) -> None:
        try:
            data = os.read(self._master, self._room())
        except OSError:
            return  # nothing there after all
        if data:
            self._came(data)

    def _give(self, data: bytes) -> int:
        if self._watch is not None:
            self._watch.look()
        try:
            taken = os.write(self._master, data)
        except OSError:
            return 0  # nobody reads and the pty is full: a wire keeps nothing
        return 0 if self._watch is not None and self._watch.count == 0 else taken
