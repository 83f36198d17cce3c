"""The coordinator: owns a site's queue. A rule, one commit, then the new state.

A request is decided by the rules, its events are folded into the hall in memory, and the states they
change are drawn at once; but nothing is answered or published before the journal has committed. A refusal
changes nothing, so it is answered at once and remembered in memory alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection, Sequence
from functools import partial

import msgspec

from edge.answers import Answers, refusal
from edge.clock import HallClock, Timer
from edge.commits import Commits
from edge.hall import commands, views
from edge.hall.decide import next_due_s
from edge.hall.events import Event, NumberIssued, NumbersLeased
from edge.hall.refusals import Refused
from edge.hall.typed import number_typed
from edge.inbox import Inboxes
from edge.intake import Intake
from edge.journal import Journal
from edge.keeper import Keeper, Reloading, Witness
from edge.ledger import Restart
from edge.passing import Passing
from edge.publisher import Port, Publisher
from edge.rebuilding import Rebuilding
from edge.requests import command_of
from edge.role import outranks
from edge.site_in_force import SiteInForce
from mqtt_bridge import messages as m
from mqtt_bridge.payloads import late
from mqtt_bridge.records import records_of
from mqtt_bridge.topics import Topic

log = logging.getLogger("hall.coordinator")

LOOK_MOST_S = 60.0
"""A clock that steps forward, as a Pi's does when it learns the time, opens the hall within this."""
NEWCOMER_S = 0.5  # from a node's start until all states are said again, once for all that start together
LOOK_AGAIN_S = 1.0
MEANWHILE = (m.Meet, m.Login, m.Logout, m.ApplySite)
"""What is done before nodes have told a new store what they keep."""

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
        self._system_ms = system_ms
        self._on_over = on_over
        self._keeper = Keeper(journal, loop, found, self._reloaded, witness)
        clock.raise_floor(self._keeper.hall.now_s)
        self._answers = Answers(found.answers)
        self._publisher = Publisher(
            port, loop, clock, self._keeper, site, self.epoch, lambda: journal.storage
        )
        self._publisher.knew(self._keeper.hall.catalogue)
        self._commits = Commits(self._keeper, self._publisher, clock)
        inboxes = Inboxes(found.marks, found.beyond)
        self._rebuilding = Rebuilding(
            found,
            nodes,
            journal=journal,
            keeper=self._keeper,
            commits=self._commits,
            inboxes=inboxes,
            publisher=self._publisher,
            loop=loop,
            clock=clock,
            over=self.say_everything,
            trouble=trouble,
        )
        self._intake = Intake(port, loop, self._keeper, self._commits, inboxes, self._rebuilding)
        self._timer: Timer | None = None
        self._again: asyncio.TimerHandle | None = None
        self._instances: dict[str, str] = {}
        self._passing = Passing(found, site.machines, journal, self._keeper, self._commits)
        self._put_in_force(found.site)
        self._commits.on_day = self._passing.settle
        self.acting = True

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

    def _put_in_force(self, kept: str) -> None:
        found = self._site.at_start(kept, self._keeper.hall.catalogue)
        if found is not None:
            catalogue, keep = found
            events = self._commits.act(commands.ApplyCatalogue(catalogue))
            self._keeper.commit(events, _log_failure, site=keep)

    def _reloaded(self) -> None:
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
                self._request(topic.node, message, acknowledge)
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
        if self.acting:
            with contextlib.suppress(Reloading):
                self._passing.pass_over()
            self._publisher.storage_changed()

    def _claimed(self, claim: m.ClaimRole) -> None:
        if claim.instance != self._role.instance:
            self._port.publish("role", (), msgspec.structs.replace(self._role, heard=claim.id))

    def _other_role(self, node: str, role: m.Role) -> None:
        if self.acting and outranks(role, self._role):
            text = "node %s on %s coordinates this site in epoch %d: this one (epoch %d) stops acting"
            log.error(text, node, role.host, role.epoch, self.epoch)
            self.stop()
            self._on_over()

    # --- requests --------------------------------------------------------------------------------

    def _request(self, node: str, request: m.Ask, acknowledge: Acknowledge) -> None:
        known = self._answers.get(request.id)
        if known is not None:
            self._port.publish("answer", (node,), known)
        if known is not None or not self._answers.begin(request.id):
            acknowledge()
            return

        def answer(message: m.Answer) -> None:
            self._answers.give(message)
            self._port.publish("answer", (node,), msgspec.structs.replace(message, time_ms=self._system_ms()))
            acknowledge()

        self._try(node, request, answer)

    def _try(self, node: str, request: m.Ask, answer: Callable[[m.Answer], None]) -> None:
        if late(request, self._system_ms()):
            answer(refusal(request.id, "late"))
            return
        try:
            self._decide(node, request, answer)
        except Refused as no:
            answer(m.Answer(request.id, no.code, text=no.text_zh[:400], text_en=no.text_en[:400]))
        except Reloading:
            answer(refusal(request.id, "storage_full"))

    def _decide(self, node: str, request: m.Ask, answer: Callable[[m.Answer], None]) -> None:
        if self._rebuilding.is_on and isinstance(request, m.LeaseNumbers):
            self._rebuilding.afterwards(partial(self._try, node, request, answer))
            return
        if self._rebuilding.is_on and not isinstance(request, MEANWHILE):
            answer(refusal(request.id, "rebuilding"))
            return
        match request:
            case m.Meet():
                self._meet(node, request, answer)
            case m.Quote():
                answer(self._quote(request))
            case m.Reprint():
                self._reprint(request, answer)
            case m.ApplySite():
                self._apply_site(request, answer)
            case m.TakeNumber() | m.LeaseNumbers() if self._journal.storage != "ok":
                answer(refusal(request.id, "storage_reserve"))
            case m.CallNumber() | m.ResumeHeld():
                number = number_typed(self._keeper.hall, request.window, request.number)
                self._act(msgspec.structs.replace(request, number=number), answer)
            case _:
                self._act(request, answer)

    def _act(self, request: m.Ask, answer: Callable[[m.Answer], None]) -> None:
        command = command_of(request)
        if command is None:
            answer(refusal(request.id, "unknown_request"))
            return
        events = self._commits.act(command)
        self._commit(events, self._done(request, events), answer)

    def _commit(
        self,
        events: Sequence[Event],
        message: m.Answer,
        answer: Callable[[m.Answer], None],
        site: str | None = None,
        then: Callable[[], None] = lambda: None,
    ) -> None:
        """Commit with the answer; `then`, and the answer, when both are durable."""

        def committed(error: Exception | None) -> None:
            if error is None:
                then()
                answer(message)
            else:
                answer(refusal(message.id, "storage_full"))

        stored = (message.id, self._clock.now_ms(), msgspec.json.encode(message))
        self._commits.commit(events, committed, answer=stored, site=site)

    def _done(self, request: m.Ask, events: Sequence[Event]) -> m.Answer:
        """The answer to a request that was accepted."""
        hall = self._keeper.hall
        issued = next((event for event in events if isinstance(event, NumberIssued)), None)
        if issued is not None:
            slip = self._publisher.writer.slip(views.slip_view(hall, issued.visit))
            return m.Answer(request.id, "ok", ticket=slip.number, slip=slip)
        if isinstance(request, m.LeaseNumbers):
            leased = next((event for event in events if isinstance(event, NumbersLeased)), None)
            lease = m.Lease(leased.prefix, leased.first, leased.last) if leased else None
            return m.Answer(request.id, "ok", lease=lease)
        if isinstance(request, m.WindowAsk):
            ticket, waiting = views.ticket_at(hall, request.window), views.waiting_at(hall, request.window)
            return m.Answer(request.id, "ok", ticket=ticket, waiting=waiting)
        return m.Answer(request.id, "ok")

    def _meet(self, node: str, meet: m.Meet, answer: Callable[[m.Answer], None]) -> None:
        if self._rebuilding.is_on:
            self._clock.witnessed(max(meet.at_ms, *(one.at_ms for one in meet.numbers), 0) / 1000)
        told = tuple((one.number, one.at_ms / 1000) for one in meet.numbers)
        events = self._commits.act(commands.TellNumbers(told))
        then = partial(self._rebuilding.met, node, meet, events)
        self._commit(events, m.Answer(meet.id, "ok"), answer, then=then)

    def _quote(self, request: m.Quote) -> m.Answer:
        quote = views.quote_view(self._keeper.hall, request.service, request.priority, self._commits.now_s())
        return m.Answer(
            request.id,
            "ok",
            ahead=quote.ahead,
            wait_low_s=quote.wait_low_s,
            wait_high_s=quote.wait_high_s,
        )

    def _reprint(self, request: m.Reprint, answer: Callable[[m.Answer], None]) -> None:
        number = number_typed(self._keeper.hall, "", request.number)
        slip = self._publisher.writer.slip(views.slip_of_number(self._keeper.hall, number))
        self._commit((), m.Answer(request.id, "ok", ticket=number, slip=slip), answer)

    def _apply_site(self, request: m.ApplySite, answer: Callable[[m.Answer], None]) -> None:
        catalogue = self._site.check(request.toml, self._keeper.hall.catalogue.version)
        events = self._commits.act(commands.ApplyCatalogue(catalogue))

        def taken() -> None:
            self._site.take(request.toml)
            self._commits.everything()

        kept = self._site.kept(request.toml)
        self._commit(events, m.Answer(request.id, "ok"), answer, kept, taken)


def _log_failure(error: Exception | None) -> None:
    if error is not None:
        log.error("%s", error)
