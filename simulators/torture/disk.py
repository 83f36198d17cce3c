"""A disk below a journal: SQLite in memory, with what disks do to those who trust them.

The machine may lose its power before and after each commit (`cut_at`): what was not committed is gone. The
disk may take long, fill up, fail, or lie: acknowledge some commits and lose them with the power.
"""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Callable
from typing import Any, TypeAlias

import apsw

from edge.disk import GROUP, Item, Writer
from simulators.torture.world import World

PAGE_BYTES = 4096
RESERVE_PAGES = 256
EMPTY_BYTES = 1 << 33
USUAL_S = (0.0005, 0.004)
SLOW_S = (0.05, 2.5)


Trouble: TypeAlias = Callable[[], None]


class Store(apsw.Connection):
    """A database that outlives the process that opened it. `fails`: so many more commits fail."""

    def __init__(self) -> None:
        super().__init__(":memory:")
        self.fails = 0

    def execute(self, statements: str, *rest: Any, **options: Any) -> Any:
        if self.fails and statements == "COMMIT":
            self.fails -= 1
            raise apsw.IOError("disk I/O error, as ordered")
        return super().execute(statements, *rest, **options)

    def close(self, *_: object) -> None:
        """The process closes it; the disk keeps it."""


class SimDisk:
    """See above. `on_commit()` after each group, `on_cut()` when the power must go, `on_lost(records)` of the
    outbox that had been confirmed and are not there any more.
    """

    def __init__(self, world: World, name: str) -> None:
        self.name = name
        self.store = Store()
        self.is_slow = False
        self.quick_since_s = 0.0
        self.commits = 0
        self.on_commit: Callable[[], None] = lambda: None
        self.on_cut: Trouble = lambda: None
        self.on_lost: Callable[[set[bytes]], None] = lambda records: None
        self._world = world
        self._rng = world.rng(f"disk/{name}")
        self._writer: Writer | None = None
        self._queue: deque[Item] = deque()
        self._group: list[Item] = []
        self._probing = False
        self._life = 0  # grows with each start and end of the process
        self._cut_in: int | None = None
        self._cut_after = False
        self._cut: Trouble = self.on_cut
        self._is_full = False
        self._has_reserve = False
        self._left_pages = 0  # of the reserve, once it is given up
        self._believed: bytes | None = None  # what a lying disk really holds

    @property
    def is_lying(self) -> bool:
        """Whether it has confirmed what the next loss of power takes away."""
        return self._believed is not None

    # --- the product's side: edge.disk.Disk ------------------------------------------------------------

    def connect(self) -> apsw.Connection:
        return self.store

    def doubt(self, why: str) -> None:
        """Nothing here is ever torn."""

    def set_aside(self) -> list[str]:
        return []

    def start(self, writer: Writer) -> None:
        self._life += 1
        self._writer = writer
        self._probing = False
        self._probe_later()

    def put(self, item: Item) -> None:
        self._queue.append(item)
        self._kick()

    def stop(self) -> None:
        writer, self._writer = self._writer, None
        self._life += 1
        group, self._group = self._group, []
        while writer is not None and (group or self._queue):
            writer.commit(group or self._take())
            group = []
            self._committed()

    def free_bytes(self) -> int:
        return 0 if self._is_full else EMPTY_BYTES

    def lay_reserve(self, size: int) -> None:
        if self._is_full and not self._has_reserve:
            raise OSError(errno.ENOSPC, "no space left, as ordered")
        self._has_reserve = True

    def give_up_reserve(self) -> bool:
        had, self._has_reserve = self._has_reserve, False
        if had and self._is_full:
            self._allow(self.store.pragma("max_page_count") + self._left_pages)
        return had

    # --- how commits go --------------------------------------------------------------------------------

    def _take(self) -> list[Item]:
        group = [self._queue.popleft()]
        while self._queue and len(group) < GROUP and not (group[-1].alone or self._queue[0].alone):
            group.append(self._queue.popleft())
        return group

    def _kick(self) -> None:
        if self._group or not self._queue or self._writer is None:
            return
        self._group = self._take()
        delay_s = self._rng.uniform(*(SLOW_S if self.is_slow else USUAL_S))
        self._world.after(delay_s, self._commit, self._life)

    def _commit(self, life: int) -> None:
        if life != self._life or self._writer is None:
            return
        if self._is_cut(after=False):
            return
        group = self._group
        self._writer.commit(group)
        self._committed()
        if self._is_cut(after=True):
            return
        self._group = []
        self._probe_later()
        self._kick()

    def _committed(self) -> None:
        self.commits += 1
        self._world.note("commit", self.name, self.commits)
        self.on_commit()

    def _probe_later(self) -> None:
        """As the real one: looks for room now and then while there is too little."""
        wait_s = self._writer.probe_s() if self._writer is not None else None
        if wait_s is not None and not self._probing:
            self._probing = True
            self._world.after(wait_s, self._probe, self._life)

    def _probe(self, life: int) -> None:
        if life == self._life and self._writer is not None:
            self._probing = False
            if not self._group:
                self._writer.look_for_room()
            self._probe_later()

    # --- trouble ---------------------------------------------------------------------------------------

    def process_ended(self, *, power: bool) -> None:
        """What was not committed is gone; without power also what a lying disk only said it had."""
        self._life += 1
        self._writer = None
        self._queue.clear()
        self._group = []
        self._cut_in = None
        self.store.fails = 0
        if self._believed is not None and power:
            had = self._outbox()
            self.store.deserialize("main", self._believed)
            self.on_lost(had - self._outbox())
        self._believed = None

    def _outbox(self) -> set[bytes]:
        rows = self.store.execute("SELECT body FROM outbox")
        return {bytes(body) for (body,) in rows}

    def cut_at(self, commits: int, *, after: bool, cut: Trouble | None = None) -> None:
        """Lose the power `commits` commits from now, just before or just after that one; or do `cut` then."""
        self._cut_in, self._cut_after, self._cut = commits, after, cut or self.on_cut

    def lie(self, commits: int) -> None:
        """Acknowledge so many commits, then lose the power and them."""
        if self._writer is not None:
            self._believed = self.store.serialize("main")
            self.cut_at(commits, after=True)

    def fill(self, spare_pages: int, reserve_pages: int) -> None:
        """Others have filled the disk; so many pages are left, and what they leave of the reserve later."""
        self._is_full = True
        self._left_pages = reserve_pages
        self._allow(self.store.pragma("page_count") + spare_pages)

    def make_room(self) -> None:
        """There is room again."""
        self._is_full = False
        self._allow(1 << 30)

    def be_slow(self, slow: bool) -> None:
        """Take long for each commit from now on, or not any more."""
        if self.is_slow and not slow:
            self.quick_since_s = self._world.now_s
        self.is_slow = slow

    def fail(self, commits: int) -> None:
        """So many commits fail."""
        self.store.fails = commits

    def renew(self) -> None:
        """A new card, while the power is off."""
        self.store = Store()
        self._has_reserve = False

    def calm_down(self) -> None:
        """No trouble any more."""
        self.make_room()
        self.be_slow(False)
        self.store.fails = 0
        self._cut_in = self._believed = None

    def _allow(self, pages: int) -> None:
        self.store.pragma("max_page_count", pages)

    def _is_cut(self, *, after: bool) -> bool:
        if self._cut_in is None or after != self._cut_after:
            return False
        self._cut_in -= 1
        if self._cut_in > 0:
            return False
        self._cut_in = None
        self._cut()
        return True
