"""What differs between two site files, and whether a running hall can take it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from edge.settings.model import Site

Sort: TypeAlias = Literal["live", "restart"]

# Devices are built when a node starts; what the hall does with them is looked up at every step.
RESTART_TABLES = ("nodes", "ports", "devices")
RESTART_SINGLES = ("broker", "standby")
# Where brokers know users each node, and the technician, has a copy of the file with a login of its own.
OWN_LOGIN = ("username", "password_file", "certificate_file", "key_file")
LIVE_TABLES = ("priority_classes", "departments", "queues", "services", "windows", "notices")
LIVE_SINGLES = ("hours", "order", "appointments", "tickets", "alone", "screens", "people")
_SINGULAR = {
    "nodes": "node",
    "ports": "port",
    "devices": "device",
    "priority_classes": "priority class",
    "departments": "department",
    "queues": "queue",
    "services": "service",
    "windows": "window",
}


class Changes(Struct, frozen=True, kw_only=True):
    """Plain sentences. `live` take effect at once; `restart` say why a running hall cannot take the file."""

    live: tuple[str, ...] = ()
    restart: tuple[str, ...] = ()

    @property
    def can_apply(self) -> bool:
        """Whether a running hall can take the new file."""
        return not self.restart


def changes(old: Site, new: Site) -> Changes:
    """What `new` changes. The same file twice gives nothing."""
    return Changes(live=tuple(_live(old, new)), restart=tuple(_restart(old, new)))


def _live(old: Site, new: Site) -> Iterator[str]:
    for key in ("name", "name_en", "language"):
        if getattr(old.site, key) != getattr(new.site, key):
            yield f"[site] {key} changes"
    for name in LIVE_SINGLES:
        yield from _single(name, old, new)
    for table in LIVE_TABLES:
        yield from _table(table, old, new)


def _restart(old: Site, new: Site) -> Iterator[str]:
    if old.site.id != new.site.id:
        yield f'the site is "{new.site.id}" and not "{old.site.id}": this is another hall\'s file'
    if old.site.coordinator != new.site.coordinator:
        yield f'the coordinator moves to node "{new.site.coordinator}": start both nodes again'
    for name in RESTART_SINGLES:
        for sentence in _single(name, old, new):
            yield f"{sentence}: start all nodes again"
    for table in RESTART_TABLES:
        for sentence in _table(table, old, new):
            yield f"{sentence}: start its node again"


def _single(name: str, old: Site, new: Site) -> Iterator[str]:
    before, after = getattr(old, name), getattr(new, name)
    if before is None or after is None:
        if before is not after:
            yield f"[{name}] {'is new' if before is None else 'goes'}"
    elif differing := [key for key in _differing(before, after) if key not in OWN_LOGIN]:
        yield f"[{name}] changes: {', '.join(differing)}"


def _table(table: str, old: Site, new: Site) -> Iterator[str]:
    if table == "notices":
        if old.notices != new.notices:
            yield f"notices: {len(new.notices)} instead of {len(old.notices)}, or other words"
        return
    before = {one.id: one for one in getattr(old, table)}
    after = {one.id: one for one in getattr(new, table)}
    name = _SINGULAR[table]
    yield from (f'{name} "{one}" is new' for one in after if one not in before)
    yield from (f'{name} "{one}" goes' for one in before if one not in after)
    for one in after:
        if one in before and (differing := _differing(before[one], after[one])):
            yield f'{name} "{one}" changes: {", ".join(differing)}'
    shared = [one for one in before if one in after]
    if shared != [one for one in after if one in before]:
        yield f"{table.replace('_', ' ')} stand in another order"


def _differing(old: Struct, new: Struct) -> list[str]:
    """Keys in which two tables differ; those of a device's own settings among them."""
    found: list[str] = []
    for key in new.__struct_fields__:
        before, after = _value(old, key), _value(new, key)
        if before != after and isinstance(before, Struct) and type(before) is type(after):
            found += _differing(before, after)
        elif before != after:
            found.append(key)
    return found


def _value(one: Struct, key: str) -> Any:
    return getattr(one, key, None)
