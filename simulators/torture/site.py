"""The hall of a torture day: twelve nodes, fourteen windows, two ticket machines, two boards, a voice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from edge.settings.load import parse_site
from edge.settings.model import Site

CORE = "core"
QUEUES = {"social": ("A", "社保"), "tax": ("B", "税务"), "house": ("C", "不动产")}
SERVICES = {  # id: queue, code, name, accepted by comprehensive windows
    "pension": ("social", "101", "养老金", True),
    "medical": ("social", "102", "医保", True),
    "invoice": ("tax", "201", "发票", True),
    "income": ("tax", "202", "个税", False),
    "deed": ("house", "301", "过户", False),
}
WINDOWS = {  # label: queues
    **dict.fromkeys(map(str, range(1, 7)), ("social",)),
    **dict.fromkeys(map(str, range(7, 11)), ("tax",)),
    **dict.fromkeys(("11", "12"), ("house",)),
    **dict.fromkeys(("13", "14"), ()),
}
COMPREHENSIVE = ("13", "14")


class Hall(NamedTuple):
    """The site file, as text and as it is understood."""

    toml: str
    site: Site


def build_hall(protocol: str) -> Hall:
    """`protocol` is what its nodes speak to the broker: "auto", "5" or "3.1.1"."""
    toml = "\n".join(_lines(protocol)) + "\n"
    return Hall(toml, parse_site(toml, "the site of a torture day"))


def _lines(protocol: str) -> Iterator[str]:
    yield f"""[site]
id = "torture"
name = "试验大厅"
coordinator = "{CORE}"
[broker]
protocol = "{protocol}"
keepalive_s = 10
[hours]
weekdays = ["08:00-18:00"]
stop_issue_min = 10
day_starts = "04:00"
[order]
longest_wait_min = 90"""
    yield _table("priority_classes", id="ordinary", name="普通")
    yield _table("priority_classes", id="elderly", name="老年人", rate=3, code="1")
    for queue, (prefix, name) in QUEUES.items():
        yield _table("queues", id=queue, name=name, prefix=prefix)
    for service, (queue, code, name, accepted) in SERVICES.items():
        yield _table("services", id=service, name=name, queue=queue, code=code, accepted=accepted)
    for label, queues in WINDOWS.items():
        yield _table(
            "windows",
            id=f"w{label}",
            label=label,
            name=f"{label}号",
            queues=list(queues),
            comprehensive=label in COMPREHENSIVE,
        )
    yield _table("nodes", id=CORE)
    yield from _counters()
    yield from _lobby()


def _counters() -> Iterator[str]:
    """Seven nodes with two windows each."""
    for first in range(1, 15, 2):
        node = f"desk-{first}"
        yield _table("nodes", id=node)
        for label in (str(first), str(first + 1)):
            port = f"line-{label}"
            yield _table("ports", id=port, node=node, url=f"/dev/{port}", baud=115200)
            for kind, address in (("keypad", 1), ("evaluator", 101), ("strip", 201)):
                extra = {"refresh_s": 300} if kind == "strip" else {}
                yield _table(
                    "devices", id=f"{kind}-{label}", kind=kind, port=port, window=f"w{label}",
                    address=address, **extra,
                )  # fmt: skip


def _lobby() -> Iterator[str]:
    for machine in ("1", "2"):
        node = f"tickets-{machine}"
        yield _table("nodes", id=node)
        yield _table("ports", id=f"keys-{machine}", node=node, url=f"/dev/keys-{machine}", baud=115200)
        yield _table("ports", id=f"printer-{machine}", node=node, url=f"/dev/printer-{machine}", baud=115200)
        yield _table(
            "devices", id=f"panel-{machine}", kind="keypad", port=f"keys-{machine}", use="tickets", address=1
        )
        yield _table(
            "devices",
            id=f"printer-{machine}",
            kind="printer",
            port=f"printer-{machine}",
            language="zh",
            advice="",
        )
    for board in ("1", "2"):
        node = f"screen-{board}"
        yield _table("nodes", id=node)
        yield _table("ports", id=f"board-{board}", node=node, url=f"file:/board-{board}.png")
        yield _table("devices", id=f"board-{board}", kind="board", port=f"board-{board}")
    yield _table("ports", id="voice", node="screen-2", url="wav:/voice")
    yield _table("devices", id="voice", kind="announcer", port="voice")


def _table(table: str, /, **keys: object) -> str:
    lines = [f"[[{table}]]", *(f"{key} = {_value(value)}" for key, value in keys.items())]
    return "\n".join(lines)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)
