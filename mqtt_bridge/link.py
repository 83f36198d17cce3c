"""What a connection to a broker is to the rest of the bridge, whoever makes it.

`client.py` makes real ones; a hall in virtual time makes its own (simulators/torture/connection.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple, Protocol, TypeAlias

from mqtt_bridge.settings import BrokerAddress

Version: TypeAlias = Literal["5", "3.1.1"]


class Incoming(NamedTuple):
    """A message as it came. `acknowledge` may be called late, twice, or after the connection is gone.

    It goes out when all earlier messages were acknowledged too, so each must be, some time.
    """

    topic: str
    payload: bytes
    retained: bool
    acknowledge: Callable[[], None]


class Will(NamedTuple):
    """What the broker publishes, retained, when this connection ends without a goodbye."""

    topic: str
    payload: bytes


Heard: TypeAlias = Callable[[Incoming], None]
Taken: TypeAlias = Callable[[int, bool], None]


class Link(Protocol):
    """One connection, from CONNECT to its end; then it is thrown away.

    `window`: publishes that may be under way at once. `closed`: why it ended, once it has. `moved_s`: when it
    was last seen to that it is kept alive, by the loop's clock.
    """

    version: Version
    window: int
    moved_s: float
    closed: asyncio.Future[str]

    async def open(self) -> None:
        """Connect and wait for the broker's yes. Raises BrokerLost; VersionRefused is one of them."""

    async def subscribe(self, filters: Iterable[str]) -> list[str]:
        """Subscribe and wait for the broker's answer; returns the filters it refused. Raises BrokerLost."""

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> int | None:
        """Send at QoS 1. Returns the number that `taken` will be called with, None where the link is gone."""

    def disconnect(self) -> None:
        """Say goodbye: the broker forgets the last will. `closed` follows."""

    def hang_up(self, why: str) -> None:
        """End now, without a goodbye: the broker sends the last will. Safe twice."""


Dial: TypeAlias = Callable[[BrokerAddress, Version, str, Will | None, Heard, Taken], Link]
"""Makes a connection that is not open yet: address, version, client id, will, `heard`, `taken`."""
