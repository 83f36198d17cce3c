"""Whom a node follows in a hall with a standby, and on which broker.

Each of the two nodes that may coordinate has its own broker. A node lives on the broker of the coordinator
it follows and looks in at the other one, where it says nothing.

Rules
1. A node follows the coordinator of the highest epoch it ever heard of, on either broker, by its role or by
   what another node says that it follows. It remembers that over a restart, and never goes back.
2. It lives on that one's broker also while that broker is away: nobody else can act.
3. What it follows, it says in its `life`: so the news goes on from node to node.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from edge.disk import Work
from edge.plan import NodePlan
from edge.standby.known import Known, known, remember
from edge.standby.waits import log, log_error
from mqtt_bridge import messages as m
from mqtt_bridge.settings import BrokerAddress
from mqtt_bridge.topics import Topic


class Journal(Protocol):
    """What is asked of the journal."""

    def submit(self, work: Work, done: Callable[..., None]) -> None:
        """Run `work` on the store; then `done(result, None)` or `done(None, error)`."""

    def read(self, work: Work) -> Known:
        """Run it now: at the start."""


class Mover(Protocol):
    """A bridge, as far as it can be sent to another broker."""

    def go_to(self, address: BrokerAddress) -> None:
        """Leave for another broker."""


class Follow:
    """See the rules above. `on_news` is called when a higher epoch was heard of, or taken."""

    def __init__(
        self,
        plan: NodePlan,
        journal: Journal,
        bridge: Mover,
        lookout: Mover,
        on_news: Callable[[Known], None],
    ) -> None:
        self._plan = plan
        self._journal = journal
        self._bridge = bridge
        self._lookout = lookout
        self._on_news = on_news
        self._known = Known()
        self.stays = False
        """While true the node stays on the broker where it is: it has not finished there."""

    @property
    def epoch(self) -> int:
        """The highest epoch ever heard of."""
        return self._known.epoch

    @property
    def holder(self) -> str:
        """The node that held it; "" before any was heard of."""
        return self._known.holder

    def start(self) -> None:
        """Before the bridges start: read what the journal knows. Raises JournalError."""
        self._known = self._journal.read(known)
        if self.epoch:
            self._on_news(self._known)
        self.move()

    def hear(self, topic: Topic, message: m.Message) -> None:
        """A role or a life, on either broker."""
        match message:
            case m.Role():
                self._learn(message.epoch, topic.node)
            case m.Life():
                self._learn(message.epoch, message.follows)

    def hold(self, epoch: int) -> None:
        """Our own node has taken the role; its journal knows it already."""
        self._known = Known(epoch, self._plan.node)
        self._on_news(self._known)

    def move(self) -> None:
        """Live on the broker of the one that is followed, and look in at the other."""
        home, other = self._plan.homes(self.holder)
        self._bridge.go_to(home)
        self._lookout.go_to(other)

    def _learn(self, epoch: int, holder: str) -> None:
        if epoch <= self.epoch or holder not in self._plan.pair:
            return
        if holder != self.holder:
            log.warning("node %s coordinates this site in epoch %d", holder, epoch)
        self._known = Known(epoch, holder)
        self._journal.submit(remember(epoch, holder), log_error)
        self._on_news(self._known)
        if not self.stays:
            self.move()
