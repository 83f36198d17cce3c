"""A site file half read: what could be read, and where it stands, wrong tables among it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, NamedTuple, TypeVar, cast

from msgspec import Struct

from edge.settings.lines import Path
from edge.settings.model import (
    Alone,
    Appointments,
    Broker,
    Department,
    Device,
    Hours,
    Node,
    Notice,
    Order,
    Port,
    PriorityClass,
    Queue,
    Screens,
    Service,
    SiteTable,
    Standby,
    Tickets,
    Window,
)
from edge.settings.people import People
from edge.settings.read import Reader, fields_of

S = TypeVar("S", bound=Struct)
T = TypeVar("T", bound=Struct)

SINGLES: dict[str, type[Struct]] = {
    "site": SiteTable,
    "broker": Broker,
    "standby": Standby,
    "hours": Hours,
    "order": Order,
    "appointments": Appointments,
    "tickets": Tickets,
    "alone": Alone,
    "screens": Screens,
    "people": People,
}
LISTS: dict[str, type[Struct]] = {
    "priority_classes": PriorityClass,
    "departments": Department,
    "queues": Queue,
    "services": Service,
    "windows": Window,
    "notices": Notice,
    "nodes": Node,
    "ports": Port,
    "devices": Device,
}
NEEDED = ("site", "queues", "services", "windows", "nodes", "ports", "devices")


class Row(NamedTuple, Generic[S]):
    """One table that could be read."""

    path: Path
    where: str
    value: S


class RawRow(NamedTuple):
    """One table as the parser gave it, readable or not."""

    path: Path
    where: str
    table: object

    def text(self, key: str) -> str:
        """The text in `key`, or ""."""
        value = self.table.get(key) if isinstance(self.table, dict) else None
        return value if isinstance(value, str) else ""

    def is_set(self, key: str) -> bool:
        """Whether `key` is true."""
        return isinstance(self.table, dict) and self.table.get(key) is True

    def words(self, key: str) -> Iterator[tuple[Path, str]]:
        """The words in `key`: one, or those of a list, each with its place. What is no text is left out."""
        value = self.table.get(key) if isinstance(self.table, dict) else None
        if isinstance(value, str):
            yield (*self.path, key), value
        if isinstance(value, list):
            yield from (((*self.path, key, at), one) for at, one in enumerate(value) if isinstance(one, str))


class Draft(Struct):
    """All tables that could be read, by table name. `raw` and `ids` hold those that could not as well."""

    reader: Reader
    raw: dict[str, list[RawRow]] = {}
    tables: dict[str, list[Row[Struct]]] = {}
    ids: dict[str, list[str]] = {}

    def rows(self, table: str, kind: type[T]) -> Iterator[Row[T]]:
        """The readable tables of one name."""
        for row in self.tables.get(table, ()):
            if isinstance(row.value, kind):
                yield cast(Row[T], row)

    def only(self, table: str, kind: type[T]) -> Row[T] | None:
        """The one table of that name, or None."""
        return next(self.rows(table, kind), None)

    def sound(self, row: Row[T]) -> bool:
        """Whether nothing was wrong in this table, so that a further complaint is no mere echo."""
        return not any(path[: len(row.path)] == row.path for path in self.reader.wrong)

    def all_sound(self, *tables: str) -> bool:
        """Whether nothing was wrong in any table of these names."""
        return not any(path[:1] == (name,) for path in self.reader.wrong for name in tables)

    def clear(self, table: str, *keys: str) -> bool:
        """Whether `keys` could be read in all tables of this name, and none was misspelt or left out."""
        known = fields_of(LISTS[table])
        wrong = [path for path in self.reader.wrong if path[:1] == (table,)]
        return not any(len(path) < 3 or path[2] in keys or path[2] not in known for path in wrong)
