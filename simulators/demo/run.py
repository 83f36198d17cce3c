"""A demonstration from the first wire to the report."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from edge.web import PageServer
from simulators.bench_page.page import BenchPage
from simulators.demo.audit import audit
from simulators.demo.citizens import Lobby, live
from simulators.demo.clerks import Clerk
from simulators.demo.closing import report, save_boards, save_papers
from simulators.demo.observer import Observer
from simulators.demo.plan import DemoPlan
from simulators.demo.processes import Processes
from simulators.demo.stage import Stage
from simulators.demo.view import View
from simulators.demo.world import Closing, World
from simulators.people.citizen import Citizen, Crowd, draw_citizens

READY_S = 30.0
"""Longest that nodes take to be there, on a small machine."""
SETTLE_S = 10.0
"""Longest that records under way take to be acknowledged."""
FIRST_AT_THE_DOOR = 2.0
"""People who stand before the door at opening, for each staffed window."""


async def run(plan: DemoPlan, *, live_view: bool, say: Callable[[str], None]) -> int:
    """Play it; returns how much was lost. Raises BrokerFailed, ChildDied."""
    with tempfile.TemporaryDirectory(prefix="hall-") as folder:
        wires = Path(folder)
        stage = Stage(plan.site, wires)
        processes = Processes(plan, wires)
        observer = Observer(plan.site.site.id, asyncio.get_running_loop())
        pages = PageServer(BenchPage(plan, stage, processes, observer).routes)
        await stage.start()
        try:
            await pages.start()
            world = await _play(plan, stage, processes, observer, pages.url, live_view, say)
        finally:
            await pages.stop()
            await processes.stop()
            observer.stop()
            await stage.stop()
        tickets = save_papers(stage, plan.out / "tickets")
        boards = save_boards(stage, plan.out)
    journal = processes.data / f"{plan.site.site.id}-{plan.site.site.coordinator}.db"
    found = audit(journal, plan.site, world.seen, observer)
    text = list(report(plan, processes.pace.speed, journal, world.seen, found))
    (plan.out / "report.txt").write_text("\n".join(text) + "\n", encoding="utf-8")
    say("\n".join(text))
    say(f"{plan.out}: {tickets} tickets, {len(boards)} boards, report.txt, logs")
    return len(found.lost)


async def _play(
    plan: DemoPlan,
    stage: Stage,
    processes: Processes,
    observer: Observer,
    url: str,
    live_view: bool,
    say: Callable[[str], None],
) -> World:
    await processes.start()
    if processes.broker is None:
        raise RuntimeError("no broker")
    observer.start(processes.broker.host, processes.broker.port)
    world = World(plan, stage, processes.pace)
    died = asyncio.ensure_future(processes.any_ended())
    say(f"broker {processes.broker.kind} on port {processes.broker.port}, {len(processes.nodes)} nodes")
    say(f"bench {url}")
    view = View(world, observer, processes, url) if live_view else None
    day = asyncio.ensure_future(_day(world, observer, view))
    try:
        done, _ = await asyncio.wait((died, day), return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in (died, day):
            task.cancel()
        await asyncio.gather(died, day, return_exceptions=True)
    return world


async def _day(world: World, observer: Observer, view: View | None) -> None:
    nodes = {node.id for node in world.plan.site.nodes}
    if not await observer.until(lambda: observer.ready >= nodes, READY_S):
        missing = ", ".join(sorted(nodes - observer.ready))
        raise RuntimeError(f"not ready after {READY_S:g} s: {missing}; see {world.plan.out}/logs")
    with _shown(view):
        await _people(world)
        await observer.until(lambda: observer.drained, SETTLE_S)


def _shown(view: View | None) -> contextlib.AbstractContextManager[object]:
    if view is None:
        return contextlib.nullcontext()
    from rich.live import Live

    return Live(view, refresh_per_second=8, screen=sys.stdout.isatty())


async def _people(world: World) -> None:
    """Clerks and citizens until closing; nobody is torn away in the middle of a press."""
    plan = world.plan
    watchers = [asyncio.ensure_future(world.watch_strip(place)) for place in world.stage.places.values()]
    lobby = Lobby(world, plan.seed)
    clerks = [
        Clerk(world, world.stage.places[window], str(1000 + badge), plan.seed)
        for badge, window in enumerate(plan.windows, start=1)
    ]
    tasks: list[asyncio.Future[None]] = [asyncio.ensure_future(_quietly(clerk.work())) for clerk in clerks]
    tasks.append(asyncio.ensure_future(_quietly(_street(world, lobby, clerks, tasks))))
    world.pace.call_later(asyncio.get_running_loop(), plan.lasts_s, world.closing.set)
    await world.closing.wait()
    await asyncio.wait([task for task in tasks if not task.done()] or [tasks[0]], timeout=SETTLE_S)
    for task in (*tasks, *watchers):
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result


async def _quietly(work: Awaitable[None]) -> None:
    with contextlib.suppress(Closing):
        await work


async def _street(world: World, lobby: Lobby, clerks: list[Clerk], tasks: list[asyncio.Future[None]]) -> None:
    """The doors open when all clerks sit at their windows; people come in."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SETTLE_S):
            await asyncio.gather(*(clerk.seated.wait() for clerk in clerks))
    late_s = world.hall_s() - world.plan.start_s
    for citizen in crowd(world.plan):
        await world.sleep(max(citizen.arrives_s + late_s - world.hall_s(), 0.0))
        tasks.append(asyncio.ensure_future(_quietly(live(world, lobby, citizen))))


def crowd(plan: DemoPlan) -> list[Citizen]:
    """Those before the door at opening, and those who come later, in order."""
    rng = random.Random(f"{plan.seed}/door")
    people = Crowd(plan.site, plan.services)
    first = round(FIRST_AT_THE_DOOR * len(plan.windows))
    early = [people.draw(rng, plan.start_s + rng.uniform(0.0, 120.0)) for _ in range(first)]
    later = draw_citizens(
        plan.site, plan.seed, plan.start_s, plan.start_s + plan.lasts_s, plan.services, plan.scale
    )
    return sorted([*early, *later], key=lambda citizen: citizen.arrives_s)
