"""Disks that fail under a working hall: an error at any operation, full and free again, many times."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.powercut.faults import fail_once, fill_often

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
