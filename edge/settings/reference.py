"""docs/settings.md, written from the types: `python -m edge.settings.reference > docs/settings.md`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from inspect import cleandoc

import msgspec
from msgspec import Struct

from edge.settings.draft import LISTS, NEEDED, SINGLES
from edge.settings.kinds import GRADES, KINDS, SCHEMES, settings_type
from edge.settings.model import DeviceHead
from edge.settings.people import Arrivals, Ratings, ServiceTimes
from edge.settings.read import fields_of
from edge.settings.words import default_of, described, meaning_of

INTRO = """\
# Settings: every key of a site file

One TOML file describes a hall; each node reads it and runs its part. This page is written from the
types that read the file (`python -m edge.settings.reference`), so it cannot differ from them.

- `hall check FILE` says all that is wrong at once, each with its line and the nearest right word.
- Units stand in the names: `_s` seconds, `_min` minutes, `_ms` milliseconds, `_pct` per cent.
- An unknown key is an error. A key without a default is needed.
- Start from `examples/minimal.toml`; `examples/chaotian.toml` is a hall of 55 windows.
- A running hall takes new services, queues, windows, classes, hours, order and notices by `hall apply FILE`.
  Other nodes, ports, devices, another broker, coordinator, standby or site id need a restart.
"""

NESTED: dict[str, type[Struct]] = {
    "[[people.arrivals]]": Arrivals,
    "[[people.services]]": ServiceTimes,
    "[people.ratings]": Ratings,
}


def reference() -> str:
    """The whole page."""
    return "\n".join((*_tables(), *_urls(), *_kinds())) + "\n"


def _tables() -> Iterator[str]:
    yield INTRO
    for name, kind in SINGLES.items():
        yield from _table(f"[{name}]", kind, name)
    for written, kind in NESTED.items():
        yield from _table(written, kind, "")
    for name, kind in LISTS.items():
        yield from _table(f"[[{name}]]", DeviceHead if name == "devices" else kind, name)


def _table(written: str, kind: type[Struct], name: str) -> Iterator[str]:
    yield f"## `{written}`{' (needed)' if name in NEEDED else ''}\n"
    yield from _keys(kind)


def _keys(kind: type[Struct]) -> Iterator[str]:
    fields = fields_of(kind)
    explained = any(meaning_of(field.type) for field in fields.values())
    yield _prose(kind) + "\n"
    yield "| key | value | default |" + (" meaning |" if explained else "")
    yield "| - | - | - |" + (" - |" if explained else "")
    for key, field in fields.items():
        row = f"| `{key}` | {described(field.type)} | {_default(field)} |"
        yield row + (f" {meaning_of(field.type)} |" if explained else "")
    yield ""


def _prose(kind: type[Struct]) -> str:
    """The docstring without the name of the table, which stands above it."""
    text = cleandoc(kind.__doc__ or "")
    return re.sub(r"^`\[+\w+\]+`: (\w)", lambda start: start[1].upper(), text)


def _default(field: msgspec.structs.FieldInfo) -> str:
    value = default_of(field)
    if value is msgspec.NODEFAULT:
        return "needed"
    return f"`{_toml(value)}`" if value is not None and not isinstance(value, Struct) else "–"


def _toml(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case tuple():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + "}"
        case str():
            return f'"{value}"'
        case float():
            return f"{value:g}"
    return str(value)


def _urls() -> Iterator[str]:
    yield "## URLs of ports\n"
    yield "| kind of port | url | for |"
    yield "| - | - | - |"
    for scheme, form in SCHEMES.items():
        fitting = ", ".join(name for name, kind in KINDS.items() if scheme in kind.schemes)
        yield f"| {scheme} | `{form}` | {fitting} |"
    yield ""


def _kinds() -> Iterator[str]:
    yield "## Kinds of device\n"
    yield "Trust says how far the bytes of a dialect are known to be right."
    for name, kind in KINDS.items():
        yield f'\n### kind = "{name}"\n'
        dialects = (f"`{dialect}` ({GRADES[grade]})" for dialect, grade in kind.dialects.items())
        yield f"Dialects: {', '.join(dialects)}. Of the common keys it also knows {_common(kind.keys)}.\n"
        yield from _keys(settings_type(name))


def _common(keys: tuple[str, ...]) -> str:
    return ", ".join(f"`{key}`" for key in keys) or "none"


if __name__ == "__main__":
    sys.stdout.write(reference())
