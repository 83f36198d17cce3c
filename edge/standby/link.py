"""One of the brokers of a node that may coordinate: what stands there of roles and lives, and our claims."""

from __future__ import annotations

from edge.kit import Kit
from edge.role import RoleClaim
from mqtt_bridge import messages as m
from mqtt_bridge.bridge import Bridge
from mqtt_bridge.topics import Topic


class Link:
    """A claim hears also what was said before it was made: so it can be made at any time."""

    def __init__(self, kit: Kit, bridge: Bridge) -> None:
        self.bridge = bridge
        self._kit = kit
        self._said: dict[tuple[str, str], tuple[Topic, m.Message]] = {}  # by kind and node
        self._claim: RoleClaim | None = None

    def hear(self, topic: Topic, message: m.Message) -> None:
        """All that comes on this broker."""
        if isinstance(message, m.Role | m.Life):
            self._said[topic.kind, topic.node] = (topic, message)
        if self._claim is not None:
            self._claim.hear(topic, message)

    def linked(self, up: bool) -> None:
        """The broker came or went. What stands on it is heard again."""
        if not up:
            self._said.clear()
        elif self._claim is not None:
            self._claim.link_up()

    def claim(self, epoch: int) -> RoleClaim:
        """Claim the role here, now or as soon as the broker is there, as one that knows of `epoch`."""
        claim = self._claim = self._kit.claim(self.bridge, epoch)
        for topic, message in self._said.values():
            claim.hear(topic, message)
        if self.bridge.connected:
            claim.link_up()
        return claim

    def done(self) -> None:
        """The claim is over."""
        self._claim = None
