"""The A0 90 dialect of window strips, sans I/O (docs/protocols.md 4).

```
 host -> strip   A0 90 ADDR CMD LENhi LENlo DATA ... XOR     XOR over ADDR to the last of DATA
                 1  1  1    1   1     1     0..254   1       bytes
 strip -> host   A0 90 ADDR ... A5 AA                        acknowledged; shortest form 5 bytes
```
CMD A5 shows DATA, A1 shows the strip's own text (LEN 0). DATA is, per character, one ASCII byte or the two
bytes of GB2312 or GBK, and then one byte of colour: 0 red, 1 green, 2 yellow.

DATA stays under 255 bytes: one known host writes LEN as n/255, n%255, the other as n/256, n%256, and up
to there both say the same. Two sources agree on the frame; the order of green and yellow and the exact
length of the acknowledgement are not confirmed, so any middle of up to 8 bytes is taken.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from devices.errors import WireError
from devices.framing import MORE, NOT_MINE, xor8
from devices.strip.messages import Colour, Segment

HEAD: Final = b"\xa0\x90"
SHOW_TEXT: Final = 0xA5
SHOW_ROM: Final = 0xA1
ACK_TAIL: Final = b"\xa5\xaa"
COLOURS: Final[dict[Colour, int]] = {"red": 0, "green": 1, "yellow": 2}

DATA_MAX: Final = 254
COLUMNS_MAX: Final = 127  # DATA_MAX in half-width characters
ACK_MIDDLE_MAX: Final = 8
REPLACEMENT: Final = "□"  # stands for a character that the strip's code page has not
ELLIPSIS: Final = "…"

_FOREIGN_STARTS: Final = (b"\xa0\x90", b"\xff\x68")  # no acknowledgement has another frame's head inside


class A090Framer:
    """Finds the acknowledgements of strips in what a host hears."""

    dialect = "a090"
    longest = 3 + ACK_MIDDLE_MAX + 2

    def look(self, data: bytes) -> int:
        """Length of the acknowledgement at the front of `data`, or MORE, or NOT_MINE."""
        data = data[: self.longest]
        if not HEAD.startswith(data[:2]):
            return NOT_MINE
        end = data.find(ACK_TAIL, 3)
        inside = data[2:] if end < 0 else data[2:end]
        if any(start in inside for start in _FOREIGN_STARTS):
            return NOT_MINE
        if end >= 0:
            return end + len(ACK_TAIL)
        return MORE if len(data) < self.longest else NOT_MINE


def address_of_ack(frame: bytes) -> int:
    """Which strip acknowledged. Raises WireError when `frame` is not one acknowledgement."""
    if not frame or A090Framer().look(frame) != len(frame):
        raise WireError(f"not an A0 90 acknowledgement: {frame.hex(' ')}")
    return frame[2]


def encode_text(address: int, segments: Sequence[Segment], columns: int = 0) -> bytes:
    """The frame that shows `segments`, cut on a character with an ellipsis where it is too long.

    `columns` is the width of the panel in half-width characters, 0 for the limit of the protocol alone.
    """
    cells = _cut(list(_cells(segments)), columns)
    return _frame(address, SHOW_TEXT, b"".join(char + bytes([colour]) for char, colour in cells))


def encode_rom(address: int) -> bytes:
    """The frame that shows the text stored in the strip."""
    return _frame(address, SHOW_ROM, b"")


def _frame(address: int, command: int, data: bytes) -> bytes:
    body = bytes((address, command)) + len(data).to_bytes(2, "big") + data
    return HEAD + body + bytes([xor8(body)])


_Cell = tuple[bytes, int]  # the bytes of one character, and its colour


def _cells(segments: Sequence[Segment]) -> Iterator[_Cell]:
    for segment in segments:
        colour = COLOURS[segment.colour]
        for char in segment.text[: COLUMNS_MAX + 1]:
            yield _coded(char), colour


def _coded(char: str) -> bytes:
    """GB2312, else GBK, else a box; a line break or another control character is a blank."""
    if unicodedata.category(char) in ("Cc", "Zl", "Zp"):
        return b" "
    for codec in ("gb2312", "gbk"):
        try:
            return char.encode(codec)
        except UnicodeEncodeError:
            continue
    return REPLACEMENT.encode("gb2312")


def _fits(cells: list[_Cell], columns: int) -> bool:
    width = sum(len(char) for char, _ in cells)
    return width + len(cells) <= DATA_MAX and (not columns or width <= columns)


def _cut(cells: list[_Cell], columns: int) -> list[_Cell]:
    """The cells, or as many as leave room for an ellipsis in the colour of the last one."""
    if _fits(cells, columns):
        return cells
    for kept in range(len(cells) - 1, -1, -1):
        shown = [*cells[:kept], (ELLIPSIS.encode("gb2312"), cells[max(kept - 1, 0)][1])]
        if _fits(shown, columns):
            return shown
    return []
