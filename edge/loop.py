"""Runs the ports of a node on one asyncio loop: woken by bytes and due times, never polling.

A port that fails is closed, its devices are told of as lost, and it is opened again with back-off; no
other port notices.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from devices.base import DeviceHealth, Emit, Message, Port
from devices.errors import LinkLost

log = logging.getLogger("hall.port")

BACKOFF_FIRST_S = 0.2
BACKOFF_MOST_S = 3.0


class PortRunner:
    """Drives one port: descriptors, due times, faults, re-opening.

    `emit` is told `DeviceHealth("lost")` for each device when the port is lost; what the devices say
    themselves goes to the `emit` the port was built with.
    """

    def __init__(self, port: Port, emit: Emit, loop: asyncio.AbstractEventLoop) -> None:
        self.port = port
        self._emit = emit
        self._loop = loop
        self._open = False
        self._stopped = False
        self._backoff_s = BACKOFF_FIRST_S
        self._told = ""
        self._timer: asyncio.TimerHandle | None = None
        self._timer_s: float | None = None
        self._read_fd: int | None = None
        self._write_fd: int | None = None

    def start(self) -> None:
        """Open the port, now and after every loss, until `stop`."""
        self._timer = self._timer_s = None
        if self._stopped:
            return
        try:
            self.port.open(self._loop.time())
        except Exception as error:  # the top of a port's life: whatever it is, the others go on
            self._lost(error)
        else:
            self._open = True
            self._told = ""
            self._sync()

    def stop(self) -> None:
        """Close the port for good."""
        self._stopped = True
        self._release()
        self.port.close()

    def handle(self, device: str, message: Message) -> bool:
        """Give a command to a device of this port; False when the port is not open."""
        if not self._open:
            return False
        self._call(lambda now_s: self.port.handle(device, message, now_s))
        return self._open

    def _call(self, action: Callable[[float], None]) -> None:
        if not self._open:
            return
        try:
            action(self._loop.time())
            self._sync()
        except Exception as error:  # the top of a port's loop: the fault is this port's alone
            self._lost(error)

    def _step(self, now_s: float) -> None:
        self._timer = self._timer_s = None
        self.port.step(now_s)
        self._backoff_s = BACKOFF_FIRST_S

    def _sync(self) -> None:
        """Watch what the port wants watched now."""
        self._read_fd = self._watch(
            self._read_fd,
            self.port.read_fd(),
            self._loop.remove_reader,
            lambda fd: self._loop.add_reader(fd, self._call, self._on_readable),
        )
        self._write_fd = self._watch(
            self._write_fd,
            self.port.write_fd(),
            self._loop.remove_writer,
            lambda fd: self._loop.add_writer(fd, self._call, self.port.on_writable),
        )
        self._set_timer(self.port.due_s())

    def _on_readable(self, now_s: float) -> None:
        self.port.on_readable(now_s)
        self._backoff_s = BACKOFF_FIRST_S

    @staticmethod
    def _watch(
        old: int | None, new: int | None, remove: Callable[[int], object], add: Callable[[int], object]
    ) -> int | None:
        if new != old:
            if old is not None:
                remove(old)
            if new is not None:
                add(new)
        return new

    def _set_timer(self, due_s: float | None) -> None:
        if due_s == self._timer_s:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_s = due_s
        self._timer = None if due_s is None else self._loop.call_at(due_s, self._call, self._step)

    def _release(self) -> None:
        self._open = False
        self._set_timer(None)
        self._read_fd = self._watch(self._read_fd, None, self._loop.remove_reader, lambda fd: None)
        self._write_fd = self._watch(self._write_fd, None, self._loop.remove_writer, lambda fd: None)

    def _lost(self, error: Exception) -> None:
        self._release()
        self.port.close()
        text = str(error) if isinstance(error, LinkLost) else f"{type(error).__name__}: {error}"
        if text != self._told:
            self._tell(text, error)
        self._timer_s = self._loop.time() + self._backoff_s
        self._timer = self._loop.call_at(self._timer_s, self.start)
        self._backoff_s = min(self._backoff_s * 2, BACKOFF_MOST_S)

    def _tell(self, text: str, error: Exception) -> None:
        """Once a fault: a port that is still not there after the next try has nothing new to say."""
        self._told = text
        unexpected = None if isinstance(error, LinkLost) else error
        log.warning("%s; its devices are lost: %s", text, ", ".join(self.port.devices), exc_info=unexpected)
        for device in self.port.devices:
            self._emit(device, DeviceHealth("lost", "port_lost", text[:400]))
