"""Links: the opened end of a serial port or of a TCP connection that stands for one.

Rules
1. A link never blocks: `read` gives what is there, `write` takes what fits.
2. Every error of the system becomes `LinkLost` here and nowhere else: port, url, cause, what to do.
3. A serial port has one owner. The second taker is told who the first is, where that can be known.
4. pyserial is loaded here, when the first serial port is opened, and nowhere else.

URLs: a path (`/dev/serial/by-path/...`, or the name of a simulated port) or `socket://address:port`.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import select
import socket
import termios
from pathlib import Path
from typing import Final, Literal, Protocol, TypeAlias
from urllib.parse import urlsplit

from devices.errors import LinkLost, Unplugged

Parity: TypeAlias = Literal["N", "E", "O"]
StopBits: TypeAlias = Literal[1, 2]

CHUNK_BYTES: Final = 4096  # one read; a serial port at 115200 needs 350 ms to fill it
_UNACKNOWLEDGED_MS: Final = 10_000  # a far end that answers nothing so long is gone

_ADVICE: Final = {
    errno.ENOENT: "no such port: check the cable, the adapter and the url",
    errno.ENODEV: "the adapter is gone: plug it in again",
    errno.ENXIO: "the adapter is gone: plug it in again",
    errno.EIO: "the far end is unplugged: it is opened again when it is back",
    errno.EACCES: "no permission: add the user of the service to the group dialout",
    errno.EPERM: "no permission: the unit of the service must allow this sort of device",
    errno.ENOTTY: "that is no serial port: check the url",
    errno.ECONNREFUSED: "nobody listens there: is the device switched on?",
    errno.ECONNRESET: "the device broke the connection: is it switched on?",
    errno.EHOSTUNREACH: "no way there: check network cable and address",
    errno.ENETUNREACH: "no way there: check network cable and address",
    errno.ETIMEDOUT: "no answer: check network cable and address",
}
_UNPLUGGED: Final = frozenset(_ADVICE) - {errno.EACCES, errno.EPERM, errno.ENOTTY} | {errno.EPIPE}
_GONE: Final = "the far end is gone: it is opened again when it is back"

_owners: dict[str, str] = {}  # real path -> name of the port that holds it in this process


class _Handle(Protocol):
    def fileno(self) -> int: ...

    def close(self) -> None: ...


class Link:
    """One opened connection. `name` is the port's name and stands in every error."""

    def __init__(self, name: str, url: str, handle: _Handle, claim: str = "") -> None:
        self.name = name
        self.url = url
        self._handle: _Handle | None = handle
        self._claim = claim

    def fileno(self) -> int:
        """The descriptor to watch. Raises LinkLost when closed."""
        if self._handle is None:
            raise LinkLost(f"port {self.name} ({self.url}): closed")
        return self._handle.fileno()

    def is_up(self) -> bool:
        """False while a TCP connection is still being made. Raises LinkLost when that failed."""
        return self._handle is not None

    def read(self) -> bytes:
        """Bytes that are there, at most CHUNK_BYTES; b"" when there are none. Raises LinkLost."""
        fd = self.fileno()
        try:
            data = os.read(fd, CHUNK_BYTES)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._lost(error) from error
        if not data and self._is_hung_up(fd):
            raise Unplugged(f"port {self.name} ({self.url}): {_GONE}")
        return data

    def write(self, data: bytes) -> int:
        """Give bytes away; returns how many were taken, 0 when none fit now. Raises LinkLost."""
        fd = self.fileno()
        try:
            return os.write(fd, data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise self._lost(error) from error

    def discard(self) -> None:
        """Throw away what the far end has not taken: closing a serial port else waits for that."""
        try:
            termios.tcflush(self.fileno(), termios.TCOFLUSH)
        except (LinkLost, termios.error):
            pass  # closed, or no terminal: a connection's close waits for nobody

    def close(self) -> None:
        """Release the port. Twice is fine."""
        handle, self._handle = self._handle, None
        if handle is None:
            return
        _owners.pop(self._claim, None)
        try:
            handle.close()
        except (OSError, termios.error):
            pass  # a port that vanished cannot be closed politely; its descriptor is free either way

    def _is_hung_up(self, fd: int) -> bool:
        return _has_event(fd, 0)  # an idle terminal reads nothing too; only the system can tell the two apart

    def _lost(self, error: OSError) -> LinkLost:
        return _translate(self.name, self.url, error)


class _SocketLink(Link):
    """A TCP connection, perhaps still under way."""

    def __init__(self, name: str, url: str, handle: socket.socket) -> None:
        super().__init__(name, url, handle)
        self._socket = handle
        self._is_up = False

    def is_up(self) -> bool:
        if not self._is_up and _has_event(self.fileno(), select.POLLOUT):
            failure = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if failure:
                raise self._lost(OSError(failure, os.strerror(failure)))
            self._is_up = True
        return self._is_up

    def _is_hung_up(self, fd: int) -> bool:
        return True  # on a connection, nothing to read means its end; idle is BlockingIOError


def _has_event(fd: int, events: int) -> bool:
    """Whether one of `events`, a hang-up or an error stands on `fd` now."""
    poller = select.poll()
    poller.register(fd, events)
    return bool(poller.poll(0))


def open_link(url: str, baud: int, *, name: str, parity: Parity = "N", stop_bits: StopBits = 1) -> Link:
    """Open `url` for the port `name`. Never waits: a TCP connection may still be under way (`is_up`).

    Raises LinkLost when the port cannot be had, ValueError for a url of another kind or with a host's name:
    looking that up would stop every port of the node for as long as the name server is silent.
    """
    if url.startswith("socket://"):
        return _open_socket(url, name)
    if "://" in url:
        raise ValueError(f"port {name}: url {url!r} is neither a path nor socket://address:port")
    return _open_serial(url, baud, name, parity, stop_bits)


def _open_serial(url: str, baud: int, name: str, parity: Parity, stop_bits: StopBits) -> Link:
    import serial  # here, so that a node without serial ports never loads it

    path = os.path.realpath(url)
    if path in _owners:
        raise LinkLost(f"port {name} ({url}): already used by port {_owners[path]}; give each its own")
    try:
        port = serial.Serial(
            url, baud, parity=parity, stopbits=stop_bits, timeout=0, write_timeout=0, exclusive=True
        )
    except (OSError, termios.error) as error:
        raise _translate(name, url, error, path) from error
    _owners[path] = name
    return Link(name, url, port, path)


def _open_socket(url: str, name: str) -> Link:
    parts = urlsplit(url)
    if not parts.hostname or not parts.port:
        raise ValueError(f"port {name}: url {url!r} lacks host or port; write socket://192.168.1.20:9100")
    family = _family(name, url, parts.hostname)
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise _translate(name, url, error) from error
    try:
        _connect(sock, (parts.hostname, parts.port))
    except OSError as error:
        sock.close()
        raise _translate(name, url, error) from error
    return _SocketLink(name, url, sock)


def _family(name: str, url: str, host: str) -> socket.AddressFamily:
    try:
        return socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
    except ValueError:
        raise ValueError(f"port {name}: url {url!r} has a name in place of an address") from None


def _connect(sock: socket.socket, address: tuple[str, int]) -> None:
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNACKNOWLEDGED_MS)
    code = sock.connect_ex(address)
    if code not in (0, errno.EINPROGRESS):
        raise OSError(code, os.strerror(code))


def _translate(name: str, url: str, error: Exception, path: str = "") -> LinkLost:
    code = _code(error) or _code(error.__context__)  # pyserial hides what termios said
    if path and code in (errno.EAGAIN, errno.EBUSY):
        return LinkLost(f"port {name} ({url}): already used by {holder_of(path)}; only one can own a line")
    cause = os.strerror(code) if code else str(error)
    advice = _ADVICE.get(code, "")
    kind = Unplugged if code in _UNPLUGGED else LinkLost
    return kind(f"port {name} ({url}): {cause}" + (f"; {advice}" if advice else ""))


def _code(error: BaseException | None) -> int:
    """The system's number of an error, 0 where it has none."""
    first = error.args[0] if error is not None and error.args else None
    code = getattr(error, "errno", None) or first
    return code if isinstance(code, int) else 0


def holder_of(path: str, lock: Literal["FLOCK", "POSIX"] = "FLOCK") -> str:
    """Who holds a lock on `path`, as the kernel lists it; "another process" where it does not say."""
    try:
        wanted = Path(path).stat().st_ino
        locks = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return "another process"
    for line in locks:
        fields = line.split()  # 1: FLOCK ADVISORY WRITE 4711 00:1f:3 0 EOF
        if lock in fields and fields[-3].rsplit(":", 1)[-1] == str(wanted):
            return _process(fields[-4])
    return "another process"


def _process(pid: str) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return f"process {pid}"
    return f"process {pid} ({' '.join(word.decode(errors='replace') for word in words if word)[:80]})"
