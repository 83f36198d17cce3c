"""What both ends of a serial line must agree on, and what becomes of bytes when they do not.

A byte is a start bit, its data bits, a parity bit if there is one, and its stop bits. A receiver looks at
one stop bit: with another number of them set, bytes still come across. With anything else set otherwise they
do not.
"""

from __future__ import annotations

from typing import Final, NamedTuple

PARITIES: Final = ("N", "E", "O", "M", "S")


class Framing(NamedTuple):
    """How bytes travel. `parity`: N none, E even, O odd, M mark, S space."""

    baud: int = 9600
    data_bits: int = 8
    parity: str = "N"
    stop_bits: float = 1

    @property
    def byte_s(self) -> float:
        """How long one byte is on the wire."""
        return (1 + self.data_bits + (self.parity != "N") + self.stop_bits) / self.baud

    def reads(self, other: Framing) -> bool:
        """Whether an end set like this one understands an end set like `other`."""
        return self[:3] == other[:3]

    def differences(self, other: Framing) -> str:
        """What `other` has set otherwise, in the words of a settings dialogue: `波特率 19200 停止位 2`."""
        words = ("波特率", "数据位", "校验", "停止位")
        return " ".join(
            f"{word} {value:g}" if isinstance(value, (int, float)) else f"{word} {value}"
            for word, own, value in zip(words, self, other, strict=True)
            if own != value
        )

    def __str__(self) -> str:
        return f"{self.baud} {self.data_bits}{self.parity}{self.stop_bits:g}"


def rubbish(data: bytes) -> bytes:
    """What a receiver with other settings makes of bytes: as many, none of them right."""
    return bytes((byte * 73 + 41) & 0xFF | 0x80 for byte in data)
