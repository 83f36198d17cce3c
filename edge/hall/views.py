"""The hall as others see it: what stands on strips, boards and slips.

All read-only, plain, in Unix seconds. What an event changed of it is said in `touched.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

from edge.hall import state as s
from edge.hall.at_window import find
from edge.hall.catalogue import HallNotice, Queue
from edge.hall.estimate import predict, predict_all, waiting_in
from edge.hall.events import Prediction
from edge.hall.forecast import Ask, open_windows
from edge.hall.refusals import refuse
from edge.hall.state import Hall

SHORTEST_TOLD_S = 60  # nobody is told less than "within a minute"
LONGEST_TOLD_S = 864_000


@dataclass(frozen=True, slots=True)
class WindowView:
    """All of one window. `waiting` counts the tickets it could call; `calls` those of `ticket` here."""

    window: str
    label: str
    name: str
    name_en: str
    phase: str
    clerk: str = ""
    reason: str = ""
    visit: str = ""
    ticket: str = ""
    service: str = ""
    service_en: str = ""
    called_s: float = 0.0
    calls: int = 0
    waiting: int = 0
    held: tuple[str, ...] = ()  # numbers, longest held first
    question: s.Question | None = None


@dataclass(frozen=True, slots=True)
class QueueView:
    """All of one queue. The wait is whole seconds; `wait_high_s` 0 means that nobody can say."""

    queue: str
    name: str
    name_en: str
    waiting: int
    wait_low_s: int
    wait_high_s: int
    issuing: bool
    windows_open: int
    last: str  # the number issued last, or "" for none


@dataclass(frozen=True, slots=True)
class HallView:
    """The hall as a whole."""

    day: str
    open: bool
    issuing: bool
    site_version: int
    notices: tuple[HallNotice, ...]


@dataclass(frozen=True, slots=True)
class SlipView:
    """All that stands on a ticket; `windows` are labels."""

    visit: str
    number: str
    service: str
    service_en: str
    queue: str
    priority: str
    issued_s: float
    ahead: int
    wait_low_s: int
    wait_high_s: int
    windows: tuple[str, ...]
    copy: int
    alone: bool  # nobody said how long it would take
    service_id: str = ""
    class_id: str = ""


@dataclass(frozen=True, slots=True)
class QuoteView:
    """What somebody would be told who took a number now."""

    ahead: int
    wait_low_s: int
    wait_high_s: int


def window_view(hall: Hall, window: str) -> WindowView:
    """One window, whole. Raises `KeyError` for a window that is not in the catalogue."""
    counter, state = hall.catalogue.windows[window], hall.windows[window]
    visit = hall.visits[state.visit] if state.visit else None
    service = s.service_of(hall, visit.service) if visit else None
    return WindowView(
        window=window,
        label=counter.label,
        name=counter.name,
        name_en=counter.name_en,
        phase=s.phase_of(hall, window),
        clerk=state.clerk,
        reason=state.reason,
        visit=state.visit,
        ticket=visit.number if visit else "",
        service=service.name if service else "",
        service_en=service.name_en if service else "",
        called_s=visit.called_s if visit else 0.0,
        calls=visit.calls.get(window, 0) if visit else 0,
        waiting=waiting_at(hall, window),
        held=tuple(hall.visits[held].number for held in state.held),
        question=state.question,
    )


def ticket_at(hall: Hall, window: str) -> str:
    """The number of the visit at a window, or ""."""
    visit = hall.windows[window].visit
    return hall.visits[visit].number if visit else ""


def waiting_at(hall: Hall, window: str) -> int:
    """How many tickets a window could call."""
    lines = hall.lines
    return sum([lines[key].count for key in hall.routes[window]])


def waiting_by_window(hall: Hall) -> dict[str, int]:
    """The `waiting` of every window, at less than their views cost."""
    long = {key: len(line) for key, line in hall.lines.items()}
    return {window: sum(long[key] for key in routes) for window, routes in hall.routes.items()}


def queue_view(hall: Hall, queue: str, now_s: float) -> QueueView:
    """One queue, whole; its wait is that of the slowest class."""
    return queue_views(hall, (queue,), now_s)[0]


def queue_views(hall: Hall, queues: tuple[str, ...], now_s: float) -> tuple[QueueView, ...]:
    """Several queues at the cost of one forecast."""
    asks = [_usual_ask(hall, queue) for queue in queues]
    return tuple(map(partial(_queue_view, hall), asks, predict_all(hall, asks, now_s)))


def hall_view(hall: Hall) -> HallView:
    """The hall as a whole."""
    catalogue = hall.catalogue
    return HallView(hall.day, hall.open, hall.issuing, max(catalogue.version, 0), catalogue.notices)


def board_view(hall: Hall) -> tuple[s.BoardLine, ...]:
    """The last calls, newest first, at most 20, one line a visit."""
    return tuple(hall.board)


def slip_view(hall: Hall, visit: str, copy: int = 0) -> SlipView:
    """A ticket as it was promised, for its first print or a copy. Raises `KeyError` for an unknown visit."""
    ticket = hall.visits[visit]
    service = s.service_of(hall, ticket.service)
    low_s, high_s = _told(ticket.prediction.low_s, ticket.prediction.high_s)
    priority = hall.catalogue.classes.get(ticket.priority)
    return SlipView(
        visit=ticket.id,
        number=ticket.number,
        service=service.name,
        service_en=service.name_en,
        queue=ticket.queue,
        priority=priority.name if priority else "",
        issued_s=ticket.issued_s,
        ahead=ticket.prediction.ahead,
        wait_low_s=low_s,
        wait_high_s=high_s,
        windows=windows_for(hall, ticket),
        copy=copy,
        alone=ticket.origin == s.ALONE,
        service_id=ticket.service,
        class_id=ticket.priority,
    )


def slip_of_number(hall: Hall, number: str) -> SlipView:
    """The next copy of a number's slip. Raises `Refused` "unknown_number"."""
    visit = find(hall, number)
    return slip_view(hall, visit.id, visit.copies + 1)


def windows_for(hall: Hall, visit: s.Visit) -> tuple[str, ...]:
    """Labels of the open windows that may call it, or of all that may when none is open, in hall order."""
    able = set(s.windows_of(hall, visit))
    opened = {window for window in able if hall.windows[window].clerk}
    return tuple(item.label for item in hall.catalogue.windows.values() if item.id in (opened or able))


def quote_view(hall: Hall, service: str, priority: str, now_s: float) -> QuoteView:
    """How long would it take? Raises `Refused` "unknown_service" or "unknown_class"."""
    wanted = hall.catalogue.services.get(service)
    if wanted is None:
        raise refuse("unknown_service")
    if priority not in hall.rule.rates:
        raise refuse("unknown_class")
    told = predict(hall, Ask(wanted.queue, priority, wanted.accepted), now_s)
    return QuoteView(told.ahead, *_told(told.low_s, told.high_s))


def _usual_ask(hall: Hall, queue: str) -> Ask:
    """A ticket of the slowest class; accepted at comprehensive windows only where all the queue's are."""
    rates, services = hall.rule.rates, hall.offered[queue]
    accepted = bool(services) and all(service.accepted for service in services)
    return Ask(queue, min(rates, key=rates.__getitem__), accepted)


def _queue_view(hall: Hall, ask: Ask, told: Prediction) -> QueueView:
    queue = hall.catalogue.queues[ask.queue]
    limited = bool(queue.daily_limit) and hall.issued_today.get(queue.id, 0) >= queue.daily_limit
    low_s, high_s = _told(told.low_s, told.high_s)
    return QueueView(
        queue=queue.id,
        name=queue.name,
        name_en=queue.name_en,
        waiting=waiting_in(hall, queue.id),
        wait_low_s=low_s,
        wait_high_s=high_s,
        issuing=hall.issuing and not limited,
        windows_open=len(open_windows(hall, ask)),
        last=_last(hall, queue),
    )


def _last(hall: Hall, queue: Queue) -> str:
    count = hall.counters.get(queue.id, queue.number.first - 1)
    return "" if count < queue.number.first else f"{queue.number.prefix}{count:0{queue.number.digits}d}"


def _told(low_s: float, high_s: float) -> tuple[int, int]:
    """A range in whole seconds as the contract tells it; (0, 0) = nobody can say."""
    if high_s < 0.0:
        return 0, 0
    high = min(max(math.ceil(high_s), SHORTEST_TOLD_S), LONGEST_TOLD_S)
    return min(math.floor(low_s), high), high
