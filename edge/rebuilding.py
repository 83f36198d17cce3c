"""A coordinator with a new store: before it issues or calls, it is told by the nodes what they keep.

Nobody can tell a hall's first store from one that took the place of a lost one, but the nodes can: each says
to the coordinator that it meets how many records it keeps (`Meet`), and sends again what that one lacks
(`edge/outbox.py`). The rules make the hall of it (`edge/hall/rebuilding.py`).

Rules
1. Until every node was heard and told all, and `QUIET_S` long at most where nobody tells anything more, no
   number is issued and nobody called: ticket machines go on alone, no state is said.
2. Then numbers go on above all that anybody knew, unless nobody knew anything: that was a first start.
3. A node that comes later is listened to as well: what it tells of the time before is new here.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Collection, Sequence

import msgspec

from edge import ledger
from edge.clock import HallClock
from edge.commits import Commits
from edge.hall import events as e
from edge.hall import state as s
from edge.hall.commands import PassOverLost
from edge.hall.takeover import LEAST, MOST
from edge.inbox import Inboxes
from edge.journal import Journal
from edge.keeper import Keeper, Reloading
from edge.publisher import Publisher
from mqtt_bridge import messages as m

log = logging.getLogger("hall.coordinator")

QUIET_S = 10.0
"""A node that lost the broker knocks again within five seconds."""
MOST_S = 120.0
AGAIN_S = 1.0
HEARD_S = 60.0
"""Numbers are heard of within a second: this is far more than anybody missed who heard of any."""


class Rebuilt(msgspec.Struct, frozen=True):
    """What became of it, as it lies in the journal: the time, what nodes told, who was silent."""

    at_ms: int
    tickets: int = 0
    waiting: int = 0
    calls: int = 0
    ratings: int = 0
    passed: str = ""
    silent: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether there was anything to tell."""
        return bool(self.tickets or self.calls or self.ratings or self.passed)

    def __str__(self) -> str:
        told = f"{self.tickets} tickets ({self.waiting} wait), {self.calls} calls, {self.ratings} ratings"
        passed = f"; {self.passed} may be on paper and are not issued again" if self.passed else ""
        silent = f"; not heard: {', '.join(self.silent)}" if self.silent else ""
        return f"the store is new, and the nodes told it {told}{passed}{silent}"


def rebuilt_of(found: ledger.Restart) -> Rebuilt | None:
    """What nodes told a store, if it began empty and they did; None also for what another release wrote."""
    try:
        return msgspec.json.decode(found.rebuilt, type=Rebuilt) if found.rebuilt else None
    except msgspec.MsgspecError:
        return None


class Rebuilding:
    """Of one coordinator. All methods are called on the event loop.

    `nodes` are those to be heard; without any the store is taken as it is. `over` is called once it is.
    """

    def __init__(
        self,
        found: ledger.Restart,
        nodes: Collection[str],
        *,
        journal: Journal,
        keeper: Keeper,
        commits: Commits,
        inboxes: Inboxes,
        publisher: Publisher,
        loop: asyncio.AbstractEventLoop,
        clock: HallClock,
        over: Callable[[], None],
        trouble: Callable[[str, str], None],
    ) -> None:
        self._nodes = frozenset(nodes)
        self._replaces = found.replaces
        self._journal = journal
        self._keeper = keeper
        self._commits = commits
        self._inboxes = inboxes
        self._publisher = publisher
        self._loop = loop
        self._clock = clock
        self._over = [over]
        self._trouble = trouble
        self._met: dict[str, m.Meet] = {}
        self._told: Counter[type[e.Event]] = Counter()
        self._heard_numbers = False
        self._heard_of_before = bool(found.marks)
        self._moved_s = self._began_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self.is_on = found.rebuilt == "" and bool(nodes)
        rebuilt = rebuilt_of(found)
        self._until_ms = rebuilt.at_ms if rebuilt is not None else 0
        publisher.is_quiet = self.is_on

    def start(self) -> None:
        """Wait for the nodes, if there is anything to wait for."""
        if self.is_on:
            log.info("the store is new: nodes are asked what they keep")
            self._moved_s = self._began_s = self._loop.time()
            self._wait(QUIET_S)

    def stop(self) -> None:
        """Wait no more."""
        if self._timer is not None:
            self._timer.cancel()

    def afterwards(self, action: Callable[[], None]) -> None:
        """Run `action` when the waiting is over."""
        self._over.append(action)

    def lost(self, at_ms: int) -> bool:
        """Whether what happened then may be missing in the books."""
        return self.is_on or at_ms < self._until_ms

    def met(self, node: str, meet: m.Meet, events: Sequence[e.Event]) -> None:
        """A node said what it keeps; `events` are of the numbers that it heard of."""
        if self.is_on:
            self._met[node] = meet
            self._heard_numbers = self._heard_numbers or bool(meet.numbers)
            self._heard(events)

    def took(self, events: Sequence[e.Event]) -> None:
        """Records are durable here, and `events` came of them."""
        if self.is_on:
            self._heard_of_before = True
            self._heard(events)

    def _heard(self, events: Sequence[e.Event]) -> None:
        self._told.update(type(event) for event in events)
        self._moved_s = self._loop.time()
        if not self._silent:
            self._end()

    def reloaded(self) -> None:
        """The hall was read from the journal again: what was just committed may have failed."""
        if self.is_on:
            self._wait(AGAIN_S)

    @property
    def _silent(self) -> set[str]:
        """Nodes that have not told all they keep."""
        whole = self._inboxes.is_whole
        told = {node for node, one in self._met.items() if whole(node, one.generation, one.up_to)}
        return set(self._nodes - told)

    def _wait(self, delay_s: float) -> None:
        self.stop()
        self._timer = self._loop.call_later(delay_s, self._look)

    def _look(self) -> None:
        now_s = self._loop.time()
        left_s = min(self._moved_s + QUIET_S, self._began_s + MOST_S) - now_s
        if self._silent and left_s > 0.0:
            self._wait(left_s)
        else:
            self._end()

    def _end(self) -> None:
        self.stop()
        with contextlib.suppress(Reloading):  # it is tried again when the hall was read
            events = self._commits.act(self._pass_over()) if self._was_lost else []
            self._commits.commit(events, lambda error: self._committed(events, error))

    @property
    def _was_lost(self) -> bool:
        return self._heard_of_before or self._heard_numbers or bool(self._replaces)

    def _pass_over(self) -> PassOverLost:
        if not self._heard_of_before and not self._heard_numbers:
            return PassOverLost(0.0, MOST)  # nobody to ask
        if self._heard_numbers:
            return PassOverLost(HEARD_S, LEAST)
        last_s = max((visit.issued_s for visit in self._keeper.hall.visits.values()), default=0.0)
        return PassOverLost(max(self._clock.now_s() - last_s, 0.0) if last_s else 0.0, LEAST)

    def _committed(self, events: Sequence[e.Event], error: Exception | None) -> None:
        if error is not None or not self.is_on:
            return  # the hall is read again, and then it is tried again
        rebuilt = self._sum_up(events)
        self.is_on = self._publisher.is_quiet = False
        self._until_ms = rebuilt.at_ms
        self._journal.submit(ledger.is_rebuilt(msgspec.json.encode(rebuilt).decode()), _log_failure)
        if self._was_lost:
            log.warning("%s", rebuilt)
            self._trouble("books", str(rebuilt))
        for action in self._over:
            action()

    def _sum_up(self, events: Sequence[e.Event]) -> Rebuilt:
        tickets = self._keeper.hall.visits.values()
        passed = (one for one in events if isinstance(one, e.NumbersPassed))
        return Rebuilt(
            at_ms=self._clock.now_ms(),
            tickets=len(tickets),
            waiting=sum(one.state == s.WAITING for one in tickets),
            calls=self._told[e.CallRebuilt],
            ratings=self._told[e.RatingGiven],
            passed=", ".join(map(self._text, passed)),
            silent=tuple(sorted(self._silent)),
        )

    def _text(self, passed: e.NumbersPassed) -> str:
        digits = self._keeper.hall.catalogue.queues[passed.queue].number.digits
        return "-".join(f"{passed.prefix}{count:0{digits}d}" for count in (passed.first, passed.last))


def _log_failure(_: object, error: Exception | None) -> None:
    if error is not None:
        log.error("%s", error)
