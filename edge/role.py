"""One coordinator a site: claiming the role, and noticing when somebody else holds it.

A node that wants the role subscribes to `role`, `life` and `request`, and publishes a `ClaimRole` on its own
request topic, before it publishes anything else. Its own claim comes back after all retained messages, so
by then it knows whether anybody ever held the role.

Rules
1. If the holder's process is alive it is given a moment to answer the claim; if it does, the role is taken.
2. Of two that claim at the same time, the one that knows of the earlier epoch gives way; if both know the
   same, the one whose instance sorts first. Each hears the other's claim: who was heard too early says it
   again.
3. A holder that sees a higher epoch stops acting at once; of two with the same epoch, the one whose
   instance sorts first does. This is for two that could not hear each other when they claimed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from mqtt_bridge.messages import ClaimRole, Life, Message, Role
from mqtt_bridge.topics import Topic

ANSWER_S = 2.0
"""A living holder answers a claim within milliseconds; this covers a node that is very busy."""
SETTLE_S = 0.3
"""Others that start in the same moment, by one switch, are heard within this."""
DEADLINE_S = 60.0
"""A claim answered late does no harm, and a holder answers it in any case."""


class RoleTaken(Exception):  # noqa: N818 - a state of the site
    """Another node coordinates this site. The text names it, and so does `node`."""

    def __init__(self, text: str, node: str) -> None:
        super().__init__(text)
        self.node = node


def outranks(role: Role, other: Role) -> bool:
    """Whether the holder of `role` goes on and that of `other` stops."""
    return (role.epoch, role.instance) > (other.epoch, other.instance)


class RoleClaim:
    """One attempt to take the role on one broker, under an `id` of its own.

    `publish_claim` sends the given message on our request topic; `system_s` is the system clock; `epoch` is
    the highest that we know of.
    """

    def __init__(
        self,
        instance: str,
        id: str,
        publish_claim: Callable[[ClaimRole], object],
        system_s: Callable[[], float],
        epoch: int = 0,
    ) -> None:
        self._instance = instance
        self._publish = publish_claim
        self._id = id
        self._system_s = system_s
        self._epoch = epoch
        self._heard_of = 0  # the highest epoch that a node says
        self._holders: dict[str, Role] = {}
        self._alive: set[str] = set()  # instances
        self._rivals: set[str] = set()  # instances that were told again
        self._echo = asyncio.Event()
        self._decided = asyncio.Event()
        self._refusal: RoleTaken | None = None

    def hear(self, topic: Topic, message: Message) -> None:
        """Take in `role`, `life` and `request` messages of the site."""
        match message:
            case Role() if message.instance != self._instance:
                self._holders[topic.node] = message
                if message.heard == self._id:
                    self._refuse(RoleTaken(_taken(topic.node, message), topic.node))
            case Life():
                self._note_life(message)
            case ClaimRole() if message.id == self._id:
                self._echo.set()
            case ClaimRole() if message.instance != self._instance:
                self._rival(topic.node, message)

    def _note_life(self, life: Life) -> None:
        self._heard_of = max(self._heard_of, life.epoch)
        if life.state in ("ready", "degraded", "init"):
            self._alive.add(life.instance)
        else:
            self._alive.discard(life.instance)

    def _rival(self, node: str, claim: ClaimRole) -> None:
        if (claim.epoch, claim.instance) > (self._epoch, self._instance):
            self._refuse(RoleTaken(_rivalled(node), node))
        elif claim.instance not in self._rivals:
            self._rivals.add(claim.instance)
            self.link_up()

    def _refuse(self, why: RoleTaken) -> None:
        self._refusal = self._refusal or why
        self._decided.set()

    def link_up(self) -> None:
        """The broker is there: claim."""
        deadline_ms = int((self._system_s() + DEADLINE_S) * 1000)
        self._publish(ClaimRole(self._id, deadline_ms, instance=self._instance, epoch=self._epoch))

    async def run(self, least_s: float = 0.0) -> int:
        """Highest epoch seen so far, once it is sure that nobody holds the role. Raises RoleTaken.

        A holder of whom nothing was heard is given `least_s` to answer. Waits for the broker as long as it
        takes. Until the coordinator acts, `check` still looks for rivals.
        """
        await self._echo.wait()
        held = any(role.instance in self._alive for role in self._holders.values())
        await _wait(self._decided, max(ANSWER_S if held else SETTLE_S, least_s))
        self.check()
        return max(self._heard_of, *(role.epoch for role in self._holders.values()), 0)

    def check(self) -> None:
        """Raises RoleTaken when somebody else has the role, or goes first."""
        if self._refusal is not None:
            raise self._refusal


async def _wait(event: asyncio.Event, timeout_s: float) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        pass


def _taken(node: str, role: Role) -> str:
    since = time.strftime("%Y-%m-%d %H:%M", time.localtime(role.since_ms / 1000))
    return (
        f"node {node!r} on {role.host or 'another machine'} coordinates this site since {since}"
        f" (epoch {role.epoch}): stop that one first, or start this node without the role"
    )


def _rivalled(node: str) -> str:
    return (
        f"node {node!r} is starting as the coordinator of this site at the same moment:"
        " stop that one first, or start this node without the role"
    )
