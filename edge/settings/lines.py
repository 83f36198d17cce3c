"""On which line of a TOML text does a key stand? The standard parser does not tell.

`line_index` walks a text that `tomllib` has already accepted, so it checks nothing: it follows table
headers, dotted and quoted keys, arrays over several lines, inline tables and multi-line strings, and
notes one line number (from 1) for every key, table and array element. A path is a tuple of keys and
indexes: `("devices", 3, "address")` is the key `address` of the fourth `[[devices]]` table.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any, TypeAlias

Path: TypeAlias = tuple[str | int, ...]

_BLANK = re.compile(r"[ \t]*")
_GAP = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")  # between statements and inside arrays
_PART = r"""(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
_KEY = re.compile(rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*")
# A closing triple quote may be followed by up to two quotes that still belong to the string.
_STRING = re.compile(
    r'"""(?:\\[\s\S]|[^\\])*?"{3,5}(?!")'
    r"|'''[\s\S]*?'{3,5}(?!')"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
)
_PLAIN = re.compile(r"[^,\]}#\n]*")


def line_index(text: str) -> dict[Path, int]:
    """Line of every path in `text`, which `tomllib.loads` must have accepted."""
    scanner = _Scanner(text)
    scanner.run()
    return scanner.lines


def split_key(text: str) -> tuple[str, ...]:
    """The parts of a (dotted, quoted) key as written: `a."b c"` gives ("a", "b c")."""
    if '"' not in text and "'" not in text:
        return tuple(part.strip() for part in text.split("."))
    parts: list[str] = []
    node: Any = tomllib.loads(f"{text} = 0")
    while isinstance(node, dict):
        (part, node), *_ = node.items()
        parts.append(part)
    return tuple(parts)


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.lines: dict[Path, int] = {}
        self.last_of: dict[Path, int] = {}  # array of tables -> index of its newest element
        self.table: Path = ()

    def run(self) -> None:
        self.take(_GAP)
        while self.at < len(self.text):
            if self.text.startswith("[", self.at):
                self.header()
            else:
                self.pair(self.table)
            self.take(_GAP)

    def take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        found = match.group() if match else ""
        self.at += len(found)
        self.line += found.count("\n")
        return found

    def skip(self, count: int) -> None:
        self.at += count
        self.take(_BLANK)

    def header(self) -> None:
        width = 2 if self.text.startswith("[[", self.at) else 1
        self.skip(width)
        *parents, last = split_key(self.take(_KEY))
        self.take(_BLANK)
        self.skip(width)
        path = (*self.walk((), parents), last)
        self.table = self.next_element(path) if width == 2 else self.newest(path)
        self.lines[self.table] = self.line

    def next_element(self, path: Path) -> Path:
        self.lines.setdefault(path, self.line)
        self.last_of[path] = self.last_of.get(path, -1) + 1
        return (*path, self.last_of[path])

    def newest(self, path: Path) -> Path:
        return (*path, self.last_of[path]) if path in self.last_of else path

    def walk(self, start: Path, parts: list[str]) -> Path:
        """Follow `parts` from `start`, into the newest element of an array of tables."""
        path = start
        for part in parts:
            path = (*path, part)
            self.lines.setdefault(path, self.line)
            path = self.newest(path)
        return path

    def pair(self, table: Path) -> None:
        *parents, last = split_key(self.take(_KEY))
        path = (*self.walk(table, parents), last)
        self.lines[path] = self.line
        self.take(_BLANK)
        self.skip(1)  # the equals sign
        self.value(path)

    def value(self, path: Path) -> None:
        first = self.text[self.at : self.at + 1]
        if first == "[":
            self.array(path)
        elif first == "{":
            self.inline_table(path)
        elif first in ('"', "'"):
            self.take(_STRING)
        else:
            self.take(_PLAIN)

    def array(self, path: Path) -> None:
        self.at += 1
        self.take(_GAP)
        count = 0
        while self.inside("]"):
            self.lines[(*path, count)] = self.line
            self.value((*path, count))
            count += 1
            self.separator()
        self.at += 1

    def inline_table(self, path: Path) -> None:
        self.at += 1
        self.take(_GAP)
        while self.inside("}"):
            self.pair(path)
            self.separator()
        self.at += 1

    def inside(self, closing: str) -> bool:
        return self.at < len(self.text) and not self.text.startswith(closing, self.at)

    def separator(self) -> None:
        self.take(_GAP)
        if self.text.startswith(",", self.at):
            self.at += 1
            self.take(_GAP)
