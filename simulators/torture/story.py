"""What happened, in plain sentences, for whoever looks into a failing seed; formatted when it is read."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

KEPT = 60_000
"""Sentences: the last hours of a hall."""
TOLD = 40
"""Sentences of a short story."""
FAULT = "fault"
"""What everybody should know of."""


class _Line(NamedTuple):
    at_s: float
    about: tuple[str, ...]
    text: str
    args: tuple[object, ...]


class Story:
    """The last `KEPT` sentences."""

    def __init__(self) -> None:
        self._lines: deque[_Line] = deque(maxlen=KEPT)

    def add(self, at_s: float, about: tuple[str, ...], text: str, args: tuple[object, ...]) -> None:
        """One sentence, `text % args`."""
        self._lines.append(_Line(at_s, about, text, args))

    def about(self, names: Iterable[str], most: int = TOLD) -> list[str]:
        """The last sentences that concern any of these, in order, with their times; faults concern all."""
        wanted = {*names, FAULT}
        found = [line for line in self._lines if wanted.intersection(line.about)]
        return [f"{clock(line.at_s)}  {line.text % line.args}" for line in found[-most:]]

    def everything(self) -> Iterable[str]:
        """All that is kept."""
        return (f"{clock(line.at_s)}  {line.text % line.args}" for line in self._lines)


def clock(at_s: float) -> str:
    """Seconds of a run as the time of its day: it begins at eight."""
    ms = round(at_s * 1000) + 8 * 3_600_000
    seconds, ms = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}"
