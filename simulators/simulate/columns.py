"""Text in columns, where a Chinese character is two letters wide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from unicodedata import east_asian_width

Row = Sequence[str]
GAP = "  "


def columns(rows: Iterable[Row]) -> list[str]:
    """The rows, each as one line: the first column to the left, the others to the right.

    Rows of one cell are headings, and stand as they are.
    """
    rows = list(rows)
    full = [row for row in rows if len(row) > 1]
    widths = [max(map(width, column)) for column in zip(*full, strict=True)]
    return [_line(row, widths) if len(row) > 1 else "".join(row) for row in rows]


def width(text: str) -> int:
    """Columns of a terminal that `text` takes."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def _line(row: Row, widths: Sequence[int]) -> str:
    first, *others = (" " * (wide - width(cell)) for cell, wide in zip(row, widths, strict=True))
    cells = [row[0] + first, *(space + cell for space, cell in zip(others, row[1:], strict=True))]
    return GAP.join(cells).rstrip()
