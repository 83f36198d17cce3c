"""What a node is to its site beside its devices: its coordinator, its standby, or neither.

Rules
1. Of the two nodes of a site with a standby, the one that held the highest epoch ever heard of coordinates;
   before any was, the one that the site file names. The other one is the standby and copies the journal.
   So a node that comes back does not ask for what it was: it looks whose turn it is.
2. Before it acts, a coordinator looks at both brokers (`winning.py`). Where another one acts on a broker that
   it cannot reach, it gives way as soon as it hears of it.
3. A coordinator that hears of a higher epoch of the other one gives way: it stops, lets the standby have
   what it committed last, goes to the other one's broker and is the standby from then on.
4. The standby becomes coordinator on command alone (`promote.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from edge.kit import Kit
from edge.ledger import Restart
from edge.role import RoleTaken
from edge.standby.acting import Acting
from edge.standby.follow import Follow
from edge.standby.follower import Follower
from edge.standby.known import Known
from edge.standby.link import Link
from edge.standby.waits import log
from edge.standby.winning import Winning
from mqtt_bridge import messages as m
from mqtt_bridge.bridge import Bridge
from mqtt_bridge.topics import Topic, every

Acknowledge = Callable[[], None]


class Duty:
    """See the rules above. All methods are called on the event loop."""

    def __init__(self, kit: Kit, lookout: Bridge, follow: Follow) -> None:
        self.kit = kit
        self.follow = follow
        self._lookout = lookout
        self.acting: Acting | None = None
        self.follower: Follower | None = None
        self.is_promoting = False
        self.up = asyncio.Event()  # the broker we live on is there
        self.closed = asyncio.Event()  # the coordinator we copy said its last word
        self.links = (Link(kit, kit.bridge), Link(kit, lookout))
        self._winning: Winning | None = None
        self._heard = 0
        self._followed = 0
        self._tasks: set[asyncio.Task[None]] = set()

    # --- start and stop --------------------------------------------------------------------------------

    def subscribe(self) -> None:
        """Before the bridges start."""
        if self._is_ours:
            self.kit.bridge.subscribe(*self.kit.every("request", "record"))
        self._lookout.subscribe(*self.kit.every("request"))

    @property
    def _is_ours(self) -> bool:
        """Whether it is this node's turn: rule 1."""
        holder = self.follow.holder
        return holder == self.kit.plan.node or (not holder and self.kit.plan.coordinates)

    async def begin(self) -> None:
        """Take up the duty. Raises JournalError, or RoleTaken where a stranger coordinates the site."""
        if not self._is_ours:
            self.stand_by()
            return
        self._winning = Winning(self.kit, self.follow, self.links)
        try:
            found = await self._winning.run()
        except RoleTaken as no:
            if no.node != self.kit.plan.partner:
                raise
            log.warning("%s; this node is the standby", no)
            self.stand_by()
        else:
            self.act(found)
        finally:
            self._winning = None

    def stop(self) -> None:
        """The node ends."""
        for task in self._tasks:
            task.cancel()
        for one in (self.acting, self.follower):
            if one is not None:
                one.stop()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self.kit.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s", error, exc_info=error)

    # --- as coordinator --------------------------------------------------------------------------------

    def act(self, found: Restart) -> None:
        """Coordinate."""
        self.follow.stays = True
        self.acting = Acting(self.kit, self._lookout, self.follow, found)
        self.acting.start()

    def news(self, known: Known) -> None:
        """A higher epoch was heard of, or taken."""
        acting = self.acting if self.acting is not None and self.acting.is_on else None
        if known.holder != self.kit.plan.node:
            if self._winning is not None:
                self._winning.give_up(known)
            elif acting is not None:
                self._spawn(self._give_way(acting))
        elif acting is not None and known.epoch > acting.epoch:
            self._spawn(self._again(acting, known.epoch))
        self._watch()

    async def _give_way(self, acting: Acting) -> None:
        """Rule 3."""
        log.error("node %s was promoted: this one stops coordinating", self.kit.plan.partner)
        await acting.close()
        self.acting = None
        self.stand_by()
        self.follow.stays = False
        self.follow.move()

    async def _again(self, acting: Acting, epoch: int) -> None:
        """An earlier store of this very node held a later epoch: nodes heed no other than one still later."""
        log.warning("nodes have heard of epoch %d of this node: it begins a later one", epoch)
        acting.end()
        self.acting = None
        await self.begin()

    # --- as standby ------------------------------------------------------------------------------------

    def stand_by(self) -> None:
        """Copy the journal of the coordinator, and wait for the command."""
        kit, site = self.kit, self.kit.plan.site.site.id
        kit.bridge.unsubscribe(*kit.every("request", "record"))
        kit.bridge.subscribe(every(site, "copy", kit.plan.node))
        for one in kit.plan.pair:  # for claims, when it is promoted
            kit.bridge.subscribe(every(site, "request", node=one))
        self.closed.clear()
        self._followed = 0
        self.follower = Follower(
            port=kit.bridge,
            journal=kit.journal,
            loop=kit.loop,
            now_ms=kit.clock.now_ms,
            new_session=lambda: kit.outside.token(8),
            on_closed=self.closed.set,
            on_trouble=lambda text: kit.trouble("copy", text),
        )
        self._watch()

    def no_standby(self) -> None:
        """It copies no more."""
        site = self.kit.plan.site.site.id
        for one in self.kit.plan.pair:
            self.kit.bridge.unsubscribe(every(site, "request", node=one))
        self.kit.bridge.unsubscribe(every(site, "copy", self.kit.plan.node))
        if self.follower is not None:
            self.follower.stop()
            self.follower = None
        self.kit.trouble("copy", "")

    @property
    def acts(self) -> bool:
        """Whether this node coordinates the site."""
        return self.acting is not None and self.acting.is_on

    def link(self, epoch: int) -> None:
        """The epoch of the living coordinator that is heard; 0 for none."""
        self._heard = epoch
        self._watch()

    def _watch(self) -> None:
        """Copy from the coordinator that is heard; while being promoted, to its last word."""
        if self.follower is None or self.is_promoting:
            return
        epoch = self._heard if self.follow.holder == self.kit.plan.partner else 0
        if epoch != self._followed:
            self._followed = epoch
            self.follower.follow(epoch)

    # --- what comes in ---------------------------------------------------------------------------------

    def linked(self, up: bool) -> None:
        """The broker we live on came or went."""
        (self.up.set if up else self.up.clear)()
        self.links[0].linked(up)
        if self.acting is not None:
            self.acting.linked(up)

    def looking(self, up: bool) -> None:
        """The other broker came or went."""
        self.links[1].linked(up)

    def storage_changed(self) -> None:
        """The journal's disk filled up, or has room again."""
        if self.acting is not None:
            self.acting.coordinator.storage_changed()

    def hear(self, topic: Topic, message: m.Message, acknowledge: Acknowledge) -> None:
        """All that comes on the broker we live on."""
        self.links[0].hear(topic, message)
        match message:
            case m.Promote():
                self._promote(topic.node, message)
                acknowledge()
            case m.CopyPiece() if self.follower is not None:
                self.follower.piece(message)
                acknowledge()
            case _ if self.acting is not None:
                self.acting.hear(topic, message, acknowledge)
            case _:
                acknowledge()

    def late(self, topic: Topic, message: m.Message, acknowledge: Acknowledge) -> None:
        """A request past its deadline: a coordinator answers that it is."""
        if self.acting is not None:
            self.acting.coordinator.hear(topic, message, acknowledge)
        else:
            acknowledge()

    def look(self, topic: Topic, message: m.Message) -> None:
        """All that comes on the other broker. There nobody is served: only of roles is spoken."""
        self.links[1].hear(topic, message)
        match message:
            case m.Promote():
                self._promote(topic.node, message)
            case m.ClaimRole() if self.acting is not None:
                self.acting.claimed(message)
            case m.Role() if self.acting is not None:
                self.acting.coordinator.hear(topic, message, lambda: None)

    def _promote(self, asker: str, request: m.Promote) -> None:
        if request.node == self.kit.plan.node:
            from edge.standby.promote import promote

            self._spawn(promote(self, asker, request))
