"""`python -m simulators.fuzz --goal 10000000 --state FILE`: every decoder of the table, round after round.

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
ROUND_S: Final = 20.0  # for each decoder
SAID_CHARS: Final = 400


def main() -> int:
    """Exit code 1 when a decoder did what it must not."""
    parser = argparse.ArgumentParser(prog="python -m simulators.fuzz", description=__doc__)
    parser.add_argument(
        "--goal", type=int, default=GOAL, metavar="N", help=f"inputs for each decoder ({GOAL})"
    )
    parser.add_argument("--state", type=Path, required=True, metavar="FILE", help="counts, to go on later")
    parser.add_argument(
        "--only", action="append", choices=decoders(), metavar="NAME", help="this decoder alone"
    )
    parser.add_argument(
        "--round-s", type=float, default=ROUND_S, metavar="S", help=f"a turn takes so long ({ROUND_S:g})"
    )
    options = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        sys.stdout.write("NOT RUN: there is no atheris for this machine\n")
        return 0
    progress = Progress(options.state, options.goal, "inputs for each decoder")
    rounds = Rounds(progress, options.only or list(decoders()), options)
    return progress.run(rounds.one)


class Rounds:
    """In each round every decoder that has not reached the goal has its turn. A broken one has no more."""

    def __init__(self, progress: Progress, names: list[str], options: argparse.Namespace) -> None:
        self._progress = progress
        self._goal: int = options.goal
        self._turn_s: float = options.round_s
        self._corpora: Path = options.state.with_suffix("")
        self._left = dict.fromkeys(names, 0)

    def one(self, seed: int) -> Part:
        """`done` is what the decoder with the fewest inputs has more than before."""
        counts, broken = {}, []
        for name in list(self._left):
            missing = self._goal - self._progress.counts[name]
            if missing > 0:
                counts[name], said = self._turn(name, missing, seed)
                broken += [said] if said else []
        reached = [self._progress.counts[name] + counts.get(name, 0) for name in self._left]
        return Part(min(reached, default=self._goal) - self._progress.done, counts, broken)

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
