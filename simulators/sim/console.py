"""What a bench shows while it stands: a live picture on a terminal, plain lines elsewhere."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol

from simulators.bench.bench import Bench
from simulators.bench.happenings import Happening
from simulators.sim.keyboard import Keyboard
from simulators.sim.words import line_of, where_to_plug

NEWS_SHOWN: Final = 12
DRAW_S: Final = 1 / 15


class Console(Protocol):
    """Where lines go."""

    def say(self, text: str) -> None:
        """One line."""

    def attached(self, keyboard: Keyboard) -> Any:
        """A context in which what happens is shown."""


class PlainConsole:
    """One line a happening, with its time; `with_bytes` shows what crosses the wires too.

    `gone` is called when nobody reads the lines any more, as in `hall sim … | head`.
    """

    def __init__(self, bench: Bench, gone: Callable[[], None], *, with_bytes: bool) -> None:
        self._bench = bench
        self._gone = gone
        self._with_bytes = with_bytes

    def say(self, text: str) -> None:
        """One line."""
        try:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            self._gone()

    @contextmanager
    def attached(self, keyboard: Keyboard) -> Iterator[None]:
        """Show what happens meanwhile."""
        self._bench.news.listeners.append(self._happened)
        with keyboard.attached(by_key=False):
            yield

    def _happened(self, happening: Happening) -> None:
        if happening.event != "bytes" or self._with_bytes:
            now_s = time.time()
            clock = time.strftime("%H:%M:%S", time.localtime(now_s))
            self.say(f"{clock}.{int(now_s * 1000) % 1000:03d} {line_of(happening)}")


class LiveConsole:
    """Faces that change in place, the last happenings, and the line being typed."""

    def __init__(self, bench: Bench, *, with_bytes: bool) -> None:
        from rich.live import Live

        self._bench = bench
        self._with_bytes = with_bytes
        self._news: deque[str] = deque(maxlen=NEWS_SHOWN)
        self._keyboard: Keyboard | None = None
        self._drawing: asyncio.TimerHandle | None = None
        self._live = Live(self, auto_refresh=False, screen=True)

    def say(self, text: str) -> None:
        """Lines among the news."""
        self._news.extend(text.splitlines())
        self.draw_soon()

    @contextmanager
    def attached(self, keyboard: Keyboard) -> Iterator[None]:
        """Draw meanwhile."""
        self._keyboard = keyboard
        self._bench.news.listeners.append(self._happened)
        with self._live, keyboard.attached(by_key=True):
            self._live.refresh()
            yield

    def draw_soon(self) -> None:
        """Something changed: draw, at most some times a second."""
        if self._drawing is None:
            self._drawing = asyncio.get_running_loop().call_later(DRAW_S, self._draw)

    def _draw(self) -> None:
        self._drawing = None
        self._live.refresh()

    def _happened(self, happening: Happening) -> None:
        if happening.event == "face":
            self.draw_soon()
        elif happening.event != "bytes" or self._with_bytes:
            self.say(line_of(happening))

    def __rich__(self) -> Any:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        faces = Table(box=None, pad_edge=False)
        for name in ("设备 device", "显示 face", "故障 faults"):
            faces.add_column(name, overflow="fold")
        for one in (*self._bench.ports.values(), *self._bench.devices.values()):
            faces.add_row(
                Text(one.name), Text(one.face, style="bold"), Text(" ".join(one.troubles), style="red")
            )
        typed = self._keyboard.typed if self._keyboard is not None else ""
        return Group(
            Text("\n".join(where_to_plug(self._bench)), style="dim"),
            faces,
            Text("\n".join(self._news), style="cyan"),
            Text(f"> {typed}▏   (help, quit)"),
        )
