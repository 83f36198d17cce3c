"""A long run that may be stopped at any time and goes on where it was: its counts stand in a file.

Each part of a run has a seed of its own, counted up. A part that was not finished is done again.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class Part(NamedTuple):
    """What came of one seed: how much of the goal, other counts, sentences for broken promises."""

    done: int
    counts: Mapping[str, int]
    broken: Sequence[str] = ()


class Progress:
    """The counts in `state`, a JSON file. `goal` is in `unit`, as "kills"."""

    def __init__(self, state: Path, goal: int, unit: str) -> None:
        self._state = state
        self._goal = goal
        self._unit = unit
        self.seed = 0
        self.done = 0
        self.seconds = 0.0
        self.counts: Counter[str] = Counter()
        self.broken: list[str] = []
        if state.exists():
            self._load(json.loads(state.read_text(encoding="utf-8")))

    def _load(self, kept: dict[str, object]) -> None:
        counts = kept.pop("counts")
        self.__dict__.update(kept)
        if isinstance(counts, dict):
            self.counts.update(counts)

    def _save(self) -> None:
        self._state.parent.mkdir(parents=True, exist_ok=True)
        spare = self._state.with_suffix(".new")
        kept = {"seed": self.seed, "done": self.done, "seconds": round(self.seconds, 1)}
        text = {**kept, "counts": self.counts, "broken": self.broken}
        spare.write_text(json.dumps(text, ensure_ascii=False, indent=1), encoding="utf-8")
        spare.replace(self._state)

    def run(self, part: Callable[[int], Part]) -> int:
        """Do parts until the goal is reached; 1 when a promise was broken on the way, else 0.

        130 when Ctrl-C ended it before.
        """
        try:
            self._run(part)
        except KeyboardInterrupt:
            return 130
        return 1 if self.broken else 0

    def _run(self, part: Callable[[int], Part]) -> None:
        self._say()
        while self.done < self._goal:
            began_s = time.monotonic()
            found = part(self.seed + 1)
            self.seed += 1
            self.done += found.done
            self.seconds += time.monotonic() - began_s
            self.counts.update(found.counts)
            self.broken += [f"seed {self.seed}: {one}" for one in found.broken]
            self._save()
            self._say()

    def _say(self) -> None:
        counts = ", ".join(f"{name} {count:,}" for name, count in self.counts.items())
        sys.stdout.write(
            f"{self.done:,} of {self._goal:,} {self._unit}, {self.seed} seeds, {self.seconds:.0f} s"
            f"{'; ' if counts else ''}{counts}; broken {len(self.broken)}\n"
        )
        for one in self.broken[-3:]:
            sys.stdout.write(f"  {one}\n")
        sys.stdout.flush()
