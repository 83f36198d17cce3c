"""A whole running hall for a test: a broker, a `hall node` for each node, a twin behind every wire."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

from display.fonts import TEXT_FACE
from edge.broker import BrokerFailed
from edge.settings.load import load_site
from edge.settings.model import Site
from simulators.bench.bench import Bench
from simulators.demo.observer import Observer
from simulators.demo.plan import DemoPlan
from simulators.demo.processes import ChildDied, Processes
from simulators.demo.stage import bench_of
from simulators.testing.benches import controlled

USUAL: Final = Path(__file__).with_name("hall.toml")
READY_S: Final = 40.0  # a Raspberry Pi that does other things too


async def open_hall(stack: AsyncExitStack, at: Path, site_file: str) -> dict[str, Any]:
    """Start it, and return when its nodes and devices say that they are well.

    Raises SettingsError, NameTaken, BrokerFailed; the last also, with a node's last words, where it is not
    ready in time.
    """
    file = Path(site_file or USUAL)
    site = load_site(file)
    wires = at / "wires"
    wires.mkdir(parents=True)
    bench = await stack.enter_async_context(Bench(bench_of(site, wires, paced=True), TEXT_FACE))
    processes = Processes(_plan(site, file, at), wires)
    stack.push_async_callback(processes.stop)
    await processes.start()
    if processes.broker is None:
        raise BrokerFailed("the hall has no broker")
    await _ready(site, processes, processes.broker.port, {*bench.devices})
    broker = processes.broker
    answer = {"host": broker.host, "port": broker.port, "site": site.site.id, "logs": str(at / "logs")}
    return {**answer, **await controlled(stack, at, bench)}


async def _ready(site: Site, processes: Processes, port: int, devices: set[str]) -> None:
    observer = Observer(site.site.id, asyncio.get_running_loop())
    observer.start("127.0.0.1", port)
    there = asyncio.ensure_future(observer.until(lambda: _is_well(site, observer, devices), READY_S))
    died = asyncio.ensure_future(processes.any_ended())
    try:
        await asyncio.wait((there, died), return_when=asyncio.FIRST_COMPLETED)
        if died.done():
            died.result()
        if not there.result():
            words = "; ".join(f"{node.name}: {node.last}" for node in processes.nodes)
            raise BrokerFailed(f"the hall was not ready after {READY_S:g} s. Its nodes said last: {words}")
    except ChildDied as error:
        raise BrokerFailed(str(error)) from error
    finally:
        there.cancel()
        died.cancel()
        await asyncio.gather(there, died, return_exceptions=True)
        observer.stop()


def _is_well(site: Site, observer: Observer, devices: set[str]) -> bool:
    """Nodes, windows and devices have said how they are, and the devices that they work."""
    return (
        observer.ready >= {node.id for node in site.nodes}
        and observer.windows.keys() >= {window.id for window in site.windows}
        and all(observer.devices.get(name, {}).get("state") == "ready" for name in devices)
    )


def _plan(site: Site, file: Path, at: Path) -> DemoPlan:
    """A demonstration that nobody comes to, at the speed of life."""
    now_s = time.time()
    return DemoPlan(
        site=site,
        site_file=file.resolve(),
        windows=(),
        services=frozenset(),
        speed=1.0,
        seed=0,
        start_s=now_s,
        origin_s=now_s,
        lasts_s=0.0,
        scale=0.0,
        out=at,
    )
