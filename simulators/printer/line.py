"""The wire of a printer that stops reading while its buffer is full."""

from __future__ import annotations

import asyncio
from pathlib import Path

from simulators.line import LineTwin
from simulators.printer.twin import PrinterTwin
from simulators.wire import PtyWire, TcpWire


class PrinterLine(LineTwin):
    """A `PrinterTwin` at the end of a pty or of a TCP port: `path` is a file name or `socket://host:port`."""

    def __init__(self, path: str | Path, twin: PrinterTwin, baud: int = 9600, *, paced: bool = False) -> None:
        super().__init__(path, [twin], baud, paced=paced)
        self.printer = twin
        self.wire: PtyWire | TcpWire
        if str(path).startswith("socket://"):
            self.wire = _HeldTcp(str(path), self._on_driver, baud=baud, paced=paced)
        else:
            self.wire = _HeldPty(path, self._on_driver, baud=baud, paced=paced)

    def _wake(self) -> None:
        super()._wake()
        if isinstance(self.wire, _HeldPty | _HeldTcp):
            self.wire.hold(self.printer.busy)


class _HeldPty(PtyWire):
    _held = False

    def hold(self, on: bool) -> None:
        """Read no more, or go on."""
        if on == self._held or self._master is None:
            return
        self._held = on
        loop = asyncio.get_running_loop()
        if on:
            loop.remove_reader(self._master)
        else:
            loop.add_reader(self._master, self._on_readable)

    async def start(self) -> None:
        self._held = False
        await super().start()


class _HeldTcp(TcpWire):
    _held = False

    def hold(self, on: bool) -> None:
        """Read no more, or go on."""
        if on == self._held or self._client is None:
            return
        self._held = on
        transport = self._client.transport
        if isinstance(transport, asyncio.Transport):
            (transport.pause_reading if on else transport.resume_reading)()
