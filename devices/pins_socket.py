"""The outside of mock pins: a unix stream socket through which a twin drives inputs and sees outputs.

Lines of ASCII, ended by a newline, at most 64 bytes; pins by their Broadcom number:

    twin -> here      low 17        drive the pin low, as a closed switch to ground does
                      high 17       drive the pin high
                      float 17      let go: the pull resistor decides
    here -> twin      in 17 1       an input and its level; for each input when the twin connects,
                      out 27 0      an output and its level; when the twin connects and at each change
                      error ...     that line was not understood, or the pin is no input

No thread and no blocking call: all descriptors hang on the caller's epoll object.
"""

from __future__ import annotations

import errno
import select
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from devices.errors import LinkLost

LONGEST_LINE: Final = 64
MOST_TWINS: Final = 8
MOST_UNSENT: Final = 4_096  # bytes; a twin that does not read is let go
READ_BYTES: Final = 4_096
WORDS: Final = ("low", "high", "float")


class Drive(NamedTuple):
    """What a twin does to a pin: "low", "high" or "float"."""

    word: str
    pin: int


def parse(line: bytes) -> Drive:
    """One line of a twin, without its newline. Raises ValueError."""
    words = line.decode("ascii", errors="replace").split()
    if len(words) != 2 or words[0] not in WORDS or not (words[1].isascii() and words[1].isdigit()):
        raise ValueError("use: low|high|float PIN")
    if len(words[1]) > 3:
        raise ValueError("no such pin")
    return Drive(words[0], int(words[1]))


class _Twin:
    """One connected twin."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link
        self.unread = b""
        self.unsent = b""


class PinsSocket:
    """Serves twins.

    `drive` acts on a line and raises ValueError for what it refuses; `greeting` is what a new twin is told.
    """

    def __init__(
        self, path: Path, epoll: select.epoll, drive: Callable[[Drive], None], greeting: Callable[[], str]
    ) -> None:
        """Raises LinkLost where the path cannot be used or another process serves it."""
        self._path = path
        self._epoll = epoll
        self._drive = drive
        self._greeting = greeting
        self._twins: dict[int, _Twin] = {}
        self._server = _listen(path)
        epoll.register(self._server, select.EPOLLIN)

    def serve(self, descriptor: int) -> None:
        """`descriptor` is ready. Others are left alone."""
        if descriptor == self._server.fileno():
            self._accept()
        elif twin := self._twins.get(descriptor):
            self._read(twin)
            if descriptor in self._twins:
                self._flush(twin)

    def tell(self, text: str) -> None:
        """Send `text` to every twin."""
        for twin in list(self._twins.values()):
            self._say(twin, text)

    def close(self) -> None:
        """Let all twins go and remove the socket."""
        for twin in list(self._twins.values()):
            self._drop(twin)
        if self._server.fileno() >= 0:
            self._server.close()
            self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        try:
            link, _ = self._server.accept()
        except OSError:
            return  # it went away again
        if len(self._twins) >= MOST_TWINS:
            link.close()
            return
        link.setblocking(False)
        twin = self._twins[link.fileno()] = _Twin(link)
        self._epoll.register(link, select.EPOLLIN)
        self._say(twin, self._greeting())

    def _read(self, twin: _Twin) -> None:
        try:
            data = twin.link.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(twin)
            return
        *lines, twin.unread = (twin.unread + data).split(b"\n")
        for line in lines:
            self._obey(twin, line)
        if len(twin.unread) > LONGEST_LINE:
            twin.unread = b""
            self._say(twin, "error line too long\n")

    def _obey(self, twin: _Twin, line: bytes) -> None:
        try:
            self._drive(parse(line))
        except ValueError as error:
            self._say(twin, f"error {error}\n")

    def _say(self, twin: _Twin, text: str) -> None:
        twin.unsent += text.encode("ascii", errors="replace")
        self._flush(twin)

    def _flush(self, twin: _Twin) -> None:
        if twin.link.fileno() < 0:
            return
        try:
            twin.unsent = twin.unsent[twin.link.send(twin.unsent) :] if twin.unsent else b""
        except BlockingIOError:
            pass
        except OSError:
            self._drop(twin)
            return
        if len(twin.unsent) > MOST_UNSENT:
            self._drop(twin)
            return
        self._epoll.modify(twin.link, select.EPOLLIN | (select.EPOLLOUT if twin.unsent else 0))

    def _drop(self, twin: _Twin) -> None:
        if self._twins.pop(twin.link.fileno(), None):
            twin.link.close()


def _listen(path: Path) -> socket.socket:
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _clear(path)
        server.bind(str(path))
        server.listen(MOST_TWINS)
        server.setblocking(False)
    except OSError as error:
        server.close()
        why = error.strerror or str(error)  # a path over 107 bytes has no strerror
        raise LinkLost(f"socket {path} for mock pins cannot be opened: {why}") from error
    return server


def _clear(path: Path) -> None:
    """Remove a socket that a dead process left. Raises OSError where it is alive, or no socket."""
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        found = probe.connect_ex(str(path))
    if found == errno.ECONNREFUSED:
        path.unlink(missing_ok=True)
    else:
        raise OSError(errno.EADDRINUSE, "another process serves it")
