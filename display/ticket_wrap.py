"""Breaks text into lines of a measured width: Chinese anywhere, Latin between words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

Measure: TypeAlias = Callable[[str], float]

ELLIPSIS = "…"
# These never begin a line, or never end one: they stay with what stands before or behind them.
_NO_START = "，。、；：？！）》」』】〕”’…"
_NO_END = "（《「『【〔“‘"
_UNIT = re.compile(rf"[{_NO_END}]*(?:[!-~\u00a1-\u024f]+|.)[{_NO_START}]*", re.DOTALL)


def wrap(text: str, room: float, most_lines: int, measure: Measure) -> list[str]:
    """`text` in at most `most_lines` lines, none wider than `room`; what does not fit ends in "…".

    `measure` gives the width of a piece of text, in the unit of `room`, and must add up. Runs of white space
    count as one blank. No lines for a text that is empty.
    """
    lines = _lines(" ".join(text.split()), room, measure)
    if len(lines) <= most_lines:
        return lines
    return [*lines[: most_lines - 1], shorten(lines[most_lines - 1] + ELLIPSIS * 2, room, measure)]


def balance(text: str, room: float, most_lines: int, measure: Measure) -> list[str]:
    """As `wrap`, but in as many lines of about the same length: centred text leaves no lone last word."""
    lines = wrap(text, room, most_lines, measure)
    narrow, wide = 0, int(room)
    while wide - narrow > 1 and 1 < len(lines) < most_lines + 1:
        middle = (narrow + wide) // 2
        tried = wrap(text, middle, most_lines + 1, measure)
        if len(tried) > len(lines) or max(map(measure, tried)) > middle:
            narrow = middle
        else:
            wide, lines = middle, wrap(text, middle, most_lines, measure)
    return lines


def shorten(text: str, room: float, measure: Measure) -> str:
    """`text` if it fits into `room`, else its beginning and "…"."""
    if measure(text) <= room:
        return text
    kept = text.rstrip(ELLIPSIS)
    while kept and measure(kept + ELLIPSIS) > room:
        kept = kept[:-1]
    return kept.rstrip() + ELLIPSIS


def _lines(text: str, room: float, measure: Measure) -> list[str]:
    lines: list[str] = []
    line = ""
    for unit in _units(text, room, measure):
        if measure((line + unit).rstrip()) <= room:
            line += unit
            continue
        lines.append(line.rstrip())
        line = unit.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines


def _units(text: str, room: float, measure: Measure) -> Iterator[str]:
    """Pieces that stay whole: a Chinese character, a blank, a Latin word; one that is too long, in parts."""
    for match in _UNIT.finditer(text):
        word = match[0]
        while len(word) > 1 and measure(word) > room:
            fits = next(
                count for count in range(len(word) - 1, 0, -1) if count == 1 or measure(word[:count]) <= room
            )
            yield word[:fits]
            word = word[fits:]
        yield word
