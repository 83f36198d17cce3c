"""Text for a printer's own Chinese font: cleaned, counted in columns, and as GB2312 or GBK bytes.

Cheap printers hold GB2312 or GBK and misprint the four-byte codes of GB18030, so those are never sent.
An ASCII character is one column wide (12 dots), any other two.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Literal, TypeAlias

Charset: TypeAlias = Literal["gb2312", "gbk"]

MISSING = "〓"  # A1FE, the mark that printers' setters use for a character they lack
# Python's GB2312 table gives A1A4 and A1AA to look-alikes; GBK and printers give them to these.
_GB2312_TOO = frozenset("·—")


def clean(text: str) -> str:
    """`text` on one line without control characters, so that a name cannot command the printer."""
    return " ".join(_harmless(text).split())


def _harmless(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(" " if unicodedata.category(char).startswith("C") else char for char in text)


def columns(text: str) -> int:
    """How many columns `text` takes."""
    return sum(1 if char.isascii() else 2 for char in text)


@lru_cache(maxsize=4096)  # the same words stand on every ticket
def has(char: str, charset: Charset) -> bool:
    """The printer's font of `charset` has the character."""
    if char in _GB2312_TOO or char.isascii():
        return True
    try:
        char.encode(charset)
    except UnicodeEncodeError:
        return False
    return _codable(char)


def covers(text: str, charset: Charset) -> bool:
    """Every character of `text` can be printed."""
    return all(has(char, charset) for char in text)


def encode(text: str, charset: Charset) -> bytes:
    """One byte for ASCII, two for any other character; "〓" for those that the font lacks.

    No control character comes out, whatever goes in; blanks stay, for they align.
    """
    return "".join(char if has(char, charset) else MISSING for char in _harmless(text)).encode("gbk")


def _codable(char: str) -> bool:
    try:
        return len(char.encode("gbk")) == 2
    except UnicodeEncodeError:
        return False
