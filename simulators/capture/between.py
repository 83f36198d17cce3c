"""Stands between a driver and its port, or listens to a port, and writes down what crosses.

driver ── pty of ours ══ here ══ PORT ── device, or a twin
                          └── capture file
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable
from typing import Final

from simulators.capture.ends import EndGone, PtyEnd, SerialEnd
from simulators.capture.format import Writer
from simulators.wires.termios2 import framing_of

PATIENCE_S: Final = 0.2


class Stopped:
    """Tells two threads to end, and wakes the one that waits for bytes."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self.fd, self._wake = os.pipe()
        self.why: Exception | None = None

    def __call__(self, why: Exception | None = None) -> None:
        """End; the first reason counts. Twice is fine, and from a signal too."""
        if not self._event.is_set():
            self.why = why
            self._event.set()
            os.write(self._wake, b"x")

    @property
    def is_set(self) -> bool:
        """Whether it is over."""
        return self._event.is_set()


class Between:
    """The man in the middle. `lost` counts bytes that the driver did not take in time."""

    def __init__(self, near: PtyEnd, far: SerialEnd, writer: Writer, stopped: Stopped) -> None:
        self.lost = 0
        self._near = near
        self._far = far
        self._writer = writer
        self._stopped = stopped
        self._lock = threading.Lock()
        self._framing = framing_of(near.master)

    def run(self) -> None:
        """Until `stopped`. Raises EndGone when the port is pulled out."""
        back = threading.Thread(
            target=self._guarded, args=(self._from_device,), name="from device", daemon=True
        )
        back.start()
        self._guarded(self._from_driver)
        back.join()
        with self._lock:
            self._writer.end()
        if self._stopped.why is not None:
            raise self._stopped.why

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            while not self._stopped.is_set:
                work()
            work()  # what came before the end
        except (EndGone, OSError) as error:
            self._stopped(error)

    def _from_driver(self) -> None:
        ready, _, _ = select.select([self._near.master, self._stopped.fd], [], [])
        if self._near.master not in ready:
            return
        data = self._near.read(0.0)
        self._follow_settings()
        self._note(">", data)
        self._far.write(data)

    def _from_device(self) -> None:
        data = self._far.read(0.0 if self._stopped.is_set else PATIENCE_S)
        if data:
            self._note("<", data)
            self.lost += len(data) - self._near.offer(data)

    def _follow_settings(self) -> None:
        """The driver has set its port: set the real one so too."""
        framing = framing_of(self._near.master)
        if framing != self._framing:
            self._framing = framing
            self._far.set(framing)
            with self._lock:
                self._writer.remark(f"the driver set {framing.baud} baud, {framing.stop_bits:g} stop bits")

    def _note(self, way: str, data: bytes) -> None:
        with self._lock:
            self._writer.bytes_came(way, data, time.monotonic())


def tap(end: SerialEnd, way: str, writer: Writer, stopped: Stopped) -> None:
    """Listen and say nothing, until `stopped`; all that comes goes one way. Raises EndGone."""
    is_over = False
    while not is_over:
        is_over = stopped.is_set  # then once more, for what came before the end
        data = end.read(0.0 if is_over else PATIENCE_S)
        if data:
            writer.bytes_came(way, data, time.monotonic())
    writer.end()
