"""What a node makes of states: newest wins, each goes to the desks that want it, and who is alive.

A desk hears a state only when it is newer than the last. `link(epoch)` tells desks whether a coordinator is
living and reachable, and which: the broker is connected, a node holds the role, and that node's process is
alive.

A broker that was down may say of a dead one that it lives: nobody tells it otherwise. So what it kept counts
until the coordinator is `doubted`, and it counts again when something of it is heard that was not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from edge.desks.base import Desk, Newest
from mqtt_bridge.messages import Life, Message, Role, State
from mqtt_bridge.topics import Topic


class Hearing:
    """Distributes states to desks."""

    def __init__(self, desks: Iterable[Desk], on_live: Callable[[int], None] = lambda _epoch: None) -> None:
        """`on_live` hears what desks hear by `link`."""
        self._desks = list(dict.fromkeys(desks))
        self._on_live = on_live
        self._newest = Newest()
        self._holder: Role | None = None
        self._alive: dict[str, str] = {}  # node -> instance
        self._doubted = ""  # instance
        self.is_proven = False  # something of the holder was heard on this connection that was not kept
        self._epoch = 0
        self._by_want: dict[tuple[str, ...], list[Desk]] = {("state/site",): [], ("state/hall",): []}
        for desk in self._desks:
            for want in desk.wants:
                self._by_want.setdefault(want, []).append(desk)

    def knows(self, epoch: int) -> None:
        """A coordinator of this epoch was there, wherever that was heard: older ones are over."""
        self._newest.epoch(epoch)
        self._judge()

    def heeds(self, epoch: int) -> bool:
        """Whether an answer or a receipt of this epoch is to be heeded; 0 = it does not say."""
        return epoch == 0 or self._newest.is_living(epoch)

    @property
    def wants(self) -> tuple[tuple[str, ...], ...]:
        """All that must be subscribed to: kind, then names."""
        return tuple(self._by_want)

    @property
    def live(self) -> bool:
        """Whether a living coordinator can be heard."""
        return bool(self._epoch)

    def showed(self, window: str, stamp: tuple[int, int]) -> None:
        """Before a restart this state of a window was shown as a call: older ones are over."""
        self._newest.was(("state/window", window), stamp)

    def newest_of(self, window: str) -> tuple[int, int]:
        """(epoch, version) of the window's last state; (0, 0) for none."""
        return self._newest.last(("state/window", window))

    def admits(self, topic: Topic, state: State) -> bool:
        """Whether a state is newer than the last of its topic."""
        return self._newest.admits(topic, state)

    def hear(self, topic: Topic, message: Message, *, kept: bool = False) -> None:
        """A state, somebody's role, or somebody's life; `kept`: by the broker, from before we came."""
        match message:
            case State():
                self._state(topic, message)
            case Role():
                if self._holder is None or message.epoch >= self._holder.epoch:
                    self._holder = message
                    self._newest.epoch(message.epoch)
                self._judge()
            case Life():
                self._alive.pop(topic.node, None)
                if message.state in _ALIVE:
                    self._alive[topic.node] = message.instance
                self._judge()
        if not kept and self._is_of_holder(message):
            self.proven()

    def _is_of_holder(self, message: Message) -> bool:
        """Whether it shows that the process which holds the role lives."""
        holder = self._holder
        match message:
            case State() | Role():
                return holder is not None and message.epoch == holder.epoch
            case Life():
                return holder is not None and message.instance == holder.instance and message.state in _ALIVE
            case _:
                return False

    def proven(self) -> None:
        """The holder of the role said something just now, or answered."""
        if not self.is_proven:
            self.is_proven, self._doubted = True, ""
            self._judge()

    def doubt(self) -> None:
        """The holder of the role does not answer, and nothing shows that it lives."""
        if not self.is_proven and self._holder is not None:
            self._doubted = self._holder.instance
            self._judge()

    def link(self, connected: bool) -> None:
        """The broker came or went. Who lives is heard again when it is back."""
        if not connected:
            self._alive.clear()
            self.is_proven, self._doubted = False, ""
            self._judge()

    def _state(self, topic: Topic, state: State) -> None:
        if not self._newest.admits(topic, state):
            return
        exact, any_name = (topic.kind, *topic.rest), (topic.kind, *("+" for _ in topic.rest))
        wanting = (desk for want in (exact, any_name) for desk in self._by_want.get(want, ()))
        for desk in dict.fromkeys(wanting):
            desk.hear(topic, state)

    def _judge(self) -> None:
        holder = self._holder
        is_living = holder is not None and self._newest.is_living(holder.epoch)
        lives = holder is not None and holder.instance in self._alive.values()
        is_live = is_living and lives and holder is not None and holder.instance != self._doubted
        epoch = holder.epoch if holder is not None and is_live else 0
        if epoch != self._epoch:
            self._epoch = epoch
            for desk in self._desks:
                desk.link(epoch)
            self._on_live(epoch)


_ALIVE = ("init", "ready", "degraded")
