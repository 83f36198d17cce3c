"""A TOML file as any of ours is read: its text, its tables, and on which line each key stands."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path as FilePath
from typing import Any, NoReturn

from edge.settings.problems import Problem, SettingsError
from edge.settings.read import Reader

MAX_BYTES = 512 * 1024
_AT_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)")
_SYNTAX_HINTS = {
    "Invalid value": 'text stands in quotes: name = "..."',
    "Cannot overwrite": "it stands twice",
    "Expected '='": "a line reads: key = value",
}


def read_text(path: str | FilePath) -> str:
    """The text of a file. Raises SettingsError."""
    file = str(path)
    try:
        content = FilePath(path).read_bytes()
    except OSError as refusal:
        refuse(file, 0, f"cannot be read: {refusal.strerror}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as refusal:
        line = content.count(b"\n", 0, refusal.start) + 1
        refuse(file, line, "is not UTF-8 text", "save it as UTF-8")


def read_tables(text: str, file: str) -> tuple[dict[str, Any], Reader]:
    """The tables of a text, and who reads them into Structs. Raises SettingsError."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        refuse(file, 0, f"is larger than {MAX_BYTES // 1024} KiB")
    try:
        return tomllib.loads(text), Reader(file, text)
    except RecursionError:
        refuse(file, 0, "is nested too deeply")
    except ValueError as refusal:
        _syntax_error(str(refusal), text, file)


def refuse(file: str, line: int, what: str, hint: str = "") -> NoReturn:
    """Raise SettingsError with one problem that keeps the rest from being read."""
    raise SettingsError([Problem(file=file, line=line, where="", what=what, hint=hint)])


def _syntax_error(refusal: str, text: str, file: str) -> NoReturn:
    place = _AT_LINE.search(refusal)
    if not place:  # from Python's own reading of a number
        refuse(file, 0, "not TOML: a number with thousands of digits")
    line = int(place.group(1) or text.count("\n") + 1)
    what = _AT_LINE.sub("", refusal)
    hint = next((hint for start, hint in _SYNTAX_HINTS.items() if what.startswith(start)), "")
    refuse(file, line, f"not TOML: {what}", hint)
