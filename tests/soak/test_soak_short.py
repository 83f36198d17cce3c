"""A short soak: the nodes of a busy hall hold what they held, and what the watcher would see of a leak."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.settings.load import load_site
from simulators.soak import SITE, Held, Sample, always_open, part_of


@pytest.mark.timeout(240)
def test_a_hall_at_full_speed_gains_nothing(tmp_path: Path) -> None:
    part = part_of(tmp_path / "soak", hours=0.25, speed=60, windows=4, seed=1)
    assert part.broken == []
    assert part.counts["numbers"] >= 3
    assert part.counts["nodes"] == 6
    assert part.counts["descriptors more"] == 0


def test_what_grows_is_said() -> None:
    held = Held("hall", Sample(60.0, 20), Sample(62.1, 21))
    assert held.broken == ["hall holds +1 descriptors", "hall grew by 2.10 MB"]
    assert Held("hall", Sample(60.0, 20), Sample(61.9, 20)).broken == []


def test_a_hall_that_never_closes(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text(always_open(SITE.read_text(encoding="utf-8")), encoding="utf-8")
    site = load_site(file)
    assert not site.hours.weekdays
    assert not site.people.arrivals
    assert len(site.windows) > 50, "all the rest is as it was"
