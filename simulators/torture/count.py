"""Many seeds, one after the other, and what came of them; kept in a file, so that a long run can go on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from simulators.torture.day import Outcome, run_day


class CountError(Exception):
    """The file of a long run cannot be used. The text says why."""


class Count(msgspec.Struct, kw_only=True):
    """How far a run has come. `broken`: seed and what it broke."""

    next_seed: int
    days: int = 0
    visits: int = 0
    events: int = 0
    ratings: int = 0
    troubles: int = 0
    cpu_s: float = 0.0
    broken: dict[int, str] = {}

    @classmethod
    def read(cls, file: Path | None, first_seed: int) -> Count:
        """What the file says, or a new count from `first_seed`. Raises CountError."""
        if file is None or not file.exists():
            return cls(next_seed=first_seed)
        try:
            return msgspec.json.decode(file.read_bytes(), type=cls)
        except (OSError, msgspec.MsgspecError) as error:
            raise CountError(f"{file} is no count of torture days: {error}") from error

    def add(self, outcome: Outcome) -> None:
        """One more day."""
        self.next_seed = outcome.seed + 1
        self.days += 1
        self.visits += outcome.visits
        self.events += outcome.events
        self.ratings += outcome.ratings
        self.troubles += outcome.faults
        self.cpu_s += outcome.cpu_s
        if not outcome.is_kept:
            self.broken[outcome.seed] = f"promise {outcome.promise}: {outcome.text}"

    @property
    def days_a_minute(self) -> float:
        """Days in a minute of processor time."""
        return 60.0 * self.days / self.cpu_s if self.cpu_s else 0.0

    def figures(self) -> dict[str, Any]:
        """For programs."""
        return {**msgspec.to_builtins(self, str_keys=True), "days_a_cpu_minute": round(self.days_a_minute, 2)}

    def text(self) -> str:
        """For people."""
        lines = [
            f"{self.days} hall days, {self.visits} visits, {self.events} events, {self.ratings} ratings, "
            f"{self.troubles} troubles: {len(self.broken)} broken promises",
            f"{self.days_a_minute:.1f} days a minute of processor time; the next seed is {self.next_seed}",
        ]
        return "\n".join([*lines, *(f"seed {seed}: {text}" for seed, text in self.broken.items())])

    def write(self, file: Path) -> None:
        """Keep it, whole or not at all."""
        spare = file.with_name(file.name + ".new")
        spare.write_bytes(msgspec.json.format(msgspec.json.encode(self)))
        spare.replace(file)


def run_seeds(
    count: Count,
    seeds: int | None,
    minutes: float | None,
    say: Callable[[Outcome], None],
    file: Path | None = None,
) -> None:
    """Run seeds from `count.next_seed` on until so many are counted, or those that begin within `minutes`."""
    end_s = time.monotonic() + minutes * 60.0 if minutes is not None else float("inf")
    while time.monotonic() < end_s and (seeds is None or count.days < seeds):
        outcome = run_day(count.next_seed)
        count.add(outcome)
        say(outcome)
        if file is not None:
            count.write(file)


def as_dict(outcome: Outcome) -> dict[str, Any]:
    """An outcome for programs."""
    return asdict(outcome)
