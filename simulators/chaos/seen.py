"""What the outside observer wrote down: what people pressed, and what paper, panels and keys showed."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

NUMBER = re.compile(r"[A-Z]+\d+")
CALL = re.compile(r"请([A-Z]+\d+)号到(\S+)号窗口")


class Rating(NamedTuple):
    """A press on a pad. `number` is who stood at the window by its strip, "" where that changed meanwhile."""

    window: str
    level: int
    number: str


@dataclass
class Seen:
    """By window where nothing else is said."""

    takes: int = 0  # presses for a number
    papers: list[str] = field(default_factory=list)  # numbers on paper, as often as they stand there
    calls: Counter[str] = field(default_factory=Counter)  # presses that call: next and recall
    shown: set[tuple[str, str]] = field(default_factory=set)  # (number, window) that stood on a strip
    rated: Counter[Rating] = field(default_factory=Counter)  # presses on pads
    thanked: Counter[Rating] = field(default_factory=Counter)  # those a pad said thanks for
