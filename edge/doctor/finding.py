"""One thing that the doctor looked at, and how it is told."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

Level: TypeAlias = Literal["ok", "warn", "bad"]

_WORDS: Final[dict[Level, str]] = {"ok": "正常 ok  ", "warn": "注意 warn", "bad": "故障 bad "}


class Finding(NamedTuple):
    """`part` names it in both languages; `text` says how it is, `cure` what to do where it is not well."""

    level: Level
    part: str
    text: str
    cure: str = ""


def ok(part: str, text: str) -> Finding:
    """All is well."""
    return Finding("ok", part, text)


def warn(part: str, text: str, cure: str) -> Finding:
    """It works, and somebody should see to it."""
    return Finding("warn", part, text, cure)


def bad(part: str, text: str, cure: str) -> Finding:
    """It does not work."""
    return Finding("bad", part, text, cure)


def line_of(finding: Finding) -> str:
    """One line: how it is, what, where, and the cure behind an arrow."""
    line = f"{_WORDS[finding.level]}  {finding.part}: {finding.text}"
    return f"{line} -> {finding.cure}" if finding.cure else line
