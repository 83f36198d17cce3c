"""One end of a wire for a program that has nothing else to do: read with patience, write, close.

A driver's end is opened (`SerialEnd`): a serial port, a twin's pty, `socket://`, `rfc2217://`. A device's end
is made for a driver to open: `PtyEnd`, `TcpEnd`.
"""

from __future__ import annotations

import os
import pty
import select
import socket
import time
import tty
from pathlib import Path
from typing import Final, Protocol

import serial

from simulators.wires.framing import Framing
from simulators.wires.names import StableName
from simulators.wires.termios2 import set_framing

READ_BYTES: Final = 4096
LOOK_S: Final = 0.1  # how long pyserial waits in one go: it cannot be told otherwise for one read
_CLOSED: Final = (OSError, TypeError, ValueError, AttributeError)  # pyserial's, of a port closed meanwhile
WRITE_S: Final = 10.0  # a far end that takes nothing for so long is stuck
OPEN_LOOK_S: Final = 0.02  # how often to look whether somebody opened a pty: no event tells
SETTLE_S: Final = 0.1  # a driver that opens a port throws away what came in meanwhile


class EndGone(OSError):  # noqa: N818 - a state of the world
    """An end cannot be opened, or is not there any more. The text is a sentence."""


class End(Protocol):
    """What capture and replay read and write."""

    def read(self, timeout_s: float) -> bytes:
        """What is there, or comes in time; b"" for nothing. Raises EndGone."""

    def write(self, data: bytes) -> None:
        """All of it. Raises EndGone."""

    def close(self) -> None:
        """Twice is fine."""


class SerialEnd:
    """A port opened as a driver opens it."""

    def __init__(self, url: str, framing: Framing) -> None:
        """Raises EndGone."""
        self.url = url
        try:
            self._port = serial.serial_for_url(
                url,
                baudrate=framing.baud,
                bytesize=framing.data_bits,
                parity=framing.parity,
                stopbits=framing.stop_bits,
                timeout=LOOK_S,
                **({} if "://" in url else {"exclusive": True}),
            )
        except (OSError, ValueError) as error:
            raise EndGone(f"{url} cannot be opened: {_cause(error)}") from error

    def read(self, timeout_s: float) -> bytes:
        end_s = time.monotonic() + timeout_s
        data = b""
        try:
            while not data and (self._port.in_waiting or time.monotonic() < end_s):
                data = self._port.read(1)
            while len(data) < READ_BYTES and data and (more := self._port.in_waiting):
                data += self._port.read(more)
        except _CLOSED as error:
            raise EndGone(f"{self.url} is gone: {_cause(error)}") from error
        return bytes(data)

    def write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except _CLOSED as error:
            raise EndGone(f"{self.url} is gone: {_cause(error)}") from error

    def set(self, framing: Framing) -> None:
        """As somebody else has set it. Raises EndGone."""
        try:
            self._port.apply_settings({"baudrate": framing.baud, "stopbits": framing.stop_bits})
        except (OSError, ValueError) as error:
            raise EndGone(f"{self.url} cannot be set to {framing}: {_cause(error)}") from error

    def close(self) -> None:
        self._port.close()


class PtyEnd:
    """A pty with a stable name; `held` keeps it quiet while nobody has it open."""

    def __init__(self, path: str, framing: Framing, *, held: bool = False) -> None:
        """Raises NameTaken."""
        self.url = path
        self._name = StableName(Path(path))
        self.master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        set_framing(self._slave, framing)
        os.set_blocking(self.master, False)
        try:
            self._name.point(os.ttyname(self._slave))
        except OSError:
            self.close()
            raise
        if not held:
            os.close(self._slave)
            self._slave = -1

    def wait_for_driver(self, timeout_s: float) -> bool:
        """Until somebody has it open and has done so for a moment; False when nobody comes."""
        end_s = time.monotonic() + timeout_s
        while self._is_left():
            if time.monotonic() > end_s:
                return False
            time.sleep(OPEN_LOOK_S)
        time.sleep(SETTLE_S)
        return True

    def read(self, timeout_s: float) -> bytes:
        if not select.select([self.master], [], [], timeout_s)[0]:
            return b""
        try:
            return os.read(self.master, READ_BYTES)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise EndGone(f"{self.url}: its driver closed it") from error

    def write(self, data: bytes) -> None:
        """What its driver does not take in time is an error."""
        end_s = time.monotonic() + WRITE_S
        while data:
            if not select.select([], [self.master], [], max(end_s - time.monotonic(), 0))[1]:
                raise EndGone(f"{self.url}: its driver reads nothing")
            data = data[self.offer(data) :]

    def offer(self, data: bytes) -> int:
        """As much as is taken at once."""
        try:
            return os.write(self.master, data)
        except BlockingIOError:
            return 0

    def close(self) -> None:
        self._name.release()
        for fd in (self.master, self._slave):
            if fd >= 0:
                os.close(fd)
        self.master = self._slave = -1

    def _is_left(self) -> bool:
        poll = select.poll()
        poll.register(self.master, 0)
        return any(event & select.POLLHUP for _, event in poll.poll(0))


class TcpEnd:
    """A TCP port that one driver connects to."""

    def __init__(self, host: str, port: int) -> None:
        """Raises EndGone."""
        try:
            self._server = socket.create_server((host, port))
        except OSError as error:
            raise EndGone(f"socket://{host}:{port} cannot be served: {_cause(error)}") from error
        self._link: socket.socket | None = None
        self.url = f"socket://{host}:{self._server.getsockname()[1]}"

    def wait_for_driver(self, timeout_s: float) -> bool:
        """Until somebody connects; False when nobody comes."""
        self._server.settimeout(timeout_s)
        try:
            self._link, _ = self._server.accept()
        except TimeoutError:
            return False
        return True

    def read(self, timeout_s: float) -> bytes:
        if self._link is None or not select.select([self._link], [], [], timeout_s)[0]:
            return b""
        try:
            data = self._link.recv(READ_BYTES)
        except OSError as error:
            raise EndGone(f"{self.url}: its driver is gone") from error
        if not data:
            raise EndGone(f"{self.url}: its driver closed it")
        return data

    def write(self, data: bytes) -> None:
        if self._link is None:
            return
        self._link.settimeout(WRITE_S)
        try:
            self._link.sendall(data)
        except OSError as error:
            raise EndGone(f"{self.url}: its driver takes nothing: {_cause(error)}") from error

    def close(self) -> None:
        self._server.close()
        if self._link is not None:
            self._link.close()


def _cause(error: Exception) -> str:
    number = getattr(error, "errno", None)
    return os.strerror(number) if isinstance(number, int) and number > 0 else str(error)
