"""TOML tables to Structs, key by key, so that one wrong key does not hide the next.

A wrong key is said and its default taken, so that the rest of the file can still be checked; a table
that lacks a needed key becomes None.
"""

from __future__ import annotations

from collections.abc import Collection, Container
from functools import cached_property, lru_cache
from typing import Any, TypeVar, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo

from edge.settings.lines import Path, line_index
from edge.settings.problems import Problem, Severity, did_you_mean, nearest
from edge.settings.words import choices, described, readable, shown

S = TypeVar("S", bound=msgspec.Struct)
_WRONG: Any = object()


@lru_cache(maxsize=256)
def fields_of(kind: type[msgspec.Struct]) -> dict[str, FieldInfo]:
    """Fields of a Struct by the name they have in the file."""
    return {field.encode_name: field for field in msgspec.structs.fields(kind)}


class Reader:
    """Reads tables of one file and collects what is wrong in `problems`."""

    def __init__(self, file: str, text: str) -> None:
        """`text` is TOML that `tomllib` has accepted."""
        self.file = file
        self._text = text
        self.problems: list[Problem] = []
        self.wrong: set[Path] = set()  # of errors

    @cached_property
    def _lines(self) -> dict[Path, int]:
        """Found when the first problem is said: a sound file does not need them."""
        return line_index(self._text)

    def line_of(self, path: Path) -> int:
        """Line of `path`, or of the nearest table around it; 1 where there is none."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def say(self, path: Path, where: str, what: str, hint: str = "", severity: Severity = "error") -> None:
        """Note one problem."""
        if severity == "error":
            self.wrong.add(path)
        self.problems.append(
            Problem(
                file=self.file,
                line=self.line_of(path),
                where=readable(where),
                what=readable(what),
                hint=readable(hint),
                severity=severity,
            )
        )

    def table(self, kind: type[S], raw: object, path: Path, where: str) -> S | None:
        """One table as a `kind`, and no key besides."""
        if not isinstance(raw, dict):
            self.say(path, where, f"is {shown(raw)}; it must be a table")
            return None
        return self.part(kind, raw, path, where, self.unknown_keys(raw, fields_of(kind), path, where))

    def part(
        self, kind: type[S], raw: dict[str, object], path: Path, where: str, misspelt: Container[str]
    ) -> S | None:
        """Those keys of a table that are a `kind`'s. `misspelt`: keys whose misspelling was said."""
        good: dict[str, object] = {}
        complete = True
        for key, field in fields_of(kind).items():
            if key in raw:
                complete &= self.key(field, raw[key], good, (*path, key), where)
            elif field.required:
                complete = False
                self.missing(field, path, where, said=key in misspelt)
        return self.built(kind, good, path, where) if complete else None

    def unknown_keys(
        self, raw: dict[str, object], known: Collection[str], path: Path, where: str
    ) -> set[str]:
        """Say every key that is not one of `known`; returns what they may have been meant to be."""
        unknown = [key for key in raw if key not in known]
        for key in unknown:
            self.say((*path, key), where, f'unknown key "{key}"', did_you_mean(key, known))
        return {near for key in unknown for near in nearest(key, known)}

    def missing(self, field: FieldInfo, path: Path, where: str, said: bool) -> None:
        """Say that a key is not there, unless its misspelling was just said."""
        if not said:
            self.say(path, where, f'needs "{field.encode_name}"', f"it is {described(field.type)}")

    def key(self, field: FieldInfo, value: object, good: dict[str, object], path: Path, where: str) -> bool:
        """Check one key into `good`. False where the table cannot do without it."""
        read = self.value(field.type, value, path, where)
        if read is not _WRONG:
            good[field.name] = read
        return read is not _WRONG or not field.required

    def value(self, kind: Any, value: object, path: Path, where: str) -> Any:
        """A value as `kind`, or `_WRONG` once the problem is said."""
        bare = _without_bounds(kind)
        if isinstance(bare, type) and issubclass(bare, msgspec.Struct) and isinstance(value, dict):
            read = self.table(bare, value, path, f"{where}, {_last_name(path)}")
            return _WRONG if read is None else read
        if isinstance(value, list) and _item_type(bare) is not None:
            return self.items(kind, value, path, where)
        return self.plain(kind, value, path, where)

    def items(self, kind: Any, value: list[object], path: Path, where: str) -> Any:
        """A list, each entry checked by itself."""
        item = _item_type(_without_bounds(kind))
        read = [self.value(item, entry, (*path, at), where) for at, entry in enumerate(value)]
        if any(entry is _WRONG for entry in read):
            return _WRONG
        return self.plain(kind, read, path, where)

    def plain(self, kind: Any, value: object, path: Path, where: str) -> Any:
        """A value that is checked as a whole."""
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError:
            hint = ""
            if isinstance(value, str) and (words := choices(kind)):
                hint = did_you_mean(value, nearest(value, words)) if nearest(value, words) else ""
            name = _last_name(path)
            self.say(path, where, f"{name} is {shown(value)}; it must be {described(kind)}", hint)
            return _WRONG

    def built(self, kind: type[S], good: dict[str, Any], path: Path, where: str) -> S | None:
        """The Struct; its own check of keys against each other may still refuse."""
        try:
            return kind(**good)
        except ValueError as refusal:
            self.say(path, where, str(refusal))
            return None


@lru_cache(maxsize=1024)
def _without_bounds(kind: Any) -> Any:
    """The type inside `Annotated` and `... | None`."""
    if hasattr(kind, "__metadata__"):
        return _without_bounds(kind.__origin__)
    options = [one for one in get_args(kind) if one is not type(None)]
    if type(None) in get_args(kind) and len(options) == 1:
        return _without_bounds(options[0])
    return kind


@lru_cache(maxsize=1024)
def _item_type(bare: Any) -> Any:
    """Type of the entries of a list of any length, else None."""
    arguments = get_args(bare)
    if get_origin(bare) is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return arguments[0]
    return arguments[0] if get_origin(bare) is list else None


def _last_name(path: Path) -> str:
    """The key a path ends in, with the place in the list: `"queues" entry 2`."""
    name, after = "", ""
    for part in reversed(path):
        if isinstance(part, str):
            name = part
            break
        after = f"[{part + 1}]{after}"
    return f'"{name}"{" entry " + after.strip("[]") if after else ""}'
