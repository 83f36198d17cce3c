"""One hall, tormented, then healed, drained, stopped and held against what people saw.

All that is needed to understand a broken promise stays in its folder: the stores in `data`, each node's log,
and in `story.log` the blows and what people did and saw.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from edge.settings.load import load_site
from simulators.chaos.audit import UNREADABLE, Findings, audit, read_books, replayed
from simulators.chaos.card import Card
from simulators.chaos.nemesis import Nemesis
from simulators.chaos.observer import Receipts
from simulators.chaos.packets import Packets
from simulators.chaos.people import Clerk, Lobby, read_papers
from simulators.chaos.processes import Processes
from simulators.chaos.seen import CALL, Seen
from simulators.chaos.site import COORDINATOR, NODES, SITE, site_toml
from simulators.demo.stage import Stage

READY_S = 60.0
PAUSE_S = 1.2
"""Between blows, on the mean."""
DRAINED_S = 30.0
"""After the last fault everything is delivered within this."""
SILENCE_S = 2.0
"""Longer than a pad waits for a second thought, or a printer for its own word."""
PATIENCE_S = 120.0
"""So long it is waited for, to tell slow from never."""


class Result(NamedTuple):
    """One run, in `folder`. `drained_s` is from the last fault until every record had its receipt."""

    seed: int
    folder: Path
    kills: int
    faults: dict[str, int]
    took_s: float
    presses: int
    papers: int
    calls: int
    thanked: int
    drained_s: float
    load: float
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    wrong: tuple[str, ...]

    @property
    def broken(self) -> list[str]:
        """Everything that is not as promised, on any machine, and last where all of it is kept."""
        found = [*self.lost, *self.doubled, *self.wrong]
        return [*found, f"all of it is kept in {self.folder}"] if found else []

    @property
    def late(self) -> list[str]:
        """Whether all was delivered later than a machine of its own takes at most."""
        if self.drained_s <= DRAINED_S:
            return []
        return [f"drained after {self.drained_s:.0f} s; {self.load:.1f} processes wanted the processor"]


Trouble: TypeAlias = Callable[["ChaosHall"], Awaitable[None]]


class ChaosHall:
    """Twins, processes and people of one run, in a folder of their own."""

    def __init__(
        self, folder: Path, seed: int, card: Card | None = None, packets: Packets | None = None
    ) -> None:
        (folder / "site.toml").write_text(site_toml(), encoding="utf-8")
        self.seed = seed
        self.drained_s = 0.0
        self._people: list[asyncio.Future[None]] = []
        self.site = load_site(folder / "site.toml")
        self.seen = Seen()
        self.stage = Stage(self.site, folder / "wires", paced=False)
        self.processes = Processes(folder)
        self.observer = Receipts(SITE, asyncio.get_running_loop())
        dice = random.Random(f"{seed}/nemesis")
        self.nemesis = Nemesis(self.processes, self.stage, dice, card, packets)
        self.clerks = [
            Clerk(place, self.seen, random.Random(f"{seed}/{window}"))
            for window, place in self.stage.places.items()
        ]
        codes = [service.code for service in self.site.services]
        self.lobbies = [
            Lobby(machine, codes, self.seen, random.Random(f"{seed}/{machine.printer_name}"))
            for machine in self.stage.machines
        ]

    async def start(self) -> None:
        """Raises BrokerFailed, TimeoutError."""
        await self.stage.start()
        await self.processes.start()
        self.observer.start("127.0.0.1", self.processes.broker_port)
        await self.until(lambda: self.observer.ready >= set(NODES), READY_S, "the nodes are not ready")

    async def torment(self, trouble: Trouble) -> None:
        """People work while there is trouble, and until all is delivered after it."""
        people = [*(one.work for one in self.clerks), *(one.work for one in self.lobbies)]
        self._people = [asyncio.ensure_future(go()) for go in (*people, *(one.watch for one in self.clerks))]
        try:
            await trouble(self)
            healed_s = time.monotonic()
            try:
                await self._drain()
            finally:
                self.drained_s = time.monotonic() - healed_s
        finally:
            for task in self._people:
                task.cancel()
            await asyncio.gather(*self._people, return_exceptions=True)

    async def blows(self, kills: int, most_s: float) -> None:
        """Until so many processes were killed, or the time is over."""
        dice, end_s = random.Random(f"{self.seed}/pace"), time.monotonic() + most_s
        while self.nemesis.kills < kills and time.monotonic() < end_s:
            await asyncio.sleep(dice.expovariate(1 / PAUSE_S))
            self.nemesis.strike()
            self.check()
        await self.nemesis.rest()

    def check(self) -> None:
        """Raises what went wrong with the people themselves."""
        for task in self._people:
            if task.done():
                task.result()

    async def _drain(self) -> None:
        """Each node keeps a record now; its receipt covers all before it."""
        self.observer.forget()
        nodes = [node for node in NODES if node != COORDINATOR]

        def delivered() -> bool:
            self.check()
            return all(self.observer.delivered(node) for node in nodes)

        await self.until(delivered, PATIENCE_S, "records were not delivered")

    async def settle(self) -> list[str]:
        """Nobody presses any more. What panels show against what the hall says: sentences."""
        await asyncio.gather(
            *(clerk.keypad.changed(lambda twin: not twin.is_busy, 30) for clerk in self.clerks)
        )
        wrong = await self._agree()
        await self._silence()
        for clerk in self.clerks:
            clerk.note_thanks()
        self.seen.papers = read_papers(self.stage)
        return wrong

    async def _agree(self) -> list[str]:
        """Wait until every strip shows what its window's state says; what still differs."""
        found = [""]

        def differ() -> list[str]:
            return [text for clerk in self.clerks if (text := _differs(clerk, self.observer.windows))]

        end_s = time.monotonic() + DRAINED_S
        while (found := differ()) and time.monotonic() < end_s:
            self.observer.changed.clear()
            await asyncio.wait([asyncio.ensure_future(self.observer.changed.wait())], timeout=0.5)
        return found

    async def _silence(self) -> None:
        """What devices had still to tell is told and delivered: no record came for a while."""
        known = -1
        while known != self.observer.records or not self.observer.is_delivered:
            known = self.observer.records
            await asyncio.sleep(SILENCE_S)

    async def until(self, condition: Callable[[], Any], timeout_s: float, what: str) -> None:
        """Wait for what the observer must hear; raises TimeoutError that says `what` is so instead."""
        if not await self.observer.until(condition, timeout_s):
            raise TimeoutError(f"{what} within {timeout_s:g} s (seed {self.seed})")

    async def stop(self) -> None:
        """End all. Twice is fine."""
        await self.processes.stop()
        self.observer.stop()
        await self.stage.stop()


async def run(
    folder: Path,
    seed: int,
    kills: int,
    most_s: float,
    card: Card | None = None,
    packets: Packets | None = None,
) -> Result:
    """Blows upon a hall in `folder`, with its `data` on `card`, if given. Raises BrokerFailed."""
    return await suffer(folder, seed, lambda hall: hall.blows(kills, most_s), card, packets)


async def suffer(
    folder: Path,
    seed: int,
    trouble: Trouble,
    card: Card | None = None,
    packets: Packets | None = None,
) -> Result:
    """The same with any trouble, which has an end and is healed then."""
    began_s = time.monotonic()
    with _story(folder):
        hall = ChaosHall(folder, seed, card, packets)
        try:
            await hall.start()
            await hall.torment(trouble)
            wrong = await hall.settle()
        except TimeoutError as error:
            wrong = [str(error)]
        finally:
            await hall.stop()
    found = _findings(hall)
    return Result(
        seed=seed,
        folder=folder,
        kills=hall.nemesis.kills,
        faults=dict(hall.nemesis.counts),
        took_s=time.monotonic() - began_s,
        presses=hall.seen.takes + hall.seen.calls.total() + hall.seen.rated.total(),
        papers=len(hall.seen.papers),
        calls=len(hall.seen.shown),
        thanked=hall.seen.thanked.total(),
        drained_s=hall.drained_s,
        load=os.getloadavg()[0],
        lost=found.lost,
        doubled=found.doubled,
        wrong=(*found.wrong, *wrong),
    )


@contextlib.contextmanager
def _story(folder: Path) -> Iterator[None]:
    """Write down what happens to the hall and before it, in the form of the nodes' logs."""
    story, logger = logging.FileHandler(folder / "story.log", encoding="utf-8"), logging.getLogger("chaos")
    story.setFormatter(logging.Formatter("%(asctime)s %(levelname).1s %(name)s: %(message)s"))
    logger.setLevel(logging.INFO)
    logger.addHandler(story)
    try:
        yield
    finally:
        logger.removeHandler(story)
        story.close()


def _findings(hall: ChaosHall) -> Findings:
    nodes = hall.processes.nodes
    core = nodes[COORDINATOR].journal
    others = {name: node.journal for name, node in nodes.items() if name != COORDINATOR}
    try:
        found = audit(read_books(core, others), hall.seen, _slack(hall))
    except UNREADABLE as error:
        found = Findings((), (), (f"the stores cannot be read: {error}",))
    cries = [f"{name} said: {line}" for name, node in nodes.items() for line in _cries(node.log)]
    return found._replace(wrong=(*found.wrong, *replayed(core), *cries))


def _slack(hall: ChaosHall) -> dict[str, int]:
    """By window and "" for the machines: starts of its node after the first, and plugs put back."""
    slack: Counter[str] = Counter()
    node_of = {port.id: port.node for port in hall.site.ports}
    for device in hall.site.devices:
        if device.kind == "keypad":
            again = hall.processes.nodes[node_of[device.port]].starts - 1
            slack[device.window] += again + hall.nemesis.counts[f"pulled {device.port}"]
    return slack


def _differs(clerk: Clerk, windows: dict[str, dict[str, Any]]) -> str:
    """A strip that calls somebody whom the hall does not call there, or does not call whom it does."""
    state = windows.get(clerk.window, {})
    wanted = state.get("ticket", "") if state.get("phase") == "calling" else ""
    called = CALL.fullmatch(clerk.strip.text)
    shown = called[1] if called else ""
    if wanted and shown != wanted:
        return f"window {clerk.window} calls {wanted} and its strip shows {clerk.strip.text!r}"
    return ""


def _cries(log: str) -> list[str]:
    """Lines that no fault of the world excuses."""
    return [line for line in log.splitlines() if line.startswith("Traceback") or "Error:" in line]
