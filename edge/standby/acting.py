"""A coordinator at work: behind its fence, and in a site with a standby telling its journal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from edge.coordinator import Coordinator
from edge.fence import Fence
from edge.hall.events import NumbersPassed
from edge.site_in_force import SiteInForce
from edge.standby import books
from edge.standby.feed import Feed
from edge.standby.kit import Kit
from edge.standby.known import Taken
from edge.standby.waits import CLOSE_S, log, log_error, wait
from mqtt_bridge import messages as m
from mqtt_bridge.contract import CHANNELS
from mqtt_bridge.topics import Topic

Acknowledge = Callable[[], None]

HEARS = ("request", "record", "copied")


class Acting:
    """From the epoch's beginning to its end."""

    def __init__(self, kit: Kit, taken: Taken) -> None:
        """Raises JournalError for a journal of another release."""
        self._kit = kit
        self.epoch = taken.found.epoch
        self._fence = Fence(kit.bridge, self.epoch, self.say_role)
        self._feed: Feed | None = None
        if kit.plan.partner:
            self._feed = Feed(
                port=kit.bridge,
                journal=kit.journal,
                loop=kit.loop,
                epoch=self.epoch,
                standby=kit.plan.partner,
                now_ms=kit.clock.now_ms,
            )
        self.coordinator = Coordinator(
            journal=kit.journal,
            found=taken.found,
            port=self._fence,
            clock=kit.clock,
            loop=kit.loop,
            role=kit.role(self.epoch),
            site=SiteInForce(kit.plan.toml, kit.plan.site),
            system_ms=kit.system_ms,
            on_over=self._fence.close,
            witness=self._feed,
        )

    @property
    def is_on(self) -> bool:
        """Whether it acts."""
        return self.coordinator.acting

    def start(self, unheard_s: float | None) -> None:
        """Act. Nothing is known of the last `unheard_s` seconds; None: the journal lacks nothing."""
        if unheard_s is not None:
            for event in self.coordinator.pass_over(unheard_s):
                if isinstance(event, NumbersPassed):
                    text = "numbers %s%d to %d may be on paper: they are not issued again"
                    log.warning(text, event.prefix, event.first, event.last)
        self._kit.journal.submit(books.is_no_copy, log_error)
        self._kit.bridge.subscribe(*self._kit.every(*HEARS))
        if self._kit.follow is not None:
            self._kit.follow.hold(self.epoch)
        self.coordinator.start()

    def stop(self) -> None:
        """The node ends."""
        self.coordinator.stop()
        if self._feed is not None:
            self._feed.stop()

    async def close(self) -> None:
        """Give way: stop, let the standby have what was committed last, and leave nothing behind."""
        self.coordinator.stop()
        if self._feed is not None and self._kit.bridge.connected:
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
        if self._kit.lookout is not None:
            self._kit.lookout.forget("role")

    # --- what comes in ---------------------------------------------------------------------------------

    def linked(self, up: bool) -> None:
        """The broker came or went."""
        if up and self._feed is not None:
            self._feed.link_up()

    def hear(self, topic: Topic, message: m.Message, acknowledge: Acknowledge) -> None:
        """All that comes on our broker."""
        if self._feed is not None and topic.node == self._kit.plan.partner:
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
        if self._kit.lookout is not None:
            self._kit.lookout.publish("role", (), role)
