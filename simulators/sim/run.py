"""A bench that stands until it is told to stop: twins, script, control socket, keyboard."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from display.fonts import TEXT_FACE
from simulators.bench.bench import Bench
from simulators.bench.control import Control
from simulators.bench.happenings import Happening
from simulators.bench.plan import BenchPlan
from simulators.bench.typed import HELP, done, understood
from simulators.printer.twin import PrinterTwin
from simulators.sim.console import Console, LiveConsole, PlainConsole
from simulators.sim.faults_file import Script
from simulators.sim.keyboard import Keyboard
from simulators.sim.words import everything, where_to_plug
from simulators.trouble import CannotBe
from simulators.wires.names import NameTaken


@dataclass(frozen=True)
class Standing:
    """What a bench stands with. `control` is an address, "" for none; `papers` a folder, None for none."""

    plan: BenchPlan
    script: Script | None = None
    control: str = ""
    papers: Path | None = None
    plain: bool = False
    with_bytes: bool = False


async def stand(standing: Standing) -> None:
    """Until Ctrl-C, SIGTERM or `quit`. Raises NameTaken, SettingsError."""
    bench = Bench(standing.plan, TEXT_FACE)
    if standing.script is not None:
        standing.script.check(bench)
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    async with bench, contextlib.AsyncExitStack() as stack:
        console = _console(bench, standing, over.set)
        if isinstance(console, PlainConsole):
            console.say("\n".join(where_to_plug(bench)))
        if standing.control:
            control = Control(bench, standing.control)
            await control.start()
            stack.push_async_callback(control.stop)
            console.say(f"control        {control.address}")
        if standing.papers is not None:
            bench.news.listeners.append(_Papers(bench, standing.papers).happened)
        _Desk(bench, console, over).sit_down(stack)
        if standing.script is not None:
            bench.run(standing.script.faults)
        await over.wait()


def _console(bench: Bench, standing: Standing, gone: Callable[[], None]) -> LiveConsole | PlainConsole:
    on_terminal = sys.stdout.isatty() and sys.stdin is not None and sys.stdin.isatty()
    if on_terminal and not standing.plain:
        return LiveConsole(bench, with_bytes=standing.with_bytes)
    return PlainConsole(bench, gone, with_bytes=standing.with_bytes)


class _Desk:
    """Where somebody sits and types."""

    def __init__(self, bench: Bench, console: Console, over: asyncio.Event) -> None:
        self._bench = bench
        self._console = console
        self._over = over
        self._tasks: set[asyncio.Task[None]] = set()

    def sit_down(self, stack: contextlib.AsyncExitStack) -> None:
        """Listen to the keyboard, as long as the stack stands."""
        edited = self._console.draw_soon if isinstance(self._console, LiveConsole) else lambda: None
        stack.enter_context(self._console.attached(Keyboard(self._typed, edited)))

    def _typed(self, line: str) -> None:
        task = asyncio.get_running_loop().create_task(self._do(line))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _do(self, line: str) -> None:
        try:
            typed = understood(line, self._bench)
            if typed is None:
                return
            if typed.what == "quit":
                self._over.set()
            elif typed.what == "help":
                self._console.say(HELP)
            elif typed.what == "look":
                self._console.say("\n".join(everything(self._bench)))
            else:
                await done(typed, self._bench)
        except (CannotBe, NameTaken, TimeoutError) as error:
            self._console.say(f"!! {error}")


class _Papers:
    """Keeps each paper as a picture: `001-printer.png` and so on."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self._bench = bench
        self._folder = folder
        self._count = 0
        folder.mkdir(parents=True, exist_ok=True)

    def happened(self, happening: Happening) -> None:
        """A paper may have come."""
        printer = self._bench.devices.get(happening.of)
        if happening.event == "paper" and isinstance(printer, PrinterTwin):
            self._count += 1
            printer.papers[-1].image.save(self._folder / f"{self._count:03d}-{printer.name}.png")
