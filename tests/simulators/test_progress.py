"""A long run goes on where it was stopped, and says what it found."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulators.progress import Part, Progress


def test_it_goes_on_with_the_next_seed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = tmp_path / "new" / "state.json"
    seeds: list[int] = []

    def part(seed: int) -> Part:
        seeds.append(seed)
        if seed == 3 and seeds.count(3) == 1:
            raise KeyboardInterrupt
        return Part(10, {"lost": 1}, ["a promise"] if seed == 2 else [])

    assert Progress(state, 40, "kills").run(part) == 130
    assert Progress(state, 40, "kills").run(part) == 1
    assert seeds == [1, 2, 3, 3, 4]
    last = Progress(state, 40, "kills")
    assert (last.done, last.counts, last.broken) == (40, {"lost": 4}, ["seed 2: a promise"])
    assert "40 of 40 kills, 4 seeds" in capsys.readouterr().out


def test_what_is_reached_is_not_done_again(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    assert Progress(state, 5, "images").run(lambda seed: Part(5, {})) == 0
    assert Progress(state, 5, "images").run(lambda seed: pytest.fail("again")) == 0
