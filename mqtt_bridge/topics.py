"""Topics of the contract: pure functions between names and topic strings.

    hall/1/{site}/{node}/life                    S  how the node is; its last will says "lost"
    hall/1/{site}/{node}/device/{device}         S  how one of its devices is
    hall/1/{site}/{node}/request                 -  what this node asks of the coordinator
    hall/1/{site}/{node}/record                  -  what this node has promised: ratings, printed or not
    hall/1/{site}/{node}/answer/{to}             -  coordinator -> node: the answer to one request
    hall/1/{site}/{node}/receipt/{to}            -  coordinator -> node: records durable up to here
    hall/1/{site}/{node}/role                    S  the coordinator's claim to the role
    hall/1/{site}/{node}/state/hall              S  open or closed, notices, catalogue
    hall/1/{site}/{node}/state/site              S  the site file in force
    hall/1/{site}/{node}/state/window/{window}   S  one window, whole
    hall/1/{site}/{node}/state/queue/{queue}     S  one queue, whole
    hall/1/{site}/{node}/state/board             S  the last calls, whole
    hall/1/{site}/{node}/state/standby           S  how the standby's copy of the journal is
    hall/1/{site}/{node}/copy/{to}               -  coordinator -> standby: a piece of the journal
    hall/1/{site}/{node}/copied                  -  standby -> coordinator: what it asks for, and has

S = retained. The second level is the contract's major version. Everything below `{site}/{node}/` is
written by that node and by nobody else, so one access rule a node is enough.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

ROOT = "hall"
VERSION = "1"
TOPICS_KNOWN = 2048  # a hall has some hundreds; looked at again with every message
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}\Z")

# kind -> number of further levels after it
KINDS = {
    "life": 0,
    "device": 1,
    "request": 0,
    "record": 0,
    "answer": 1,
    "receipt": 1,
    "role": 0,
    "state/hall": 0,
    "state/site": 0,
    "state/window": 1,
    "state/queue": 1,
    "state/board": 0,
    "state/standby": 0,
    "copy": 1,
    "copied": 0,
}


class Topic(NamedTuple):
    """A topic taken apart. `rest` holds the levels after the kind, e.g. ("12",) for a window."""

    site: str
    node: str
    kind: str
    rest: tuple[str, ...] = ()


@lru_cache(maxsize=TOPICS_KNOWN)
def build(topic: Topic) -> str:
    """The topic string. Raises ValueError where a name or the number of levels does not fit."""
    if len(topic.rest) != KINDS.get(topic.kind, -1):
        raise ValueError(f"topic kind {topic.kind!r} does not take {len(topic.rest)} levels")
    for name in (topic.site, topic.node, *topic.rest):
        if not NAME.match(name):
            raise ValueError(f"{name!r} cannot stand in a topic: a-z, 0-9 and '-', at most 32")
    return "/".join((ROOT, VERSION, topic.site, topic.node, topic.kind, *topic.rest))


@lru_cache(maxsize=TOPICS_KNOWN)
def parse(text: str) -> Topic:
    """Take a topic string apart. Raises ValueError for one that is not of this contract."""
    levels = text.split("/")
    if len(levels) < 5 or levels[:2] != [ROOT, VERSION]:
        raise ValueError(f"not a topic of this contract: {text[:120]!r}")
    site, node, *tail = levels[2:]
    kind = "/".join(tail[:2]) if tail[0] == "state" else tail[0]
    topic = Topic(site, node, kind, tuple(tail[2:] if tail[0] == "state" else tail[1:]))
    build(topic)
    return topic


def every(site: str, kind: str, *rest: str, node: str = "+") -> str:
    """A subscription filter: `kind` from `node` ("+" for all). `rest` may hold "+" too."""
    return "/".join((ROOT, VERSION, site, node, kind, *rest))
