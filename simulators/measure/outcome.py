"""What a figure says: our measure beside its floor, what must hold of the two, and what is told apart.

A floor is the least that the same work costs with nothing but the borrowed parts. It is measured in the same
run as ours, in turn with it (ours, floor, ours, floor ...), so that both see the same machine.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

Better: TypeAlias = Literal["less", "more"]


class Spread(NamedTuple):
    """Median and bad end of samples: the 99th percentile, or the 1st where more is better."""

    median: float
    p99: float
    n: int


def spread(samples: Iterable[float], better: Better = "less") -> Spread:
    """Of at least one sample, in any order. With fewer than a hundred the bad end is the worst of them."""
    ordered = sorted(samples, reverse=better == "more")
    if not ordered:
        raise ValueError("nothing was measured")
    return Spread(_quantile(ordered, 0.5), _quantile(ordered, 0.99), len(ordered))


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The least sample that at least `share` of all do not exceed."""
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


class Check(NamedTuple):
    """Something that must hold: `value` is at most (or at least) `limit`."""

    what: str
    value: float
    limit: float
    unit: str
    sense: Literal["at most", "at least"] = "at most"

    @property
    def met(self) -> bool:
        return self.value <= self.limit if self.sense == "at most" else self.value >= self.limit


class Told(NamedTuple):
    """A number that stands beside the figure and has no target."""

    what: str
    value: float
    unit: str


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    unit: str
    ours: Spread
    floor: Spread | None = None
    checks: tuple[Check, ...] = ()

    @property
    def ratio(self) -> float | None:
        """Median to median."""
        return None if self.floor is None else _over(self.ours.median, self.floor.median)

    @property
    def ratio_p99(self) -> float | None:
        """Bad end to bad end."""
        return None if self.floor is None else _over(self.ours.p99, self.floor.p99)


def _over(ours: float, floor: float) -> float:
    return ours / floor if floor else math.inf


@dataclass(frozen=True)
class Outcome:
    """All of one figure. `notes` are sentences for people: what is in a number and what is not."""

    name: str
    rows: tuple[Row, ...]
    told: tuple[Told, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def missed(self) -> list[str]:
        """The checks that do not hold, each with its row."""
        return [f"{row.what}, {check.what}" for row in self.rows for check in row.checks if not check.met]


def times_floor(what: str, ratio: float | None, most: float) -> Check:
    """At most so many times the floor."""
    return Check(what, math.inf if ratio is None else ratio, most, "×")


def share_of_floor(what: str, ratio: float | None, least: float) -> Check:
    """At least this share of the floor, 0 to 1."""
    return Check(what, 0.0 if ratio is None else ratio, least, "×", "at least")


def as_data(outcome: Outcome) -> dict[str, Any]:
    """For programs: plain data, every number with its unit beside it."""
    return {
        "name": outcome.name,
        "rows": [_row_data(row) for row in outcome.rows],
        "told": [told._asdict() for told in outcome.told],
        "notes": list(outcome.notes),
        "met": not outcome.missed,
    }


def _row_data(row: Row) -> dict[str, Any]:
    return {
        "what": row.what,
        "unit": row.unit,
        "ours": row.ours._asdict(),
        "floor": None if row.floor is None else row.floor._asdict(),
        "ratio": row.ratio,
        "ratio_p99": row.ratio_p99,
        "checks": [{**check._asdict(), "met": check.met} for check in row.checks],
    }
