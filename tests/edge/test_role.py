"""One coordinator a site: claims on a bus that delivers in order, as a broker does."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import Any

import pytest

from edge import role as role_module
from edge.role import RoleClaim, RoleTaken, outranks
from mqtt_bridge import messages as m
from mqtt_bridge.topics import Topic


class Bus:
    """Everybody who is on it hears everything that is said from then on, and what was retained."""

    def __init__(self) -> None:
        self.parties: list[Any] = []
        self.retained: list[tuple[Topic, m.Message]] = []
        self.said: list[m.Message] = []

    def say(self, node: str, message: m.Message) -> None:
        kind = {m.ClaimRole: "request", m.Role: "role", m.Life: "life"}[type(message)]
        topic = Topic("small", node, kind)
        self.said.append(message)
        if kind != "request":
            self.retained.append((topic, message))
        for hear in list(self.parties):
            asyncio.get_running_loop().call_soon(hear, topic, message)

    def join(self, hear: Any) -> None:
        self.parties.append(hear)
        for topic, message in self.retained:
            asyncio.get_running_loop().call_soon(hear, topic, message)


def claim(bus: Bus, node: str, instance: str, epoch: int = 0) -> RoleClaim:
    id_ = f"claim of {instance}"
    one = RoleClaim(instance, id_, lambda message: bus.say(node, message), time.time, epoch)
    bus.join(one.hear)
    one.link_up()
    return one


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(role_module, "SETTLE_S", 0.02)
    monkeypatch.setattr(role_module, "ANSWER_S", 0.05)


def holder(bus: Bus, epoch: int = 4, instance: str = "held", *, answers: bool = True) -> None:
    """A coordinator, alive as far as anybody was told."""

    def hear(topic: Topic, message: m.Message) -> None:
        if isinstance(message, m.ClaimRole) and answers:
            bus.say("core", m.Role(epoch, instance, host="tower", since_ms=5, heard=message.id))

    bus.say("core", m.Life("ready", instance))
    bus.say("core", m.Role(epoch, instance, host="tower", since_ms=5))
    bus.join(hear)


def test_a_role_that_nobody_ever_held(run: Any) -> None:
    assert run(_alone(Bus())) == 0


async def _alone(bus: Bus) -> int:
    return await claim(bus, "east", "new").run()


def test_a_living_holder_keeps_it_and_is_named(run: Any) -> None:
    async def body() -> None:
        bus = Bus()
        holder(bus)
        with pytest.raises(
            RoleTaken, match=r"node 'core' on tower coordinates this site since .*\(epoch 4\)"
        ):
            await _alone(bus)

    run(body())


def test_a_holder_that_died_unseen_loses_it_after_a_moment(run: Any) -> None:
    async def body() -> None:
        bus = Bus()
        holder(bus, answers=False)
        assert await _alone(bus) == 4

    run(body())


@pytest.mark.parametrize("state", ["lost", "disconnected"])
def test_a_holder_known_to_be_gone_is_not_waited_for(
    run: Any, monkeypatch: pytest.MonkeyPatch, state: Any
) -> None:
    monkeypatch.setattr(role_module, "ANSWER_S", 30.0)

    async def body() -> None:
        bus = Bus()
        holder(bus, answers=False)
        bus.say("core", m.Life(state, "held"))
        async with asyncio.timeout(5):
            assert await _alone(bus) == 4

    run(body())


def test_the_highest_epoch_ever_seen_counts(run: Any) -> None:
    async def body() -> None:
        bus = Bus()
        for node, epoch in (("a", 3), ("b", 9), ("c", 5)):
            bus.say(node, m.Role(epoch, f"i-{node}"))
        assert await _alone(bus) == 9

    run(body())


def test_its_own_former_self_is_no_holder(run: Any) -> None:
    """The same node started again: what its last instance left on the broker."""

    async def body() -> None:
        bus = Bus()
        bus.say("east", m.Role(6, "old", heard="x"))
        bus.say("east", m.Life("lost", "old"))
        assert await _alone(bus) == 6

    run(body())


@pytest.mark.parametrize("order", list(itertools.permutations(("i1", "i2", "i3"))))
def test_of_many_that_start_at_once_exactly_one_goes_on(run: Any, order: tuple[str, ...]) -> None:
    async def body() -> None:
        bus = Bus()
        claims = [claim(bus, f"node-{name}", name).run() for name in order]
        results = await asyncio.gather(*claims, return_exceptions=True)
        assert [name for name, result in zip(order, results, strict=True) if result == 0] == ["i3"]
        for result in results:
            assert result == 0 or "is starting as the coordinator" in str(result)

    run(body())


@pytest.mark.parametrize("names", [("i1", "i2"), ("i2", "i1")])
def test_the_later_of_two_does_not_hear_the_earlier_ones_claim_and_is_told(
    run: Any, names: tuple[str, str]
) -> None:
    async def body() -> None:
        bus = Bus()
        first = claim(bus, "first", names[0])
        running = asyncio.ensure_future(first.run())
        heard = asyncio.Event()
        bus.join(lambda topic, message: heard.set())
        bus.say("other", m.Life("ready", "x"))
        await heard.wait()  # the first claim is over and gone
        results = await asyncio.gather(running, claim(bus, "second", names[1]).run(), return_exceptions=True)
        assert [result == 0 for result in results] == [name == "i2" for name in names]

    run(body())


def test_a_rival_heard_while_the_books_are_read_still_counts(run: Any) -> None:
    async def body() -> None:
        bus = Bus()
        one = claim(bus, "one", "i1")
        await one.run()
        one.hear(Topic("small", "two", "request"), m.ClaimRole("c", 5, instance="i2"))
        with pytest.raises(RoleTaken, match="node 'two'"):
            one.check()

    run(body())


def test_a_broker_that_comes_late_is_waited_for(run: Any) -> None:
    async def body() -> None:
        bus = Bus()
        one = RoleClaim("new", "claim", lambda message: bus.say("east", message), time.time)
        bus.join(one.hear)
        running = asyncio.ensure_future(one.run())
        done, _ = await asyncio.wait([running], timeout=0.05)
        assert not done
        one.link_up()
        assert await running == 0

    run(body())


@pytest.mark.parametrize("names", [("i1", "i2"), ("i2", "i1")])
def test_of_two_the_one_that_knows_of_the_later_epoch_goes_first(run: Any, names: tuple[str, str]) -> None:
    async def body() -> None:
        bus = Bus()
        claims = [claim(bus, f"node-{name}", name, epoch) for name, epoch in zip(names, (7, 6), strict=True)]
        results = await asyncio.gather(*(one.run() for one in claims), return_exceptions=True)
        assert results[0] == 0
        assert isinstance(results[1], RoleTaken)
        assert results[1].node == f"node-{names[0]}"

    run(body())


@pytest.mark.parametrize(
    ("one", "other", "wins"),
    [
        ((2, "a"), (1, "z"), True),
        ((1, "z"), (2, "a"), False),
        ((1, "b"), (1, "a"), True),
        ((1, "a"), (1, "a"), False),
    ],
)
def test_the_higher_epoch_goes_on_then_the_later_name(
    one: tuple[int, str], other: tuple[int, str], wins: bool
) -> None:
    assert outranks(m.Role(*one), m.Role(*other)) is wins
