"""Disks that fail under a working hall: an error at any operation, full and free again, many times."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from edge.store import connect
from simulators.powercut.days import LOG_PAGES
from simulators.powercut.failing import FailingDisk
from simulators.powercut.faults import fail_once, fill_often
from simulators.powercut.recorder import Op, Wrote

POINTS = range(1, 101)
LIVES = 5
FILLS = 20


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """What the product says of its disks is no news here."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_after_an_error_nothing_is_accepted_and_what_was_told_is_there(folder: Path) -> None:
    outcomes = [fail_once(folder / str(nth), nth, nth) for nth in POINTS]
    assert [one for outcome in outcomes for one in outcome.broken] == []
    assert sum(outcome.refusals for outcome in outcomes) >= len(POINTS)


def test_a_full_disk_refuses_and_with_room_the_same_process_goes_on(folder: Path) -> None:
    outcomes = [fill_often(folder / str(seed), seed, FILLS) for seed in range(LIVES)]
    assert [one for outcome in outcomes for one in outcome.broken] == []
    assert sum(outcome.refusals for outcome in outcomes) >= LIVES * FILLS


class _FullForFiles(FailingDisk):
    """Takes what goes into a log, and nothing that goes into a store's own file."""

    def allow(self, op: Op) -> None:
        """Raises apsw.FullError."""
        if isinstance(op, Wrote) and not op.name.endswith("-wal"):
            self.refused += 1
            raise apsw.FullError("made to be full")


def test_a_commit_stands_when_its_log_cannot_be_taken_into_the_file(folder: Path) -> None:
    path = folder / "x.db"
    connect(path).close()
    with _FullForFiles(folder) as disk:
        db = connect(path)
        db.log_pages = LOG_PAGES
        db.execute("CREATE TABLE said (word)")
        for _ in range(2 * LOG_PAGES):
            with db:
                db.execute("INSERT INTO said VALUES (zeroblob(1024))")
        assert disk.refused > 0
        assert db.execute("SELECT count(*) FROM said").get == 2 * LOG_PAGES
        db.close()
