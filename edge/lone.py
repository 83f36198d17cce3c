"""The coordinator of a site without a standby: it claims the role, and acts from then on.

Nodes heed no other epoch than one above all that they heard of. Where a store was lost, and the broker forgot
too, a node may tell later of one that is higher than ours: then a higher one still is begun.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from edge import ledger
from edge.kit import Kit
from edge.role import RoleClaim
from mqtt_bridge import messages as m
from mqtt_bridge.topics import Topic

if TYPE_CHECKING:
    from edge.coordinator import Coordinator
    from edge.fence import Fence

log = logging.getLogger("hall.coordinator")


class Lone:
    """What a node has of this; in a site with a standby it has a `Post` (`edge/standby/post.py`) instead."""

    makes_time = True
    """The hall's time is this node's own, also before it acts."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._claim: RoleClaim | None = None
        self._coordinator: Coordinator | None = None
        self._fence: Fence | None = None
        self._beginning: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Before the bridge starts."""
        self._kit.bridge.subscribe(*self._kit.every("request", "record"))

    async def begin(self) -> None:
        """Coordinate. Raises JournalError, or RoleTaken where another node does."""
        kit = self._kit
        claim = self._claim = kit.claim(kit.bridge)
        epoch_seen = await claim.run()
        found = await kit.journal.run(ledger.restart(epoch_seen, kit.first_epoch()))
        claim.check()
        self._claim = None
        self._act(found)

    def _act(self, found: ledger.Restart) -> None:
        from edge.fence import Fence

        self._fence = Fence(self._kit.bridge, found.epoch)
        self._coordinator = self._kit.coordinator(found, self._fence)
        self._coordinator.start()

    async def _begin_above(self, epoch: int) -> None:
        self._act(await self._kit.journal.run(ledger.restart(epoch)))

    def _heard_of(self, epoch: int) -> None:
        """A node heard of an epoch once."""
        if self._coordinator is None or self._fence is None or epoch <= self._coordinator.epoch:
            return
        log.warning("nodes have heard of epoch %d: this coordinator begins a later one", epoch)
        self._coordinator.stop()
        self._fence.close()
        self._coordinator = None
        self._beginning = self._kit.loop.create_task(self._begin_above(epoch))

    async def stop(self) -> None:
        """Act no more."""
        if self._beginning is not None:
            await asyncio.wait([self._beginning])
        if self._coordinator is not None:
            self._coordinator.stop()

    def link(self, epoch: int) -> None:
        """The epoch of the living coordinator that is heard: nothing to us."""

    def linked(self, up: bool) -> None:
        """The broker came or went."""
        if up and self._claim is not None:
            self._claim.link_up()

    def storage_changed(self) -> None:
        """The journal's disk filled up, or has room again."""
        if self._coordinator is not None:
            self._coordinator.storage_changed()

    def hear(self, topic: Topic, message: m.Message, acknowledge: Callable[[], None]) -> None:
        """All that comes on the broker."""
        if self._claim is not None:
            self._claim.hear(topic, message)
        if isinstance(message, m.Life):
            self._heard_of(message.epoch)
        if self._coordinator is not None:
            self._coordinator.hear(topic, message, acknowledge)
        else:
            acknowledge()

    def late(self, topic: Topic, message: m.Message, acknowledge: Callable[[], None]) -> None:
        """A request past its deadline."""
        if self._coordinator is not None:
            self._coordinator.hear(topic, message, acknowledge)
        else:
            acknowledge()
