"""Days of trouble: the same from the same seed, no promise broken, and planted bugs are found."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edge.hall.events import EVENTS
from simulators.torture.book import Book
from simulators.torture.day import SHARP, run_day

ONCE_BROKEN = (20011, 30010, 70137)
"""Seeds of whole days: what they found stands in docs/reliability.md."""
FRESH = 6
ROOT = Path(__file__).resolve().parents[2]


def _planted() -> Any:
    spec = importlib.util.spec_from_file_location("planted_bugs", Path(__file__).with_name("planted_bugs.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BUGS = _planted().BUGS


@pytest.mark.parametrize("seed", range(1, 9))
def test_no_promise_is_broken_on_a_short_day(seed: int) -> None:
    outcome = run_day(seed, SHARP)
    assert outcome.is_kept, "\n".join(outcome.story)
    assert outcome.faults >= 25
    assert outcome.visits >= 80


@pytest.mark.parametrize("seed", ONCE_BROKEN)
def test_a_day_that_broke_a_promise_once_is_kept(seed: int) -> None:
    outcome = run_day(seed)
    assert outcome.is_kept, "\n".join(outcome.story)


@pytest.mark.parametrize("nth", range(FRESH))
def test_no_promise_is_broken_on_days_that_nobody_has_tried(nth: int) -> None:
    """Others each day of the calendar; the story names the seed."""
    outcome = run_day(datetime.now(UTC).toordinal() * FRESH + nth)
    assert outcome.is_kept, "\n".join(outcome.story)
    assert outcome.visits >= 300


def test_a_whole_day_by_the_command() -> None:
    command = [sys.executable, "-m", "edge", "torture", "--first-seed", "1", "--seeds", "1", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["visits"] >= 300


def test_the_same_seed_is_the_same_day_whatever_the_hashes() -> None:
    program = "from simulators.torture.day import SHARP, run_day; print(run_day(1, SHARP).trace)"
    traces = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(traces) == 1
    assert len(traces.pop()) > 16


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BUGS[name].plant(monkeypatch.setattr)
    days = (run_day(seed, SHARP) for seed in dict.fromkeys((BUGS[name].seed, *range(1, 51))))
    found = next((day for day in days if not day.is_kept), None)
    assert found
    assert found.promise != "error", f"the bug itself is broken: {found.text}"
    assert found.story, "and its story is told"


def test_the_book_follows_events_that_are_there() -> None:
    followed = {name.removeprefix("_on_") for name in vars(Book) if name.startswith("_on_")}
    assert followed <= {name.lower() for name in EVENTS}
