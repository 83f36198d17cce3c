"""Halls of real processes under random blows: what people saw and what the hall's books say agree."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from simulators.chaos.run import PATIENCE_S, Result, run

KILLS = 50
MOST_S = 300.0
"""A machine that is far too busy for so many kills must not hold up everybody."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_lost_doubled_or_wrong_after_many_kills(tmp_path: Path, seed: int) -> None:
    result: Result = asyncio.run(run(tmp_path, seed, KILLS, MOST_S))
    assert result.broken == []
    assert result.kills >= KILLS
    assert result.thanked >= 10, "people were served in between"
    assert result.papers >= 10
    assert result.drained_s <= PATIENCE_S, "on a machine that others use too"
