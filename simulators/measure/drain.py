"""`drain`: 50,000 records that waited in a node's journal, delivered and receipted end to end.

Ours: the node reads its journal and sends, the coordinator commits each record with its effect and tells so,
the node marks it. Timed from the node's first word on the broker to the receipt that covers the last record.
The floor: the same bytes between bare paho clients (`bare_drain`), nothing read and nothing kept.

Half of the records are printed slips of visits the hall knows, half are calls shown on a panel: what a
ticket machine and a window write down.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec

from edge.journal import Journal
from mqtt_bridge import messages as m
from simulators.measure.asking import Asker
from simulators.measure.bare_drain import BareDrain
from simulators.measure.children import Child
from simulators.measure.figures import Bench
from simulators.measure.halls import CORE, SITE, Hall, SiteText
from simulators.measure.lanes import SERVICES
from simulators.measure.outcome import Check, Outcome, Row, Told, share_of_floor, spread

NODE = "east"
EVENTS = 50_000
VISITS = 500
LAUNCH_S = 300.0
LOOK_S = 0.1
GENERATION = "00000000"  # stands for the store's own, which is as long
MOST_GROWTH_MB = 5.0


class _NoLoop:
    """The journal is only filled: nothing is reported."""

    def call_soon(self, callback: Callable[..., object], *args: Any) -> object:
        return None

    def call_soon_threadsafe(self, callback: Callable[..., object], *args: Any) -> object:
        return None


def records(count: int, visits: list[str]) -> Iterator[m.Record]:
    """What waited: slips and calls in turn, as they stand in the journal."""
    at_ms = int(time.time() * 1000) - count * 1000
    for number in range(count):
        visit = visits[number // 2 % len(visits)]
        id_, at = f"{GENERATION}-{number + 1}", at_ms + number * 1000
        if number % 2:
            yield m.Shown(NODE, id_, at, visit, "1", "strip-1", 1, True)
        else:
            yield m.Printed(NODE, id_, at, visit, visit.partition("-")[2], "printed")


def fill(path: Path, count: int, visits: list[str]) -> list[bytes]:
    """A new journal that holds so many records; returns their bodies."""
    bodies = [msgspec.json.encode(record) for record in records(count, visits)]
    for old in path.parent.glob(f"{path.name}*"):
        old.unlink()
    journal = Journal(path)
    journal.open(_NoLoop())
    journal.read(lambda db: _insert(db, bodies))
    journal.close()
    return bodies


def _insert(db: Any, bodies: list[bytes]) -> None:
    with db:
        db.executemany("INSERT INTO outbox (at_ms, body) VALUES (0, ?)", ((body,) for body in bodies))


class DrainBench:
    """A hall whose coordinator runs. `run` starts the node with a full journal and waits for the end."""

    def __init__(self, folder: Path, count: int) -> None:
        self._count = count
        self._stack = ExitStack()
        site = SiteText(windows=10)
        site.node(NODE)
        site.port("voice", NODE, f"wav:{folder}/voice")
        site.device("voice", "announcer", "voice")
        self._hall = self._stack.enter_context(Hall(folder, site))
        self._up_to = 0
        self.growth_mb = 0.0
        self.peak_mb = 0.0
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        self._hall.start(CORE)
        self._visits = Asker(self._hall.broker.port).issue(VISITS, SERVICES)
        self._client = self._hall.client("drain-observer", self._heard)
        self._client.subscribe(f"hall/1/{SITE}/+/receipt/{NODE}")

    def _heard(self, _topic: str, payload: bytes) -> None:
        receipt = msgspec.json.decode(payload, type=m.Receipt)
        self._up_to = receipt.up_to - len(receipt.missing)

    def prepare(self) -> list[bytes]:
        """A day's records in a new journal; returns their bodies."""
        self._hall.data.mkdir(exist_ok=True)
        return fill(self._hall.data / f"{SITE}-{NODE}.db", self._count, self._visits)

    def run(self) -> float:
        """Seconds from the node's first word to the last receipt. Raises ChildFailed, TimeoutError."""
        self._up_to = 0
        node = self._hall.launch(NODE)
        started_s = self._hall.ready(node)
        first_mb = node.memory_mb()
        self._watch(node)
        took_s = time.monotonic() - started_s
        self.peak_mb = node.peak_mb()
        self.growth_mb = self.peak_mb - first_mb
        node.stop()
        return took_s

    def _watch(self, node: Child) -> None:
        end_s = time.monotonic() + LAUNCH_S
        while self._up_to < self._count:
            self._client.pump(LOOK_S)
            node.check()
            if time.monotonic() > end_s:
                raise TimeoutError(f"{self._up_to} of {self._count} receipted after {LAUNCH_S:g} s")

    def stop(self) -> None:
        """End all."""
        self._stack.close()


def measure(bench: Bench) -> Outcome:
    """A round of ours, a round of the floor, in turn. Raises ChildFailed, TimeoutError."""
    folder = bench.room("drain")
    count = bench.times(EVENTS, 1000)
    payloads = folder / "payloads"
    mine, bare, growth = [], [], []
    ours = DrainBench(folder, count)
    with ExitStack() as stack:
        stack.callback(ours.stop)
        for _ in range(bench.times(2, 1)):
            payloads.write_bytes(b"\n".join(ours.prepare()))
            mine.append(count / ours.run())
            growth.append(ours.growth_mb)
            with BareDrain(payloads, count) as floor:
                bare.append(count / floor.run())
    return _outcome(mine, bare, growth, ours.peak_mb)


def _outcome(mine: list[float], bare: list[float], growth: list[float], peak_mb: float) -> Outcome:
    row = Row("records delivered", "1/s", spread(mine, "more"), spread(bare, "more"))
    delivered = Row(row.what, row.unit, row.ours, row.floor, (share_of_floor("median", row.ratio, 0.6),))
    grown = Check("growth", max(growth), MOST_GROWTH_MB, "MB")
    return Outcome(
        "drain",
        (delivered, Row("memory grown", "MB", spread(growth), None, (grown,))),
        (Told("most memory of the node", peak_mb, "MB"),),
    )
