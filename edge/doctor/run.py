"""`hall doctor`: looks at a node's machine and hall from its own place, and says what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from display.fonts import TEXT_FACE, FontFileError, missing_in_bitmap, missing_in_text
from edge.doctor.finding import Finding, bad, line_of, ok
from edge.doctor.hall import BROKER, look_at_broker, look_at_journal
from edge.doctor.machine import look_at_clock, look_at_disk, look_at_unit, look_at_user
from edge.doctor.ports import look_at_ports
from edge.failure import Failure
from edge.release import VERSION
from edge.run_node import address
from edge.settings.build import node_part
from edge.settings.model import Site


def doctor(site: Site, node: str, data: Path, broker: str, out: Callable[[str], object]) -> int:
    """Tell every finding as it is found; 1 when something is bad, else 0. Changes nothing.

    `broker`: HOST:PORT, if not the site file's.
    """
    levels: Counter[str] = Counter()
    for finding in _findings(site, node, data, broker):
        levels[finding.level] += 1
        out(line_of(finding))
    out(f"hall-edge {VERSION}, node {node}: {levels['bad']} bad, {levels['warn']} to look after")
    return 1 if levels["bad"] else 0


def _findings(site: Site, node: str, data: Path, broker: str) -> Iterator[Finding]:
    yield from look_at_user()
    journal = look_at_journal(data / f"{site.site.id}-{node}.db")
    yield from journal.findings
    yield from look_at_disk(data)
    yield from look_at_clock(journal.last_s)
    yield _fonts(site.site.name)
    yield from look_at_ports(node_part(site, node), data, journal.holder)
    yield from _broker(site, node, broker, runs=bool(journal.holder))
    yield from look_at_unit(node)


def _broker(site: Site, node: str, given: str, *, runs: bool) -> Iterator[Finding]:
    if site.broker.embedded and not given and site.site.coordinator == node and not runs:
        yield ok(BROKER, "this node starts it, and does not run now")
        return
    try:
        where = address(site.broker, given)
    except Failure as failure:
        yield bad(BROKER, str(failure), "let the service's user, and nobody else, read that file")
        return
    yield from look_at_broker(site.site.id, node, where, runs=runs)


def _fonts(name: str) -> Finding:
    """Whether the bundled faces are whole, by a text that both must have."""
    part, cure = "字体 fonts", "install hall-edge again"
    try:
        missing = missing_in_text(name) | missing_in_bitmap("请到窗口")
    except FontFileError as error:
        return bad(part, str(error), cure)
    if missing:
        return bad(part, f"{TEXT_FACE.parent} lacks {''.join(sorted(missing))}", cure)
    return ok(part, f"{TEXT_FACE.parent} is whole")
