"""A strip's A0 90 bytes, written from the byte tables (docs/protocols.md 4).

A5: characters, each one ASCII byte or two bytes of GBK, then a colour byte (0 red, 1 green, 2 yellow).
A1: the stored text. The answer is A0 90 ADDR A5 AA.
"""

from __future__ import annotations

from itertools import groupby
from typing import Final

from simulators.strip.model import Piece

SHOW_TEXT: Final = 0xA5
SHOW_ROM: Final = 0xA1
_COLOURS: Final = ("red", "green", "yellow")


def acknowledgement(address: int, middle: bytes = b"") -> bytes:
    """What the strip answers. Where it puts something before the tail, `middle` is that."""
    return bytes([0xA0, 0x90, address]) + middle + b"\xa5\xaa"


def pieces_in(data: bytes) -> tuple[Piece, ...]:
    """The text of an A5 frame, one piece a run of colour. Half a character at the end is not shown."""
    cells = list(_cells(data))
    return tuple(
        Piece("".join(char for char, _ in run), colour)
        for colour, run in ((key, list(group)) for key, group in groupby(cells, key=lambda cell: cell[1]))
    )


def _cells(data: bytes) -> list[tuple[str, str]]:
    cells: list[tuple[str, str]] = []
    at = 0
    while at < len(data):
        width = 2 if data[at] >= 0x80 else 1
        if at + width >= len(data):
            break
        char = data[at : at + width].decode("gbk", errors="replace")
        code = data[at + width]
        cells.append((char, _COLOURS[code] if code < len(_COLOURS) else "?"))
        at += width + 1
    return cells
