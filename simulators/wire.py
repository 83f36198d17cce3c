"""The far end of a real wire: a pty with a name that stays, or a TCP port, with a twin behind it.

```
  driver ── /dir/line-1 -> /dev/pts/7 ══ pty master ── PtyWire ── hears(data) / send(data) ── twin
  driver ── socket://127.0.0.1:9001 ════ TCP server ── TcpWire ── hears(data) / send(data) ── twin
```
A pty takes any baud rate and delivers at once. A paced wire therefore takes the time itself, both ways,
and any wire looks at the rate the driver has set: at a wrong one, bytes turn into rubbish, as in life.
"""

from __future__ import annotations

import asyncio
import os
import pty
import termios
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

CHUNK_BYTES: Final = 4096
UNREAD_MAX_BYTES: Final = 65_536  # a host that never reads: what does not fit is lost, as on a wire
_BITS_PER_BYTE: Final = 10
_TICK_S: Final = 0.004  # bytes leave in groups of about four at 9600 baud
_RATES: Final = {
    getattr(termios, f"B{rate}"): rate for rate in (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
}

Hears = Callable[[bytes], None]


class Wire:
    """What both kinds share: pacing, counting, and being plugged in or not.

    `hears(data)` is called with what the driver sent, when it would have arrived. `wrong_baud` is the
    rate of a driver that has set another one than this wire's, else None.
    """

    def __init__(self, hears: Hears, *, baud: int = 9600, paced: bool = True) -> None:
        self.baud = baud
        self.paced = paced
        self.wrong_baud: int | None = None
        self.lost_bytes = 0
        self.heard_bytes = 0
        self.said_bytes = 0
        self._hears = hears
        self._out = bytearray()
        self._tick: asyncio.TimerHandle | None = None
        self._arriving: set[asyncio.TimerHandle] = set()
        self._arrived_s = 0.0

    @property
    def url(self) -> str:
        """What to write as the port's url in a site file."""
        raise TypeError("a wire is a PtyWire or a TcpWire")

    @property
    def byte_s(self) -> float:
        """How long one byte is on the wire."""
        return _BITS_PER_BYTE / self.baud

    @property
    def is_sending(self) -> bool:
        """Whether bytes are still on their way to the driver."""
        return bool(self._out)

    def send(self, data: bytes) -> None:
        """Put bytes on the wire towards the driver, behind those still on their way."""
        self._out += data
        if self._tick is None:
            self._tick = asyncio.get_running_loop().call_later(self._pause_s(), self._on_tick)

    def send_over(self, data: bytes) -> None:
        """Put bytes on the wire at the same time as those still on their way: both are spoilt."""
        for at, byte in enumerate(data[: len(self._out)]):
            self._out[at] &= byte
        self.send(data[len(self._out) :])

    def _pause_s(self) -> float:
        return min(len(self._out) * self.byte_s, _TICK_S) if self.paced else 0.0

    def _on_tick(self) -> None:
        self._tick = None
        count = max(1, round(_TICK_S / self.byte_s)) if self.paced else len(self._out)
        data = bytes(self._out[:count])
        del self._out[:count]
        self._check_baud()
        taken = self._give(_rubbish(data) if self.wrong_baud else data)
        self.said_bytes += taken
        self.lost_bytes += len(data) - taken
        if self._out:
            self._tick = asyncio.get_running_loop().call_later(self._pause_s(), self._on_tick)

    def _came(self, data: bytes) -> None:
        """Bytes from the driver: hand them on when the last of them has crossed the wire."""
        self.heard_bytes += len(data)
        self._check_baud()
        if self.wrong_baud:
            data = _rubbish(data)
        if not self.paced:
            self._hears(data)
            return
        loop = asyncio.get_running_loop()
        self._arrived_s = max(loop.time(), self._arrived_s) + len(data) * self.byte_s
        self._arriving = {each for each in self._arriving if each.when() > loop.time()}
        self._arriving.add(loop.call_at(self._arrived_s, self._hears, data))

    def _forget(self) -> None:
        """Unplugged: what was on the wire is gone."""
        for handle in self._arriving:
            handle.cancel()
        self._arriving.clear()
        self._out.clear()
        if self._tick is not None:
            self._tick.cancel()
            self._tick = None

    def _check_baud(self) -> None:
        pass

    def _give(self, data: bytes) -> int:
        raise TypeError("a wire is a PtyWire or a TcpWire")


class PtyWire(Wire):
    """A pty behind the symlink `path`. The slave side is kept open, so that a driver may come and go."""

    def __init__(self, path: str | Path, hears: Hears, *, baud: int = 9600, paced: bool = True) -> None:
        super().__init__(hears, baud=baud, paced=paced)
        self.path = Path(path)
        self._master: int | None = None
        self._slave: int | None = None

    @property
    def url(self) -> str:
        return str(self.path)

    @property
    def is_plugged(self) -> bool:
        return self._master is not None

    async def start(self) -> None:
        """Make the pty and its name. A name left over from an unclean stop is replaced."""
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self._set_speed(self._slave)
        os.set_blocking(self._master, False)
        spare = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        spare.unlink(missing_ok=True)
        spare.symlink_to(os.ttyname(self._slave))
        spare.replace(self.path)
        asyncio.get_running_loop().add_reader(self._master, self._on_readable)

    async def stop(self) -> None:
        """Take pty and name away. Twice is fine."""
        self.unplug()

    def unplug(self) -> None:
        """Pull the adapter out: the driver's descriptor dies, the name vanishes."""
        master, self._master = self._master, None
        slave, self._slave = self._slave, None
        if master is None or slave is None:
            return
        self._forget()
        asyncio.get_running_loop().remove_reader(master)
        self.path.unlink(missing_ok=True)
        os.close(master)
        os.close(slave)

    async def replug(self, path: str | Path | None = None) -> None:
        """Plug it in again, under the same name or another."""
        self.unplug()
        self.path = Path(path or self.path)
        await self.start()

    def _set_speed(self, fd: int) -> None:
        attributes = termios.tcgetattr(fd)
        attributes[4] = attributes[5] = getattr(termios, f"B{self.baud}")
        termios.tcsetattr(fd, termios.TCSANOW, attributes)

    def _check_baud(self) -> None:
        if self._master is None:
            return
        rate = _RATES.get(termios.tcgetattr(self._master)[5], 0)
        self.wrong_baud = None if rate == self.baud else rate

    def _on_readable(self) -> None:
        if self._master is None:
            return
        try:
            data = os.read(self._master, CHUNK_BYTES)
        except (BlockingIOError, OSError):
            return
        if data:
            self._came(data)

    def _give(self, data: bytes) -> int:
        if self._master is None:
            return 0
        try:
            return os.write(self._master, data)
        except OSError:
            return 0  # nobody reads and the pty is full: a wire keeps nothing


class TcpWire(Wire):
    """A TCP server at `socket://host:port` for one driver at a time; port 0 takes a free one."""

    def __init__(self, url: str, hears: Hears, *, baud: int = 9600, paced: bool = True) -> None:
        super().__init__(hears, baud=baud, paced=paced)
        parts = urlsplit(url)
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or 0
        self._server: asyncio.Server | None = None
        self._client: asyncio.StreamWriter | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"socket://{self._host}:{self._port}"

    @property
    def is_plugged(self) -> bool:
        return self._server is not None

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, self._host, self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more, and see the driver off. Twice is fine."""
        self.unplug()
        if self._serving is not None:
            await asyncio.wait([self._serving])

    def unplug(self) -> None:
        """The device is off: nobody listens, and the connection breaks."""
        server, self._server = self._server, None
        if server is None:
            return
        self._forget()
        server.close()
        if self._client is not None:
            self._client.close()

    async def replug(self, path: str | Path | None = None) -> None:
        """Listen again at the same port, or at that of another url."""
        self.unplug()
        if path is not None:
            self._port = urlsplit(str(path)).port or 0
        await self.start()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._client is not None:
            writer.close()
            return
        self._client = writer
        self._serving = asyncio.current_task()
        try:
            while data := await reader.read(CHUNK_BYTES):
                self._came(data)
        except OSError:
            pass  # the driver's end broke; the next one is welcome
        finally:
            self._client = None
            writer.close()

    def _give(self, data: bytes) -> int:
        writer = self._client
        if writer is None or writer.transport.get_write_buffer_size() > UNREAD_MAX_BYTES:
            return 0
        writer.write(data)
        return len(data)


def wire_at(url: str | Path, hears: Hears, *, baud: int = 9600, paced: bool = True) -> PtyWire | TcpWire:
    """The wire for a path or for `socket://host:port`, not started yet."""
    if str(url).startswith("socket://"):
        return TcpWire(str(url), hears, baud=baud, paced=paced)
    return PtyWire(url, hears, baud=baud, paced=paced)


def _rubbish(data: bytes) -> bytes:
    """What a receiver at another rate makes of bytes: as many, none of them right."""
    return bytes((byte * 73 + 41) & 0xFF | 0x80 for byte in data)
