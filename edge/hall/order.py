"""Who is next: lines of waiting tickets, and the choice among their heads.

Rules:
1. A ticket's rank is its class's rate x its wait; a call takes the highest. Nothing is ever updated while
   tickets wait: rank is a line in time, so within one class the order is the order of arrival, and only the
   heads of each (line, class) are compared.
2. Among equal ranks the earlier arrival goes first, then the earlier issue.
3. A ticket that waited longer than `longest_wait_s` goes before all that did not, oldest first.
4. Alternating: after `alternate` calls in turn of faster classes at one window, the slowest class has a turn.
5. A window calls from its own line (tickets sent to it), its queues' lines and, if comprehensive, the line
   of all accepted tickets. A ticket that both a dedicated and a comprehensive window may call stands in two
   lines and leaves both at once.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from edge.hall.catalogue import Catalogue

Entry = tuple[float, int, str]  # arrival in Unix seconds, order of issue, visit
ACCEPTED = "accepted"  # the line of comprehensive windows


@dataclass(slots=True)
class Line:
    """Tickets that the same windows may call, oldest first within each class, and how many they are."""

    windows: tuple[str, ...] = ()
    classes: dict[str, list[Entry]] = field(default_factory=dict)
    count: int = 0

    def __len__(self) -> int:
        return self.count

    def add(self, priority: str, entry: Entry) -> None:
        insort(self.classes.setdefault(priority, []), entry)
        self.count += 1

    def remove(self, priority: str, entry: Entry) -> None:
        """Take out an entry that is in the line."""
        entries = self.classes[priority]
        del entries[bisect_left(entries, entry)]
        self.count -= 1

    def copy(self) -> Line:
        classes = {priority: entries[:] for priority, entries in self.classes.items() if entries}
        return Line(self.windows, classes, self.count)


class Rule(NamedTuple):
    """The order in force: rate of each class, the slowest rate, and the options."""

    rates: Mapping[str, float]
    slowest: float
    alternate: int  # 0 = accumulating
    longest_wait_s: float


class Choice(NamedTuple):
    """The ticket whose turn it is."""

    priority: str
    entry: Entry
    fast: bool  # of a class faster than the slowest


def rule_of(catalogue: Catalogue) -> Rule:
    """The catalogue's order as numbers. A hall without classes has the one class "ordinary"."""
    rates = {priority.id: priority.rate for priority in catalogue.classes.values()} or {"ordinary": 1.0}
    order = catalogue.order
    alternate = max(1, order.alternate) if order.rule == "alternating" else 0
    return Rule(rates, min(rates.values()), alternate, order.longest_wait_s)


def line_keys(queue: str, accepted: bool, bound: str) -> tuple[str, ...]:
    """The lines a ticket stands in: its window's if sent to one, else its queue's (and the accepted line)."""
    if bound:
        return (f"window/{bound}",)
    return (f"queue/{queue}/accepted", ACCEPTED) if accepted else (f"queue/{queue}",)


def build_lines(catalogue: Catalogue) -> dict[str, Line]:
    """All lines of a catalogue, empty, each with the windows that call from it."""
    windows = catalogue.windows.values()
    comprehensive = tuple(window.id for window in windows if window.comprehensive)
    lines = {ACCEPTED: Line(comprehensive)}
    for queue in catalogue.queues:
        mine = [window for window in windows if queue in window.queues]
        lines[f"queue/{queue}"] = Line(tuple(window.id for window in mine))
        # Comprehensive windows find accepted tickets in the accepted line: no ticket is met twice.
        lines[f"queue/{queue}/accepted"] = Line(
            tuple(window.id for window in mine if not window.comprehensive)
        )
    return lines | {f"window/{window.id}": Line((window.id,)) for window in windows}


def build_routes(lines: Mapping[str, Line]) -> dict[str, tuple[str, ...]]:
    """The keys of the lines each window calls from; its own line makes sure of one."""
    routes: dict[str, tuple[str, ...]] = {}
    for key, line in lines.items():
        for window in line.windows:
            routes[window] = (*routes.get(window, ()), key)
    return routes


def choose(route: Iterable[Line], rule: Rule, fast_calls: int, now_s: float) -> Choice | None:
    """The ticket whose turn it is among `route`, or None. `fast_calls`: calls of faster classes in a row."""
    heads = [
        (rule.rates.get(priority, rule.slowest), entries[0], priority)
        for line in route
        for priority, entries in line.classes.items()
        if entries
    ]
    if not heads:
        return None
    rate, entry, priority = _pick(heads, rule, fast_calls, now_s)
    return Choice(priority, entry, rate > rule.slowest)


_Head = tuple[float, Entry, str]


def _pick(heads: Sequence[_Head], rule: Rule, fast_calls: int, now_s: float) -> _Head:
    if rule.longest_wait_s:
        oldest = min(heads, key=_arrival)
        if now_s - oldest[1][0] > rule.longest_wait_s:
            return oldest
    if rule.alternate:
        heads = _turn(heads, rule, fast_calls)
    return _highest(heads, now_s)


def _turn(heads: Sequence[_Head], rule: Rule, fast_calls: int) -> Sequence[_Head]:
    """The heads whose turn it is by alternation: the faster classes, or the slowest after enough of them."""
    fast = [head for head in heads if head[0] > rule.slowest]
    slow = [head for head in heads if head[0] <= rule.slowest]
    if not fast or not slow:
        return heads
    return slow if fast_calls >= rule.alternate else fast


def _highest(heads: Sequence[_Head], now_s: float) -> _Head:
    best = heads[0]
    best_rank = best[0] * (now_s - best[1][0])
    for head in heads[1:]:
        rank = head[0] * (now_s - head[1][0])
        if rank > best_rank or (rank == best_rank and head[1] < best[1]):
            best, best_rank = head, rank
    return best


def _arrival(head: _Head) -> Entry:
    return head[1]
