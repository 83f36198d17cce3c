"""A real process that commits, killed a hundred times: what it told anybody is there, and told once."""

from __future__ import annotations

from pathlib import Path

from simulators.powercut.killed import kill_many

KILLS = 100


def test_what_was_told_survives_every_kill(tmp_path: Path) -> None:
    toll = kill_many(tmp_path, 1, KILLS)
    assert toll.broken == ()
    assert toll.kills == KILLS
    assert toll.numbers >= KILLS
    assert toll.ratings >= KILLS / 4
