"""Numbers that this node's ticket machines give while the coordinator does not answer.

The node leases numbers while there is a coordinator, up to what the site file says. Without one it issues
them: what the rules know without the hall (hours, services, classes, limits as far as they were heard of)
applies, the number is committed as a record, and only then is it given for paper.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from typing import Protocol, TypeAlias

from devices.base import DeviceHealth
from devices.base import Message as DeviceMessage
from edge.alone_book import ReserveBook
from edge.asker import Answered, Make
from edge.desks.directory import Directory
from edge.hall.calendar import CLOCK_SET_S, business_day, is_issuing, is_open
from edge.hall.spans import Span, number_text
from edge.journal import Journal
from edge.outbox import Outbox
from edge.settings.build import code_text, hours_of
from edge.settings.model import Service
from mqtt_bridge import messages as m
from mqtt_bridge.topics import Topic

log = logging.getLogger("hall.alone")

LEASE_AGAIN_S = 60.0
"""After a request for numbers that was not granted, while numbers are missing and a coordinator lives."""
UNHEARD_S = 5.0
"""After one without an answer: a coordinator with a new store answers once it was told what nodes keep."""


Given: TypeAlias = Callable[[m.Slip | None, str], None]
"""Called with a slip whose number is durable, or with None and a word for why there is none."""


class Host(Protocol):
    """What is needed of the node."""

    def ask(self, make: Make, answered: Answered) -> None:
        """Ask the coordinator; `answered(None)` when there is no answer in time."""

    def known_ms(self) -> int:
        """Hall time; 0 while nobody knows it."""

    def after(self, delay_s: float, action: Callable[[], None]) -> object:
        """Run `action` in `delay_s` seconds, unless the node stops before."""


class Alone:
    """The numbers of one node; hears the hall as a desk does. All methods are called on the event loop."""

    wants: tuple[tuple[str, ...], ...] = (("state/queue", "+"),)

    def __init__(
        self, host: Host, journal: Journal, outbox: Outbox, node: str, directory: Callable[[], Directory]
    ) -> None:
        self._host = host
        self._journal = journal
        self._outbox = outbox
        self._node = node
        self._directory = directory
        self._book = ReserveBook(journal, outbox, host.known_ms)
        self._stopped = False
        self._live = False
        self._asking = False  # or waiting to ask again
        self._limited: dict[str, str] = {}  # queue -> the day on which it was said to be full
        self._given: Counter[tuple[str, str]] = Counter()  # (day, queue)

    def start(self) -> None:
        """Read what the journal holds. Raises JournalError."""
        self._book.start()

    def stop(self) -> None:
        """Issue no more; what was not used is given back."""
        self._stopped = True
        self._book.stop()

    @property
    def held(self) -> int:
        """How many numbers can still be issued."""
        return self._book.held

    # --- as a desk -----------------------------------------------------------------------------------

    def hear(self, topic: Topic, message: m.Message) -> None:
        """A queue that issues nothing while the hall does is full for the day."""
        if not isinstance(message, m.QueueState):
            return
        hours, now_s = hours_of(self._directory().site.hours), self._host.known_ms() / 1000
        if message.issuing:
            self._limited.pop(message.queue, None)
        elif is_issuing(hours, now_s):
            self._limited[message.queue] = business_day(hours, now_s)

    def link(self, epoch: int) -> None:
        """A coordinator is there: fill up the reserve."""
        self._live = bool(epoch)
        self._top_up()

    def said(self, device: str, message: DeviceMessage) -> None:
        """It has no device."""

    def health(self, device: str, health: DeviceHealth) -> None:
        """It has no device."""

    # --- leases --------------------------------------------------------------------------------------

    def _top_up(self) -> None:
        alone, held = self._directory().site.alone, self._book.held
        if not self._live or self._asking or alone.numbers - held < alone.block:
            return
        last = self._book.lease or Span("", 0, 0)
        self._asking = True
        self._host.ask(
            lambda id_, deadline: m.LeaseNumbers(
                id_, deadline, source=self._node, held=held, prefix=last.prefix, up_to=last.last
            ),
            self._leased,
        )

    def _leased(self, answer: m.Answer | None) -> None:
        if answer is None or answer.code != "ok":
            log.warning("no numbers to issue alone: %s", answer.text_en if answer else "no answer")
            self._host.after(LEASE_AGAIN_S if answer else UNHEARD_S, self._ask_again)
            return
        self._asking = False
        if answer.lease is not None:
            self._book.add(Span(answer.lease.prefix, answer.lease.first, answer.lease.last))

    def _ask_again(self) -> None:
        self._asking = False
        self._top_up()

    # --- issuing -------------------------------------------------------------------------------------

    def issue(self, service: str, priority: str, given: Given) -> None:
        """Commit a number of the reserve, then give it."""
        directory = self._directory()
        wanted = directory.service_named(service)
        refusal = self._refusal(directory, wanted, priority)
        if wanted is None or refusal:
            given(None, refusal)
            return

        def opened(is_sure: bool) -> None:
            if is_sure:
                self._issue(wanted, priority, given)
            else:
                given(None, "storage")

        self._book.when_open(directory.site.alone.block, opened)

    def _refusal(self, directory: Directory, service: Service | None, priority: str) -> str:
        """Why no number may be given, as far as a node can know it; "" where it may."""
        if self._stopped:
            return "stopped"
        if not directory.site.alone.numbers:
            return "no_numbers"
        if service is None:
            return "unknown_service"
        if not directory.class_name(priority):
            return "unknown_class"
        if self._journal.storage != "ok":
            return "storage"
        return self._closed(directory, service)

    def _closed(self, directory: Directory, service: Service) -> str:
        now_s, hours = self._host.known_ms() / 1000, hours_of(directory.site.hours)
        if now_s >= CLOCK_SET_S and not is_open(hours, now_s):
            return "hall_closed"
        if now_s >= CLOCK_SET_S and not is_issuing(hours, now_s):
            return "issuing_stopped"
        day, queue = business_day(hours, now_s), directory.queue_named(service.queue)
        is_full = bool(queue.daily_limit) and self._given[day, queue.id] >= queue.daily_limit
        return "daily_limit" if is_full or self._limited.get(queue.id) == day else ""

    def _issue(self, service: Service, priority: str, given: Given) -> None:
        taken = self._book.take(self._directory().site.alone.block)
        if taken is None:
            log.error("no numbers left to issue alone")
            given(None, "no_numbers")
            return
        prefix, count, also = taken
        slip = self._slip(number_text(prefix, count), service, priority)
        record = m.Issued("", "", slip.issued_ms, slip.visit, slip.number, service.id, priority)

        def committed(error: Exception | None) -> None:
            if error is None:
                log.info("%s issued without the coordinator, %d left", slip.number, self._book.held)
                self._top_up()
                given(slip, "")
            else:
                self._book.failed()
                given(None, "storage")

        self._outbox.keep(record, committed, also)

    def _slip(self, number: str, service: Service, priority: str) -> m.Slip:
        directory, at_ms = self._directory(), self._host.known_ms()
        day = business_day(hours_of(directory.site.hours), at_ms / 1000)
        visit = f"{day}-{number}"
        self._given[day, service.queue] += 1
        return m.Slip(
            visit=visit,
            number=number,
            service=service.name,
            issued_ms=at_ms,
            service_en=service.name_en,
            queue=service.queue,
            priority=directory.class_name(priority),
            windows=directory.windows_for(service),
            qr=code_text(directory.site, visit, number),
            alone=True,
            service_id=service.id,
            class_id=priority,
        )
