"""The coordinator: owns a site's queue. A rule, one commit, then the new state.

A request is decided by the rules, its events are folded into the hall in memory, and the states they
change are drawn at once; but nothing is answered or published before the journal has committed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

import msgspec

from edge.answers import Answers, refusal
from edge.clock import HallClock
from edge.hall import commands, views
from edge.hall.decide import next_due_s
from edge.hall.events import Event, NumberIssued
from edge.hall.refusals import Refused
from edge.inbox import Inboxes, place_of
from edge.journal import Journal, Storage
from edge.keeper import Keeper, Reloading
from edge.ledger import Inbox
from edge.publisher import Port, Publisher
from edge.requests import command_of, command_of_record
from edge.site_in_force import SiteInForce
from mqtt_bridge import messages as m
from mqtt_bridge.payloads import late
from mqtt_bridge.topics import Topic

log = logging.getLogger("hall.coordinator")


class Coordinator:
    """The role that owns a site's queue. All methods are called on the event loop.

    Made when the role was won: reads the journal and begins a new epoch, above `epoch_seen`. Raises
    JournalError. `acknowledge` of a message is called when it needs no second delivery.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        port: Port,
        clock: HallClock,
        loop: asyncio.AbstractEventLoop,
        role: m.Role,
        site: SiteInForce,
    ) -> None:
        self._journal = journal
        self._port = port
        self._clock = clock
        self._loop = loop
        self._site = site
        self._keeper = Keeper(journal, self._reloaded)
        found = self._keeper.start(epoch_above=role.epoch)
        clock.raise_floor(self._keeper.hall.now_s)
        self._role = msgspec.structs.replace(role, epoch=found.epoch)
        self._answers = Answers()
        self._answers.load(found.answers)
        self._inboxes = Inboxes(found.marks, found.beyond)
        self._publisher = Publisher(port, loop, clock, self._keeper, site, found.epoch)
        self._receipts: set[tuple[str, str]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._put_in_force(found.site)
        self.acting = True

    @property
    def epoch(self) -> int:
        """The epoch of this coordinator's states."""
        return self._role.epoch

    def start(self) -> None:
        """Act: publish everything, let time pass."""
        self._tick()
        self.link_up()
        log.info("coordinator of the site: epoch %d, %d events", self.epoch, self._keeper.seq)

    def stop(self) -> None:
        """Act no more; keep the hall whole for the next start."""
        self.acting = False
        if self._timer is not None:
            self._timer.cancel()
        self._publisher.stop()
        self._keeper.snapshot()

    def _put_in_force(self, kept: str) -> None:
        found = self._site.at_start(kept, self._keeper.hall.catalogue.version)
        if found is not None:
            catalogue, keep = found
            events = self._keeper.act(commands.ApplyCatalogue(catalogue), self._clock.now_s())
            self._keeper.commit(events, _log_failure, site=keep)

    def _tick(self) -> None:
        """The day or the hours turn; called again when they turn next."""
        now_s = self._clock.now_s()
        try:
            self._commit(self._keeper.act(commands.Tick(), now_s), _log_failure)
            wait_s = self._clock.real_s(next_due_s(self._keeper.hall, now_s) - now_s)
        except Reloading:
            wait_s = 1.0
        self._timer = self._loop.call_later(wait_s + 0.01, self._tick)

    def _reloaded(self) -> None:
        self._publisher.everything()

    # --- what comes in ---------------------------------------------------------------------------

    def hear(self, topic: Topic, message: m.Message, acknowledge: Callable[[], None]) -> None:
        """A request, a record, or somebody's claim to the role."""
        if not self.acting:
            acknowledge()
            return
        match message:
            case m.ClaimRole():
                self._claimed(message)
                acknowledge()
            case m.Ask():
                self._request(topic.node, message, acknowledge)
            case m.Rated() | m.Printed() | m.Shown():
                self._record(message, acknowledge)
            case m.Role():
                self._other_role(topic.node, message)
                acknowledge()
            case _:
                acknowledge()

    def link_up(self) -> None:
        """The broker is there, or there again: it may have forgotten everything retained."""
        if self.acting:
            self._port.publish("role", (), self._role)
            self._publisher.everything()

    def storage_changed(self, storage: Storage) -> None:
        """The journal's disk filled up, or has room again."""
        if self.acting:
            self._publisher.storage(storage)

    def _claimed(self, claim: m.ClaimRole) -> None:
        if claim.instance != self._role.instance:
            self._port.publish("role", (), msgspec.structs.replace(self._role, heard=claim.id))

    def _other_role(self, node: str, role: m.Role) -> None:
        if role.instance != self._role.instance and role.epoch > self.epoch:
            log.error(
                "node %s on %s coordinates this site in epoch %d: this one (epoch %d) stops acting",
                node,
                role.host,
                role.epoch,
                self.epoch,
            )
            self.stop()

    # --- requests --------------------------------------------------------------------------------

    def _request(self, node: str, request: m.Ask, acknowledge: Callable[[], None]) -> None:
        known = self._answers.get(request.id)
        if known is not None:
            self._port.publish("answer", (node,), known)
            acknowledge()
            return
        if not self._answers.begin(request.id):
            acknowledge()
            return

        def answer(message: m.Answer) -> None:
            self._answers.give(message)
            self._port.publish("answer", (node,), msgspec.structs.replace(message, time_ms=_system_ms()))
            acknowledge()

        self._try(request, answer)

    def _try(self, request: m.Ask, answer: Callable[[m.Answer], None]) -> None:
        if late(request, _system_ms()):
            answer(refusal(request.id, "late"))
            return
        try:
            self._decide(request, answer)
        except Refused as no:
            answer(m.Answer(request.id, no.code, text=no.text_zh, text_en=no.text_en))
        except Reloading:
            answer(refusal(request.id, "storage_full"))

    def _decide(self, request: m.Ask, answer: Callable[[m.Answer], None]) -> None:
        match request:
            case m.Quote():
                answer(self._quote(request))
            case m.Reprint():
                slip = views.slip_of_number(self._keeper.hall, request.number)
                answer(m.Answer(request.id, "ok", slip=self._publisher.writer.slip(slip)))
            case m.ApplySite():
                self._apply_site(request, answer)
            case m.TakeNumber() if self._journal.storage != "ok":
                answer(refusal(request.id, "storage_reserve"))
            case _:
                self._act(request, answer)

    def _act(self, request: m.Ask, answer: Callable[[m.Answer], None]) -> None:
        command = command_of(request)
        if command is None:
            answer(refusal(request.id, "unknown_request"))
            return
        events = self._keeper.act(command, self._clock.now_s())
        message = self._done(request, events)

        def committed(error: Exception | None) -> None:
            answer(refusal(request.id, "storage_full") if error is not None else message)

        stored = (request.id, self._clock.now_ms(), msgspec.json.encode(message))
        self._commit(events, committed, answer=stored)

    def _done(self, request: m.Ask, events: Sequence[Event]) -> m.Answer:
        """The answer to a request that was accepted."""
        hall = self._keeper.hall
        issued = next((event for event in events if isinstance(event, NumberIssued)), None)
        if issued is not None:
            slip = self._publisher.writer.slip(views.slip_view(hall, issued.visit))
            return m.Answer(request.id, "ok", ticket=slip.number, slip=slip)
        if isinstance(request, m.WindowAsk):
            view = views.window_view(hall, request.window)
            return m.Answer(request.id, "ok", ticket=view.ticket, waiting=view.waiting)
        return m.Answer(request.id, "ok")

    def _quote(self, request: m.Quote) -> m.Answer:
        quote = views.quote_view(self._keeper.hall, request.service, request.priority, self._clock.now_s())
        return m.Answer(
            request.id,
            "ok",
            ahead=quote.ahead,
            wait_low_s=quote.wait_low_s,
            wait_high_s=quote.wait_high_s,
        )

    def _apply_site(self, request: m.ApplySite, answer: Callable[[m.Answer], None]) -> None:
        catalogue = self._site.check(request.toml, self._keeper.hall.catalogue.version)
        events = self._keeper.act(commands.ApplyCatalogue(catalogue), self._clock.now_s())

        def committed(error: Exception | None) -> None:
            if error is None:
                self._site.take(request.toml)
                self._publisher.everything()
            answer(refusal(request.id, "storage_full") if error is not None else m.Answer(request.id, "ok"))

        self._keeper.commit(events, committed, site=self._site.kept(request.toml))

    def _commit(
        self,
        events: Sequence[Event],
        then: Callable[[Exception | None], None],
        *,
        answer: tuple[str, int, bytes] | None = None,
        inbox: Inbox | None = None,
    ) -> None:
        """Draw now, commit, publish, `then`."""
        states = self._publisher.drawn(events)

        def committed(error: Exception | None) -> None:
            if error is None:
                self._publisher.publish(states)
            then(error)

        if events or inbox is not None:
            self._keeper.commit(events, committed, answer=answer, inbox=inbox)
        else:
            then(None)

    # --- records ---------------------------------------------------------------------------------

    def _record(self, record: m.Record, acknowledge: Callable[[], None]) -> None:
        place = place_of(record)
        if self._inboxes.holds(place):
            self._receipt_soon(place)
            acknowledge()
            return

        def committed(error: Exception | None) -> None:
            if error is None:  # else the node sends it again
                self._inboxes.note(place)
                self._receipt_soon(place)
            acknowledge()

        try:
            self._commit(self._effect(record), committed, inbox=place)
        except Reloading:
            acknowledge()

    def _effect(self, record: m.Record) -> list[Event]:
        """What a record changes; one that the rules refuse is kept as heard, and changes nothing."""
        command = command_of_record(record)
        if command is None:
            return []
        try:
            return self._keeper.act(command, self._clock.now_s())
        except Refused as no:
            log.warning("%s %s of %s: %s", type(record).__name__, record.id, record.source, no)
            return []

    def _receipt_soon(self, place: Inbox) -> None:
        """One receipt for all records of a source that are committed in this turn of the loop."""
        if not self._receipts:
            self._loop.call_soon(self._send_receipts)
        self._receipts.add((place.source, place.generation))

    def _send_receipts(self) -> None:
        for source, generation in self._receipts:
            receipt = self._inboxes.receipt(source, generation)
            self._port.publish("receipt", (source,), receipt)
        self._receipts.clear()


def _system_ms() -> int:
    return int(time.time() * 1000)


def _log_failure(error: Exception | None) -> None:
    if error is not None:
        log.error("%s", error)
