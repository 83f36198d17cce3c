"""What a node is started with."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec

from edge.clock import HallClock
from edge.settings.model import Site
from mqtt_bridge.settings import BrokerAddress


class NodePlan(NamedTuple):
    """`toml` is the text of `site`. `wires` replaces each port's URL by the twin's of that name there."""

    toml: str
    site: Site
    node: str
    data: Path
    broker: BrokerAddress
    clock: HallClock
    wires: Path | None = None

    @property
    def coordinates(self) -> bool:
        """Whether this node owns the queue."""
        return self.site.site.coordinator == self.node

    @property
    def pair(self) -> tuple[str, ...]:
        """The two nodes that may coordinate a site with a standby; none for a site without."""
        standby = self.site.standby
        return (self.site.site.coordinator, standby.node) if standby is not None else ()

    @property
    def partner(self) -> str:
        """The other one of the pair, for a node that is of it; else ""."""
        return next((one for one in self.pair if one != self.node), "") if self.node in self.pair else ""

    def homes(self, holder: str) -> tuple[BrokerAddress, BrokerAddress]:
        """The broker of the coordinator `holder`, and the other one. Of a site with a standby."""
        standby = self.site.standby
        if standby is None:
            return self.broker, self.broker
        second = msgspec.structs.replace(self.broker, host=standby.host, port=standby.port)
        return (second, self.broker) if holder == standby.node else (self.broker, second)

    @property
    def journal(self) -> Path:
        """The node's journal."""
        return self.data / f"{self.site.site.id}-{self.node}.db"
