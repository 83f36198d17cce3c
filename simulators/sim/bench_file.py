"""A bench file, from text to `BenchPlan`, with all that is wrong in it said at once, as `hall check` does."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Any, NamedTuple

from edge.settings.lines import Path
from edge.settings.problems import SettingsError, did_you_mean, in_order
from edge.settings.read import Reader, fields_of
from edge.settings.toml_text import read_tables, read_text
from edge.settings.words import shown
from simulators.bench.kinds import KINDS, Kind
from simulators.bench.plan import BenchPlan, DeviceHead, DevicePlan, PortPlan, misfit
from simulators.device import a

TABLES = ("ports", "devices")


class Row(NamedTuple):
    """A table that could be read, and where it stands."""

    path: Path
    where: str
    value: Any


def load_bench(path: str | FilePath) -> BenchPlan:
    """Read a bench file. Raises SettingsError with every error in it."""
    return parse_bench(read_text(path), str(path))


def parse_bench(text: str, file: str) -> BenchPlan:
    """As `load_bench`, for text. Raises SettingsError, and never anything else."""
    raw, reader = read_tables(text, file)
    for name in raw:
        if name not in TABLES:
            reader.say((name,), "", f'unknown table "{name}"', did_you_mean(name, TABLES))
    ports = [row for row in _rows(raw, "ports", reader, _port) if row is not None]
    devices = [row for row in _rows(raw, "devices", reader, _device) if row is not None]
    _check(raw, ports, devices, reader)
    if reader.problems:
        raise SettingsError(in_order(reader.problems))
    return BenchPlan(ports=tuple(row.value for row in ports), devices=tuple(row.value for row in devices))


def rows_of(raw: dict[str, Any], name: str, reader: Reader) -> list[tuple[Path, str, dict[str, Any]]]:
    """The tables `[[name]]` with where they stand; what is none of them is said."""
    tables = raw.get(name, [])
    if not isinstance(tables, list) or not tables:
        what = f"is {shown(tables)}" if name in raw and tables != [] else "there is none"
        reader.say((name,), f"[[{name}]]", what, f"write [[{name}]] above each")
        return []
    found: list[tuple[Path, str, dict[str, Any]]] = []
    for at, table in enumerate(tables):
        own = table.get("id") if isinstance(table, dict) else None
        where = f"[[{name}]] {shown(own)}" if isinstance(own, str) else f"[[{name}]] number {at + 1}"
        if isinstance(table, dict):
            found.append(((name, at), where, table))
        else:
            reader.say((name, at), where, f"is {shown(table)}; it must be a table")
    return found


def _rows(raw: dict[str, Any], name: str, reader: Reader, read: Any) -> list[Row | None]:
    return [read(table, path, where, reader) for path, where, table in rows_of(raw, name, reader)]


def _port(table: dict[str, Any], path: Path, where: str, reader: Reader) -> Row | None:
    plan = reader.table(PortPlan, table, path, where)
    return None if plan is None else Row(path, where, plan)


def _device(table: dict[str, Any], path: Path, where: str, reader: Reader) -> Row | None:
    """A device: the common keys and those of its kind. None where it cannot be read."""
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        if isinstance(kind, str):
            reader.say((*path, "kind"), where, f'unknown kind "{kind}"', did_you_mean(kind, KINDS))
        reader.part(DeviceHead, table, path, where, misspelt=())
        return None
    own = KINDS[kind].settings
    misspelt = reader.unknown_keys(table, [*fields_of(DeviceHead), *fields_of(own)], path, where)
    head = reader.part(DeviceHead, table, path, where, misspelt)
    settings = reader.part(own, table, path, where, misspelt)
    if head is None or settings is None:
        return None
    return Row(path, where, DevicePlan(id=head.id, kind=head.kind, port=head.port, settings=settings))


# --- tables against each other -----------------------------------------------------------------------


def _check(raw: dict[str, Any], ports: list[Row], devices: list[Row], reader: Reader) -> None:
    _differ([*ports, *devices], "id", lambda one: one.id, reader)
    _differ([row for row in ports if not row.value.url.endswith(":0")], "url", lambda one: one.url, reader)
    hung, named = _words(raw, "devices", "port"), _words(raw, "ports", "id")
    for row in ports:
        if row.value.id not in hung:
            reader.say(row.path, row.where, "nothing hangs on it", "let a device name it as its port")
    by_id = {row.value.id: row.value for row in ports}
    for row in devices:
        if row.value.port in by_id:
            _fits(row, by_id[row.value.port], devices, reader)
        elif row.value.port not in named:
            what, hint = f'unknown port "{row.value.port}"', did_you_mean(row.value.port, named)
            reader.say((*row.path, "port"), row.where, what, hint)


def _words(raw: dict[str, Any], table: str, key: str) -> list[str]:
    """All texts that stand under a key, of tables that could be read and of others."""
    tables = raw.get(table)
    rows = [one for one in tables if isinstance(one, dict)] if isinstance(tables, list) else []
    return [one[key] for one in rows if isinstance(one.get(key), str)]


def _differ(rows: list[Row], key: str, value_of: Any, reader: Reader) -> None:
    first: dict[Any, Row] = {}
    for row in rows:
        earlier = first.setdefault(value_of(row.value), row)
        if earlier is not row:
            line = reader.line_of((*earlier.path, key))
            what = f'the {key} "{value_of(row.value)}" is taken by {earlier.where} on line {line}'
            reader.say((*row.path, key), row.where, what, "each needs its own")


def _fits(row: Row, port: PortPlan, devices: list[Row], reader: Reader) -> None:
    """Whether a device can hang on its port, beside the others there."""
    kind = KINDS[row.value.kind]
    if refusal := misfit(row.value.kind, port):
        reader.say((*row.path, "port"), row.where, refusal)
        return
    for other in devices:
        if other.path >= row.path:
            break
        if other.value.port == port.id:
            _beside(row, other, kind, reader)


def _beside(row: Row, other: Row, kind: Kind, reader: Reader) -> None:
    if not (kind.shared and KINDS[other.value.kind].shared):
        alone = row if not kind.shared else other
        what = f"{a(alone.value.kind)} needs a port of its own, and {other.where} hangs there too"
        reader.say((*row.path, "port"), row.where, what)
        return
    same_pin = kind.family == "pins"
    if (same_pin or other.value.kind == row.value.kind) and _apart(row) == _apart(other):
        what = f"{kind.apart} {_apart(row)} is taken by {other.where}"
        reader.say((*row.path, kind.apart), row.where, what, "each needs its own")


def _apart(row: Row) -> object:
    return getattr(row.value.settings, KINDS[row.value.kind].apart)
