"""Golden exchanges, as a twin has to take part in them, and the driver's end of a wire."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent.parent / "golden"


def read_golden(name: str) -> list[tuple[str, bytes]]:
    """The lines of `name` (kind/dialect/file): "<" from the device or ">" from the host, and the bytes."""
    _, *lines = (GOLDEN / f"{name}.hex").read_text(encoding="utf-8").splitlines()
    return [(line[0], bytes.fromhex(line[1:])) for line in lines]


@pytest.fixture
def golden() -> Callable[[str], list[tuple[str, bytes]]]:
    return read_golden


class Heard:
    """What came over a wire, and someone to wait for it."""

    def __init__(self) -> None:
        self.data = b""
        self._changed = asyncio.Event()

    def __call__(self, data: bytes) -> None:
        self.data += data
        self._changed.set()

    async def until(self, count: int) -> bytes:
        """All that came, once it is so much."""
        async with asyncio.timeout(10):
            while len(self.data) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.data

    async def read(self, fd: int, count: int) -> bytes:
        """`count` bytes from a descriptor, as the loop delivers them."""
        heard = Heard()
        loop = asyncio.get_running_loop()
        loop.add_reader(fd, lambda: heard(os.read(fd, 4096)))
        try:
            return await heard.until(count)
        finally:
            loop.remove_reader(fd)


@pytest.fixture
def heard() -> Heard:
    return Heard()
