"""A site file, from text to `Site`, with all that is wrong in it said at once."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Any, NamedTuple, TypeVar

from msgspec import Struct

from edge.settings.checks import check
from edge.settings.draft import LISTS, NEEDED, SINGLES, Draft, RawRow, Row
from edge.settings.kinds import KINDS, settings_type
from edge.settings.lines import Path
from edge.settings.model import Device, DeviceHead, Site
from edge.settings.problems import Problem, SettingsError, did_you_mean, in_order
from edge.settings.read import Reader, fields_of
from edge.settings.toml_text import read_tables, read_text, refuse
from edge.settings.words import shown

MAX_CHARACTERS = 192 * 1024  # what one message of the contract holds: a running hall tells it to its nodes
S = TypeVar("S", bound=Struct)


class Examined(NamedTuple):
    """What a file says and what is wrong in it. `site` is None where there is any error."""

    site: Site | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep the file from being used."""
        return tuple(one for one in self.problems if one.severity == "error")


def load_site(path: str | FilePath) -> Site:
    """Read a site file. Raises SettingsError with every error in it; warnings pass."""
    return _site_or_error(examine_file(path))


def parse_site(text: str, file: str) -> Site:
    """As `load_site`, for text that came another way; `file` is what to call it in messages."""
    return _site_or_error(examine(text, file))


def examine_file(path: str | FilePath) -> Examined:
    """Read a site file and say everything wrong in it. Never raises for what a file may hold."""
    try:
        return examine(read_text(path), str(path))
    except SettingsError as refusal:
        return Examined(None, refusal.problems)


def examine(text: str, file: str) -> Examined:
    """Say everything wrong in a site file's text. Never raises for what a text may hold."""
    try:
        raw, reader = read_tables(text, file)
        if len(text) > MAX_CHARACTERS:
            refuse(file, 0, f"has more than {MAX_CHARACTERS} characters")
    except SettingsError as refusal:
        return Examined(None, refusal.problems)
    draft = Draft(reader)
    _read(raw, draft)
    check(draft)
    problems = in_order(draft.reader.problems)
    broken = any(one.severity == "error" for one in problems)
    return Examined(None if broken else _site(draft), problems)


def _site_or_error(examined: Examined) -> Site:
    if examined.site is None:
        raise SettingsError(examined.errors)
    return examined.site


def _read(raw: dict[str, Any], draft: Draft) -> None:
    reader = draft.reader
    known = [*SINGLES, *LISTS]
    for name in raw:
        if name not in known:
            reader.say((name,), "", f'unknown table "{name}"', did_you_mean(name, known))
    for name in known:
        if name in raw:
            _read_single(name, raw[name], draft) if name in SINGLES else _read_list(name, raw[name], draft)
        elif name in NEEDED:
            written = f"[{name}]" if name in SINGLES else f"[[{name}]]"
            reader.say((), "", f"needs {written}", "see examples/minimal.toml")


def _read_single(name: str, raw: object, draft: Draft) -> None:
    where = f"[{name}]"
    draft.raw[name] = [RawRow((name,), where, raw)]
    value = draft.reader.table(SINGLES[name], raw, (name,), where)
    draft.tables[name] = [] if value is None else [Row((name,), where, value)]


def _read_list(name: str, raw: object, draft: Draft) -> None:
    rows = draft.tables.setdefault(name, [])
    if not isinstance(raw, list):
        draft.reader.say((name,), f"[[{name}]]", f"is {shown(raw)}", f"write [[{name}]] above each")
        return
    for at, table in enumerate(raw):
        where, path = _where(name, table, at), (name, at)
        draft.raw.setdefault(name, []).append(RawRow(path, where, table))
        if isinstance(table, dict) and isinstance(table.get("id"), str):
            draft.ids.setdefault(name, []).append(table["id"])
        value = _read_row(name, table, path, where, draft.reader)
        if value is not None:
            rows.append(Row(path, where, value))


def _where(name: str, table: object, at: int) -> str:
    """How to name one table of a list: by its id, else by its place."""
    own = table.get("id") if isinstance(table, dict) else None
    return f"[[{name}]] {shown(own)}" if isinstance(own, str) else f"[[{name}]] number {at + 1}"


def _read_row(name: str, table: object, path: Path, where: str, reader: Reader) -> Struct | None:
    if name == "devices" and isinstance(table, dict):
        return _read_device(table, path, where, reader)
    return reader.table(LISTS[name], table, path, where)


def _read_device(table: dict[str, Any], path: Path, where: str, reader: Reader) -> Struct | None:
    """A device: the common keys and those of its kind. The head alone where the rest cannot be read."""
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        if isinstance(kind, str):
            reader.say((*path, "kind"), where, f'unknown kind "{kind}"', did_you_mean(kind, KINDS))
        return reader.part(DeviceHead, table, path, where, misspelt=())
    own_type = settings_type(kind)
    known = [*fields_of(DeviceHead), *fields_of(own_type)]
    misspelt = reader.unknown_keys(table, known, path, where)
    head = reader.part(DeviceHead, table, path, where, misspelt)
    settings = reader.part(own_type, table, path, where, misspelt)
    if head is None or settings is None:
        return head
    return _device(head, settings, path, where, reader)


def _device(head: DeviceHead, settings: Struct, path: Path, where: str, reader: Reader) -> Device:
    kind = KINDS[head.kind]
    if head.dialect and head.dialect not in kind.dialects:
        what = f'kind "{head.kind}" knows no dialect "{head.dialect}"'
        reader.say((*path, "dialect"), where, what, did_you_mean(head.dialect, kind.dialects))
    common = {name: getattr(head, name) for name in head.__struct_fields__}
    return Device(**(common | {"dialect": head.dialect or kind.usual_dialect, "settings": settings}))


def _site(draft: Draft) -> Site:
    tables: dict[str, Any] = {}
    for name in SINGLES:
        if draft.tables.get(name):
            tables[name] = draft.tables[name][0].value
    for name in LISTS:
        tables[name] = tuple(row.value for row in draft.tables.get(name, ()))
    return Site(**tables)
