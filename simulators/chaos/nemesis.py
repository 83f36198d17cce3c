"""Does what happens to a hall in bad years, by a seed, one blow after the other and often several at a time.

Every blow has an end: what was killed is started again, what was pulled is put back, what froze is let go.
After `rest` all is as it should be.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import TypeAlias

from simulators.chaos.card import Card
from simulators.chaos.packets import Packets
from simulators.chaos.processes import NodeProcess, Processes
from simulators.chaos.proxy import Way
from simulators.demo.stage import Stage

log = logging.getLogger("chaos")

Blow: TypeAlias = Callable[[str], Coroutine[None, None, None]]

BLACKOUT = 0.2
"""Part of the blows that end every process at once."""


class Nemesis:
    """`strike` deals one blow and returns while it still hurts; `kills` counts processes that were ended."""

    def __init__(
        self,
        processes: Processes,
        stage: Stage,
        dice: random.Random,
        card: Card | None = None,
        packets: Packets | None = None,
    ) -> None:
        """A `card` dies when the light goes out; `packets` are lost between nodes and broker."""
        self.counts: Counter[str] = Counter()
        self._card = card
        self._packets = packets
        self._processes = processes
        self._lines = {line.wire.url: line for line in stage.lines}
        self._dice = dice
        self._hurt: dict[str, asyncio.Task[None]] = {}
        self._failed: list[BaseException] = []
        nodes = list(processes.nodes)
        self._blows: list[tuple[int, str, str, list[str], Blow]] = [
            (4, "killed", "", [*nodes, "broker"], self._kill),
            (2, "frozen", "", [*nodes, "broker"], self._freeze),
            (2, "pulled", "", list(self._lines), self._pull),
            (1, "cut", "way of ", nodes, self._cut),
            (2, "half open", "way of ", nodes, self._half_open),
            (1, "slow", "way of ", nodes, self._slow),
            (6 if packets is not None else 0, "packets lost", "way of ", nodes, self._lose_packets),
        ]

    @property
    def kills(self) -> int:
        """Processes killed so far."""
        return sum(count for name, count in self.counts.items() if name.startswith("killed"))

    def strike(self) -> None:
        """One blow at something that is not hurt just now, or the light goes out for all that runs."""
        if self._packets is None and self._dice.random() < BLACKOUT:
            self._black_out()
            return
        weights = [weight for weight, *_ in self._blows]
        _, name, place, targets, blow = self._dice.choices(self._blows, weights)[0]
        self._deal(name, place, self._dice.choice(targets), blow)

    def _black_out(self) -> None:
        everything = (*self._processes.nodes, "broker")
        if self._card is None:
            for target in everything:
                self._deal("killed", "", target, self._kill)
        elif not self._hurt.keys() & set(everything):
            self.counts["power cut"] += 1
            log.info("power cut")
            task = asyncio.ensure_future(self._cut_power(self._card))
            for target in everything:
                self.counts[f"killed {target}"] += 1
                self._hurt[target] = task
                task.add_done_callback(partial(self._healed, "killed", target))

    def _deal(self, name: str, place: str, target: str, blow: Blow) -> None:
        spot = place + target
        if spot in self._hurt:
            return
        self.counts[f"{name} {target.rpartition('/')[2]}"] += 1
        log.info("%s %s", target, name)
        task = self._hurt[spot] = asyncio.ensure_future(blow(target))
        task.add_done_callback(partial(self._healed, name, spot))

    def _healed(self, name: str, spot: str, task: asyncio.Task[None]) -> None:
        log.info("%s no more %s", spot, name)
        self._hurt.pop(spot)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed.append(error)

    async def rest(self) -> None:
        """All wounds heal. Raises what went wrong in a blow."""
        while self._hurt:
            await asyncio.wait(self._hurt.values())
        if self._failed:
            raise self._failed[0]

    def _soon(self, most_s: float) -> Awaitable[None]:
        return asyncio.sleep(self._dice.uniform(0.0, most_s))

    async def _kill(self, target: str) -> None:
        if target == "broker":
            await self._kill_broker()
            return
        node = self._processes.nodes[target]
        node.kill()
        await self._soon(1.0)
        node.start()
        await self._soon(0.5)  # it may be killed again in the middle of its start, or not

    async def _cut_power(self, card: Card) -> None:
        """Nothing more reaches the card, and all end; then the card is as its file system left it."""
        card.die()
        for node in self._processes.nodes.values():
            node.kill()
        if self._processes.broker is not None:
            self._processes.broker.kill()
        await asyncio.to_thread(card.come_back)
        await self._processes.start_broker()
        for node in self._processes.nodes.values():
            node.start()

    async def _kill_broker(self) -> None:
        if self._processes.broker is not None:
            self._processes.broker.kill()
        await self._soon(1.5)
        await self._processes.start_broker()

    async def _freeze(self, target: str) -> None:
        """Stopped where it stands, as under a system that swaps: long enough to be taken for dead, or not."""
        if target == "broker":
            await self._freeze_broker()
            return
        node: NodeProcess = self._processes.nodes[target]
        node.send(signal.SIGSTOP)
        await self._soon(4.0)
        node.send(signal.SIGCONT)

    async def _freeze_broker(self) -> None:
        broker = self._processes.broker
        if broker is not None:
            os.kill(broker.pid, signal.SIGSTOP)
            await self._soon(4.0)
            os.kill(broker.pid, signal.SIGCONT)

    async def _pull(self, target: str) -> None:
        line = self._lines[target]
        line.unplug()
        await self._soon(2.0)
        line.replug()

    async def _cut(self, target: str) -> None:
        self._processes.nodes[target].proxy.cut()
        await self._soon(0.1)

    async def _half_open(self, target: str) -> None:
        """Nobody is told; then all comes at once, or never."""
        proxy = self._processes.nodes[target].proxy
        proxy.freeze(*self._dice.choice((("up",), ("down",), ("up", "down"))))
        await self._soon(5.0)
        if self._dice.random() < 0.5:
            proxy.cut()
        proxy.thaw()

    async def _slow(self, target: str) -> None:
        proxy = self._processes.nodes[target].proxy
        proxy.slow(self._dice.uniform(0.05, 1.0))
        await self._soon(4.0)
        proxy.thaw()

    async def _lose_packets(self, target: str) -> None:
        """A part of them, or all: one way or both."""
        if self._packets is None:
            return
        port = self._processes.nodes[target].proxy.port
        ways: tuple[Way, ...] = self._dice.choice((("up",), ("down",), ("up", "down")))
        self._packets.lose(port, self._dice.choice((10, 40, 100)), *ways)
        await self._soon(6.0)
        self._packets.heal(port)
