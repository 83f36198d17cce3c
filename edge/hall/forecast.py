"""Plays the present hall forward by its own rules to see when a ticket taken now would be called.

Rules:
1. Every open window calls as soon as it is free and never closes; every call keeps it for the mean stay of
   its service. The busy windows of one kind become free evenly spread over one stay (the i-th of c after
   i/c of it), so that one queue with its own windows and one class gives exactly the queue-length estimate.
2. Phantoms ask: a phantom waits in line like a ticket taken now; when its turn comes it notes the time, and
   the window calls again. It delays nobody, so one run answers all questions.
3. Classes faster than the slowest one asked about keep coming, evenly spaced at their measured rate: they
   overtake. Others cannot, and are left out.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from edge.hall.learning import arrivals_per_s, stay_of_queue, stay_of_service
from edge.hall.order import Choice, Line, choose, line_keys
from edge.hall.state import Hall

MAX_STEPS = 1000  # arrivals and calls played: some milliseconds; a hall further behind is not foretold
SELDOM_PER_S = 1 / 36_000  # who comes less often than this is not expected
_LATE = 1 << 60  # order of issue of those who are not there yet


class Ask(NamedTuple):
    """Where a ticket taken now would wait."""

    queue: str
    priority: str
    accepted: bool


class _Person(NamedTuple):
    """Somebody in a line of the play: a real ticket, one to come, or a phantom (`asks` = which)."""

    keys: tuple[str, ...]
    stay_s: float
    asks: Ask | None = None


class _Lines(dict[str, Line]):
    """The hall's lines, copied when first looked at: a play sees few of them."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall

    def __missing__(self, key: str) -> Line:
        line = self[key] = self._hall.lines[key].copy()
        return line


@dataclass(slots=True)
class _Play:
    hall: Hall
    lines: _Lines
    people: dict[str, _Person] = field(default_factory=dict)
    free: list[tuple[float, int, str]] = field(default_factory=list)  # when, tie, window
    idle: dict[str, int] = field(default_factory=dict)  # windows with nobody to call, and their tie
    coming: list[tuple[float, str, float]] = field(default_factory=list)  # when, flow, every
    fast_calls: dict[str, int] = field(default_factory=dict)
    answers: dict[Ask, float] = field(default_factory=dict)
    open_asks: int = 0


def forecast(hall: Hall, served: Mapping[Ask, Sequence[str]], now_s: float) -> dict[Ask, float]:
    """Seconds until each would be called; without those that are too far off.

    `served`: what is asked, and the open windows that would call it; without any it is left out.
    """
    play = _Play(hall, _Lines(hall))
    play.answers = {ask: 0.0 for ask, windows in served.items() if is_at_once(hall, ask, windows)}
    asks = [ask for ask, windows in served.items() if windows and ask not in play.answers]
    if not asks:
        return play.answers
    _seat_windows(play, now_s)
    _seat_phantoms(play, asks, now_s)
    _expect_arrivals(play, asks, now_s)
    for _ in range(MAX_STEPS):
        if not play.open_asks:
            break
        _step(play, now_s)
    return play.answers


def open_windows(hall: Hall, ask: Ask) -> list[str]:
    """The windows, logged in and not paused, that would call it."""
    states = hall.windows
    return [
        window
        for key in line_keys(ask.queue, ask.accepted, "")
        for window in hall.lines[key].windows
        if states[window].clerk and not states[window].paused
    ]


def is_at_once(hall: Hall, ask: Ask, windows: Iterable[str]) -> bool:
    """Whether one of these windows, which would call it, is idle and has nobody to call."""
    if all(len(hall.lines[key]) for key in line_keys(ask.queue, ask.accepted, "")):
        return False  # each of them has somebody to call
    states = hall.windows
    return any(
        not any(len(hall.lines[key]) for key in hall.routes[window])
        for window in windows
        if not states[window].visit
    )


def _seat_windows(play: _Play, now_s: float) -> None:
    """All open windows with the moment each will be free."""
    hall = play.hall
    kinds: dict[tuple[tuple[str, ...], bool], list[tuple[float, str, int]]] = {}
    for tie, (window, state) in enumerate(hall.windows.items()):
        if not state.clerk or state.paused:
            continue
        play.fast_calls[window] = state.fast_calls
        if not state.visit:
            play.free.append((now_s, tie, window))
            continue
        counter = hall.catalogue.windows[window]
        kind = kinds.setdefault((counter.queues, counter.comprehensive), [])
        kind.append((hall.visits[state.visit].called_s, window, tie))
    for kind in kinds.values():
        for index, (_, window, tie) in enumerate(sorted(kind), 1):
            stay_s = stay_of_service(hall, hall.visits[hall.windows[window].visit].service)
            play.free.append((now_s + index / len(kind) * stay_s, tie, window))
    heapq.heapify(play.free)


def _seat_phantoms(play: _Play, asks: Iterable[Ask], now_s: float) -> None:
    for index, ask in enumerate(asks):
        person = _Person(line_keys(ask.queue, ask.accepted, ""), 0.0, ask)
        _seat(play, f"?{index}", ask.priority, now_s, _LATE + index, person)
        play.open_asks += 1


def _seat(play: _Play, name: str, priority: str, at_s: float, seq: int, person: _Person) -> None:
    play.people[name] = person
    for key in person.keys:
        play.lines[key].add(priority, (at_s, seq, name))


def _expect_arrivals(play: _Play, asks: Iterable[Ask], now_s: float) -> None:
    rule = play.hall.rule
    slowest = min((rule.rates.get(ask.priority, rule.slowest) for ask in asks), default=0.0)
    for key, flow in play.hall.flows.items():
        queue, priority, _ = key.split("/")
        rate = arrivals_per_s(flow, now_s)
        faster = rule.rates.get(priority, rule.slowest) > slowest
        if faster and rate > SELDOM_PER_S and queue in play.hall.catalogue.queues:
            play.coming.append((now_s + 1.0 / rate, key, 1.0 / rate))
    heapq.heapify(play.coming)


def _step(play: _Play, now_s: float) -> None:
    """The next that happens: somebody comes, or a window is free and calls.

    While a question is open there is a next: its phantom stands in the line of an open window.
    """
    if play.coming and (not play.free or play.coming[0][0] <= play.free[0][0]):
        _come(play)
        return
    at_s, tie, window = play.free[0]
    choice = _call(play, window, at_s, now_s)
    if choice is None:
        heapq.heappop(play.free)
        play.idle[window] = tie
    else:
        play.fast_calls[window] = play.fast_calls[window] + 1 if choice.fast else 0
        heapq.heapreplace(play.free, (at_s + play.people[choice.entry[2]].stay_s, tie, window))


def _come(play: _Play) -> None:
    """Somebody comes, and an idle window that may call them is free at once."""
    at_s, flow, every_s = play.coming[0]
    heapq.heapreplace(play.coming, (at_s + every_s, flow, every_s))
    queue, priority, accepted = flow.split("/")
    seq = _LATE + len(play.people)
    person = _Person(line_keys(queue, accepted == "1", ""), stay_of_queue(play.hall, queue))
    _seat(play, f"+{seq}", priority, at_s, seq, person)
    able = (window for key in person.keys for window in play.lines[key].windows if window in play.idle)
    waking = next(able, None)
    if waking is not None:
        heapq.heappush(play.free, (at_s, play.idle.pop(waking), waking))


def _call(play: _Play, window: str, at_s: float, now_s: float) -> Choice | None:
    """Call one who is really there, noting the phantoms whose turn comes before."""
    rule, route = play.hall.rule, [play.lines[key] for key in play.hall.routes[window]]
    while play.open_asks:
        choice = choose(route, rule, play.fast_calls[window], at_s)
        if choice is None:
            return None
        person = _person(play, choice.entry[2])
        for key in person.keys:
            play.lines[key].remove(choice.priority, choice.entry)
        if person.asks is None:
            return choice
        play.answers[person.asks] = at_s - now_s
        play.open_asks -= 1
    return None


def _person(play: _Play, name: str) -> _Person:
    person = play.people.get(name)
    if person is None:
        visit = play.hall.visits[name]
        keys = line_keys(visit.queue, visit.accepted, visit.bound)
        person = play.people[name] = _Person(keys, stay_of_service(play.hall, visit.service))
    return person
