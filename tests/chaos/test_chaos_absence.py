"""A node that was away for long: 20,000 records through a real broker, while the hall goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from edge.look import read_file
from simulators.measure.asking import Asker
from simulators.measure.drain import NODE, DrainBench
from simulators.measure.halls import CORE, SITE
from simulators.measure.lanes import SERVICES

RECORDS = 20_000
DRAINED_S = 300.0
ANSWERED_S = 4.0
"""A node waits so long for an answer before it refuses the press."""


@pytest.fixture()
def away(tmp_path: Path) -> Iterator[DrainBench]:
    bench = DrainBench(tmp_path, RECORDS)
    yield bench
    bench.stop()


def press(asker: Asker) -> float:
    """A number is taken; seconds until it was answered."""
    began_s = time.monotonic()
    asker.issue(1, SERVICES[:1])
    return time.monotonic() - began_s


@pytest.mark.timeout(600)
def test_all_is_delivered_soon_and_presses_are_answered_meanwhile(tmp_path: Path, away: DrainBench) -> None:
    away.prepare()
    took_s: list[float] = []
    drain = threading.Thread(target=lambda: took_s.append(away.run()))
    asker = Asker(away._hall.broker.port, "lobby")
    quiet = [press(asker) for _ in range(20)]
    drain.start()
    loaded = []
    while drain.is_alive():
        loaded.append(press(asker))
    drain.join()
    assert took_s, "it was not delivered"
    assert took_s[0] <= DRAINED_S
    assert max(loaded) <= ANSWERED_S, (max(quiet), max(loaded))
    assert len(loaded) >= 20
    away.stop()
    generation, sent = kept(tmp_path, NODE)
    marks = read_file(tmp_path / "data" / f"{SITE}-{CORE}.db").marks
    assert marks[NODE, generation] == sent == RECORDS, "the coordinator holds each of them"
    before, during = median(quiet), median(loaded)
    print(f"drained in {took_s[0]:.1f} s; a press: {before:.1f} ms before, {during:.1f} ms meanwhile")


def median(times_s: list[float]) -> float:
    return sorted(times_s)[len(times_s) // 2] * 1000


def kept(folder: Path, node: str) -> tuple[str, int]:
    """Generation and last record of a node that has ended."""
    db = apsw.Connection(str(folder / "data" / f"{SITE}-{node}.db"))
    try:
        generation = db.execute("SELECT value FROM meta WHERE key = 'generation'").get
        return str(generation), int(db.execute("SELECT max(seq) FROM outbox").get)
    finally:
        db.close()
