"""`growth`: does it matter how much happened before, or how large the hall is?

The coordinator is started on journals with 1,000, 100,000 and 1,000,000 past events (forty days, which is how
long events stay, of a hall with 4,000 visits a day), and for halls of 10, 55 and 500 open windows, in turn.
Each start is timed from exec to ready; then ten lanes make visits. The floor is the smallest of each row.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from simulators.measure.asking import Asker
from simulators.measure.figures import Bench
from simulators.measure.halls import CORE, SITE, Hall, SiteText
from simulators.measure.lanes import Lanes
from simulators.measure.outcome import Outcome, Row, Told, spread, times_floor

PAST = (1_000, 100_000, 1_000_000)
PAST_QUICK = (1_000, 3_000)
WINDOWS = (10, 55, 500)
WINDOWS_QUICK = (10, 20)
USUAL_WINDOWS = 55
LANES = 10
SEED_VISITS = 170  # about 1,000 events
VISITS = 600  # more than a second, so that what is told once a second has its part
MOST_TIME = 1.2
MOST_START = 2.0


class Look(NamedTuple):
    """What one start showed."""

    start_ms: float
    visit_ms: float
    memory_mb: float


class Case:
    """One coordinator's journal and site; looked at as often as wanted."""

    def __init__(self, name: str, folder: Path, windows: int) -> None:
        self.name = name
        self.looks: list[Look] = []
        self._folder = folder
        self._site = SiteText(windows)

    @property
    def journal(self) -> Path:
        return self._folder / "data" / f"{SITE}-{CORE}.db"

    def look(self, visits: int) -> None:
        """Start it, make visits, end it. Raises ChildFailed, TimeoutError, Refusal."""
        with Hall(self._folder, self._site) as hall:
            child = hall.launch(CORE, bound=False)
            start_s = hall.ready(child) - child.started_s
            memory_mb = child.memory_mb()
            asker = Asker(hall.broker.port)
            asker.open_windows(self._site.windows)
            lanes = Lanes(asker, self._site.windows[:LANES])
            lanes.run(LANES)
            self.looks.append(Look(start_s * 1000, lanes.run(visits) / visits * 1000, memory_mb))


def age(path: Path, events: int) -> None:
    """Put copies of a journal's events before its first, until there are so many; the snapshot covers all."""
    db: Any = apsw.Connection(str(path))
    with db:
        there, first = db.execute("SELECT count(*), min(seq) FROM events").fetchall()[0]
        more = events - there
        if more > 0:
            _shift(db, more)
            db.execute(_COPY, {"more": more, "there": there, "first": first})
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    db.close()


def _shift(db: Any, more: int) -> None:
    for table in ("events", "snapshots"):
        db.execute(f"UPDATE {table} SET seq = -seq - ?", (more,))
        db.execute(f"UPDATE {table} SET seq = -seq")


_COPY = """
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :more)
INSERT INTO events SELECT n, at_ms, kind, body FROM numbers
JOIN events ON seq = :first + :more + (n - 1) % :there
"""


def measure(bench: Bench) -> Outcome:
    """All cases in turn, a few times. Raises ChildFailed, TimeoutError, Refusal."""
    past, windows = (PAST_QUICK, WINDOWS_QUICK) if bench.quick else (PAST, WINDOWS)
    seed = Case("seed", bench.room("growth-seed"), USUAL_WINDOWS)
    seed.look(bench.times(SEED_VISITS, 20))
    old = [_aged(bench, seed, events) for events in past]
    wide = [Case(f"{count} windows", bench.room(f"growth-w{count}"), count) for count in windows]
    for _ in range(bench.times(3, 1)):
        for case in (*old, *wide):
            case.look(bench.times(VISITS, 10))
    return Outcome(
        "growth",
        (*_rows(old), *_rows(wide)),
        tuple(Told(f"{case.name}: memory", _memory(case), "MB") for case in (*old, *wide)),
        ("floor: the first of its kind",),
    )


def _aged(bench: Bench, seed: Case, events: int) -> Case:
    case = Case(f"{events:,} events", bench.room(f"growth-{events}"), USUAL_WINDOWS)
    shutil.copytree(seed.journal.parent, case.journal.parent)
    age(case.journal, events)
    return case


def _rows(cases: Sequence[Case]) -> list[Row]:
    rows = []
    first = cases[0]
    for case in cases:
        visit = _row(case, "a visit", first, [look.visit_ms for look in case.looks])
        start = _row(case, "start", first, [look.start_ms for look in case.looks])
        rows += [visit, start]
    return rows


def _row(case: Case, what: str, first: Case, mine: list[float]) -> Row:
    limit = MOST_TIME if what == "a visit" else MOST_START
    floor = spread(look.visit_ms if what == "a visit" else look.start_ms for look in first.looks)
    row = Row(f"{case.name}: {what}", "ms", spread(mine), floor)
    if case is first:
        return Row(row.what, row.unit, row.ours)
    return Row(row.what, row.unit, row.ours, row.floor, (times_floor("median", row.ratio, limit),))


def _memory(case: Case) -> float:
    return spread(look.memory_mb for look in case.looks).median
