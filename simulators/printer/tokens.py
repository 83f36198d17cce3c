"""Cuts a stream of ESC/POS into commands and text, as a printer does when bytes arrive.

Written from the command lists of printer makers; knows more commands than a ticket needs, so that strangers'
programs can print here. A command that is not known is skipped with its two bytes and named.
"""

from __future__ import annotations

from dataclasses import dataclass

DLE, ESC, FS, GS = 0x10, 0x1B, 0x1C, 0x1D
MOST_DATA_BYTES = 1 << 20  # a raster of a metre of 80 mm paper has half of that

# Two leading bytes -> number of parameter bytes that follow.
FIXED: dict[bytes, int] = {
    **{bytes([ESC, code]): 0 for code in b"@2<imSLv"},
    **{bytes([ESC, code]): 1 for code in b"!-3=EGMJRTUVadertu{ "},
    **{bytes([ESC, code]): 2 for code in b"$\\cB"},
    **{bytes([ESC, code]): 3 for code in b"p"},
    **{bytes([ESC, code]): 8 for code in b"W"},
    **{bytes([GS, code]): 1 for code in b"!/BEHITabfhrw"},
    **{bytes([GS, code]): 2 for code in b"LPW$\\"},
    **{bytes([FS, code]): 0 for code in b"&."},
    **{bytes([FS, code]): 1 for code in b"!-CW"},
    **{bytes([FS, code]): 2 for code in b"Sp"},
    bytes([DLE, 0x05]): 1,
}
_LEADS = (DLE, ESC, FS, GS)
_HEAD_BYTES = 34  # of a command, behind its name: they tell how long it is
_MOST_TABS = 32
_FEED_AND_CUT = (65, 66, 97, 98, 103, 104)
_OLD_BARCODES = range(7)


@dataclass(frozen=True)
class Token:
    """`name` is the two leading bytes of a command, b"" for text, one byte for a control character.

    `data` is what follows the name; `size` counts all its bytes; `known` is False for a skipped command.
    """

    name: bytes
    data: bytes
    size: int
    known: bool = True


class Tokens:
    """Bytes in, tokens out; keeps an unfinished command, at most a megabyte of it."""

    def __init__(self) -> None:
        self._held = bytearray()

    @property
    def at_start(self) -> bool:
        """The next byte begins a command or is text."""
        return not self._held

    def reset(self) -> None:
        """Forget an unfinished command."""
        self._held.clear()

    def feed(self, data: bytes) -> list[Token]:
        """All tokens that `data` completes."""
        self._held += data
        found: list[Token] = []
        start = 0
        while (token := _token(self._held, start)) is not None:
            found.append(token)
            start += token.size
        del self._held[:start]
        return found


def _token(held: bytearray, start: int) -> Token | None:
    if start >= len(held):
        return None
    if held[start] not in _LEADS:
        return _plain(held, start)
    name = bytes(held[start : start + 2])
    if len(name) < 2:
        return None
    length = _length(name, held[start + 2 : start + 2 + _HEAD_BYTES])
    if length is None:
        length = _scanned(name, held, start)
    if length is None or len(held) < start + 2 + length:
        return None
    known = name in FIXED or name in _VARIABLE
    return Token(name, bytes(held[start + 2 : start + 2 + length]), 2 + length, known)


def _plain(held: bytearray, start: int) -> Token:
    """A control character alone, or the run of text up to the next one."""
    if held[start] < 0x20:
        return Token(bytes(held[start : start + 1]), b"", 1)
    end = start
    while end < len(held) and held[end] >= 0x20:
        end += 1
    return Token(b"", bytes(held[start:end]), end - start)


def _length(name: bytes, head: bytearray) -> int | None:
    """Bytes after the name, or None while that cannot be told yet."""
    if name in FIXED:
        return FIXED[name]
    if name not in _VARIABLE:
        return 0
    length = _VARIABLE[name](head)
    return 0 if length is not None and length > MOST_DATA_BYTES else length


def _raster(head: bytearray) -> int | None:
    if head and head[0] != ord("0"):
        return 0
    if len(head) < 6:
        return None
    return 6 + (head[2] | head[3] << 8) * (head[4] | head[5] << 8)


def _function(head: bytearray) -> int | None:
    return 3 + (head[1] | head[2] << 8) if len(head) >= 3 else None


def _cut(head: bytearray) -> int | None:
    if not head:
        return None
    return 2 if head[0] in _FEED_AND_CUT else 1


def _columns(head: bytearray) -> int | None:
    if len(head) < 3:
        return None
    return 3 + (head[1] | head[2] << 8) * (3 if head[0] in (32, 33) else 1)


def _barcode(head: bytearray) -> int | None:
    """Which are up to 6 end with NUL: `_scanned` looks for it."""
    if not head or head[0] in _OLD_BARCODES:
        return None
    if not 65 <= head[0] <= 79:
        return 1
    return 2 + head[1] if len(head) > 1 else None


def _graphics(head: bytearray) -> int | None:
    """GS 8 L: a length of four bytes."""
    if head and head[0] != ord("L"):
        return 0
    return 5 + int.from_bytes(head[1:5], "little") if len(head) >= 5 else None


def _downloaded(head: bytearray) -> int | None:
    return 2 + head[0] * head[1] * 8 if len(head) >= 2 else None


def _tabs(head: bytearray) -> int | None:
    """Rising columns, ended by NUL; one that does not rise is not the command's any more."""
    for at, column in enumerate(head):
        if column == 0:
            return at + 1
        if at == _MOST_TABS or (at and column <= head[at - 1]):
            return at
    return None


def _status(head: bytearray) -> int | None:
    """Ink, MICR and such are asked for with a second byte."""
    if not head:
        return None
    return 2 if head[0] in (7, 8, 18) else 1


def _pulse(head: bytearray) -> int | None:
    """DLE DC4: drawer pulse, power off, buzzer, clear."""
    return 1 + {1: 2, 2: 2, 3: 5, 7: 1, 8: 7}.get(head[0], 0) if head else None


_VARIABLE = {
    bytes([DLE, 0x04]): _status,
    bytes([DLE, 0x14]): _pulse,
    bytes([ESC, ord("(")]): _function,
    bytes([ESC, ord("D")]): _tabs,
    bytes([FS, ord("(")]): _function,
    bytes([GS, ord("8")]): _graphics,
    bytes([GS, ord("*")]): _downloaded,
    bytes([GS, ord("v")]): _raster,
    bytes([GS, ord("(")]): _function,
    bytes([GS, ord("V")]): _cut,
    bytes([ESC, ord("*")]): _columns,
    bytes([GS, ord("k")]): _barcode,
}


def _scanned(name: bytes, held: bytearray, start: int) -> int | None:
    """The old bar code command ends with NUL."""
    if name != bytes([GS, ord("k")]) or len(held) < start + 3 or held[start + 2] not in _OLD_BARCODES:
        return None
    end = held.find(0, start + 3)
    if end < 0:
        return 0 if len(held) - start > MOST_DATA_BYTES else None
    return end + 1 - start - 2
