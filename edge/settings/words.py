"""Types in words, for error messages and for docs/settings.md."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import inspect


@lru_cache(maxsize=1024)
def described(kind: Any) -> str:
    """What a value of this annotated type must be: `a whole number from 1 to 99`."""
    return _described(inspect.type_info(kind))


@lru_cache(maxsize=1024)
def meaning_of(kind: Any) -> str:
    """The description put on a key's type, or ""."""
    info = inspect.type_info(kind)
    if isinstance(info, inspect.Metadata) and info.extra_json_schema:
        return str(info.extra_json_schema.get("description", ""))
    return ""


def choices(kind: Any) -> tuple[str, ...]:
    """The allowed words of a type that is a choice of words, else ()."""
    return tuple(_choices(inspect.type_info(kind)))


def _choices(info: inspect.Type) -> Iterator[str]:
    if isinstance(info, inspect.Metadata):
        yield from _choices(info.type)
    elif isinstance(info, inspect.UnionType):
        for one in info.types:
            yield from _choices(one)
    elif isinstance(info, inspect.LiteralType):
        yield from (value for value in info.values if isinstance(value, str))


def shown(value: object) -> str:
    """A value as in TOML, cut to 40 characters: `"abc"`, `true`, `a list`."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{readable(value, 40)}"'
        case list():
            return "a list"
        case dict():
            return "a table"
    return str(value)[:40]


def readable(text: str, most: int = 400) -> str:
    """Text on one line and of bounded length: what is quoted from a file may hold anything."""
    cut = text if len(text) <= most else text[: most - 3] + "..."
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in cut)


def _described(info: inspect.Type) -> str:
    if isinstance(info, inspect.Metadata):
        words = (info.extra or {}).get("is")
        return str(words) if words else _described(info.type)
    if isinstance(info, inspect.LiteralType):
        return _choice(info)
    if isinstance(info, inspect.UnionType):
        return _either(info)
    return _number_or_text(info)


def _either(info: inspect.UnionType) -> str:
    literals = [value for one in info.types if isinstance(one, inspect.LiteralType) for value in one.values]
    others = [one for one in info.types if not isinstance(one, (inspect.LiteralType, inspect.NoneType))]
    words = ["one of " + ", ".join(map(shown, literals))] if literals else []
    return " or ".join([*map(_described, others), *words])


def _choice(info: inspect.LiteralType) -> str:
    numbers = sorted(one for one in info.values if isinstance(one, int))
    return "one of " + ", ".join(shown(one) for one in numbers or info.values)


def _number_or_text(info: inspect.Type) -> str:
    match info:
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            return "a whole number" + _range(info)
        case inspect.FloatType():
            return "a number" + _range(info)
        case inspect.StrType():
            return "text" + _length(info, "character")
    return _collection(info)


def _collection(info: inspect.Type) -> str:
    match info:
        case inspect.VarTupleType() | inspect.ListType() | inspect.SetType() | inspect.FrozenSetType():
            return f"a list{_length(info, 'entry')}, each {_described(info.item_type)}"
        case inspect.TupleType():
            return f"a list of {len(info.item_types)}: " + ", ".join(map(_described, info.item_types))
        case inspect.DictType():
            return f"a table of names, each with {_described(info.value_type)}"
        case inspect.StructType():
            return "a table"
    return "a value of its own kind"


def _range(info: inspect.IntType | inspect.FloatType) -> str:
    low = info.ge if info.ge is not None else info.gt
    high = info.le if info.le is not None else info.lt
    above = " above" if info.gt is not None else " from"
    below = " to below" if info.lt is not None else " to"
    if low is not None and high is not None:
        return f"{above} {_plain(low)}{below} {_plain(high)}"
    if low is not None:
        return f", at least {_plain(low)}"
    return f", at most {_plain(high)}" if high is not None else ""


def _length(info: Any, unit: str) -> str:
    low, high = info.min_length, info.max_length
    many = {"character": "characters", "entry": "entries"}[unit]
    if low and high:
        return f" of {low} to {high} {many}"
    if high:
        return f" of at most {high} {many}"
    return f" of at least {low} {unit if low == 1 else many}" if low else ""


def _plain(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else str(number)


def default_of(field: msgspec.structs.FieldInfo) -> Any:
    """The default of a Struct's field; `msgspec.NODEFAULT` for one that must be given."""
    if field.default is not msgspec.NODEFAULT:
        return field.default
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return msgspec.NODEFAULT
