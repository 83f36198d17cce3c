"""How one of a pair comes to coordinate at its start: it looks at both brokers, claims, begins an epoch.

A broker that cannot be reached within `LOOK_S` is not waited for, the one we live on excepted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from edge.kit import Kit
from edge.ledger import Restart
from edge.role import RoleClaim, RoleTaken
from edge.standby.follow import Follow
from edge.standby.known import Known, take
from edge.standby.link import Link
from edge.standby.waits import LOOK_S, log


class Winning:
    """One attempt. `run` takes the role or raises RoleTaken."""

    def __init__(self, kit: Kit, follow: Follow, links: Sequence[Link]) -> None:
        """The first link is that of the broker we live on."""
        self._kit = kit
        self._follow = follow
        self._links = links
        self._given: asyncio.Future[int] = kit.loop.create_future()

    def give_up(self, known: Known) -> None:
        """It was heard that the other node of the pair holds a later epoch."""
        if not self._given.done():
            text = f"node {known.holder!r} was promoted to coordinate this site (epoch {known.epoch})"
            self._given.set_exception(RoleTaken(text, known.holder))

    async def run(self) -> Restart:
        """The role is ours. Raises RoleTaken, or JournalError."""
        claims = [link.claim(self._follow.epoch) for link in self._links]
        try:
            seen = await self._seen(claims)
            above = max(seen, self._follow.epoch)  # of which we may have heard meanwhile
            me = self._kit.plan.node
            found: Restart = await self._kit.journal.run(take(me, above, self._kit.first_epoch()))
            for claim in claims:
                claim.check()
            if self._given.done():
                self._given.result()
            return found
        finally:
            self._given.cancel()
            for link in self._links:
                link.done()

    async def _seen(self, claims: Sequence[RoleClaim]) -> int:
        """The highest epoch on the brokers, once nobody holds the role there."""
        tasks = [asyncio.ensure_future(claim.run()) for claim in claims]
        try:
            seen = await self._unless_given(tasks[0], None) or 0
            for task in tasks[1:]:
                there = await self._unless_given(task, LOOK_S)
                if there is None:
                    log.warning("the other broker is not there: whoever acts on it is not heard")
                seen = max(seen, there or 0)
            return seen
        finally:
            for task in tasks:
                task.cancel()

    async def _unless_given(self, task: asyncio.Future[int], timeout_s: float | None) -> int | None:
        """The result of `task`, None when it is not there in time."""
        await asyncio.wait((task, self._given), timeout=timeout_s, return_when="FIRST_COMPLETED")
        if self._given.done():
            return self._given.result()
        return task.result() if task.done() else None
