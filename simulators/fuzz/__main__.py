"""`python -m simulators.fuzz --goal 10000000 --state FILE`: every decoder of the table, in turn.

Beside FILE stands a folder with the corpus of each decoder, the inputs that reached something new. Stopped
and started again, it goes on with both.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from simulators.fuzz.table import decoders
from simulators.progress import Part, Progress

GOAL: Final = 10_000_000
TURN_S: Final = 20.0
SAID_CHARS: Final = 400
NOT_HERE: Final = 3


def main() -> int:
    """Exit code 1 when a decoder did what it must not, 3 where there is no atheris."""
    parser = argparse.ArgumentParser(prog="python -m simulators.fuzz", description=__doc__)
    parser.add_argument(
        "--goal", type=int, default=GOAL, metavar="N", help=f"inputs for each decoder ({GOAL})"
    )
    parser.add_argument("--state", type=Path, required=True, metavar="FILE", help="counts, to go on later")
    parser.add_argument(
        "--only", action="append", choices=decoders(), metavar="NAME", help="this decoder alone"
    )
    parser.add_argument(
        "--turn-s", type=float, default=TURN_S, metavar="S", help=f"a turn takes so long ({TURN_S:g})"
    )
    options = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        sys.stdout.write("NOT RUN: there is no atheris for this machine\n")
        return NOT_HERE
    progress = Progress(options.state, options.goal, "inputs for each decoder")
    turns = Turns(progress, options.only or list(decoders()), options)
    return progress.run(turns.one)


class Turns:
    """Every decoder that has not reached the goal has its turn after the others. A broken one has no more."""

    def __init__(self, progress: Progress, names: list[str], options: argparse.Namespace) -> None:
        self._progress = progress
        self._goal: int = options.goal
        self._turn_s: float = options.turn_s
        self._corpora: Path = options.state.with_suffix("")
        self._left = dict.fromkeys(names, 0)

    def one(self, seed: int) -> Part:
        """`done` is what the decoder with the fewest inputs has more than before."""
        reached = {name: self._progress.counts[name] for name in self._left}
        waiting = [name for name, inputs in reached.items() if inputs < self._goal]
        counts, broken = {}, []
        if waiting:
            name = waiting[seed % len(waiting)]
            counts[name], said = self._turn(name, self._goal - reached[name], seed)
            reached[name] += counts[name]
            broken = [said] if said else []
        fewest = min((inputs for name, inputs in reached.items() if name in self._left), default=self._goal)
        return Part(fewest - self._progress.done, counts, broken)

    def _turn(self, name: str, inputs: int, seed: int) -> tuple[int, str]:
        """How many inputs there were, and a sentence where one broke it."""
        corpus = self._corpora / name.replace("/", "-").replace(" ", "-")
        command = ["-m", "simulators.fuzz.one", name, corpus, self._turn_s, inputs, seed]
        done = subprocess.run(
            [sys.executable, *map(str, command)], capture_output=True, text=True, check=False
        )
        try:
            report = json.loads(done.stdout.splitlines()[-1])
        except (IndexError, ValueError):
            report = {"inputs": 0, "broken": f"it died: {done.stderr[-SAID_CHARS:]}", "input": ""}
        if not report["broken"]:
            return report["inputs"], ""
        del self._left[name]
        return report["inputs"], f"{name}: {report['broken']}; input {report['input']}"


if __name__ == "__main__":
    sys.exit(main())
