"""What `hall check FILE` says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from edge.hall.spans import number_text
from edge.settings.build import NodePart, node_part
from edge.settings.catalogue import series
from edge.settings.kinds import GRADES, KINDS
from edge.settings.load import Examined, examine_file
from edge.settings.model import Alone, Port, Site


def check_file(path: str | Path) -> tuple[int, str]:
    """Exit code (0 fine, 1 errors) and text: every problem, or the warnings and a summary."""
    examined = examine_file(path)
    return (0 if examined.site else 1), "\n".join(_lines(examined, str(path)))


def summary(site: Site) -> str:
    """A site in a few lines: what it offers, its nodes with their ports and devices, its dialects."""
    return "\n".join((*_hall(site), *_nodes(site), *_dialects(site)))


def _lines(examined: Examined, file: str) -> Iterator[str]:
    yield from map(str, examined.problems)
    if examined.site is None:
        yield f"{file}: {_count(len(examined.errors), 'error')}"
        return
    if examined.problems:
        yield ""
    yield f"{file}: in order"
    yield summary(examined.site)


def _hall(site: Site) -> Iterator[str]:
    comprehensive = sum(window.comprehensive for window in site.windows)
    accepted = sum(service.accepted for service in site.services)
    yield f"{site.site.name} {site.site.name_en}".rstrip()
    yield f"  {_count(len(site.windows), 'window')}, {comprehensive} of them comprehensive (综窗)"
    yield f"  {_count(len(site.queues), 'queue')}: " + ", ".join(
        f"{queue.prefix} {queue.name}".strip() for queue in site.queues
    )
    yield f"  {_count(len(site.services), 'service')}, {accepted} of them accepted by comprehensive windows"
    yield f"  {_count(len(site.departments), 'department')}"
    yield "  classes: " + (", ".join(f"{one.name} x{one.rate:g}" for one in site.priority_classes) or "one")
    if letters := series(site):
        yield f"  issued without the coordinator (脱机取号): {_alone(site.alone, letters)}"


def _alone(alone: Alone, letters: Mapping[str, str]) -> str:
    if not alone.numbers:
        return "nothing"
    firsts = (f"{number_text(prefix, alone.first)} on at {node}" for node, prefix in letters.items())
    return f"{alone.numbers} numbers a node, {', '.join(firsts)}"


def _nodes(site: Site) -> Iterator[str]:
    for node in site.nodes:
        part = node_part(site, node.id)
        yield f"node {node.id}{_role(site, node.id)}: {node.name}".rstrip(": ")
        for port in part.ports:
            yield f"  {port.id}  {port.url}{_speed(port)}"
            yield f"    {_devices(part, port)}"


def _role(site: Site, node: str) -> str:
    if node == site.site.coordinator:
        return ", coordinator"
    standby = site.standby
    if standby is not None and node == standby.node:
        return f", standby with the broker {standby.host}:{standby.port}"
    return ""


def _speed(port: Port) -> str:
    return f"  {port.baud} baud" if port.url.startswith("/") else ""


def _devices(part: NodePart, port: Port) -> str:
    kinds = Counter((device.kind, device.dialect) for device in part.on_port(port.id))
    return ", ".join(f"{_count(n, kind)} ({dialect})" for (kind, dialect), n in kinds.items()) or "nothing"


def _dialects(site: Site) -> Iterator[str]:
    yield "how far each dialect's bytes are trusted"
    for kind, dialect in dict.fromkeys((device.kind, device.dialect) for device in site.devices):
        yield f"  {kind} {dialect}: {GRADES[KINDS[kind].dialects[dialect]]}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
