"""Answers requests: each is acted on once, and answered when that is durable.

A refusal changes nothing, so it is answered at once and remembered in memory alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import msgspec

from edge.answers import Answers, refusal
from edge.clock import HallClock
from edge.commits import Commits
from edge.hall import commands, views
from edge.hall.events import Event, NumberIssued, NumbersLeased
from edge.hall.refusals import Refused
from edge.hall.typed import number_typed
from edge.journal import Journal
from edge.keeper import Keeper, Reloading
from edge.passing import Passing
from edge.publisher import Port
from edge.rebuilding import Rebuilding
from edge.requests import command_of
from edge.site_in_force import SiteInForce
from edge.states import StateWriter
from mqtt_bridge import messages as m
from mqtt_bridge.payloads import late

MEANWHILE = (m.Meet, m.Login, m.Logout, m.ApplySite)
"""What is done before nodes have told a new store what they keep."""


class Answering:
    """Requests on their way into the hall. All methods are called on the event loop."""

    def __init__(
        self,
        answers: Mapping[str, bytes],
        *,
        port: Port,
        journal: Journal,
        keeper: Keeper,
        commits: Commits,
        writer: StateWriter,
        rebuilding: Rebuilding,
        passing: Passing,
        site: SiteInForce,
        clock: HallClock,
        system_ms: Callable[[], int],
    ) -> None:
        """`answers`: those that the journal holds, oldest first. `system_ms`: the system clock."""
        self._answers = Answers(answers)
        self._port = port
        self._journal = journal
        self._keeper = keeper
        self._commits = commits
        self._writer = writer
        self._rebuilding = rebuilding
        self._passing = passing
        self._site = site
        self._clock = clock
        self._system_ms = system_ms

    def take(self, node: str, request: m.Ask, acknowledge: Callable[[], None]) -> None:
        """A request of `node`; the same again gets the same answer.

        `acknowledge` is called when it needs no second delivery.
        """
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
            case m.TakeNumber() | m.LeaseNumbers() if self._is_short_of_room:
                answer(refusal(request.id, "storage_reserve"))
            case m.CallNumber() | m.ResumeHeld():
                number = number_typed(self._keeper.hall, request.window, request.number)
                self._act(msgspec.structs.replace(request, number=number), answer)
            case _:
                self._act(request, answer)

    @property
    def _is_short_of_room(self) -> bool:
        return self._journal.storage != "ok" or self._passing.is_owed

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
            slip = self._writer.slip(views.slip_view(hall, issued.visit))
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
        slip = self._writer.slip(views.slip_of_number(self._keeper.hall, number))
        self._commit((), m.Answer(request.id, "ok", ticket=number, slip=slip), answer)

    def _apply_site(self, request: m.ApplySite, answer: Callable[[m.Answer], None]) -> None:
        catalogue = self._site.check(request.toml, self._keeper.hall.catalogue.version)
        events = self._commits.act(commands.ApplyCatalogue(catalogue))

        def taken() -> None:
            self._site.take(request.toml)
            self._commits.everything()

        kept = self._site.kept(request.toml)
        self._commit(events, m.Answer(request.id, "ok"), answer, kept, taken)
