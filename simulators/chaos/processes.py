"""The hall's processes: Mosquitto that keeps nothing, the nodes, and each node's own way to the broker."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
from pathlib import Path

from edge.broker import RunningBroker, start_broker, tied
from simulators.chaos.proxy import Proxy
from simulators.chaos.site import NODES, SITE

STOP_S = 20.0
"""A node that was told to stop finishes its commits within this, also on a busy machine."""


class NodeProcess:
    """One node, started as often as it is killed. Its log goes on over all its lives."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.proxy: Proxy
        self.starts = 0
        self._folder = folder
        self._log = (folder / f"{name}.log").open("ab")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def journal(self) -> Path:
        """The file of its store."""
        return self._folder / "data" / f"{SITE}-{self.name}.db"

    @property
    def log(self) -> str:
        """All that it said."""
        return (self._folder / f"{self.name}.log").read_text(encoding="utf-8", errors="replace")

    @property
    def pid(self) -> int:
        """Of the process that was started last."""
        return self._process.pid if self._process else 0

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """As a technician starts it."""
        command = [sys.executable, "-m", "edge", "node", "--node", self.name]
        command += ["--site", str(self._folder / "site.toml"), "--wires", str(self._folder / "wires")]
        command += ["--data", str(self._folder / "data"), "--broker", f"127.0.0.1:{self.proxy.port}"]
        self.starts += 1
        self._process = subprocess.Popen(
            tied(command), stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT
        )

    def kill(self) -> None:
        """As a power cut of its board does it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def send(self, number: signal.Signals) -> None:
        """A signal."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def stop(self) -> None:
        """Ask it to stop and wait for that; kill it when it does not. Twice is fine."""
        if self._process is not None:
            self.send(signal.SIGCONT)
            self.send(signal.SIGTERM)
            try:
                await asyncio.to_thread(self._process.wait, STOP_S)
            except subprocess.TimeoutExpired:
                self.kill()
        self._log.close()


class Processes:
    """All of them. The broker's port stays the same over its lives."""

    def __init__(self, folder: Path) -> None:
        (folder / "data").mkdir(exist_ok=True)
        self.nodes = {name: NodeProcess(name, folder) for name in NODES}
        self.broker: RunningBroker | None = None
        self.broker_port = 0

    async def start(self) -> None:
        """Raises BrokerFailed."""
        await self.start_broker()
        for node in self.nodes.values():
            node.proxy = Proxy(self.broker_port)
            await node.proxy.start()
            node.start()

    async def start_broker(self) -> None:
        """A Mosquitto that remembers nothing. Raises BrokerFailed."""
        self.broker = await asyncio.to_thread(start_broker, self.broker_port, "mosquitto")
        self.broker_port = self.broker.port

    async def stop(self) -> None:
        """Nodes first, the broker last. Twice is fine."""
        await asyncio.gather(*(node.stop() for node in self.nodes.values()))
        for node in self.nodes.values():
            await node.proxy.stop()
        if self.broker is not None:
            self.broker.stop()
