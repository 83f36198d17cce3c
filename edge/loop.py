"""Runs the ports of a node on one asyncio loop: woken by bytes and due times, never polling.

A port that fails is closed, its devices are told of as lost, and it is opened again with back-off; no
other port notices. The same is done to a port that hangs (`guard.py`), that stays busy with nothing, or
that does not do what was due: it is found by `check`, at each beat of the watchdog.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from devices.base import DeviceHealth, Emit, Message, Port, PortTrouble
from devices.errors import LinkLost
from edge.guard import Guard
from edge.outage import SET_ASIDE_S, STEADY_S, WEDGED_MOST, Outage, Wedged, text_of

log = logging.getLogger("hall.port")

OVERDUE_S = 5.0
"""What was due so long ago will not be done any more."""
CALLS_A_S = 5000.0
"""More calls a second than bytes at the fastest rate: a port that is called and does not act on it."""


class PortRunner:
    """Drives one port: descriptors, due times, faults, re-opening.

    `emit` is told `DeviceHealth("lost")` for each device when the port is lost; what the devices say
    themselves goes to the `emit` the port was built with.
    """

    def __init__(self, port: Port, emit: Emit, loop: asyncio.AbstractEventLoop, guard: Guard) -> None:
        self.port = port
        self.is_open = False
        self._emit = emit
        self._loop = loop
        self._guard = guard
        self._stopped = False
        self._outage = Outage()
        self._opened_s = 0.0
        self._is_in_trouble = False
        self._steady: asyncio.TimerHandle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_s: float | None = None
        self._read_fd: int | None = None
        self._write_fd: int | None = None
        self._calls = 0
        self._checked_s = loop.time()

    def start(self) -> None:
        """Open the port, now and after every loss, until `stop`."""
        self._timer = self._timer_s = None
        if self._stopped:
            return
        self._opened_s = self._loop.time()
        try:
            self._guard.call(self.port.name, self.port.open, self._opened_s)
        except (Exception, Wedged) as error:  # the top of a port's life: whatever it is, the others go on
            self._lost(error)
            return
        self.is_open = True
        self._sync()
        if self._outage.is_on:
            self._steady = self._loop.call_later(STEADY_S, self._is_steady)

    def stop(self) -> None:
        """Close the port for good."""
        self._stopped = True
        self._release()
        self._close()

    def handle(self, device: str, message: Message) -> bool:
        """Give a command to a device of this port; False when the port is not open."""
        if not self.is_open:
            return False
        self._call(lambda now_s: self.port.handle(device, message, now_s))
        return self.is_open

    def check(self) -> None:
        """A port that does not move is closed and opened again."""
        now_s = self._loop.time()
        passed_s, self._checked_s = now_s - self._checked_s, now_s
        calls, self._calls = self._calls, 0
        if self._stopped:
            return
        if calls > CALLS_A_S * max(passed_s, 1.0):
            self._wedged("is called again and again and does not act on it")
        elif self._is_overdue(now_s):
            self._wedged("did not do what was due")

    def _is_overdue(self, now_s: float) -> bool:
        """An open port acts when it is due, a closed one is tried again."""
        if not self.is_open:
            return self._timer is None or self._timer.when() < now_s - OVERDUE_S
        due_s = self.port.due_s()
        return due_s is not None and due_s < now_s - OVERDUE_S

    def _wedged(self, how: str) -> None:
        self._lost(Wedged(f"port {self.port.name}: {how}"))

    def _call(self, action: Callable[[float], None]) -> None:
        if not self.is_open:
            return
        self._calls += 1
        try:
            self._guard.call(self.port.name, action, self._loop.time())
            self._sync()
        except (Exception, Wedged) as error:  # the top of a port's loop: the fault is this port's alone
            if self.is_open:  # else a call within this one has closed it already
                self._lost(error)

    def _step(self, now_s: float) -> None:
        self._timer = self._timer_s = None
        self.port.step(now_s)

    def _sync(self) -> None:
        """Watch what the port wants watched now; nothing when a call within the call has closed it."""
        if not self.is_open:
            return
        self._watch(self.port.read_fd(), self.port.write_fd())
        self._set_timer(self.port.due_s())

    def _watch(self, read_fd: int | None, write_fd: int | None) -> None:
        if read_fd != self._read_fd:
            if self._read_fd is not None:
                self._loop.remove_reader(self._read_fd)
            if read_fd is not None:
                self._loop.add_reader(read_fd, self._call, self.port.on_readable)
            self._read_fd = read_fd
        if write_fd != self._write_fd:
            if self._write_fd is not None:
                self._loop.remove_writer(self._write_fd)
            if write_fd is not None:
                self._loop.add_writer(write_fd, self._call, self.port.on_writable)
            self._write_fd = write_fd

    def _set_timer(self, due_s: float | None) -> None:
        if due_s == self._timer_s:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_s = due_s
        self._timer = None if due_s is None else self._loop.call_at(due_s, self._call, self._step)

    def _release(self) -> None:
        self.is_open = False
        if self._steady is not None:
            self._steady.cancel()
            self._steady = None
        self._set_timer(None)
        self._watch(None, None)

    def _close(self) -> None:
        try:
            self._guard.call(self.port.name, lambda _now_s: self.port.close(), self._loop.time())
        except (Exception, Wedged):  # a port that cannot be closed must still be opened again
            log.exception("port %s: cannot be closed properly", self.port.name)

    def _lost(self, error: BaseException) -> None:
        was_open, now_s = self.is_open, self._loop.time()
        self._release()
        self._close()
        is_new = self._outage.lost(error, now_s)
        self._timer_s = now_s + self._outage.wait_s(now_s)
        self._timer = self._loop.call_at(self._timer_s, self.start)
        text = self._told(error, now_s)
        if is_new:
            defect = None if isinstance(error, LinkLost | Wedged) else error
            devices = ", ".join(self.port.devices)
            log.warning("%s; its devices are lost: %s", text, devices, exc_info=defect)
        if is_new or was_open:
            self._tell(text, "port_wedged" if isinstance(error, Wedged) else "port_lost")

    def _told(self, error: BaseException, now_s: float) -> str:
        if not isinstance(error, Wedged):
            return text_of(error)
        if not self._outage.is_set_aside(now_s):
            return f"{error}; it is opened again"
        pause = f"it is tried again every {SET_ASIDE_S / 60:.0f} minutes"
        self._is_in_trouble = True
        text = f"{error}; that held up the node {WEDGED_MOST} times: {pause}"
        self._emit(self.port.name, PortTrouble(text.removeprefix(f"port {self.port.name}: ")[:300]))
        return text

    def _tell(self, text: str, code: str) -> None:
        for device in self.port.devices:
            self._emit(device, DeviceHealth("lost", code, text[:400]))

    def _is_steady(self) -> None:
        self._steady = None
        log.info("port %s: open again after %.0f s", self.port.name, self._outage.over(self._opened_s))
        if self._is_in_trouble:
            self._is_in_trouble = False
            self._emit(self.port.name, PortTrouble())
