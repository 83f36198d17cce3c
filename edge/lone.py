"""The coordinator of a site without a standby: it claims the role, and acts from then on.

Nodes heed no other epoch than one above all that they heard of. Where a store was lost, and the broker forgot
too, a node may tell later of one that is higher than ours: then the role is claimed again, and a higher one
begun, unless the higher one is of another coordinator, which lives. What the store refuses meanwhile is tried
again when a node says something, and when there is room.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from edge import ledger
from edge.journal import JournalError
from edge.kit import Kit
from edge.role import ANSWER_S, RoleClaim, RoleTaken
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
        self._known = 0  # the highest epoch that anybody heard of
        self._beginning: asyncio.Task[None] | None = None
        self._news = asyncio.Event()  # what was refused may be tried again

    def open(self) -> None:
        """Before the bridge starts."""
        self._kit.bridge.subscribe(*self._kit.every("request", "record"))

    async def begin(self, least_s: float = 0.0) -> None:
        """Coordinate. Raises JournalError, or RoleTaken where another node does."""
        kit = self._kit
        claim = self._claim = kit.claim(kit.bridge)
        self.linked(kit.bridge.connected)
        try:
            self._known = max(await claim.run(least_s), self._known)
            found = await kit.journal.run(ledger.restart(self._known, kit.first_epoch()))
            claim.check()
        finally:
            self._claim = None
        self._act(found)
        self._look()

    def _act(self, found: ledger.Restart) -> None:
        from edge.fence import Fence

        self._fence = Fence(self._kit.bridge, found.epoch)
        self._coordinator = self._kit.coordinator(found, self._fence)
        self._coordinator.start()

    def _look(self) -> None:
        """Stop where nodes would not heed us, and begin anew."""
        one, fence = self._coordinator, self._fence
        if one is None or fence is None or not one.acting or self._known <= one.epoch:
            return
        log.warning("nodes have heard of epoch %d: this coordinator begins a later one", self._known)
        one.stop()
        fence.close()
        self._coordinator = None
        if self._beginning is None or self._beginning.done():
            self._beginning = self._kit.loop.create_task(self._begin_later())

    async def _begin_later(self) -> None:
        while self._coordinator is None:
            self._news.clear()
            try:
                await self.begin(ANSWER_S)  # the epoch may be of somebody who lives
            except RoleTaken as no:
                log.error("%s: this one acts no more", no)
                return
            except JournalError as error:
                log.error("no later epoch can be begun yet: %s", error)
                await self._news.wait()

    async def stop(self) -> None:
        """Act no more."""
        if self._beginning is not None:
            self._beginning.cancel()
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
        self._news.set()
        if self._coordinator is not None:
            self._coordinator.storage_changed()

    def hear(self, topic: Topic, message: m.Message, acknowledge: Callable[[], None]) -> None:
        """All that comes on the broker."""
        if self._claim is not None:
            self._claim.hear(topic, message)
        if isinstance(message, m.Life):
            self._known = max(self._known, message.epoch)
            self._news.set()
            self._look()
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
