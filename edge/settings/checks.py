"""Checks of tables against each other: names that must be there, and those that must differ."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

from msgspec import Struct

from edge.settings.check_devices import check_devices
from edge.settings.check_hall import check_hall
from edge.settings.draft import LISTS, Draft, RawRow, Row
from edge.settings.kinds import KINDS
from edge.settings.lines import Path
from edge.settings.model import PriorityClass, Queue, Service, Window
from edge.settings.people import People
from edge.settings.problems import did_you_mean

S = TypeVar("S", bound=Struct)

# (table, key) -> the table whose ids the key names
REFERENCES = {
    ("site", "coordinator"): "nodes",
    ("standby", "node"): "nodes",
    ("appointments", "priority_class"): "priority_classes",
    ("services", "queue"): "queues",
    ("services", "department"): "departments",
    ("windows", "queues"): "queues",
    ("ports", "node"): "nodes",
    ("devices", "port"): "ports",
    ("devices", "window"): "windows",
    ("devices", "windows"): "windows",
    ("devices", "queues"): "queues",
    ("devices", "printer"): "devices",
}
SINGULAR = {
    "nodes": "node",
    "priority_classes": "priority class",
    "queues": "queue",
    "departments": "department",
    "windows": "window",
    "ports": "port",
    "services": "service",
    "devices": "device",
}


def check(draft: Draft) -> None:
    """Say everything that does not fit together."""
    _unique_ids(draft)
    _unique_values(draft)
    for (table, key), target in REFERENCES.items():
        for row in draft.raw.get(table, ()):
            _names(draft, row, key, target)
    for row in draft.raw.get("devices", ()):
        for _, kind in row.words("kind"):
            for key, target in KINDS[kind].references.items() if kind in KINDS else ():
                _names(draft, row, key, target)
    _people(draft)
    check_hall(draft)
    check_devices(draft)


def _unique_ids(draft: Draft) -> None:
    for table in LISTS:
        first: dict[str, RawRow] = {}
        for row in draft.raw.get(table, ()):
            for path, name in row.words("id"):
                earlier = first.setdefault(name, row)
                if earlier is not row:
                    _taken(draft, path, row.where, f'the id "{name}"', earlier)


def _unique_values(draft: Draft) -> None:
    queues = list(draft.rows("queues", Queue))
    _differ(draft, queues, "prefix", lambda one: one.prefix, "the number prefix", empty_counts=True)
    _differ(draft, list(draft.rows("services", Service)), "code", lambda one: one.code, "the code")
    classes = list(draft.rows("priority_classes", PriorityClass))
    _differ(draft, classes, "code", lambda one: one.code, "the code")
    _differ(draft, list(draft.rows("windows", Window)), "label", lambda one: one.label, "the label")


def _differ(
    draft: Draft,
    rows: Iterable[Row[S]],
    key: str,
    value_of: Callable[[S], Hashable],
    what: str,
    empty_counts: bool = False,
) -> None:
    """Say every row whose value an earlier row has."""
    first: dict[Hashable, Row[S]] = {}
    for row in rows:
        value = value_of(row.value)
        if (*row.path, key) in draft.reader.wrong or (value == "" and not empty_counts):
            continue
        earlier = first.setdefault(value, row)
        if earlier is not row:
            _taken(draft, (*row.path, key), row.where, f'{what} "{value}"', earlier)


def _taken(draft: Draft, path: Path, where: str, what: str, earlier: Row[S] | RawRow) -> None:
    line = draft.reader.line_of((*earlier.path, path[-1]))
    said = f"{what} is taken by {earlier.where} on line {line}"
    draft.reader.say(path, where, said, "each needs its own")


def _names(draft: Draft, row: RawRow, key: str, target: str) -> None:
    """Say every id in `row`'s key that `target` does not have."""
    for path, name in row.words(key):
        if name and path not in draft.reader.wrong:
            _known(draft, path, row.where, name, target)


def _known(draft: Draft, path: Path, where: str, name: str, target: str) -> None:
    known = draft.ids.get(target) or (["ordinary"] if target == "priority_classes" else [])
    if name not in known:
        what = f'unknown {SINGULAR[target]} "{name}"'
        draft.reader.say(path, where, what, did_you_mean(name, known) or _all_of(known))


def _all_of(known: list[str]) -> str:
    return f"there are {len(known)}, none like it"


def _people(draft: Draft) -> None:
    row = draft.only("people", People)
    if row is None:
        return
    for path, name, target in _named_people(row):
        _known(draft, path, row.where, name, target)


def _named_people(row: Row[People]) -> Iterator[tuple[Path, str, str]]:
    for name in row.value.queues:
        yield (*row.path, "queues", name), name, "queues"
    for name in row.value.classes:
        yield (*row.path, "classes", name), name, "priority_classes"
    for at, one in enumerate(row.value.services):
        yield (*row.path, "services", at, "service"), one.service, "services"
