"""The medium lies about its last syncs, and the power is cut: no number comes twice, every loss is told."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge import boots
from edge.hall import decide
from edge.hall.commands import PassOver
from simulators.powercut.cuts import BORNE, Tally, lie_everywhere, live

LEAST = 2_000
"""Images that are looked at with every change."""


EVERY = 5
"""Each how many operations the power is cut; `simulators.powercut lies` cuts it after each."""


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """What the product says of its stores is looked at by the examiner."""
    log = logging.getLogger("hall")
    log.propagate = False
    yield
    log.propagate = True


def lied(folder: Path) -> Tally:
    """A short life of a number, a rating, a pause, a stop and a start."""
    tally = Tally(BORNE)
    life = live(folder / "life", 1, 2)
    assert life.witness.numbers
    assert life.witness.ratings
    lie_everywhere(folder / "cut", life, 1, tally, EVERY)
    return tally


def test_no_number_comes_twice_and_what_is_lost_is_told_where_anything_knows_of_it(folder: Path) -> None:
    tally = lied(folder)
    assert tally.images >= LEAST
    assert tally.faults == []
    assert tally.kinds["lost"] > 0, "the medium does lose something"
    assert set(tally.kinds) <= BORNE


def test_a_coordinator_that_trusts_its_card_is_found_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(decide._DECISIONS, PassOver, lambda *_: [])
    assert lied(folder).kinds["twice"] > 10


def test_a_node_that_uses_numbers_again_is_found_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boots, "was_cut", lambda *_: False)
    assert lied(folder).kinds["swallowed"] > 10


def test_a_log_that_is_taken_in_without_settling_is_found_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.store._settle", lambda file: os.fsync(file))
    tally = lied(folder)
    assert tally.faults, tally
