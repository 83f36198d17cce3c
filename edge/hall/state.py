"""The hall as data. `Facts` is all that must be kept; `Hall` adds what can be worked out from it again.

Only `fold` changes these. A visit is in exactly one state, at no more than one window:

    waiting -> calling -> serving -> done
                  |          |-> held -> serving or calling
                  |          |-> waiting (transferred)
                  |-> missed -> calling (called by its number)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from edge.hall.catalogue import Catalogue, Service
from edge.hall.events import Prediction
from edge.hall.order import Line, Rule, build_lines, build_routes, line_keys, rule_of
from edge.hall.spans import Span

WAITING, CALLING, SERVING, HELD, DONE, MISSED = "waiting", "calling", "serving", "held", "done", "missed"
AT_WINDOW = (CALLING, SERVING)
LIVE = (WAITING, CALLING, SERVING, HELD)
NEVER = -1.0
ALONE = "alone"
"""The origin of a ticket issued without the coordinator."""
REBUILT = "rebuilt"
"""The origin of a ticket that is known from nodes alone: the books that had it were lost."""


@dataclass(slots=True)
class Visit:
    """One ticket and all that came of it. Times in Unix seconds; `NEVER` = has not happened."""

    id: str
    number: str
    seq: int
    queue: str
    service: str
    items: tuple[str, ...]  # all services of the visit, `service` first
    priority: str
    origin: str
    issued_s: float
    prediction: Prediction
    state: str = WAITING
    accepted: bool = False  # comprehensive windows may call it
    sent: bool = False  # a clerk sent it to its queue: no comprehensive window gets it back
    bound: str = ""  # sent to this window, which alone may call it
    window: str = ""  # where it is, is held, or was last
    calls: dict[str, int] = field(default_factory=dict)  # by window
    served_at: tuple[str, ...] = ()
    ratings: dict[str, int] = field(default_factory=dict)  # by item; "" = the visit
    first_called_s: float = NEVER
    called_s: float = NEVER
    begun_s: float = NEVER
    held_s: float = NEVER
    walked_s: float = NEVER  # from call to begin, where the clerk pressed begin
    served_s: float = 0.0  # at windows, walking left out
    stay_s: float = 0.0  # at windows since the last transfer, walking included
    printed: str = ""
    copies: int = 0
    request: str = ""  # the press it was issued for


@dataclass(frozen=True, slots=True)
class Question:
    """A citizen is asked for a rating."""

    visit: str
    item: str
    asked_s: float


@dataclass(slots=True)
class WindowState:
    """One window now. `spent` holds the seconds of the day in each phase up to `since_s`."""

    clerk: str = ""
    paused: bool = False
    reason: str = ""
    visit: str = ""
    last: str = ""  # the visit that ended here, until the next call
    question: Question | None = None
    held: list[str] = field(default_factory=list)  # longest held first
    fast_calls: int = 0  # calls in turn of faster classes since one of the slowest
    calls: int = 0
    told: int = 0  # the sequence of the record of its last call, where only a node knew of that
    since_s: float = 0.0
    spent: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One line of the hall board."""

    visit: str
    number: str
    window: str
    label: str
    at_s: float
    calls: int
    queue: str


@dataclass(slots=True)
class Mean:
    """A learned mean, seconds; later samples weigh more once there are many."""

    count: int
    mean_s: float


@dataclass(slots=True)
class Flow:
    """Arrivals of one kind: `level` counts them with exponential forgetting, as of `last_s`."""

    first_s: float
    last_s: float
    level: float = 0.0


@dataclass(slots=True)
class Score:
    """How good predictions were: sums of squared errors in s^2, for tickets that had to wait."""

    count: int = 0
    plain_sq: float = 0.0
    forward_sq: float = 0.0
    told_sq: float = 0.0
    wait_s: float = 0.0
    wait_sq: float = 0.0


@dataclass(slots=True)
class Stub:
    """What is kept of a visit of an earlier day: its number was used, and its rating may still come."""

    served_at: tuple[str, ...]
    items: tuple[str, ...]
    ratings: dict[str, int]


class Foretold(NamedTuple):
    """A forecast, when it was made, and how many waited then."""

    at_s: float
    forward_s: float
    ahead: int


@dataclass(slots=True)
class Facts:
    """All that is kept of a hall; JSON-friendly. Equal facts are equal halls."""

    catalogue: Catalogue = field(default_factory=lambda: Catalogue(-1, {}, {}, {}, {}))
    retired: dict[str, Service] = field(default_factory=dict)  # gone from the catalogue, yet in a visit
    now_s: float = 0.0  # hall time of the last event
    clock_set_s: float = 0.0  # when the clock was set last
    day: str = ""
    day_ends_s: float = 0.0
    open: bool = False
    issuing: bool = False
    issued: int = 0  # in the life of the hall
    counters: dict[str, int] = field(default_factory=dict)  # last count issued, by queue
    issued_today: dict[str, int] = field(default_factory=dict)  # by queue
    visits: dict[str, Visit] = field(default_factory=dict)
    windows: dict[str, WindowState] = field(default_factory=dict)
    board: list[BoardLine] = field(default_factory=list)  # newest first
    stays: dict[str, Mean] = field(default_factory=dict)  # time at the window a call, by service
    queue_stays: dict[str, Mean] = field(default_factory=dict)  # the same by queue
    flows: dict[str, Flow] = field(default_factory=dict)  # by "queue/class/accepted"
    scores: dict[str, Score] = field(default_factory=dict)  # of the day, by queue
    trust: dict[str, Score] = field(default_factory=dict)  # of some days, by queue; decides which to tell
    past: dict[str, dict[str, Stub]] = field(default_factory=dict)  # by day of issue and visit
    late_ratings: list[int] = field(default_factory=list)  # levels given today for earlier days
    series: dict[str, int] = field(default_factory=dict)  # highest count ever leased, by prefix
    maybe: list[Span] = field(default_factory=list)  # numbers of the day that may be on paper
    withdrawn: list[str] = field(default_factory=list)  # presses of the day that came to nothing


@dataclass(slots=True)
class Hall(Facts):
    """The facts and, for speed, what follows from them: rebuilt by `rebuild`, kept up by `fold`."""

    rule: Rule = field(init=False, compare=False, repr=False)
    lines: dict[str, Line] = field(init=False, compare=False, repr=False)
    routes: dict[str, tuple[str, ...]] = field(
        init=False, compare=False, repr=False
    )  # keys of lines by window
    numbers: dict[str, str] = field(init=False, compare=False, repr=False)  # number -> visit
    clerks: dict[str, str] = field(init=False, compare=False, repr=False)  # clerk -> window
    offered: dict[str, list[Service]] = field(init=False, compare=False, repr=False)  # services by queue

    foretold: dict[Any, Foretold] = field(default_factory=dict, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        rebuild(self)


def rebuild(hall: Hall) -> None:
    """Work out again all that follows from the facts."""
    hall.rule = rule_of(hall.catalogue)
    hall.lines = build_lines(hall.catalogue)
    hall.routes = build_routes(hall.lines)
    hall.numbers = {visit.number: visit.id for visit in hall.visits.values()}
    hall.clerks = {state.clerk: window for window, state in hall.windows.items() if state.clerk}
    hall.offered = {queue: [] for queue in hall.catalogue.queues}
    for service in hall.catalogue.services.values():
        hall.offered[service.queue].append(service)
    for visit in hall.visits.values():
        visit.accepted = is_accepted(hall, visit)
        if visit.state == WAITING:
            enter_lines(hall, visit)


def is_accepted(hall: Hall, visit: Visit) -> bool:
    """Whether comprehensive windows may call it: all its items are accepted and no clerk sent it on."""
    return not visit.sent and all(service_of(hall, item).accepted for item in visit.items)


def service_of(hall: Hall, service: str) -> Service:
    """A service of the catalogue, or one taken out of it that a visit still holds."""
    return hall.catalogue.services.get(service) or hall.retired[service]


def enter_lines(hall: Hall, visit: Visit) -> None:
    """The visit waits."""
    for key in line_keys(visit.queue, visit.accepted, visit.bound):
        hall.lines[key].add(visit.priority, (visit.issued_s, visit.seq, visit.id))


def leave_lines(hall: Hall, visit: Visit) -> None:
    """The visit waits no longer."""
    for key in line_keys(visit.queue, visit.accepted, visit.bound):
        hall.lines[key].remove(visit.priority, (visit.issued_s, visit.seq, visit.id))


def retire(hall: Hall, visit: Visit) -> None:
    """Of a visit that leaves the hall, keep that its number was used, and what a late rating needs."""
    day = visit.id.partition("-")[0]
    hall.past.setdefault(day, {})[visit.id] = Stub(visit.served_at, visit.items, visit.ratings)


def windows_of(hall: Hall, visit: Visit) -> Iterator[str]:
    """The windows `visit` belongs at, wherever it is now, each once; none if its queue is gone."""
    for key in line_keys(visit.queue, visit.accepted, visit.bound):
        if key in hall.lines:
            yield from hall.lines[key].windows


def may_call(hall: Hall, window: str, visit: Visit) -> bool:
    """Whether `visit` belongs at `window`."""
    return window in windows_of(hall, visit)


def may_serve(hall: Hall, window: str, service: str) -> bool:
    """Whether `window` may take a service of the catalogue."""
    counter, wanted = hall.catalogue.windows[window], hall.catalogue.services[service]
    return wanted.queue in counter.queues or (counter.comprehensive and wanted.accepted)


def phase_of(hall: Hall, window: str) -> str:
    """What a window is doing: "closed", "paused", "idle", "calling" or "serving"."""
    state = hall.windows[window]
    if not state.clerk:
        return "closed"
    if state.visit:
        return hall.visits[state.visit].state
    return "paused" if state.paused else "idle"
