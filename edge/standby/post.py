"""A node's part in who coordinates its site: whom it follows, the other broker it looks in at, its duty."""

from __future__ import annotations

import logging
from collections.abc import Callable

from edge.kit import Kit
from edge.standby.duty import Duty
from edge.standby.follow import Follow
from edge.standby.known import Known
from mqtt_bridge import messages as m
from mqtt_bridge.bridge import Bridge, Delivery
from mqtt_bridge.topics import Topic

LOOKOUT_LOG = logging.getLogger("hall.lookout")


class Post:
    """Of each node in a site with a standby. `on_news` hears of each higher epoch, and who holds it."""

    def __init__(self, kit: Kit, on_news: Callable[[Known], None]) -> None:
        self._kit = kit
        self._on_news = on_news
        self._lookout = self._looking_out(kit)
        self._follow = Follow(kit.plan, kit.journal, kit.bridge, self._lookout, self._news)
        self._duty = Duty(kit, self._lookout, self._follow) if kit.plan.partner else None

    def _looking_out(self, kit: Kit) -> Bridge:
        return Bridge(
            site=kit.plan.site.site.id,
            node=kit.plan.node,
            instance=kit.run.instance,
            address=kit.plan.homes("")[1],
            on_message=self._looked,
            on_link=self._looking,
            log=LOOKOUT_LOG,
            now_ms=kit.outside.system_ms,
            rng=kit.outside.rng,
            dial=kit.outside.dial,
            present=False,
        )

    # --- start and stop --------------------------------------------------------------------------------

    def open(self) -> None:
        """Before the bridge starts. Raises JournalError."""
        self._follow.start()
        if self._duty is not None:
            self._duty.subscribe()
        self._lookout.subscribe(*self._kit.every("role", "life"))
        self._lookout.start()

    async def begin(self) -> None:
        """Take up the duty, if there is one. Raises JournalError, or RoleTaken."""
        if self._duty is not None:
            await self._duty.begin()

    async def stop(self) -> None:
        """Act no more, and look no more."""
        if self._duty is not None:
            self._duty.stop()
        await self._lookout.stop()

    # --- what happens ----------------------------------------------------------------------------------

    @property
    def makes_time(self) -> bool:
        """Whether the hall's time is this node's own: it coordinates."""
        return self._duty is not None and self._duty.acts

    def link(self, epoch: int) -> None:
        """The epoch of the living coordinator that is heard; 0 for none."""
        if self._duty is not None:
            self._duty.link(epoch)

    def linked(self, up: bool) -> None:
        """The broker we live on came or went."""
        if self._duty is not None:
            self._duty.linked(up)

    def storage_changed(self) -> None:
        """The journal's disk filled up, or has room again."""
        if self._duty is not None:
            self._duty.storage_changed()

    def hear(self, topic: Topic, message: m.Message, acknowledge: Callable[[], None]) -> None:
        """All that comes on the broker we live on."""
        self._follow.hear(topic, message)
        if self._duty is not None:
            self._duty.hear(topic, message, acknowledge)
        else:
            acknowledge()

    def late(self, topic: Topic, message: m.Message, acknowledge: Callable[[], None]) -> None:
        """A request past its deadline."""
        if self._duty is not None:
            self._duty.late(topic, message, acknowledge)
        else:
            acknowledge()

    def _looking(self, up: bool) -> None:
        if self._duty is not None:
            self._duty.looking(up)

    def _looked(self, topic: Topic, message: m.Message, delivery: Delivery) -> None:
        """On the other broker only who coordinates is of interest."""
        delivery.ack()
        self._follow.hear(topic, message)
        if self._duty is not None:
            self._duty.look(topic, message)

    def _news(self, known: Known) -> None:
        self._on_news(known)
        if self._duty is not None:
            self._duty.news(known)
