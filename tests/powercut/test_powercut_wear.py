"""What a promise costs a memory card, in each store."""

from __future__ import annotations

import pytest

from simulators.powercut.recorder import Synced, Wrote
from simulators.powercut.wear import _wear, wear
from simulators.powercut.witness import STORES

VISITS = 150
MOST_BYTES = 10_000
MOST_SYNCS = 1.05
DAY_EVENTS = 3_000
DAY_MOST_BYTES = 40_000_000


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    return dict(wear(tmp_path_factory.mktemp("wear"), VISITS))


@pytest.mark.parametrize("store", STORES)
def test_a_promise_costs_little(day: dict[str, object], store: str) -> None:
    found = day[store]
    assert found.accepted >= 3 * VISITS
    assert found.syncs_each <= MOST_SYNCS, found
    assert found.bytes_each <= MOST_BYTES, found
    assert found.bytes_each * DAY_EVENTS <= DAY_MOST_BYTES, "a day of a busy hall"


def test_a_page_counts_whole_and_once_a_sync() -> None:
    ops = [Wrote("a", 0, b"x"), Wrote("a", 4095, b"xx"), Synced("a"), Wrote("a", 5000, b"x"), Synced("a")]
    assert _wear(1, ops)[1:] == (2, 4, 3 * 4096)
