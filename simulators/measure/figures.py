"""The figures by name: which module measures each, loaded when it is wanted."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, cast

from simulators.measure.outcome import Outcome

KEYPAD_LIMIT_MS = 100.0
"""Known hosts echo within some tens of milliseconds; a keypad that waited longer repeats or gives up."""


@dataclass(frozen=True)
class Bench:
    """What a figure is measured with: a folder of its own choosing inside `folder`, and how long.

    `quick` asks for as few repeats as show that everything runs. `mqtt_io` is a Python that has mqtt-io,
    `hops` a file for the picture of a press. An echo later than `keypad_limit_ms` is of no use to a keypad.
    """

    folder: Path
    quick: bool = False
    mqtt_io: Path | None = None
    hops: Path | None = None
    keypad_limit_ms: float = KEYPAD_LIMIT_MS

    def times(self, usual: int, quick: int) -> int:
        """How often to repeat."""
        return quick if self.quick else usual

    def room(self, name: str) -> Path:
        """An empty folder for one part of a figure."""
        path = self.folder / name
        path.mkdir()
        return path


class Figure(NamedTuple):
    """One row of the issue's table."""

    module: str
    text: str

    def load(self) -> Callable[[Bench], Outcome]:
        """The function that measures it."""
        module = importlib.import_module(f"simulators.measure.{self.module}")
        return cast("Callable[[Bench], Outcome]", module.measure)


FIGURES = {
    "press_to_strip": Figure("press", "a clerk's key to the strip's text, on an idle hall"),
    "press_under_load": Figure("press_load", "the same while 55 windows work and 20 screens are redrawn"),
    "visits_per_s": Figure("visits", "whole visits a second, each event committed before it is answered"),
    "drain": Figure("drain", "50,000 records delivered after a day without a broker"),
    "node": Figure("node", "start, memory and idle CPU of a node with its devices"),
    "line": Figure("line", "16 keypads, 16 evaluators and 16 strips on one line at 9600 baud"),
    "picture": Figure("picture", "a strip's picture, and a hall board with one row changed"),
    "day": Figure("day", "2,000 visits of the Chaotian hall in virtual time"),
    "growth": Figure("growth", "visits a second, memory and start with more past and more windows"),
}
