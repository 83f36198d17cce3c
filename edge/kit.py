"""What a node that may coordinate its site works with, and what it makes of that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from edge.clock import HallClock
from edge.journal import Journal
from edge.outside import Outside
from edge.plan import NodePlan
from edge.role import RoleClaim
from mqtt_bridge import messages as m
from mqtt_bridge.bridge import Bridge
from mqtt_bridge.topics import every

if TYPE_CHECKING:
    from edge.coordinator import Coordinator
    from edge.fence import Fence
    from edge.keeper import Witness
    from edge.ledger import Restart
    from edge.lone import Lone
    from edge.standby.known import Known
    from edge.standby.post import Post


@dataclass(frozen=True)
class Kit:
    """`run` is what each role of a run has. `trouble(where, why)` says that somebody should look."""

    plan: NodePlan
    outside: Outside
    journal: Journal
    bridge: Bridge
    clock: HallClock
    loop: asyncio.AbstractEventLoop
    run: m.Role
    trouble: Callable[[str, str], None]

    def post(self, news: Callable[[Known], None]) -> Lone | Post:
        """What the node has of all this. In a hall with a standby `news` hears who coordinates."""
        if self.plan.pair:
            from edge.standby.post import Post

            return Post(self, news)
        from edge.lone import Lone

        return Lone(self)

    def role(self, epoch: int, heard: str = "") -> m.Role:
        """Our role in an epoch."""
        return msgspec.structs.replace(self.run, epoch=epoch, heard=heard)

    def claim(self, bridge: Bridge, epoch: int = 0) -> RoleClaim:
        """A claim of the role on one broker, by one that knows of `epoch`."""
        return RoleClaim(
            self.run.instance,
            self.outside.token(8),
            lambda one: bridge.publish("request", (), one),
            self.outside.system_s,
            epoch,
        )

    def first_epoch(self) -> int:
        """A new store's first epoch is above this, which grows until a card is replaced."""
        return int(self.clock.now_s() // 60)

    def coordinator(self, found: Restart, fence: Fence, witness: Witness | None = None) -> Coordinator:
        """A coordinator in the epoch that was found, behind its fence. Raises JournalError."""
        # Loaded here: the rules are a third of a start, and most nodes never need them.
        from edge.coordinator import Coordinator
        from edge.site_in_force import SiteInForce

        self.trouble("events", found.lacks)
        return Coordinator(
            journal=self.journal,
            found=found,
            port=fence,
            clock=self.clock,
            loop=self.loop,
            role=self.role(found.epoch),
            site=SiteInForce(self.plan.toml, self.plan.site),
            system_ms=self.outside.system_ms,
            on_over=fence.close,
            witness=witness,
            nodes=self.nodes_to_hear(),
            trouble=self.trouble,
        )

    def nodes_to_hear(self) -> frozenset[str]:
        """Our own node, and each that has devices: who may know of a hall whose books were lost."""
        site = self.plan.site
        ports = {port.id: port.node for port in site.ports}
        return frozenset({self.plan.node, *(ports[device.port] for device in site.devices)})

    def every(self, *kinds: str) -> tuple[str, ...]:
        """Subscriptions to kinds of topics of all nodes."""
        return tuple(every(self.plan.site.site.id, kind) for kind in kinds)
