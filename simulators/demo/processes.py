"""The processes of a demonstration: a broker, and each node as `hall node` would run on its own machine."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from edge.broker import RunningBroker, start_broker, tied
from simulators.demo.plan import DemoPlan

STOP_S = 10.0


class ChildDied(RuntimeError):  # noqa: N818 - a state of the world
    """A node ended by itself. The text holds its last words."""


class NodeProcess:
    """One node: its process, its log file, its last line."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self.last = ""
        self._process = process
        self._log = log
        self._lines: list[str] = []
        self._task = asyncio.ensure_future(self._follow())

    async def _follow(self) -> None:
        stream = self._process.stdout
        if stream is None:
            return
        with self._log.open("w", encoding="utf-8") as file:
            async for raw in stream:
                line = raw.decode("utf-8", "replace").rstrip()
                self.last = line
                self._lines = [*self._lines[-4:], line]
                file.write(line + "\n")
                file.flush()

    async def ended(self) -> None:
        """Raises ChildDied when the process ends by itself."""
        code = await self._process.wait()
        await self._task
        words = "\n  ".join(self._lines) or "(it said nothing)"
        raise ChildDied(f"node {self.name} ended by itself with code {code}; its last words:\n  {words}")

    async def stop(self) -> None:
        """Ask it to stop, and wait until it has; kill it when it does not."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._task


class Processes:
    """All of them; `async with` starts them and stops them in the order that loses nothing."""

    def __init__(self, plan: DemoPlan, wires: Path) -> None:
        self._plan = plan
        self._wires = wires
        self.nodes: list[NodeProcess] = []
        self.broker: RunningBroker | None = None

    @property
    def data(self) -> Path:
        """Where the nodes' journals are."""
        return self._plan.out / "data"

    async def start(self) -> None:
        """Raises BrokerFailed."""
        self.broker = start_broker(kind=self._plan.broker)
        logs = self._plan.out / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        for node in self._plan.site.nodes:
            self.nodes.append(await self._start_node(node.id, logs / f"{node.id}.log"))

    async def _start_node(self, node: str, log: Path) -> NodeProcess:
        port = self.broker.port if self.broker else 0
        command = [sys.executable, "-m", "edge", "node", "--site", str(self._plan.site_file), "--node", node]
        command += ["--data", str(self.data), "--wires", str(self._wires), "--clock", self._plan.clock]
        command += ["--broker", f"127.0.0.1:{port}"]
        process = await asyncio.create_subprocess_exec(
            *tied(command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us; the nodes are told in turn
        )
        return NodeProcess(node, process, log)

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
