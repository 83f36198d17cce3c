"""The coordinator of a site without a standby, when nodes have heard of a higher epoch than its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from edge import lone as lone_module
from edge import role as role_module
from edge.clock import HallClock
from edge.kit import Kit
from edge.lone import Lone
from edge.outside import Outside
from edge.plan import NodePlan
from edge.role import RoleTaken
from edge.settings.load import parse_site
from mqtt_bridge import messages as m
from mqtt_bridge.settings import BrokerAddress
from mqtt_bridge.topics import Topic

SETTLE_S, BUSY_S, ANSWER_S = 0.02, 0.1, 0.2
NOW_S = 1_795_395_600


class Away:
    """The lone coordinator of a site, its store, and the broker between it and other nodes."""

    connected = True

    def __init__(self, kit: Callable[[Any], Kit], ear: Any, journal: Any) -> None:
        self.ear = ear
        self.journal = journal
        self.holder_epoch = 0  # of another coordinator, which lives
        self.claims: list[m.ClaimRole] = []
        self.lone = Lone(kit(self))

    def subscribe(self, *topics: str) -> None:
        """All is heard."""

    def publish(self, kind: str, rest: tuple[str, ...], message: m.Message | None, /) -> bool:
        self.ear.publish(kind, rest, message)
        if isinstance(message, m.ClaimRole):
            self.claims.append(message)
            loop = asyncio.get_running_loop()
            loop.call_soon(self.says, "core", "request", message)
            if self.holder_epoch:
                loop.call_later(BUSY_S, self.holder_answers)
        return True

    def holder_answers(self) -> None:
        """Another coordinator lives, and heard our claim."""
        claim = self.claims[-1]
        self.says("west", "role", m.Role(self.holder_epoch, "west-1", host="w", heard=claim.id))

    def says(self, node: str, kind: str, message: m.Message) -> None:
        self.lone.hear(Topic("small", node, kind), message, lambda: None)

    def heard_of(self, epoch: int, node: str = "east") -> None:
        """A node says that it heard of an epoch."""
        self.says(node, "life", m.Life("ready", f"{node}-1", epoch=epoch))

    async def refused(self, caplog: Any) -> None:
        """The store refused once more."""
        while "no later epoch can be begun yet" not in caplog.text:
            await self.journal.turn()
        caplog.clear()

    @property
    def epoch(self) -> int:
        """Of the coordinator, as it said last; 0 for none."""
        roles = self.ear.of(m.Role)
        return roles[-1].epoch if roles else 0


Opens = Callable[[], AbstractAsyncContextManager[Away]]


@pytest.fixture()
def away(tmp_path: Path, new_office: Any, held_journal: Any, monkeypatch: pytest.MonkeyPatch) -> Opens:
    """`async with away() as one:` it has not begun yet."""
    monkeypatch.setattr(role_module, "SETTLE_S", SETTLE_S)
    monkeypatch.setattr(lone_module, "ANSWER_S", ANSWER_S)
    office = new_office()
    office.now_s = float(NOW_S)
    site = parse_site(office.toml, "site.toml")

    @asynccontextmanager
    async def opened() -> AsyncIterator[Away]:
        loop = asyncio.get_running_loop()
        journal = held_journal(tmp_path / "small-core.db")
        journal.open(loop)
        clock = HallClock(wall=lambda: office.now_s, monotonic=lambda: office.now_s)
        plan = NodePlan(office.toml, site, "core", tmp_path, BrokerAddress(), clock)
        run = m.Role(0, "core-1", "here")
        one = Away(
            lambda bridge: Kit(plan, Outside(), journal, bridge, clock, loop, run, lambda where, why: None),
            office.ear,
            journal,
        )
        try:
            yield one
        finally:
            await one.lone.stop()
            journal.close()

    return opened


def test_it_begins_above_what_a_node_has_heard_of(run: Any, away: Opens) -> None:
    async def body() -> None:
        async with away() as one:
            await one.lone.begin()
            first = one.epoch
            assert first == NOW_S // 60 + 1, "a new store's first one"
            one.heard_of(first)
            assert len(one.claims) == 1, "its own epoch is no news"
            before = one.lone._coordinator
            one.journal.hold()
            one.says("east", "request", m.Login("r1", 2_000_000_000_000, window="1", clerk="101"))
            one.heard_of(first + 10)
            one.journal.release()
            await one.ear.until(lambda: one.epoch == first + 11)
            assert not before.acting
            assert not one.ear.of(m.Answer), "what was just being committed is said by no one"

    run(body())


@pytest.mark.parametrize("news", ["a word of a node", "room again"])
def test_what_its_store_refuses_is_tried_again(run: Any, away: Opens, caplog: Any, news: str) -> None:
    async def body() -> None:
        async with away() as one:
            await one.lone.begin()
            first = one.epoch
            one.journal.fail(1000)
            one.heard_of(first + 10)
            await one.refused(caplog)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await one.ear.until(lambda: len(one.claims) > 2)
            one.heard_of(first + 10)
            await one.refused(caplog)
            one.journal.fail(0)
            if news == "room again":
                one.lone.storage_changed()
            else:
                one.heard_of(0, "west")
            await one.ear.until(lambda: one.epoch == first + 11)

    run(body())


def test_of_several_that_nodes_name_it_begins_above_the_highest(run: Any, away: Opens) -> None:
    async def body() -> None:
        async with away() as one:
            await one.lone.begin()
            first = one.epoch
            one.heard_of(first + 10)
            one.heard_of(first + 20, "west")
            await one.ear.until(lambda: one.epoch == first + 21)

    run(body())


def test_what_a_node_names_while_it_begins_is_heeded(run: Any, away: Opens) -> None:
    async def body() -> None:
        async with away() as one:
            one.journal.hold()
            beginning = asyncio.ensure_future(one.lone.begin())
            while not one.journal._held:
                await asyncio.sleep(0)
            one.heard_of(10**8)
            one.journal.release()
            await beginning
            await one.ear.until(lambda: one.epoch == 10**8 + 1)

    run(body())


def test_where_the_epoch_is_of_another_coordinator_that_lives_it_acts_no_more(
    run: Any, away: Opens, caplog: Any
) -> None:
    async def body() -> None:
        async with away() as one:
            await one.lone.begin()
            first = one.epoch
            one.holder_epoch = first + 10
            one.heard_of(first + 10)
            await asyncio.wait([one.lone._beginning])
            assert "'west' on w coordinates this site" in caplog.text
            one.heard_of(first + 12)
            assert (one.epoch, len(one.claims)) == (first, 2)

    run(body())


def test_who_is_heard_late_is_heard_before_it_acts(run: Any, away: Opens) -> None:
    async def body() -> None:
        async with away() as one:
            one.journal.hold()
            beginning = asyncio.ensure_future(one.lone.begin())
            while not one.journal._held:
                await asyncio.sleep(0)
            one.holder_answers()
            one.journal.release()
            with pytest.raises(RoleTaken, match="'west'"):
                await beginning

    run(body())


def test_where_another_was_heard_that_outranks_it_nodes_that_follow_that_one_are_no_news(
    run: Any, away: Opens
) -> None:
    async def body() -> None:
        async with away() as one:
            await one.lone.begin()
            first = one.epoch
            one.says("west", "role", m.Role(first + 10, "west-1", host="w"))
            one.heard_of(first + 10)
            assert (one.lone._beginning, len(one.claims)) == (None, 1)

    run(body())


def test_it_can_be_stopped_while_it_waits(run: Any, away: Opens, caplog: Any) -> None:
    async def body() -> None:
        async with away() as one:
            await one.lone.begin()
            one.journal.fail(1000)
            one.heard_of(10**8)
            await one.refused(caplog)
        assert one.epoch < 10**8

    run(body())
