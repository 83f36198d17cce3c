"""A coordinator at work, with a standby: it speaks through its fence, and tells its journal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from edge.fence import Fence
from edge.kit import Kit
from edge.ledger import Restart
from edge.standby.feed import Feed
from edge.standby.follow import Follow
from edge.standby.waits import CLOSE_S, wait
from mqtt_bridge import messages as m
from mqtt_bridge.bridge import Bridge
from mqtt_bridge.contract import CHANNELS
from mqtt_bridge.topics import Topic

Acknowledge = Callable[[], None]

HEARS = ("request", "record", "copied")


class Acting:
    """From the epoch's beginning to its end."""

    def __init__(self, kit: Kit, lookout: Bridge, follow: Follow, found: Restart) -> None:
        """Raises JournalError for a journal of another release."""
        self._kit = kit
        self._lookout = lookout
        self._follow = follow
        self.epoch = found.epoch
        self._fence = Fence(kit.bridge, self.epoch, self.say_role)
        self._feed = Feed(
            port=kit.bridge,
            journal=kit.journal,
            loop=kit.loop,
            epoch=self.epoch,
            standby=kit.plan.partner,
            now_ms=kit.clock.now_ms,
        )
        self.coordinator = kit.coordinator(found, self._fence, self._feed)

    @property
    def is_on(self) -> bool:
        """Whether it acts."""
        return self.coordinator.acting

    def start(self) -> None:
        """Act."""
        self._kit.bridge.subscribe(*self._kit.every(*HEARS))
        self._follow.hold(self.epoch)
        self.coordinator.start()

    def stop(self) -> None:
        """The node ends."""
        self.coordinator.stop()
        self._feed.stop()

    async def close(self) -> None:
        """Give way: stop, let the standby have what was committed last, and leave nothing behind."""
        self.coordinator.stop()
        if self._kit.bridge.connected:
            closed = asyncio.Event()
            self._feed.close(closed.set)
            await wait(closed, CLOSE_S)
        self.end()

    def end(self) -> None:
        """Say nothing any more."""
        self.stop()
        self._fence.close()
        self._kit.bridge.forget("role", *(kind for kind in CHANNELS if kind.startswith("state/")))
        self._kit.bridge.unsubscribe(*self._kit.every(*HEARS))
        self._lookout.forget("role")

    # --- what comes in ---------------------------------------------------------------------------------

    def linked(self, up: bool) -> None:
        """The broker came or went."""
        if up:
            self._feed.link_up()

    def hear(self, topic: Topic, message: m.Message, acknowledge: Acknowledge) -> None:
        """All that comes on our broker."""
        if topic.node == self._kit.plan.partner:
            match message:
                case m.CopyAsk():
                    self._feed.ask(message)
                case m.Copied():
                    self._feed.copied(message)
                case m.Life():
                    self._feed.life(message.state)
        self.coordinator.hear(topic, message, acknowledge)

    def claimed(self, claim: m.ClaimRole) -> None:
        """Somebody claims the role on the other broker."""
        if self.is_on and claim.instance != self._kit.run.instance:
            self.say_role(self._kit.role(self.epoch, claim.id))

    def say_role(self, role: m.Role) -> None:
        """On the other broker: nodes that are there must learn of it."""
        self._lookout.publish("role", (), role)
