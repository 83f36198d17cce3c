"""The panel on a node's mock pins: lines on a unix socket.

panel -> node   low 17 | high 17 | float 17
node -> panel   in 17 1 | out 27 0 | error ...
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from simulators.pins.model import Panel, bounce

AGAIN_S = 0.05  # between two tries to connect
ERRORS_MAX = 100
PRESS_S = 0.12  # how long a finger rests
LIFT_S = 0.08  # before it can press again
NOT_THERE = (ConnectionError, FileNotFoundError)


class PinsTwin:
    """Buttons and lamps at the far end of `mock-gpio:PATH`. Stays, and comes back, when the node goes.

    Buttons are wired to ground: pressed is low, released is left to the pull resistor. `unplugged` cuts
    the wires: nothing is pressed any more. `sleep` may be replaced to press in another time.
    """

    def __init__(
        self, path: str, panel: Panel | None = None, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self.panel = panel or Panel()
        self.errors: deque[str] = deque(maxlen=ERRORS_MAX)
        self.unplugged = False
        self._path = path
        self._sleep = sleep
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()
        self.on_news: list[Callable[[], None]] = []

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._stay(), name=f"pins twin {self._path}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def connected(self) -> bool:
        """Whether the node is there."""
        return self._writer is not None

    async def press(self, pin: int, *, held_s: float = PRESS_S, bounce_seed: int | None = None) -> None:
        """Press, let go, lift the finger. With a seed the contact bounces. Lost when the node is away."""
        for closed, stays_s in bounce(bounce_seed) if bounce_seed is not None else [(True, 0.0)]:
            self._contact(pin, closed)
            if stays_s:
                await self._sleep(stays_s)
        await self._sleep(held_s)
        self.release(pin)
        await self._sleep(LIFT_S)

    def hold(self, pin: int) -> None:
        """Press and keep it down."""
        self._contact(pin, True)

    def release(self, pin: int) -> None:
        """Let go; a stuck button stays down."""
        if pin not in self.panel.stuck:
            self.let_go(pin)

    def let_go(self, pin: int) -> None:
        """The contact opens, stuck or not."""
        self._contact(pin, False)

    def lamp(self, pin: int) -> bool:
        """Whether it shines now."""
        return self.panel.lit(pin)

    async def until(self, seen: Callable[[Panel], bool]) -> None:
        """Wait until the panel looks like that; looked at after each line of the node."""
        async with self._news:
            await self._news.wait_for(lambda: seen(self.panel))

    def _contact(self, pin: int, closed: bool) -> None:
        if self._writer is not None and not self.unplugged and pin not in self.panel.cut:
            self._writer.write(b"%s %d\n" % (b"low" if closed else b"float", pin))
            if pin in self.panel.inputs:  # the node says an input's level once, when it begins to watch it
                self.panel.saw_input(pin, not closed)
            self._tell()

    async def _stay(self) -> None:
        while True:
            try:
                reader, self._writer = await asyncio.open_unix_connection(self._path)
            except NOT_THERE:
                await asyncio.sleep(AGAIN_S)
                continue
            try:
                await self._read(reader)
            except (ConnectionError, ValueError):
                pass  # the node died in the middle of a line, or never ends one; it may come back
            finally:
                self._writer.close()
                self._writer = None
                self._tell()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            async with self._news:
                self.see(line.decode("ascii", errors="replace").strip())
                self._news.notify_all()
            self._tell()

    def _tell(self) -> None:
        for listener in self.on_news:
            listener()

    def see(self, line: str) -> None:
        """What a line of the node says; one that says nothing known is put among the errors."""
        match line.split():
            case ["in", pin, level] if _is_pin(pin):
                self.panel.saw_input(int(pin), level == "1")
            case ["out", pin, level] if _is_pin(pin):
                self.panel.saw_output(int(pin), level == "1")
            case _:
                self.errors.append(line)


def _is_pin(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= 2
