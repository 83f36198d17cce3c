"""The coordinator of a site without a standby: it claims the role, and acts from then on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from edge import ledger
from edge.kit import Kit
from edge.role import RoleClaim
from mqtt_bridge import messages as m
from mqtt_bridge.topics import Topic

if TYPE_CHECKING:
    from edge.coordinator import Coordinator


class Lone:
    """What a node has of this; in a site with a standby it has a `Post` (`edge/standby/post.py`) instead."""

    makes_time = True
    """The hall's time is this node's own, also before it acts."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._claim: RoleClaim | None = None
        self._coordinator: Coordinator | None = None

    def open(self) -> None:
        """Before the bridge starts."""
        self._kit.bridge.subscribe(*self._kit.every("request", "record"))

    async def begin(self) -> None:
        """Coordinate. Raises JournalError, or RoleTaken where another node does."""
        from edge.fence import Fence

        kit = self._kit
        claim = self._claim = kit.claim(kit.bridge)
        epoch_seen = await claim.run()
        found = await kit.journal.run(ledger.restart(epoch_seen, kit.first_epoch()))
        claim.check()
        self._coordinator = kit.coordinator(found, Fence(kit.bridge, found.epoch))
        self._claim = None
        self._coordinator.start()

    async def stop(self) -> None:
        """Act no more."""
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
