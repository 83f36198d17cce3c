"""What is wrong in a site file, said so that a technician can mend it without asking."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

import msgspec

Severity: TypeAlias = Literal["error", "warning"]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong.

    `line` counts from 1; 0 where no line can be named (a file that cannot be read). `where` names the
    table as it is written: `[[devices]] "keypad-3"`. `hint` says what to do, or is empty.
    """

    file: str
    line: int
    where: str
    what: str
    hint: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        parts = [place, *(["warning"] if self.severity == "warning" else []), self.where]
        text = ": ".join(part for part in [*parts, self.what] if part)
        return f"{text}; {self.hint}" if self.hint else text


class SettingsError(ValueError):
    """A site file with errors. `problems` holds all of them in the order of their lines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Sorted by line, each said once."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda one: (one.line, one.severity, one.what)))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint with the nearest right word, or with all of them if they are few, or with nothing."""
    words = list(known)
    if near := nearest(word, words):
        return f'did you mean "{near[0]}"?'
    if len(words) > 12:
        return ""
    return f"known are {quoted(words)}" if words else "there is none"


def nearest(word: str, known: Iterable[str]) -> list[str]:
    """The most similar known word, if any is similar at all. Case does not count."""
    plain = {one.lower(): one for one in known}
    return [plain[near] for near in difflib.get_close_matches(word.lower(), list(plain), 1, 0.6)]


def quoted(words: Iterable[str]) -> str:
    """`"a", "b"`."""
    return ", ".join(f'"{word}"' for word in words)
