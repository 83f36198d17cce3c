"""Where the time of a press goes, hop by hop, as it can be seen from outside.

A listener on the broker hears the request and the new state at about the moment at which the coordinator and
the node hear them; the ptys tell the rest. So a hop that ends on the broker holds the broker's own time, and
the listener's share of it. The commit is measured by itself, in a file beside the floor's.

    ours   key ─ node ─> echo ─ node, broker ─> request ─ coordinator, broker ─> state ─ node ─> strip
    floor  pad ───────────── pad, broker ─────> request ─ commit, broker ──────> state ─ strip
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import apsw

from simulators.measure.bare import BareClient
from simulators.measure.bare_press import STORE, BarePress
from simulators.measure.halls import SITE
from simulators.measure.outcome import spread

if TYPE_CHECKING:
    from simulators.measure.press import PressBench

PAUSE_S: Final = 0.06
LISTEN_S: Final = 1.0


class Hop(NamedTuple):
    """One hop: its median."""

    what: str
    ms: float


class Hops(NamedTuple):
    """Hops of ours and of the floor, in order, and a commit by itself."""

    ours: tuple[Hop, ...]
    floor: tuple[Hop, ...]
    commit_ms: float


class Listener:
    """Notes when the first message of each kind came. `kind_of` names a topic's kind, "" for none."""

    def __init__(self, port: int, filters: Iterable[str], kind_of: Callable[[str], str]) -> None:
        self.came_s: dict[str, float] = {}
        self._kind_of = kind_of
        self._now_s = 0.0
        self._client = BareClient("127.0.0.1", port, "listener", self._heard)
        self._client.subscribe(*filters)

    def _heard(self, topic: str, _payload: bytes) -> None:
        self.came_s.setdefault(self._kind_of(topic), self._now_s)

    def fileno(self) -> int:
        """For `select`."""
        return self._client.sock.fileno()

    def read(self) -> None:
        """Something came: note when."""
        self._now_s = time.monotonic()
        self._client.read()

    def step(self, now_s: float) -> None:
        """A listener does nothing by itself."""

    def due_s(self) -> float | None:
        """Never."""
        return None

    def until(self, kind: str) -> None:
        """Wait for the first message of a kind. Raises TimeoutError."""
        end_s = time.monotonic() + LISTEN_S
        while kind not in self.came_s:
            self._now_s = time.monotonic()
            self._client.pump(0.0)
            if self._now_s > end_s:
                raise TimeoutError(f"no {kind} on the broker")

    def forget(self) -> None:
        """Before the next press: what is still under way is not of it."""
        while self._client.pump(0.0):
            pass
        self.came_s.clear()


def trace(ours: PressBench, floor: BarePress, count: int) -> Hops:
    """So many presses of each, listened to. Raises ChildFailed, TimeoutError."""
    filters = (f"hall/1/{SITE}/+/request", f"hall/1/{SITE}/+/state/window/1")
    listener = Listener(ours.hall.broker.port, filters, lambda topic: topic.split("/")[4])
    ours.listeners.append(listener)
    mine = [_ours(ours, listener) for _ in range(count)]
    bare_listener = Listener(floor.port, ("bare/#",), lambda topic: topic.split("/")[1])
    bare = [_floor(ours, floor, bare_listener) for _ in range(count)]
    commit_ms = _commit_ms(ours.hall.folder / "commit.db", count)
    return Hops(_medians(_OURS, mine), _medians(_FLOOR, bare), commit_ms)


_OURS = (
    "key to echo: node",
    "echo to request: node, broker",
    "request to state: coordinator, broker",
    "state to strip: node",
)
_FLOOR = ("pad to request: pad, broker", "request to state: commit, broker", "state to strip")


def _ours(ours: PressBench, listener: Listener) -> list[float]:
    ours.rest(PAUSE_S)
    listener.forget()
    ours.ptys[0].first_s = None
    took_s = ours.press()
    listener.until("state")
    started_s, echoed_s = ours.started_s, ours.ptys[0].first_s or ours.started_s
    request_s, state_s = listener.came_s["request"], listener.came_s["state"]
    return _gaps(started_s, echoed_s, request_s, state_s, started_s + took_s)


def _floor(ours: PressBench, floor: BarePress, listener: Listener) -> list[float]:
    ours.rest(PAUSE_S)
    listener.forget()
    floor.send()
    listener.until("state")
    took_s, sent_s = floor.arrived()
    return _gaps(sent_s, listener.came_s["request"], listener.came_s["state"], sent_s + took_s)


def _gaps(*moments_s: float) -> list[float]:
    """Milliseconds between moments; a listener may hear a thing a little after it was acted on."""
    return [(later - earlier) * 1000 for earlier, later in pairwise(moments_s)]


def _medians(names: Iterable[str], presses: list[list[float]]) -> tuple[Hop, ...]:
    columns = zip(*presses, strict=True)
    return tuple(Hop(name, spread(column).median) for name, column in zip(names, columns, strict=True))


def _commit_ms(path: Path, count: int) -> float:
    """One row into the floor's store, by itself."""
    db = apsw.Connection(str(path))
    for statement in STORE:
        db.execute(statement).fetchall()
    times = []
    for _ in range(count):
        started_s = time.monotonic()
        db.execute("INSERT INTO events VALUES (?)", (bytes(300),))
        times.append((time.monotonic() - started_s) * 1000)
        time.sleep(PAUSE_S / 10)
    db.close()
    return spread(times).median
