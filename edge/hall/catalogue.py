"""What a hall is made of: services, queues, windows, classes, hours. Plain data, no behaviour.

Settings build a `Catalogue` from a site file; the rules read it. Every id matches
`[a-z0-9][a-z0-9-]{0,31}`. Durations are seconds, times of day are seconds after local midnight.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from edge.hall.calendar import Hours


@dataclass(frozen=True, slots=True)
class Service:
    """A thing citizens come for (事项). `accepted`: comprehensive windows may take it (综窗受理)."""

    id: str
    name: str
    queue: str
    name_en: str = ""
    department: str = ""
    code: str = ""  # digits to type on a ticket machine with keys; "" = not offered there
    service_s: float = 480.0  # expected service time until enough visits were measured
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """Numbers of a queue: `prefix` + at least `digits` digits, from `first`.

    `reset` "daily" starts at `first` each business day; "carry" goes on where yesterday ended and starts
    again at `first` after the largest number that fits in `digits`.
    """

    prefix: str
    digits: int = 3
    first: int = 1
    reset: Literal["daily", "carry"] = "daily"


@dataclass(frozen=True, slots=True)
class Queue:
    """A waiting line (队列). `daily_limit` 0 = none. Prefixes differ between queues."""

    id: str
    name: str
    number: NumberFormat
    name_en: str = ""
    daily_limit: int = 0
    overnight: Literal["discard", "keep"] = "discard"  # those still waiting when the business day changes


@dataclass(frozen=True, slots=True)
class Window:
    """A counter (窗口). Calls from `queues`; a comprehensive one also any accepted service."""

    id: str
    label: str  # as citizens read it: "12"
    name: str = ""
    name_en: str = ""
    queues: tuple[str, ...] = ()
    comprehensive: bool = False
    rates_items: bool = False  # ask one rating an item (一事一评) and not only one a visit


@dataclass(frozen=True, slots=True)
class PriorityClass:
    """A class of citizens. Rank in line grows by `rate` for each second waited: 4 = four times as fast."""

    id: str
    name: str
    rate: float = 1.0
    name_en: str = ""
    code: str = ""  # digit or key on a ticket machine with keys


@dataclass(frozen=True, slots=True)
class Order:
    """Who is next.

    "accumulating": the highest rate x wait. "alternating": after `alternate` calls of classes faster than
    the slowest one, the slowest class has a turn, if anybody of it waits. In both, a ticket that waited
    longer than `longest_wait_s` (0 = no bound) goes before all that did not, oldest first.
    """

    rule: Literal["accumulating", "alternating"] = "accumulating"
    alternate: int = 3
    longest_wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Appointments:
    """Check-in of appointments: from `early_s` before to `late_s` after the hour; else a walk-in.

    A checked-in appointment is of the class `priority`.
    """

    priority: str = ""
    early_s: float = 1800.0
    late_s: float = 900.0


@dataclass(frozen=True, slots=True)
class HallNotice:
    """A line for the boards."""

    text: str
    text_en: str = ""


@dataclass(frozen=True, slots=True)
class Alone:
    """What ticket machines issue while the coordinator does not answer. `series`: letters by node.

    A node holds up to `numbers` in reserve (0 = it never issues alone), leased from `first` on in multiples
    of `block`.
    """

    series: dict[str, str] = field(default_factory=dict)
    numbers: int = 400
    block: int = 20
    first: int = 501


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All of it. Dicts are keyed by id and keep the order of the site file."""

    version: int
    services: dict[str, Service]
    queues: dict[str, Queue]
    windows: dict[str, Window]
    classes: dict[str, PriorityClass]
    order: Order = Order()
    hours: Hours = field(default_factory=Hours)
    appointments: Appointments = Appointments()
    notices: tuple[HallNotice, ...] = ()
    recall_missed: bool = True  # a missed number may be called again by number
    alone: Alone = Alone()
