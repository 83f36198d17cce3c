"""Files, the bench and a server as something that bytes are given to; `adapters` has drivers and twins."""

from __future__ import annotations

import asyncio
import io
import tempfile
import wave
from functools import cache
from pathlib import Path
from typing import Final

from devices.announcer.chime import RATE_HZ
from devices.announcer.wave_join import read_clip, trim
from simulators.bench import kinds
from simulators.bench.bench import Bench
from simulators.bench.plan import BenchPlan, DevicePlan, PortPlan
from simulators.bench.requests import answer
from simulators.capture.cast import cast_of
from simulators.capture.format import Capture
from simulators.wires.rfc2217_wire import Rfc2217Wire

TURNS: Final = 3  # of a loop, for a request that can be answered at once


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(prefix="hall-fuzz-", dir=memory if memory.is_dir() else None)


def _filed(data: bytes) -> Path:
    path = Path(_folder().name) / "file"
    path.write_bytes(data)
    return path


def read_capture(data: bytes) -> object:
    """All of a capture, and who speaks in it."""
    capture = Capture(_filed(data))
    return capture.head, cast_of(capture.records())


def read_sound(data: bytes) -> object:
    """A clip of the announcer."""
    return trim(read_clip(_filed(data)))


def a_sound() -> bytes:
    """A clip that can be used."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setframerate(RATE_HZ)
        file.setnchannels(1)
        file.setsampwidth(2)
        file.writeframes(b"\x00\x40\x00\xc0" * 50)
    return out.getvalue()


# --- what lives on a loop ----------------------------------------------------------------------------


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


class BenchOffWire:
    """A bench that nobody has plugged in, and its control socket."""

    def __init__(self) -> None:
        self.bench = _loop().run_until_complete(_bench())

    def feed(self, data: bytes) -> object:
        """What is answered to a line, if it can be answered at once."""
        return _loop().run_until_complete(self._asked(data))

    async def _asked(self, data: bytes) -> object:
        task = asyncio.ensure_future(answer(self.bench, data))
        for _ in range(TURNS):
            await asyncio.sleep(0)
        if task.done():
            return task.result()
        task.cancel()
        await asyncio.wait([task])
        return None


async def _bench() -> Bench:
    """A bench has the clock of the loop that it is made on."""
    devices = (
        ("keypad", "line", kinds.KeypadSettings()),
        ("strip", "line", kinds.StripSettings()),
        ("printer", "tickets", kinds.PrinterSettings()),
    )
    return Bench(
        BenchPlan(
            ports=tuple(PortPlan(id=one, url="socket://127.0.0.1:0") for one in ("line", "tickets")),
            devices=tuple(
                DevicePlan(id=kind, kind=kind, port=port, settings=settings)
                for kind, port, settings in devices
            ),
        )
    )


class _Pipe(asyncio.Transport):
    """A connection that takes everything."""

    def write(self, data: object) -> None:
        pass

    def abort(self) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0


class Rfc2217OffWire:
    """An RFC 2217 server; after a silence another driver comes."""

    def __init__(self) -> None:
        self._came = b""
        self._wire = Rfc2217Wire("rfc2217://127.0.0.1:0", self._heard, paced=False)
        self._pipe = _Pipe()
        self._wire.came_in(self._pipe)

    def feed(self, data: bytes) -> object:
        """What goes on to the devices."""
        self._came = b""
        _loop().run_until_complete(self._give(data))
        return self._came

    def quiet(self) -> None:
        """The driver goes, and one comes."""
        _loop().run_until_complete(self._again())

    async def _give(self, data: bytes) -> None:
        self._wire.came(data)
        await asyncio.sleep(0)

    async def _again(self) -> None:
        self._wire.went(self._pipe)
        self._pipe = _Pipe()
        self._wire.came_in(self._pipe)

    def _heard(self, data: bytes) -> None:
        self._came += data
