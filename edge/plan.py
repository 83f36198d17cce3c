"""What a node is started with."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

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
    def journal(self) -> Path:
        """The node's journal."""
        return self.data / f"{self.site.site.id}-{self.node}.db"
