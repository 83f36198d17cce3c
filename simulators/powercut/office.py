"""A coordinator and a node beside it, with all that they write: the product's own journals, coordinator,
rules, intake and outbox. Only the broker is left out: what would cross it is handed over at once.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from edge import ledger
from edge.clock import HallClock
from edge.coordinator import Coordinator
from edge.disk import Disk, Done, Work
from edge.hall import events as e
from edge.journal import Journal, JournalFailed
from edge.keeper import decode_event
from edge.outbox import Outbox
from edge.settings.load import parse_site
from edge.site_in_force import SiteInForce
from mqtt_bridge import messages as m
from mqtt_bridge.topics import Topic
from simulators.powercut.site import SITE
from simulators.powercut.witness import EAST, STORES, Witness, state_of

OPENS_S = 1_795_395_600.0
"""2026-11-23 09:00 in China, a Monday."""
SETTLE_S = 4.0
BOOT, NEXT_BOOT = "1" * 32, "2" * 32
"""The run of the machine in which a life began, and the one after the power was cut."""


class Books(NamedTuple):
    """Numbers (visit, number) and ratings (visit, window, level) that the hall knows of."""

    numbers: frozenset[tuple[str, str]]
    ratings: frozenset[tuple[str, str, int]]


class WatchedJournal(Journal):
    """The journal, read whole after each piece of work."""

    def __init__(
        self,
        path: Path,
        witness: Witness,
        failed: Callable[[JournalFailed], None],
        disk: Disk | None,
        boot: str,
    ) -> None:
        super().__init__(path, on_failed=failed, disk=disk, boot=boot)
        self._witness = witness
        self._trail = witness.trails[path.name]

    def open(self, loop: Any) -> None:
        """Open it, and look at once."""
        super().open(loop)
        self._committed(self._trail.state(self.read(state_of)), None)

    def submit(self, work: Work, done: Done) -> None:
        """The work, with a look at what it leaves: its commit may be on the disk and yet fail."""

        def watched(db: apsw.Connection) -> tuple[Any, int]:
            return work(db), self._trail.state(state_of(db))

        def committed(value: Any, error: Exception | None) -> None:
            result, place = (None, None) if error else value
            self._committed(place, error)
            done(result, error)

        super().submit(watched, committed)

    def settle(self, work: Work, done: Done) -> None:
        """The work, with a look at what it leaves."""

        def watched(db: apsw.Connection) -> int:
            work(db)
            return self._trail.state(state_of(db))

        def settled(place: int | None, error: Exception | None) -> None:
            self._committed(place, error)
            done(None, error)

        super().settle(watched, settled)

    def _committed(self, place: int | None, error: Exception | None) -> None:
        if error is None:
            self._witness.tell(self._trail.durable, place)


class Office:
    """See above. After `settle` nothing is under way any more."""

    def __init__(
        self,
        folder: Path,
        witness: Witness,
        now_s: float = OPENS_S,
        *,
        watched: bool = True,
        disk: Callable[[Path], Disk] | None = None,
        boot: str = BOOT,
    ) -> None:
        self.witness = witness
        self._boot = boot
        self._watched = watched
        self._disk = disk
        self.failed: set[str] = set()
        self.now_s = now_s
        self.windows: dict[str, m.WindowState] = {}
        self._folder = folder
        self._answers: dict[str, asyncio.Future[m.Answer]] = {}
        self._ids = itertools.count(1)

    def pass_time(self, seconds: float) -> None:
        """Time passes."""
        self.now_s += seconds
        self.witness.tell(self.witness.clocks, self.now_s)

    async def start(self) -> None:
        """Open the stores and act. Raises JournalError."""
        loop = asyncio.get_running_loop()
        self.core, self.east = (self._journal(self._folder / store) for store in STORES)
        try:
            self.core.open(loop)
            self.east.open(loop)
            await self._act(loop)
        except BaseException:
            self._close()
            raise

    def _journal(self, path: Path) -> Journal:
        if not self._watched:
            return Journal(path, boot=self._boot)
        disk = self._disk(path) if self._disk is not None else None
        return WatchedJournal(path, self.witness, lambda _: self.failed.add(path.name), disk, self._boot)

    async def _act(self, loop: asyncio.AbstractEventLoop) -> None:
        self.outbox = Outbox(self.east, self, loop, EAST)
        self.outbox.start()
        found = await self.core.run(ledger.restart(0))
        self.witness.tell(self.witness.epochs, found.epoch)
        self.clock = HallClock(wall=lambda: self.now_s, monotonic=lambda: self.now_s)
        self.coordinator = Coordinator(
            journal=self.core,
            found=found,
            port=self,
            clock=self.clock,
            loop=loop,
            role=m.Role(found.epoch, f"i{found.epoch}", host="here"),
            site=SiteInForce(SITE, parse_site(SITE, "site.toml")),
            system_ms=lambda: int(time.time() * 1000),
        )
        self.coordinator.start()
        self.outbox.link_changed()
        self.outbox.new_coordinator()
        await self.settle()

    async def stop(self) -> None:
        """As SIGTERM does it."""
        self.coordinator.stop()
        self.outbox.stop()
        self._close()

    def _close(self) -> None:
        """A journal that failed leaves its thread and its file to the end of its process, which this is."""
        for one in (self.core, self.east):
            one.close()
            one._disk.stop()
            if one._db is not None:
                one._db.close()

    def let_go(self) -> None:
        """As the end of the process does it: what is on the disk stays as it is."""
        self.coordinator.stop()
        self.outbox.stop()
        for one in (self.core, self.east):
            one._disk.stop()
            if one.path.name not in self.failed and one._db is not None:
                one._db.close()  # without taking its log into its file

    async def settle(self) -> None:
        """Nothing is under way: records are receipted, snapshots written."""
        async with asyncio.timeout(SETTLE_S):
            while True:
                await self.core.run(_look)
                await self.east.run(_look)
                await asyncio.sleep(0)
                if not (self.coordinator._keeper.is_ahead or self.outbox.waiting or self._asks):
                    break
        await self.east.run(_look)

    @property
    def _asks(self) -> bool:
        """Whether the node waits to hear what this coordinator holds."""
        return self.outbox._asks and self.outbox._durable_up_to > 0

    def callable(self) -> frozenset[tuple[str, str, int]]:
        """Day, letters and count of the numbers that may be on paper though they are no ticket's."""
        hall = self.coordinator._keeper.hall
        return frozenset(
            (hall.day, span.prefix, count)
            for span in hall.maybe
            for count in range(span.first, span.last + 1)
        )

    async def books(self) -> Books:
        """What stands in the coordinator's journal."""
        rows = await self.core.run(lambda db: list(ledger.events_after(db, 0)))
        events = [decode_event(row.kind, row.body) for row in rows]
        return Books(
            frozenset((one.visit, one.number) for one in events if isinstance(one, e.NumberIssued)),
            frozenset((one.visit, one.window, one.level) for one in events if isinstance(one, e.RatingGiven)),
        )

    # --- the broker's part -------------------------------------------------------------------------

    connected = True

    def send_record(self, record: m.Record | m.Records) -> bool:
        """What the node sends arrives at the coordinator."""
        topic = Topic("powercut", EAST, "record")
        asyncio.get_running_loop().call_soon(self.coordinator.hear, topic, record, _nothing)
        return True

    def publish(self, kind: str, rest: tuple[str, ...], message: m.Message | None, /) -> bool:
        """What the coordinator says arrives."""
        match message:
            case m.Answer(slip=slip):
                if slip is not None:
                    self.witness.tell(self.witness.numbers, (slip.visit, slip.number))
                self._answers[message.id].set_result(message)
            case m.Receipt():
                self.outbox.receipt(message)
            case m.WindowState():
                self.windows[message.window] = message
        return True

    # --- people ------------------------------------------------------------------------------------

    async def ask(self, kind: type[m.Ask], **fields: Any) -> m.Answer:
        """A request, and its answer."""
        request = kind(
            f"{self.coordinator.epoch}-{next(self._ids)}", int((time.time() + 60) * 1000), **fields
        )
        answer: asyncio.Future[m.Answer] = asyncio.get_running_loop().create_future()
        self._answers[request.id] = answer
        self.coordinator.hear(Topic("powercut", EAST, "request"), request, _nothing)
        return await answer

    async def keep(self, record: m.Record) -> Exception | None:
        """A record is kept, and its giver thanked; else why not."""
        kept: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()

        def done(error: Exception | None) -> None:
            if error is None and isinstance(record, m.Rated):
                self.witness.tell(self.witness.ratings, (record.visit, record.window, record.level))
            kept.set_result(error)

        self.outbox.keep(record, done)
        return await kept

    def at_ms(self) -> int:
        """Hall time."""
        return self.clock.now_ms()


def _nothing() -> None:
    pass


def _look(_: Any) -> None:
    """No work: done when all before it is."""
