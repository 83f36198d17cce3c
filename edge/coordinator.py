"""The coordinator: owns a site's queue. A rule, one commit, then the new state.

A request is decided by the rules, its events are folded into the hall in memory, and the states they
change are drawn at once; but nothing is answered or published before the journal has committed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection, Mapping

import msgspec

from edge.answering import Answering
from edge.clock import HallClock, Timer
from edge.commits import Commits
from edge.hall import commands
from edge.hall.decide import next_due_s
from edge.inbox import Inboxes
from edge.intake import Intake
from edge.journal import Journal
from edge.keeper import Keeper, Reloading, Witness
from edge.ledger import Restart
from edge.passing import Passing
from edge.publisher import Port, Publisher
from edge.rebuilding import Rebuilding
from edge.role import outranks
from edge.site_in_force import SiteInForce
from mqtt_bridge import messages as m
from mqtt_bridge.records import records_of
from mqtt_bridge.topics import Topic

log = logging.getLogger("hall.coordinator")

LOOK_MOST_S = 60.0
"""A clock that steps forward, as a Pi's does when it learns the time, opens the hall within this."""
NEWCOMER_S = 0.5  # from a node's start until all states are said again, once for all that start together
LOOK_AGAIN_S = 1.0

Acknowledge = Callable[[], None]


class Coordinator:
    """The role that owns a site's queue. All methods are called on the event loop.

    Made when the role was won, of what the journal held then. `acknowledge` of a message is called when it
    needs no second delivery; each is, some time. `system_ms` is the system clock: deadlines.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        found: Restart,
        port: Port,
        clock: HallClock,
        loop: asyncio.AbstractEventLoop,
        role: m.Role,
        site: SiteInForce,
        system_ms: Callable[[], int],
        on_over: Callable[[], None] = lambda: None,
        witness: Witness | None = None,
        nodes: Collection[str] = (),
        trouble: Callable[[str, str], None] = lambda _where, _text: None,
    ) -> None:
        """Raises JournalError for a journal of another release.

        `on_over` is called when another coordinator was heard that outranks this one, which acts no more.
        `witness` is told what was committed. `nodes` are to be heard before a new store is used, and
        `trouble(where, text)` says what became of that.
        """
        self._journal = journal
        self._port = port
        self._clock = clock
        self._loop = loop
        self._site = site
        self._role = role
        self._on_over = on_over
        self._keeper = Keeper(journal, loop, found, self._reloaded, witness)
        clock.raise_floor(self._keeper.hall.now_s)
        self._publisher = Publisher(
            port, loop, clock, self._keeper, site, self.epoch, lambda: journal.storage
        )
        self._publisher.knew(self._keeper.hall.catalogue)
        self._commits = Commits(self._keeper, self._publisher, clock)
        inboxes = Inboxes(found.marks, found.beyond)
        self._rebuilding = self._new_rebuilding(found, nodes, inboxes, trouble)
        self._intake = Intake(port, loop, self._keeper, self._commits, inboxes, self._rebuilding)
        self._passing = Passing(found, site.machines, journal, self._keeper, self._commits)
        self._answering = self._new_answering(found.answers, system_ms)
        self._timer: Timer | None = None
        self._again: asyncio.TimerHandle | None = None
        self._instances: dict[str, str] = {}
        self._kept_site = found.site
        self._is_in_force = False
        self._put_in_force()
        self._commits.on_day = self._passing.settle
        self.acting = True

    def _new_rebuilding(
        self, found: Restart, nodes: Collection[str], inboxes: Inboxes, trouble: Callable[[str, str], None]
    ) -> Rebuilding:
        return Rebuilding(
            found,
            nodes,
            journal=self._journal,
            keeper=self._keeper,
            commits=self._commits,
            inboxes=inboxes,
            publisher=self._publisher,
            loop=self._loop,
            clock=self._clock,
            over=self.say_everything,
            trouble=trouble,
        )

    def _new_answering(self, answers: Mapping[str, bytes], system_ms: Callable[[], int]) -> Answering:
        return Answering(
            answers,
            port=self._port,
            journal=self._journal,
            keeper=self._keeper,
            commits=self._commits,
            writer=self._publisher.writer,
            rebuilding=self._rebuilding,
            passing=self._passing,
            site=self._site,
            clock=self._clock,
            system_ms=system_ms,
        )

    @property
    def epoch(self) -> int:
        """The epoch of this coordinator's states."""
        return self._role.epoch

    def start(self) -> None:
        """Act: publish everything, let time pass."""
        self._passing.pass_over()
        self._look_at_the_clock()
        self._port.publish("role", (), self._role)
        self._rebuilding.start()
        self.say_everything()
        log.info("coordinator of the site: epoch %d, %d events", self.epoch, self._keeper.seq)

    def stop(self) -> None:
        """Act no more; keep the hall whole for the next start."""
        self.acting = False
        for timer in (self._timer, self._again):
            if timer is not None:
                timer.cancel()
        self._rebuilding.stop()
        self._publisher.stop()
        self._keeper.snapshot()
        self._passing.close()

    def _put_in_force(self) -> None:
        """The site file, until it is in the books. Raises Reloading."""
        if self._is_in_force or self._journal.storage == "full":
            return
        self._is_in_force = True
        found = self._site.at_start(self._kept_site, self._keeper.hall.catalogue)
        if found is not None:
            catalogue, keep = found
            events = self._commits.act(commands.ApplyCatalogue(catalogue))
            self._keeper.commit(events, self._was_put, site=keep)

    def _was_put(self, error: Exception | None) -> None:
        self._is_in_force = error is None
        _log_failure(error)

    def _reloaded(self) -> None:
        self._put_in_force()
        self._passing.pass_over()
        self._rebuilding.reloaded()
        self.say_everything()

    def _look_at_the_clock(self) -> None:
        """The day or the hours may turn; called again when they turn next."""
        wait_s = LOOK_AGAIN_S
        self._clock.look()
        with contextlib.suppress(Reloading):
            self._commits.commit(self._commits.act(commands.Tick()), _log_failure)
            now_s = self._commits.now_s()
            wait_s = next_due_s(self._keeper.hall, now_s) - now_s
        wait_s = min(wait_s, LOOK_MOST_S) + 0.01
        self._timer = self._clock.call_later(self._loop, wait_s, self._look_at_the_clock)

    # --- what comes in ---------------------------------------------------------------------------

    def hear(self, topic: Topic, message: m.Message, acknowledge: Acknowledge) -> None:
        """A request, a record, or somebody's claim to the role."""
        match message:
            case m.Role():
                self._other_role(topic.node, message)
            case m.ClaimRole() if self.acting:
                self._claimed(message)
                acknowledge()
            case m.Ask() if self.acting:
                self._answering.take(topic.node, message, acknowledge)
            case m.Entry() | m.Records() if self.acting:
                self._intake.take(records_of(message), acknowledge)
            case m.Life(state="ready" | "degraded") if self.acting:
                self._met(topic.node, message)
            case _:
                acknowledge()

    def say_everything(self) -> None:
        """All states, once what they show is committed. A broker that forgot them is the bridge's matter."""
        self._again = None
        if self.acting:
            self._commits.everything()

    def _met(self, node: str, life: m.Life) -> None:
        """A node has just started, and not every broker kept all it must hear."""
        if self._instances.get(node) != life.instance:
            self._instances[node] = life.instance
            if self._again is None:
                self._again = self._loop.call_later(NEWCOMER_S, self.say_everything)

    def storage_changed(self) -> None:
        """The journal's disk filled up, or has room again."""
        if not self.acting:
            return
        was_in_force = self._is_in_force
        with contextlib.suppress(Reloading):
            self._put_in_force()
            self._passing.pass_over()
        self._publisher.storage_changed()
        if not was_in_force:
            self.say_everything()

    def _claimed(self, claim: m.ClaimRole) -> None:
        if claim.instance != self._role.instance:
            self._port.publish("role", (), msgspec.structs.replace(self._role, heard=claim.id))

    def _other_role(self, node: str, role: m.Role) -> None:
        if self.acting and outranks(role, self._role):
            text = "node %s on %s coordinates this site in epoch %d: this one (epoch %d) stops acting"
            log.error(text, node, role.host, role.epoch, self.epoch)
            self.stop()
            self._on_over()


def _log_failure(error: Exception | None) -> None:
    if error is not None:
        log.error("%s", error)
