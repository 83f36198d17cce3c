"""A node: one process beside some devices. Puts settings, ports, desks, journal and bridge together.

One asyncio loop; the journal has the only other thread. Devices start at once and work without the broker
as far as they can; the bridge connects when it can; the coordinator's node claims its role before it says
that it is there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from devices.base import Message as DeviceMessage
from edge import rated, release, shown
from edge.alone import Alone, Given
from edge.asker import Answered, Asker, Make
from edge.clock import Timers
from edge.desks.build import desks_of
from edge.desks.directory import KnownSite
from edge.desks.tickets import TicketDesk
from edge.desks.window import WindowDesk
from edge.guard import Guard
from edge.health import Health
from edge.hearing import Hearing
from edge.journal import Journal, JournalFailed, Storage
from edge.meeting import Meeting
from edge.outbox import Outbox
from edge.outside import Outside
from edge.plan import NodePlan
from edge.ports import Devices
from edge.proof import Proof
from edge.settings.build import node_part
from mqtt_bridge import messages as m
from mqtt_bridge.bridge import Bridge, Delivery
from mqtt_bridge.topics import Topic, every

if TYPE_CHECKING:
    from edge.lone import Lone
    from edge.standby.known import Known
    from edge.standby.post import Post

log = logging.getLogger("hall.node")


class Node:
    """One node, from `start` to `stop`. Implements what desks, outbox and coordinator may do.

    `journal_failed` comes true when the node must end and be started again.
    """

    def __init__(self, plan: NodePlan, outside: Outside | None = None) -> None:
        self._plan = plan
        self._outside = outside = outside or Outside()
        self._loop = asyncio.get_running_loop()
        self._clock = plan.clock
        self._instance = outside.token(6)
        self._since_ms = plan.clock.now_ms()
        self._timers = Timers(plan.clock, self._loop)
        site = self._site = KnownSite(plan.toml, plan.site)
        part = node_part(plan.site, plan.node)
        self.journal_failed: asyncio.Future[JournalFailed] = self._loop.create_future()
        self._journal = self._new_journal()
        self._bridge = self._new_bridge()
        self._asker = Asker(self, self._loop, self._instance, outside.system_s)
        self._outbox = Outbox(self._journal, self, self._loop, plan.node, partial(self._trouble, "card"))
        self.guard = Guard()
        self._devices = Devices(
            plan, part, outside.runners, self._bridge, self._loop, self.guard, self._trouble
        )
        self.health = Health(
            plan,
            m.Life("ready", self._instance, release.VERSION, outside.host, self._since_ms),
            self._devices.ports,
            self._journal,
            self._outbox,
            self._bridge,
            self._loop,
        )
        desks = self._devices.desks = desks_of(self, part, self._instance, lambda: site.directory)
        self._alone = Alone(self, self._journal, self._outbox, plan.node, lambda: site.directory)
        takes = any(isinstance(desk, TicketDesk) for desk in desks.values())
        self._meeting = Meeting(self, self._journal, self._outbox, plan.clock.led_ms)
        hears = [*desks.values(), *([self._alone] if takes else ()), self._meeting]
        self._hearing = Hearing(hears, self._lived)
        self._proof = Proof(self, self._hearing, self._asker.ask, self._meeting.meet)
        self._post: Lone | Post | None = self._take_post() if plan.pair or plan.coordinates else None

    def _take_post(self) -> Lone | Post:
        from edge.kit import Kit

        run = m.Role(0, self._instance, self._outside.host, self._since_ms)
        kit = Kit(
            self._plan,
            self._outside,
            self._journal,
            self._bridge,
            self._clock,
            self._loop,
            run,
            self.health.trouble,
        )
        return kit.post(self._news)

    def _new_journal(self) -> Journal:
        return Journal(
            self._plan.journal,
            on_storage=self._storage,
            on_failed=self.journal_failed.set_result,
            disk=self._outside.disk(self._plan.journal),
            token=self._outside.token,
            boot=self._outside.boot,
        )

    def _new_bridge(self) -> Bridge:
        return Bridge(
            site=self._plan.site.site.id,
            node=self._plan.node,
            instance=self._instance,
            address=self._plan.broker,
            on_message=self._heard,
            on_link=self._link,
            on_late=self._late,
            now_ms=self._outside.system_ms,
            rng=self._outside.rng,
            dial=self._outside.dial,
        )

    # --- start and stop ----------------------------------------------------------------------------

    async def start(self) -> None:
        """`open`, then `join`."""
        self.open()
        await self.join()

    def open(self) -> None:
        """From here on the devices work, as far as they can without a hall. Raises JournalError."""
        self._journal.open(self._loop)
        self.health.begin()
        if aside := ", ".join(self._journal.set_aside):
            text = f"damaged journal set aside: {aside}; copy it for who maintains the hall, then delete it"
            self.health.trouble("journal", text)
        self._outbox.start()
        self._alone.start()
        self._meeting.start()
        self._remember()
        self._devices.start()
        self._subscribe()
        if self._post is not None:
            self._post.open()
        self._bridge.start()

    def _remember(self) -> None:
        for window, stamp in self._journal.read(shown.read).items():
            self._hearing.showed(window, stamp)
        answered = self._journal.read(rated.read)
        for desk in self._devices.desks.values():
            if isinstance(desk, WindowDesk):
                desk.rated = answered.get(desk.window, "")

    async def join(self) -> None:
        """Take part in the hall; a coordinator waits for the broker as long as it takes.

        Raises JournalError, or RoleTaken where another node coordinates the site.
        """
        if self._post is not None:
            await self._post.begin()
        self.health.there()

    async def stop(self) -> None:
        """Release everything, in the order that loses nothing."""
        self._devices.stop()
        if self._post is not None:
            await self._post.stop()
        self._asker.stop()
        self._outbox.stop()
        self._alone.stop()
        self._timers.stop()
        await self._bridge.stop()
        self._journal.close()

    def _subscribe(self) -> None:
        site, me = self._plan.site.site.id, self._plan.node
        self._bridge.subscribe(every(site, "role"), every(site, "life"))
        self._bridge.subscribe(every(site, "answer", me), every(site, "receipt", me))
        self._bridge.subscribe(*(every(site, *want) for want in self._hearing.wants))

    # --- life --------------------------------------------------------------------------------------

    def _storage(self, storage: Storage) -> None:
        self.health.storage(storage)
        if self._post is not None:
            self._post.storage_changed()

    def _trouble(self, where: str, text: str) -> None:
        self.health.trouble(where, text)

    def _link(self, up: bool) -> None:
        log.info("broker %s", "connected" if up else "away")
        self._outbox.link_changed()
        if not up:
            self._proof.link_lost()
        self._hearing.link(up)
        if self._post is not None:
            self._post.linked(up)

    def _lived(self, epoch: int) -> None:
        if epoch:
            self._proof.look()
            self._outbox.new_coordinator()
        if epoch and not self._plan.pair:
            self.health.follows(epoch, "")
        if self._post is not None:
            self._post.link(epoch)

    def _news(self, known: Known) -> None:
        """Who coordinates was heard, or taken, in a hall with a standby."""
        self.health.follows(known.epoch, known.holder)
        self._hearing.knows(known.epoch)

    # --- what comes in -----------------------------------------------------------------------------

    def _heard(self, topic: Topic, message: m.Message, delivery: Delivery) -> None:
        if isinstance(message, m.HallState) and self._hearing.admits(topic, message):
            self._take_time(message.at_ms / 1000, delivery.retained)
        match message:
            case m.Answer() if self._hearing.heeds(message.epoch):
                self._hearing.proven()
                self._asker.hear(message)
            case m.Receipt() if self._hearing.heeds(message.epoch):
                self._hearing.proven()
                self._outbox.receipt(message)
            case m.SiteState() if self._hearing.admits(topic, message):
                self._site.hear(message)
            case m.Role() | m.Life() | m.State():
                self._hearing.hear(topic, message, kept=delivery.retained)
        if self._post is not None:
            self._post.hear(topic, message, delivery.ack)
        else:
            delivery.ack()

    def _take_time(self, hall_s: float, retained: bool) -> None:
        """The hall's time is the coordinator's; a state that the broker kept tells what it was, at least."""
        if not hall_s or (self._post is not None and self._post.makes_time):
            return
        if retained:
            self._clock.raise_floor(hall_s)
        else:
            self._clock.follow(hall_s)

    def _late(self, topic: Topic, message: m.Message, delivery: Delivery) -> None:
        """A request past its deadline is answered too: its sender learns what time it is here."""
        if self._post is not None:
            self._post.late(topic, message, delivery.ack)
        else:
            delivery.ack()

    # --- what desks, asker and outbox may do ---------------------------------------------------------

    @property
    def connected(self) -> bool:
        """Whether the broker is there."""
        return self._bridge.connected

    def send_request(self, request: m.Ask) -> None:
        """Hand one request to the broker."""
        self._bridge.publish("request", (), request)

    def send_record(self, record: m.Record | m.Records) -> bool:
        """Hand one record, or several, to the broker; False when it takes no more now."""
        return self._bridge.publish("record", (), record)

    def tell(self, device: str, message: DeviceMessage) -> bool:
        """Give a command to a device; False when its port is not open."""
        return self._devices.tell(device, message)

    def ask(self, make: Make, answered: Answered) -> None:
        """Ask the coordinator; without a living one there is no answer."""
        if self._hearing.live:
            self._asker.ask(make, answered)
        else:
            answered(None)

    def keep(self, record: m.Record, done: Callable[[Exception | None], None]) -> None:
        """Commit a record, then `done`; with a call, which state it was, with a rating, what it answers."""
        match record:
            case m.Shown(window=window):
                stamp = self._hearing.newest_of(window)
                works = shown.remember(window, stamp), self._meeting.remember()
                self._outbox.keep(record, done, lambda db: [work(db) for work in works])
            case m.Rated(window=window, visit=visit, item=item):
                self._outbox.keep(record, done, rated.remember(window, f"{visit}/{item}"))
            case _:
                self._outbox.keep(record, done)

    def issue_alone(self, service: str, priority: str, given: Given) -> None:
        """A number of this node's own, for a ticket machine."""
        self._alone.issue(service, priority, given)

    def now_ms(self) -> int:
        """Hall time."""
        return self._clock.now_ms()

    def known_ms(self) -> int:
        """Hall time; 0 while nobody knows it."""
        return self._clock.known_ms()

    def later(self, delay_s: float, action: Callable[[], None]) -> None:
        """Run `action` in `delay_s` seconds of hall time."""
        self._timers.later(delay_s, action)

    def after(self, delay_s: float, action: Callable[[], None]) -> None:
        """Run `action` in `delay_s` seconds."""
        self._timers.after(delay_s, action)
