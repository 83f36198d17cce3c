"""Halls of real processes under random blows: what people saw and what the hall's books say agree."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from simulators.chaos import run as chaos
from simulators.chaos.run import PATIENCE_S, Result, run

KILLS = 50
MOST_S = 300.0
"""A machine that is far too busy for so many kills must not hold up everybody."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_lost_doubled_or_wrong_after_many_kills(kept: Path, seed: int) -> None:
    result: Result = asyncio.run(run(kept, seed, KILLS, MOST_S))
    assert result.broken == []
    assert result.kills >= KILLS
    assert result.thanked >= 10, "people were served in between"
    assert result.papers >= 10
    assert result.drained_s <= PATIENCE_S, "on a machine that others use too"
    story = (kept / "story.log").read_text(encoding="utf-8")
    assert story.count(" thanked for") == result.thanked
    assert " killed\n" in story


@pytest.mark.timeout(240)
def test_a_hall_that_fails_is_kept_and_says_where(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chaos, "READY_S", 0.0)
    result = asyncio.run(run(kept, 1, KILLS, MOST_S))
    assert "the nodes are not ready within 0 s (seed 1)" in result.broken
    assert result.broken[-1] == f"all of it is kept in {kept}"
    assert {"story.log", "core.log", "data"} <= {each.name for each in kept.iterdir()}
