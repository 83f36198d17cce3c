"""The processes of a demonstration: a broker, and each node as `hall node` would run on its own machine.

Each may be killed and started again by hand. A node that ends without that is told by `any_ended`.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from edge.broker import RunningBroker, start_broker, tied
from edge.clock import steady
from edge.pace import Pace, Run
from simulators.demo.own_broker import on_its_own_broker
from simulators.demo.plan import DemoPlan

STOP_S: Final = 10.0
LAST_WORDS: Final = 5


class ChildDied(RuntimeError):  # noqa: N818 - a state of the world
    """A node ended by itself. The text holds its last words."""


class _Life(NamedTuple):
    """One run of a node, and who writes down what it says."""

    process: asyncio.subprocess.Process
    follower: asyncio.Task[None]

    async def over(self) -> int | None:
        """Wait for its end and for its last words."""
        code = await self.process.wait()
        await asyncio.shield(self.follower)
        return code


class NodeProcess:
    """One node over all its lives: its process, its log file, its last line."""

    def __init__(self, name: str, command: Sequence[str], log: Path, pace: Pace) -> None:
        self.name = name
        self._pace = pace
        self.on_change: Callable[[], None] = lambda: None
        self._command = command
        self._log = log
        self._lines: deque[str] = deque(maxlen=LAST_WORDS)
        self._life: _Life | None = None
        self._killed: _Life | None = None
        self._on_again = asyncio.Event()

    @property
    def last(self) -> str:
        """What it said last."""
        return self._lines[-1] if self._lines else ""

    @property
    def runs(self) -> bool:
        """Whether it lives."""
        return self._life is not None and self._life.process.returncode is None

    @property
    def code(self) -> int | None:
        """How its last life ended; None while it lives, and before its first."""
        return self._life.process.returncode if self._life is not None else None

    async def start(self) -> None:
        """Switch it on. Nothing where it lives already."""
        if self.runs:
            return
        self._lines.clear()
        process = await asyncio.create_subprocess_exec(
            *tied(self._command),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us; the nodes are told in turn
        )
        self._life = _Life(process, asyncio.create_task(self._follow(process)))
        for run in self._pace.runs:
            self.tell(run)
        self._on_again.set()
        self.on_change()

    def tell(self, run: Run) -> None:
        """So its hall time runs. Nothing where it does not live."""
        if self._life is not None and self._life.process.stdin is not None and self.runs:
            self._life.process.stdin.write(f"{run}\n".encode())

    async def kill(self) -> None:
        """As a power cut of its machine."""
        if self._life is not None and self.runs:
            self._killed = self._life
            self._on_again.clear()
            self._life.process.kill()
            await self._life.over()

    async def ended(self) -> None:
        """Raises ChildDied when the process ends, unless it was killed by hand."""
        while True:
            await self._on_again.wait()
            life = self._life
            if life is None:
                raise RuntimeError(f"node {self.name} was never started")
            code = await life.over()
            if life is not self._killed:
                words = "\n  ".join(self._lines) or "(it said nothing)"
                raise ChildDied(
                    f"node {self.name} ended by itself with code {code}; its last words:\n  {words}"
                )

    async def stop(self) -> None:
        """Ask it to stop, and wait until it has; kill it when it does not."""
        if self._life is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._life.process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_S):
                await self._life.process.wait()
        except TimeoutError:
            self._life.process.kill()
        await self._life.over()

    async def _follow(self, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:
            return
        with self._log.open("a", encoding="utf-8") as file:
            async for raw in process.stdout:
                line = raw.decode("utf-8", "replace").rstrip()
                self._lines.append(line)
                file.write(line + "\n")
                file.flush()
                self.on_change()
        await process.wait()
        self.on_change()


class Processes:
    """All of them. Nodes stop before their broker: that loses nothing."""

    def __init__(self, plan: DemoPlan, wires: Path) -> None:
        self._plan = plan
        self._wires = wires
        self._site_file = plan.site_file
        self.pace = Pace(plan.run, steady())
        self.nodes: list[NodeProcess] = []
        self.broker: RunningBroker | None = None
        self.on_broker: Callable[[], None] = lambda: None

    @property
    def data(self) -> Path:
        """Where the nodes' journals are."""
        return self._plan.out / "data"

    async def start(self) -> None:
        """Raises BrokerFailed."""
        self.broker = start_broker(kind=self._plan.broker)
        self._site_file = on_its_own_broker(self._plan.site, self._plan.site_file, self._plan.out)
        logs = self._plan.out / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        for node in self._plan.site.nodes:
            log = logs / f"{node.id}.log"
            self.nodes.append(NodeProcess(node.id, self._command(node.id), log, self.pace))
            await self.nodes[-1].start()

    def set_speed(self, speed: float) -> None:
        """Hall time to life, everywhere, a moment from now."""
        run = self.pace.turn(speed)
        for node in self.nodes:
            node.tell(run)

    async def kill_broker(self) -> None:
        """As a power cut of its machine."""
        if self.broker is not None and self.broker.alive:
            await asyncio.to_thread(self.broker.kill)
            self.on_broker()

    async def start_broker(self) -> None:
        """The same broker on the same port again, and it knows nothing. Raises BrokerFailed."""
        if self.broker is not None and not self.broker.alive:
            # on this thread: what a broker is tied to is the thread that started it
            self.broker = start_broker(self.broker.port, self.broker.kind)
            self.on_broker()

    async def stop(self) -> None:
        """Nodes first, all at once, the broker last."""
        await asyncio.gather(*(node.stop() for node in self.nodes))
        if self.broker is not None:
            self.broker.stop()

    async def any_ended(self) -> None:
        """Raises ChildDied as soon as one node ends by itself."""
        tasks = [asyncio.ensure_future(node.ended()) for node in self.nodes]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()

    def _command(self, node: str) -> list[str]:
        port = self.broker.port if self.broker else 0
        command = [sys.executable, "-m", "edge", "node", "--site", str(self._site_file), "--node", node]
        command += ["--data", str(self.data), "--wires", str(self._wires), "--clock", "-"]
        return [*command, "--broker", f"127.0.0.1:{port}"]
