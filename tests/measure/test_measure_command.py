"""`hall measure` as typed: a table, one JSON object, and exit codes."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edge.failure import Failure
from simulators.measure import cli
from simulators.measure.children import ChildFailed
from simulators.measure.figures import FIGURES, Bench
from simulators.measure.outcome import Check, Outcome, Row, spread

ROOT = Path(__file__).resolve().parents[2]


class Fake:
    """A figure that is measured at once."""

    text = "a figure of the tests"

    def __init__(self, found: Outcome | Exception) -> None:
        self.found = found
        self.benches: list[Bench] = []

    def load(self) -> Callable[[Bench], Outcome]:
        return self.measure

    def measure(self, bench: Bench) -> Outcome:
        self.benches.append(bench)
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def outcome(name: str, value: float) -> Outcome:
    return Outcome(name, (Row("time", "ms", spread([value]), None, (Check("median", value, 5.0, "ms"),)),))


def measure(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    cli.add(parser.add_subparsers())
    options = parser.parse_args(["measure", *arguments])
    code: int = options.run(options)
    return code


@pytest.fixture()
def figures(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Two figures in place of the real ones: one good, one that misses its target."""
    fakes = {"good": Fake(outcome("good", 4.0)), "slow": Fake(outcome("slow", 6.0))}
    for name in list(FIGURES):
        monkeypatch.delitem(FIGURES, name)
    for name, fake in fakes.items():
        monkeypatch.setitem(FIGURES, name, fake)
    return fakes


def test_all_targets_met_is_exit_code_0(figures: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert measure("good") == 0
    text = capsys.readouterr().out
    assert "median ≤ 5.00 ms met" in text
    assert text.splitlines()[-1] == "0 targets missed"
    assert not figures["slow"].benches


def test_a_missed_target_is_exit_code_1_and_named(
    figures: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert measure() == 1
    text = capsys.readouterr().out
    assert "MISSED: 6.00" in text
    assert text.splitlines()[-1] == "1 targets missed: slow: time, median"
    assert len(figures["good"].benches) == len(figures["slow"].benches) == 1


def test_programs_get_one_object_and_nothing_else(
    figures: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert measure("slow", "good", "slow", "--json", "--quick") == 1
    data = json.loads(capsys.readouterr().out)
    assert [figure["name"] for figure in data["figures"]] == ["slow", "good"]
    assert data["quick"] is True
    assert data["machine"]["cores"] >= 1
    assert data["machine"]["disk"] != "unknown"


def test_options_reach_the_figures(figures: dict[str, Any], tmp_path: Path) -> None:
    hops, peer = tmp_path / "hops.png", Path("/usr/bin/python3")
    paths = ["--dir", str(tmp_path), "--hops", str(hops), "--mqtt-io", str(peer)]
    measure("good", "--quick", *paths, "--keypad-limit", "80")
    (bench,) = figures["good"].benches
    assert (bench.quick, bench.hops, bench.mqtt_io) == (True, hops, peer)
    assert bench.keypad_limit_ms == 80
    assert bench.folder.parent == tmp_path
    assert not bench.folder.exists()
    assert (bench.times(600, 3), Bench(tmp_path).times(600, 3)) == (3, 600)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["god"], "no figure 'god'.*good"),
        (["--dir", "/no/such/folder"], "/no/such/folder: no such folder"),
    ],
)
def test_a_wrong_argument_is_exit_code_2(figures: dict[str, Any], arguments: list[str], text: str) -> None:
    with pytest.raises(Failure, match=text) as failure:
        measure(*arguments)
    assert failure.value.code == 2


@pytest.mark.parametrize("error", [ChildFailed("core ended by itself"), TimeoutError("no answer after 5 s")])
def test_what_could_not_be_measured_is_no_missed_target(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setitem(FIGURES, "picture", Fake(error))
    with pytest.raises(Failure, match=f"picture: {error}"):
        measure("picture")


def test_every_figure_of_the_table_can_be_loaded() -> None:
    wanted = ["press_to_strip", "press_under_load", "visits_per_s", "drain", "node", "line"]
    assert list(FIGURES) == [*wanted, "picture", "day", "growth"]
    for figure in FIGURES.values():
        assert callable(figure.load())


def test_hall_measure_is_a_command_of_hall() -> None:
    command = [sys.executable, "-m", "edge", "measure", "picture", "--quick", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    (figure,) = json.loads(done.stdout)["figures"]
    assert [row["what"] for row in figure["rows"]] == [
        "strip 256 x 32",
        "board, one call's row",
        "board, one queue's row",
    ]
    wrong = subprocess.run([*command[:4], "pictur"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "picture" in wrong.stderr
