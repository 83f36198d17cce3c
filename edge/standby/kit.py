"""What a node of those that may coordinate works with, whatever it is at the moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from edge.clock import HallClock
from edge.journal import Journal
from edge.outside import Outside
from edge.plan import NodePlan
from edge.standby.follow import Follow
from mqtt_bridge import messages as m
from mqtt_bridge.bridge import Bridge
from mqtt_bridge.topics import every


@dataclass(frozen=True)
class Kit:
    """`run` is what each role of a run has. `trouble(where, why)` says that somebody should look.

    `lookout` and `follow` are None in a site without a standby.
    """

    plan: NodePlan
    outside: Outside
    journal: Journal
    bridge: Bridge
    clock: HallClock
    loop: asyncio.AbstractEventLoop
    run: m.Role
    trouble: Callable[[str, str], None] = lambda _where, _text: None
    lookout: Bridge | None = None
    follow: Follow | None = None

    @property
    def is_ours(self) -> bool:
        """Whether it is this node's turn: who held the highest epoch, else whom the site file names."""
        holder = self.follow.holder if self.follow is not None else ""
        return holder == self.plan.node or (not holder and self.plan.coordinates)

    def role(self, epoch: int, heard: str = "") -> m.Role:
        """Our role in an epoch."""
        return msgspec.structs.replace(self.run, epoch=epoch, heard=heard)

    def every(self, *kinds: str) -> tuple[str, ...]:
        """Subscriptions to kinds of topics of all nodes."""
        return tuple(every(self.plan.site.site.id, kind) for kind in kinds)

    def system_ms(self) -> int:
        """The system clock."""
        return int(self.outside.system_s() * 1000)
