"""A broker: retained messages, last wills, QoS 1, clean sessions. What it forgets and in which order it
delivers is drawn from the seed, within what the standard lets a broker do.

Rules
1. A publish is acknowledged when it has been handed to every subscriber's queue, and not when they have it.
2. A subscriber gets at most `WINDOW` messages ahead of its acknowledgements; `QUEUE` more wait, and what
   comes then is dropped without a word.
3. Messages of one topic stay in order. While `mixes_topics`, those of different topics overtake each other.
4. `repeats`: a message that is not acknowledged at once is sent again; one that matches two subscriptions
   of a client comes twice.
5. A connection that ends without a goodbye has its will published; not when the broker itself went down.
6. After a crash it has its retained messages as of some moment, or none.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from mqtt_bridge.link import Will
from simulators.torture.world import NOT_S, World

if TYPE_CHECKING:
    from simulators.torture.connection import SimConnection

WINDOW = 20
QUEUE = 1000
OVERTAKE_S = 0.8
REPEAT_PCT = 2
AUTOSAVE_S = 1800.0

Memory = Literal["all", "older", "nothing"]


class Session:
    """The broker's end of one connection."""

    def __init__(self, broker: Broker, connection: SimConnection, will: Will | None) -> None:
        self.connection = connection
        self.will = will
        self.since_s = broker.world.now_s
        self.filters: list[str] = []
        self._broker = broker
        self._mid = 0
        self._queue: deque[tuple[str, bytes, bool]] = deque()
        self._under_way: set[int] = set()
        self._last_s: dict[str, float] = {}

    def offer(self, topic: str, payload: bytes, retained: bool) -> None:
        """A message for this subscriber, by way of rule 3."""
        world = self._broker.world
        if not retained and self._broker.is_ambushed(topic):
            world.after(0.0, self._broker.end, self.connection, "an ambush")
            return
        if not self._broker.mixes_topics:
            self._put(topic, payload, retained)
            return
        at_s = world.now_s + self._broker.rng.random() * OVERTAKE_S
        at_s = self._last_s[topic] = max(at_s, self._last_s.get(topic, 0.0))
        world.at(at_s, self._put, topic, payload, retained)

    def _put(self, topic: str, payload: bytes, retained: bool) -> None:
        if len(self._queue) >= QUEUE:
            self._broker.dropped += 1
            return
        self._queue.append((topic, payload, retained))
        self._pump()

    def _pump(self) -> None:
        while self._queue and len(self._under_way) < WINDOW:
            topic, payload, retained = self._queue.popleft()
            self._mid = self._mid % 65_535 + 1
            self._under_way.add(self._mid)
            self._send(self._mid, topic, payload, retained)
            if self._broker.repeats and self._broker.rng.randrange(100) < REPEAT_PCT:
                self._broker.world.after(0.05, self._again, self._mid, topic, payload, retained)

    def _send(self, mid: int, topic: str, payload: bytes, retained: bool) -> None:
        self.connection.down.send(self.connection.arrived, mid, topic, payload, retained)

    def _again(self, mid: int, topic: str, payload: bytes, retained: bool) -> None:
        if mid in self._under_way:
            self._send(mid, topic, payload, retained)

    def acknowledged(self, mid: int) -> None:
        """The subscriber took it."""
        self._under_way.discard(mid)
        self._pump()

    def subscribed(self, mid: int, filters: list[str]) -> None:
        """A SUBSCRIBE came: its answer, then what is retained."""
        self.filters += filters
        self._broker.routes.clear()
        self.connection.down.send(self.connection.suback, mid, len(filters))
        for topic, payload in list(self._broker.retained.items()):
            if any(matches(name, topic) for name in filters):
                self.offer(topic, payload, True)

    def published(self, mid: int, topic: str, payload: bytes, retain: bool) -> None:
        """A PUBLISH came."""
        self._broker.publish(topic, payload, retain)
        self.connection.down.send(self.connection.puback, mid)


class Broker:
    """See the rules above."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rng = world.rng("broker")
        self.is_up = True
        self.down_since_s = NOT_S
        self.mixes_topics = False
        self.repeats = False
        self.retained: dict[str, bytes] = {}
        self.dropped = 0
        self.ambushes: dict[str, int] = {}  # kind of topic -> messages until the one that is caught
        self.routes: dict[str, list[tuple[Session, int]]] = {}
        self.on_publish: Callable[[str, bytes], None] = lambda topic, payload: None
        self._sessions: dict[str, Session] = {}
        self._saved: dict[str, bytes] = {}
        world.after(AUTOSAVE_S, self._save)

    def _save(self) -> None:
        if self.is_up:
            self._saved = dict(self.retained)
        self.world.after(AUTOSAVE_S, self._save)

    # --- connections -----------------------------------------------------------------------------------

    def connected(self, client: str, connection: SimConnection, will: Will | None) -> Session:
        """A CONNECT came. A second connection of one name ends the first."""
        if client in self._sessions:
            self.end(self._sessions[client].connection, "another connection of this name")
        self._sessions[client] = session = Session(self, connection, will)
        return session

    def end(self, connection: SimConnection, why: str, *, politely: bool = False) -> None:
        """A connection is over: publish its will, unless it said goodbye."""
        client = next((name for name, one in self._sessions.items() if one.connection is connection), None)
        if client is None:
            return
        session = self._sessions.pop(client)
        self.routes.clear()
        connection.ended_there(why)
        if session.will is not None and not politely:
            self.publish(session.will.topic, session.will.payload, True)

    def linked_since_s(self, node: str) -> float:
        """Since when this node has its one connection."""
        sessions = [one.since_s for name, one in self._sessions.items() if name.split(".")[1] == node]
        return max(sessions, default=NOT_S)

    # --- messages --------------------------------------------------------------------------------------

    def publish(self, topic: str, payload: bytes, retain: bool) -> None:
        """Hand a message to everybody who wants it."""
        self.world.note("publish", topic, payload)
        if retain and payload:
            self.retained[topic] = payload
        elif retain:
            self.retained.pop(topic, None)
        self.on_publish(topic, payload)
        for session, times in self._route(topic):
            for _ in range(times if self.repeats else 1):
                session.offer(topic, payload, False)

    def _route(self, topic: str) -> list[tuple[Session, int]]:
        route = self.routes.get(topic)
        if route is None:
            counts = (
                (one, sum(matches(name, topic) for name in one.filters)) for one in self._sessions.values()
            )
            route = self.routes[topic] = [(session, times) for session, times in counts if times]
        return route

    # --- trouble ---------------------------------------------------------------------------------------

    def is_ambushed(self, topic: str) -> bool:
        """Whether the connection breaks on which this message should go, which was acknowledged already."""
        if not self.ambushes:
            return False
        kind = topic.split("/")[4]
        left = self.ambushes.get(kind)
        if left is None:
            return False
        if left:
            self.ambushes[kind] = left - 1
            return False
        del self.ambushes[kind]
        return True

    def cut_all(self, node: str) -> None:
        """Every connection of this node breaks."""
        for client, session in list(self._sessions.items()):
            if client.split(".")[1] == node:
                self.end(session.connection, "reset")

    def go_down(self, *, silently: bool) -> None:
        """It crashes. `silently`: its machine lost its power, and nobody is told."""
        self.is_up = False
        self.down_since_s = self.world.now_s
        sessions, self._sessions = list(self._sessions.values()), {}
        self.routes.clear()
        for session in sessions:
            session.connection.broker_gone(silently=silently)

    def come_back(self, memory: Memory) -> None:
        """It starts, with what it remembers."""
        self.is_up = True
        self.down_since_s = NOT_S
        if memory == "nothing":
            self.retained = {}
        elif memory == "older":
            self.retained = dict(self._saved)


@lru_cache(maxsize=1 << 15)
def matches(name: str, topic: str) -> bool:
    """Whether a filter without "#" matches a topic."""
    wanted, levels = name.split("/"), topic.split("/")
    return len(wanted) == len(levels) and all(map(_fits, wanted, levels))


def _fits(want: str, level: str) -> bool:
    return want in (level, "+")
