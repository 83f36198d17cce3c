"""A hall for the bench in the browser: twins, broker, nodes and the page; the people are whoever opens it."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from edge.web import LOOPBACK, PageServer
from simulators.bench.kinds import PAPERS_MAX
from simulators.bench_page.page import BenchPage
from simulators.demo.observer import Observer
from simulators.demo.plan import DemoPlan
from simulators.demo.processes import Processes
from simulators.demo.stage import Stage


class BenchHall:
    """A hall that runs, with its page at `url`."""

    def __init__(self, plan: DemoPlan, wires: Path, host: str = LOOPBACK, port: int = 0) -> None:
        self.stage = Stage(plan.site, wires, papers_max=PAPERS_MAX)
        self.processes = Processes(plan, wires)
        self.observer = Observer(plan.site.site.id, asyncio.get_running_loop())
        self.page = BenchPage(plan, self.stage, self.processes, self.observer)
        self.server = PageServer(self.page.routes, host, port)

    @property
    def url(self) -> str:
        """What to type into a browser."""
        return self.server.url

    async def start(self) -> None:
        """Raises PortTaken, NameTaken, BrokerFailed; nothing is left then."""
        try:
            await self.server.start()
            await self.stage.start()
            await self.processes.start()
            if self.processes.broker is not None:
                self.observer.start(self.processes.broker.host, self.processes.broker.port)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Take everything away."""
        await self.server.stop()
        await self.processes.stop()
        self.observer.stop()
        await self.stage.stop()


@asynccontextmanager
async def bench_hall(plan: DemoPlan, host: str = LOOPBACK, port: int = 0) -> AsyncIterator[BenchHall]:
    """A hall with its page, and its wires in a folder of their own. Raises as `start` does."""
    with tempfile.TemporaryDirectory(prefix="hall-") as folder:
        hall = BenchHall(plan, Path(folder), host, port)
        await hall.start()
        try:
            yield hall
        finally:
            await hall.stop()


async def run(plan: DemoPlan, host: str, port: int, say: Callable[[str], None]) -> None:
    """Until Ctrl-C or SIGTERM."""
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    async with bench_hall(plan, host, port) as hall:
        broker = hall.processes.broker
        if broker is not None:
            say(f"broker {broker.kind} on port {broker.port}, {len(hall.processes.nodes)} nodes")
        say(f"bench {hall.url}")
        await over.wait()
