"""What waits to be sent, and what is kept to be sent again. Pure: no socket, clock or loop.

Rules
1. A retained state is kept, newest per topic, and goes out again on each new connection: a broker that
   forgot it, or never heard it, is put right. An unsent one is replaced by a newer one of its topic.
2. Requests, answers and receipts are for now: they are refused while there is no connection, and those
   that had not left when it broke are dropped. Both are counted by kind in `dropped`.
3. Records are the journal's to repeat: at most `RECORDS` are taken at once, and none without a connection.
4. What an access rule of the broker forbids (only MQTT 5 says so) is counted in `forbidden`.
5. An empty payload takes a state off the broker, and off this list once the broker took it.
6. At most `window` messages are under way; the rest wait in order, and that wait is bounded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection

from msgspec import Struct

RECORDS = 50  # under way or waiting at once; the journal holds the rest
WAITING = 1000  # messages of rule 2 that may wait: far more than a hall says in a second
STATES = 4096  # topics: ten times a hall of 100 windows with three devices each


class Item(Struct):
    """One message on its way. `done` is called when the broker took it."""

    kind: str
    topic: str
    payload: bytes
    retain: bool
    done: Callable[[], None] | None = None


class Outgoing:
    """See the rules above. `put` in, `take` out, `taken` when the broker answered."""

    def __init__(self) -> None:
        """Nothing kept, nothing waiting, not connected."""
        self.dropped: Counter[str] = Counter()
        self.forbidden: Counter[str] = Counter()
        self._connected = False
        self._states: dict[str, Item] = {}
        self._waiting: dict[str | int, Item] = {}
        self._under_way: dict[int, Item] = {}
        self._serial = 0
        self._records = 0

    @property
    def idle(self) -> bool:
        """Whether all that was put has been taken by the broker."""
        return not self._waiting and not self._under_way

    @property
    def under_way(self) -> int:
        """How many messages the broker has not answered yet."""
        return len(self._under_way)

    def put(self, item: Item) -> bool:
        """Take a message; False where rules 2 and 3 refuse it. Raises ValueError beyond `STATES` topics."""
        if item.retain:
            self._keep(item)
        elif not self._room(item.kind):
            return False
        else:
            self._serial += 1
            self._waiting[self._serial] = item
            self._records += item.kind == "record"
        return True

    def _keep(self, item: Item) -> None:
        if item.topic not in self._states and len(self._states) >= STATES:
            raise ValueError(f"more than {STATES} topics of state; the last is {item.topic}")
        self._states.pop(item.topic, None)  # to the end: order among topics is that of the last change
        self._states[item.topic] = item
        if self._connected:
            self._waiting.pop(item.topic, None)
            self._waiting[item.topic] = item

    def forget(self, kinds: Collection[str]) -> None:
        """Keep and send states of these kinds no more."""
        for topic in [topic for topic, item in self._states.items() if item.kind in kinds]:
            del self._states[topic]
            self._waiting.pop(topic, None)

    def _room(self, kind: str) -> bool:
        if kind == "record":
            return self._connected and self._records < RECORDS
        if self._connected and len(self._waiting) < WAITING:
            return True
        self.dropped[kind] += 1
        return False

    def take(self, window: int) -> Item | None:
        """The next message to send, None while the window is full or nothing waits."""
        if not self._waiting or len(self._under_way) >= window:
            return None
        return self._waiting.pop(next(iter(self._waiting)))

    def sent(self, number: int, item: Item) -> None:
        """`item` left under `number`; the broker will answer with it."""
        self._under_way[number] = item

    def answered(self, number: int, took: bool) -> Item | None:
        """The broker answered; calls `done` where it took the message. Returns it, if known."""
        item = self._under_way.pop(number, None)
        if item is None:
            return None
        self._records -= item.kind == "record"
        if not item.payload and self._states.get(item.topic) is item:
            del self._states[item.topic]
        if not took:
            self.forbidden[item.kind] += 1
        elif item.done:
            item.done()
        return item

    def up(self) -> None:
        """A new connection: every state goes out again, in the order of their last change."""
        self._connected = True
        self._waiting.clear()
        self._waiting.update(self._states)

    def down(self) -> None:
        """The connection is gone. What had not left is dropped, and counted by rule 2."""
        self._connected = False
        for item in self._waiting.values():
            if not item.retain and item.kind != "record":
                self.dropped[item.kind] += 1
        self._waiting.clear()
        self._under_way.clear()
        self._records = 0
