"""A node that leaves one broker for another, and one that only looks in."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from edge.broker import RunningBroker, start_broker
from mqtt_bridge.messages import BoardState, Life, Role
from mqtt_bridge.outgoing import Item, Outgoing
from mqtt_bridge.settings import BrokerAddress
from mqtt_bridge.topics import every

SITE = "chaotian"
LIVES = every(SITE, "life")
READY = Life("ready", "pad-1")


@pytest.fixture()
def other() -> Iterator[RunningBroker]:
    """A second broker."""
    with start_broker(kind="mosquitto") as broker:
        yield broker


def life(wanted: str) -> Any:
    return lambda topic, message: topic.node == "pad" and message.state == wanted


def test_it_is_lost_on_the_one_and_all_there_on_the_other(
    mosquitto: RunningBroker, other: RunningBroker, party: Any, run: Any
) -> None:
    async def story() -> None:
        here = await party(mosquitto.port, "here", LIVES).start()
        there = await party(other.port, "there", LIVES, every(SITE, "state/board")).start()
        pad = await party(mosquitto.port, "pad").start()
        pad.bridge.publish("life", (), READY)
        pad.bridge.publish("state/board", (), BoardState(1, 1, 0))
        await here.until(life("ready"))
        pad.bridge.go_to(BrokerAddress(port=other.port))
        await here.until(life("lost"))
        await there.until(life("ready"))
        assert (await there.next("state/board")) == BoardState(1, 1, 0)
        pad.bridge.go_to(BrokerAddress(port=other.port))  # there already: nothing happens
        pad.bridge.publish("state/board", (), BoardState(1, 2, 0))
        assert (await there.next("state/board")) == BoardState(1, 2, 0)
        for one in (pad, here, there):
            await one.bridge.stop()

    run(story())


def test_it_does_not_wait_for_the_one_that_does_not_answer(
    mosquitto: RunningBroker, party: Any, run: Any
) -> None:
    """The one it leaves takes connections and says nothing, as a stopped machine's does."""

    async def story() -> None:
        with socket.create_server(("127.0.0.1", 0)) as deaf:
            pad = party(deaf.getsockname()[1], "pad")
            pad.bridge.start()
            accepted, _ = await asyncio.get_running_loop().run_in_executor(None, deaf.accept)
            began_s = asyncio.get_running_loop().time()
            pad.bridge.go_to(BrokerAddress(port=mosquitto.port))
            await pad.link(True)
            assert asyncio.get_running_loop().time() - began_s < 4, "a CONNECT is waited for longer than that"
            accepted.close()
            await pad.bridge.stop()

    run(story())


def test_who_looks_in_has_no_life_and_no_will_there(mosquitto: RunningBroker, party: Any, run: Any) -> None:
    async def story() -> None:
        here = await party(mosquitto.port, "here", LIVES, every(SITE, "role")).start()
        looker = await party(mosquitto.port, "pad", every(SITE, "role"), present=False).start()
        looker.bridge.publish("role", (), Role(4, "pad-1"))
        assert await here.next("role") == Role(4, "pad-1")
        assert await looker.next("role") == Role(4, "pad-1")
        looker.bridge._keeper.connection.hang_up("for the test")
        await looker.link(False)
        await looker.link(True)
        assert await here.next("role") == Role(4, "pad-1"), "said again on the new connection"
        await looker.bridge.stop()
        here.bridge.publish("life", (), Life("ready", "here-1"))
        topic, _, _ = await here.until(lambda topic, _message: topic.kind == "life")
        assert topic.node == "here"
        await here.bridge.stop()

    run(story())


def test_what_was_forgotten_is_not_said_again() -> None:
    outgoing = Outgoing()
    for kind in ("role", "state/board", "life"):
        outgoing.put(Item(kind, f"t/{kind}", b"1", retain=True))
    outgoing.up()
    outgoing.forget(("role", "state/board"))
    taken = [outgoing.take(50), outgoing.take(50)]
    assert [item.kind for item in taken if item] == ["life"]


def test_what_is_not_wanted_is_not_subscribed_to_again(
    mosquitto: RunningBroker, party: Any, run: Any
) -> None:
    async def story() -> None:
        here = await party(mosquitto.port, "here").start()
        pad = await party(mosquitto.port, "pad", LIVES, every(SITE, "role")).start()
        pad.bridge.unsubscribe(LIVES)
        pad.bridge._keeper.connection.hang_up("for the test")
        await pad.link(False)
        await pad.link(True)
        here.bridge.publish("life", (), Life("ready", "here-1"))
        here.bridge.publish("role", (), Role(1, "here-1"))
        topic, _, _ = await pad.until(lambda topic, _message: topic.node == "here")
        assert topic.kind == "role"
        await pad.bridge.stop()
        await here.bridge.stop()

    run(story())
