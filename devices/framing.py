"""Frames out of a stream of bytes that several dialects share.

On one RS-485 line the first bytes tell the dialects apart. A **framer** knows one dialect and is asked
about the bytes at the front: "mine, more, or not mine?". A **splitter** asks all framers of a line in
order; when none wants the front byte it is rubbish, is counted, and the question is put again one byte
further on, so that the next whole frame is found whatever came before it.

A frame that was cut short would hold up the line. When the line falls silent the splitter is told to
`lapse`: what is left over is searched once more, byte by byte, for whole frames and then dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

MORE: Final = 0
NOT_MINE: Final = -1


class Framer(Protocol):
    """The frames of one dialect that a host hears. `longest` bounds every frame, in bytes."""

    @property
    def dialect(self) -> str:
        """The dialect's word in settings, e.g. "ff68"."""

    @property
    def longest(self) -> int:
        """No frame is longer; `look` is never given more and must decide within it."""

    def look(self, data: bytes) -> int:
        """Length of the whole frame at the front of `data`, or MORE, or NOT_MINE. `data` is not empty."""


class Piece(NamedTuple):
    """A whole frame and the dialect it is of."""

    dialect: str
    frame: bytes


def sum8(data: bytes) -> int:
    """8-bit sum."""
    return sum(data) & 0xFF


def xor8(data: bytes) -> int:
    """8-bit exclusive or (BCC)."""
    check = 0
    for byte in data:
        check ^= byte
    return check


class Splitter:
    """Frames of several dialects out of one stream. Holds at most the longest frame less one byte."""

    def __init__(self, framers: Sequence[Framer]) -> None:
        self._framers = tuple(framers)
        self._longest = max((framer.longest for framer in framers), default=1)
        self._rest = b""
        self.rubbish_bytes = 0

    @property
    def is_partial(self) -> bool:
        """Whether the start of a frame waits for its end."""
        return bool(self._rest)

    def feed(self, data: bytes) -> list[Piece]:
        """Whole frames, in the order they came. Never raises; rubbish is counted in `rubbish_bytes`."""
        return self._scan(self._rest + data, at_end=False)

    def lapse(self) -> list[Piece]:
        """The line is silent: nothing more comes of what is left. Frames hidden behind a cut one come out."""
        return self._scan(self._rest, at_end=True)

    def clear(self) -> None:
        """Forget the start of a frame, as after a reopened port."""
        self._rest = b""

    def _scan(self, data: bytes, *, at_end: bool) -> list[Piece]:
        pieces: list[Piece] = []
        at = 0
        while at < len(data):
            length, dialect = self._ask(data[at : at + self._longest])
            if length > 0:
                pieces.append(Piece(dialect, data[at : at + length]))
                at += length
            elif length == MORE and not at_end:
                break
            else:
                self.rubbish_bytes += 1
                at += 1
        self._rest = data[at:]
        return pieces

    def _ask(self, window: bytes) -> tuple[int, str]:
        for framer in self._framers:
            length = framer.look(window[: framer.longest])
            if length != NOT_MINE:
                return length, framer.dialect
        return NOT_MINE, ""
