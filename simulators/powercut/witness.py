"""What was seen from outside of a life, and what its stores went through.

A *state* is everything in a store, in short. A power cut may leave a state that was durable, or a later one,
and nothing else. What was *told* to anybody (a number, a thank-you, a new epoch) is noted with the number of
file operations that lay before it.
"""

from __future__ import annotations

import bisect
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, NamedTuple

from simulators.powercut.recorder import Op

CORE, EAST = "core", "east"
STORES = tuple(f"powercut-{node}.db" for node in (CORE, EAST))


class Told(NamedTuple):
    """Something left the office when `ops` file operations were done."""

    ops: int
    what: Any


def until(told: Sequence[Told], cut: int) -> Sequence[Told]:
    """What was told when `cut` operations were done."""
    return told[: bisect.bisect_right(told, cut, key=attrgetter("ops"))]


def last(told: Sequence[Told], cut: int) -> Any:
    """The last of it, or None."""
    before = until(told, cut)
    return before[-1].what if before else None


@dataclass
class Trail:
    """Every state that one store went through, in order, and when a place in it was durable."""

    states: list[str] = field(default_factory=list)
    durable: list[Told] = field(default_factory=list)

    def state(self, text: str) -> int:
        """The store is as `text` says; its place in the order of states."""
        if not self.states or self.states[-1] != text:
            self.states.append(text)
        return len(self.states) - 1


@dataclass
class Witness:
    """What was seen from outside, and the trails of the stores by their file names."""

    ops: list[Op]
    trails: dict[str, Trail] = field(default_factory=lambda: {store: Trail() for store in STORES})
    numbers: list[Told] = field(default_factory=list)  # (visit, number) of slips handed out
    ratings: list[Told] = field(default_factory=list)  # (visit, window, level) that were thanked for
    epochs: list[Told] = field(default_factory=list)
    clocks: list[Told] = field(default_factory=list)  # Unix seconds, whenever time passed
    forgotten: list[Told] = field(default_factory=list)  # what was told before so many operations

    def tell(self, place: list[Told], what: Any) -> None:
        """It is told now."""
        place.append(Told(len(self.ops), what))

    def inherit(self, earlier: Witness, cut: int) -> None:
        """What was told in an earlier life before its cut holds from the beginning of this one."""
        self.numbers += [Told(0, one) for one in earlier.since_forgotten(earlier.numbers, cut)]
        self.ratings += [Told(0, one) for one in earlier.since_forgotten(earlier.ratings, cut)]
        self.epochs += [Told(0, one.what) for one in until(earlier.epochs, cut)]
        self.clocks += [Told(0, one.what) for one in until(earlier.clocks, cut)]

    def since_forgotten(self, told: Sequence[Told], cut: int) -> list[Any]:
        """What was told before `cut` and is too young to be forgotten."""
        after = last(self.forgotten, cut)
        return [one.what for one in until(told, cut) if after is None or one.ops > after]


def state_of(db: Any) -> str:
    """Everything in the store, in short: two stores with the same text hold the same rows."""
    digest = hashlib.blake2b(digest_size=16)
    tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    for (name,) in tables:
        digest.update(repr((name, sorted(db.execute(f"SELECT * FROM {name}"), key=repr))).encode())
    return digest.hexdigest()
