"""The bridge's link on real brokers: away, gone, back, taken over, of another version, no broker at all."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from edge.broker import RunningBroker, start_broker
from mqtt_bridge.backoff import LONGEST_S, STEADY_S, Backoff
from mqtt_bridge.bridge import Bridge
from mqtt_bridge.errors import BrokerLost
from mqtt_bridge.examples import DEADLINE_MS
from mqtt_bridge.messages import Answer, CallNext, Life
from mqtt_bridge.payloads import encode
from mqtt_bridge.topics import every

SITE = "chaotian"
PRESS = CallNext("k1", DEADLINE_MS, window="w12")
LIVES = every(SITE, "life")
REQUESTS = every(SITE, "request")

ANSWER = Answer("k1", "ok")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("protocol", ["auto", "3.1.1"])
def test_a_message_gets_through(any_broker: RunningBroker, party: Any, run: Any, protocol: str) -> None:
    async def story() -> None:
        hub = await party(any_broker.port, "hub", REQUESTS, protocol=protocol).start()
        pad = await party(any_broker.port, "pad", protocol=protocol).start()
        assert pad.bridge.publish("request", (), PRESS)
        topic, message, delivery = await hub.until(lambda topic, _message: topic.kind == "request")
        assert (topic.node, message, delivery.retained) == ("pad", PRESS, False)
        await pad.bridge.stop()
        await hub.bridge.stop()

    run(story())


def test_the_version_is_five_where_the_broker_speaks_it(
    any_broker: RunningBroker, party: Any, run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    run(one_visit(party, any_broker.port))
    version = {"mosquitto": "MQTT 5", "embedded": "MQTT 3.1.1"}[any_broker.kind]
    assert f"connected to broker 127.0.0.1:{any_broker.port}, {version}" in caplog.messages


async def one_visit(party: Any, port: int) -> None:
    await (await party(port, "pad").start()).bridge.stop()


def test_a_broker_that_is_away_at_start_is_waited_for(
    any_broker: RunningBroker, party: Any, run: Any
) -> None:
    any_broker.stop()

    async def story() -> None:
        hub = party(any_broker.port, "hub", REQUESTS)
        pad = party(any_broker.port, "pad")
        hub.bridge.start()
        pad.bridge.start()
        pad.bridge.publish("life", (), Life("ready", "pad-1"))
        assert not pad.bridge.publish("request", (), PRESS)
        with start_broker(any_broker.port, any_broker.kind):
            await hub.link(True)
            await pad.link(True)
            pad.bridge.publish("request", (), PRESS)
            assert await hub.next("request") == PRESS
            assert hub.heard.empty()
            await pad.bridge.stop()
            await hub.bridge.stop()
        assert pad.bridge.dropped == {"request": 1}

    run(story())


def test_after_a_broker_was_killed_the_bridge_hears_and_is_heard_again(
    any_broker: RunningBroker, party: Any, run: Any
) -> None:
    async def story() -> None:
        hub = await party(any_broker.port, "hub", REQUESTS, LIVES).start()
        pad = await party(any_broker.port, "pad").start()
        pad.bridge.publish("life", (), Life("ready", "pad-1"))
        assert (await hub.next("life")).state == "ready"
        any_broker.kill()
        await hub.link(False)
        await pad.link(False)
        assert not pad.bridge.connected
        assert not pad.bridge.publish("request", (), PRESS)
        with start_broker(any_broker.port, any_broker.kind):
            await hub.link(True)
            await pad.link(True)
            assert (await hub.next("life")).state == "ready"
            pad.bridge.publish("request", (), PRESS)
            assert await hub.next("request") == PRESS
            await pad.bridge.stop()
            await hub.bridge.stop()

    run(story())


def test_a_filter_added_while_connected_is_heard_and_renewed(
    any_broker: RunningBroker, party: Any, run: Any
) -> None:
    async def story() -> None:
        hub = await party(any_broker.port, "hub").start()
        pad = await party(any_broker.port, "pad").start()
        pad.bridge.publish("life", (), Life("ready", "pad-1"))
        hub.bridge.subscribe(LIVES)
        assert (await hub.next("life")).instance == "pad-1"
        any_broker.kill()
        await hub.link(False)
        with start_broker(any_broker.port, any_broker.kind):
            assert (await hub.next("life")).instance == "pad-1"
            await pad.bridge.stop()
            await hub.bridge.stop()

    run(story())


NODE = """
import asyncio, sys
from mqtt_bridge.backoff import LONGEST_S, STEADY_S, Backoff
from mqtt_bridge.bridge import Bridge
from mqtt_bridge.messages import Life
from mqtt_bridge.settings import BrokerAddress
async def main():
    bridge = Bridge(site="chaotian", node="pad", instance=sys.argv[2],
                    address=BrokerAddress(port=int(sys.argv[1]), keepalive_s=2), on_message=lambda *_: None)
    bridge.publish("life", (), Life("ready", sys.argv[2]))
    bridge.start()
    await asyncio.get_running_loop().create_future()
asyncio.run(main())
"""


@contextlib.contextmanager
def child_node(port: int, instance: str) -> Any:
    process = subprocess.Popen([sys.executable, "-c", NODE, str(port), instance])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_node_that_dies_or_freezes_is_called_lost(
    any_broker: RunningBroker, party: Any, run: Any, how: signal.Signals
) -> None:
    async def story() -> None:
        hub = await party(any_broker.port, "hub", LIVES).start()
        with child_node(any_broker.port, "first") as process:
            assert await hub.next("life") == Life("ready", "first")
            os.kill(process.pid, how)
            assert await hub.next("life") == Life("lost", "first")
        late = await party(any_broker.port, "late", LIVES).start()
        _, life, delivery = await late.until(lambda topic, _message: topic.node == "pad")
        assert (life, delivery.retained) == (Life("lost", "first"), True)
        await late.bridge.stop()
        await hub.bridge.stop()

    run(story())


def test_a_node_that_starts_again_while_its_former_self_still_hangs_stays_ready(
    any_broker: RunningBroker, party: Any, run: Any
) -> None:
    """The last will of the frozen one comes later, and must not stand behind the new one's life."""

    async def story() -> None:
        hub = await party(any_broker.port, "hub", LIVES).start()
        pad = party(any_broker.port, "pad", instance="second")
        with child_node(any_broker.port, "first") as process:
            assert await hub.next("life") == Life("ready", "first")
            os.kill(process.pid, signal.SIGSTOP)
            pad.bridge.publish("life", (), Life("ready", "second"))
            await pad.start()
        heard = [await hub.next("life") for _ in range(3)]
        assert heard == [Life("ready", "second"), Life("lost", "first"), Life("ready", "second")]
        late = await party(any_broker.port, "late", LIVES).start()
        _, life, delivery = await late.until(lambda topic, _message: topic.node == "pad")
        assert (life, delivery.retained) == (Life("ready", "second"), True)
        for one in (late, pad, hub):
            await one.bridge.stop()

    run(story())


def test_a_node_that_hears_itself_called_lost_says_what_it_is(
    any_broker: RunningBroker, party: Any, run: Any, say: Callable[..., None]
) -> None:
    async def story() -> None:
        pad = await party(any_broker.port, "pad").start()
        pad.bridge.publish("life", (), Life("degraded", "pad-1", detail="no paper"))
        assert (await pad.next("life")).state == "degraded"
        say(
            any_broker,
            "hall/1/chaotian/pad/life",
            b'{"type":"life","state":"lost","instance":"old"}',
            retain=True,
        )
        assert (await pad.next("life")).state == "lost"
        assert await pad.next("life") == Life("degraded", "pad-1", detail="no paper")
        await pad.bridge.stop()

    run(story())


def test_leaving_says_disconnected_and_sends_no_will(any_broker: RunningBroker, party: Any, run: Any) -> None:
    async def story() -> None:
        hub = await party(any_broker.port, "hub", LIVES).start()
        pad = await party(any_broker.port, "pad").start()
        pad.bridge.publish("life", (), Life("ready", "pad-1", release="0.1.0"))
        await pad.bridge.stop()
        await pad.bridge.stop()
        hub.bridge.publish("life", (), Life("ready", "hub-1"))
        heard = []
        while not heard or heard[-1].instance != "hub-1":
            heard.append(await hub.next("life"))
        assert [life.state for life in heard] == ["ready", "disconnected", "ready"]
        assert heard[1].release == "0.1.0"
        await hub.bridge.stop()

    run(story())


def test_a_broker_that_freezes_is_noticed_by_the_keep_alive(
    any_broker: RunningBroker, party: Any, run: Any
) -> None:
    async def story() -> None:
        pad = await party(any_broker.port, "pad", REQUESTS, keepalive_s=2).start()
        os.kill(any_broker.pid, signal.SIGSTOP)
        await pad.link(False)
        os.kill(any_broker.pid, signal.SIGCONT)
        await pad.link(True)
        pad.bridge.publish("request", (), PRESS)
        assert await pad.next("request") == PRESS
        await pad.bridge.stop()

    run(story())


def test_stopping_while_the_broker_is_away_ends_at_once(
    any_broker: RunningBroker, party: Any, run: Any
) -> None:
    any_broker.stop()

    async def story() -> None:
        pad = party(any_broker.port, "pad")
        pad.bridge.start()
        await pad.bridge.stop()
        assert not pad.bridge.connected

    run(story())


GARBAGE = [
    b"",
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"\x20\x02\x00\x00" + b"\x00" * 40,
    b"\x20\x02\x00\x05",
    b"\x20\x03\x00\x00\x00\x90\x7f\xff\xff\xff\x7f",
    b"\x20\x03\x00\x00\x05\xff\xff\xff\xff\xff",
    b"\x20\x7f" + bytes(range(127)),
    b"\x20\x03\x00\x00\x00\x30\x05\x00\x09abc",
    b"\xff" * 64,
    bytes(range(256)),
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
def test_what_is_no_broker_is_left_and_tried_again(
    any_broker: RunningBroker, party: Any, run: Any, garbage: bytes
) -> None:
    """Something else listens on the port first; then the broker does."""
    any_broker.stop()

    async def story() -> None:
        served = asyncio.Event()

        async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(garbage)
            writer.close()
            served.set()

        server = await asyncio.start_server(serve, "127.0.0.1", any_broker.port)
        pad = party(any_broker.port, "pad", REQUESTS)
        pad.bridge.start()
        await served.wait()
        server.close()
        await server.wait_closed()
        with start_broker(any_broker.port, any_broker.kind):
            while not pad.bridge.connected:
                await pad.link(True)
            pad.bridge.publish("request", (), PRESS)
            assert await pad.next("request") == PRESS
            await pad.bridge.stop()

    run(story())


def test_an_error_in_the_parser_ends_the_connection_and_not_the_bridge(
    any_broker: RunningBroker,
    party: Any,
    run: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """paho's parser raises what it likes, and so may ours."""

    async def story() -> None:
        pad = await party(any_broker.port, "pad", REQUESTS).start()
        with monkeypatch.context() as patch:
            patch.setattr("mqtt_bridge.packets.read", lambda *_, **__: 1 / 0)
            pad.bridge.publish("request", (), PRESS)
            await pad.link(False)
        await pad.link(True)
        pad.bridge.publish("request", (), PRESS)
        assert await pad.next("request") == PRESS
        await pad.bridge.stop()

    run(story())
    assert "lost: not MQTT: ZeroDivisionError: division by zero" in caplog.text


def test_waits_grow_are_spread_and_bounded_and_start_anew_after_a_steady_connection() -> None:
    backoff = Backoff(random.Random(7))
    waits = [backoff.wait_s(lasted_s=1.0) for _ in range(200)]
    assert 0.1 <= waits[0] <= 0.2
    assert all(0.5 * LONGEST_S <= wait <= LONGEST_S for wait in waits[6:])
    assert len(set(waits)) == len(waits)
    assert backoff.wait_s(lasted_s=STEADY_S) <= 0.2
    assert backoff.wait_s(lasted_s=STEADY_S - 0.1) > 0.2


def test_an_outage_is_logged_once(
    any_broker: RunningBroker, party: Any, run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    any_broker.stop()

    async def story() -> None:
        keeper = party(any_broker.port, "pad").bridge._keeper
        for _ in range(20):
            await keeper._once()

    run(story())
    assert len(caplog.messages) == 1
    assert f"127.0.0.1:{any_broker.port} is away" in caplog.messages[0]


def test_a_host_without_an_address_is_a_lost_broker(any_broker: RunningBroker, party: Any, run: Any) -> None:
    async def story() -> None:
        from mqtt_bridge.client import Connection
        from mqtt_bridge.settings import BrokerAddress

        address = BrokerAddress(host="no-such-host.invalid", port=1883)
        with pytest.raises(BrokerLost, match="no-such-host"):
            await Connection(address, "5", "a", None, lambda _: None, lambda *_: None).open()

    run(story())


def test_names_that_cannot_stand_in_a_topic_are_refused_at_once() -> None:
    from mqtt_bridge.settings import BrokerAddress

    with pytest.raises(ValueError, match="East Window"):
        Bridge(
            site=SITE, node="East Window", instance="1", address=BrokerAddress(), on_message=lambda *_: None
        )


async def scripted_broker(before_suback: bytes, port: int) -> asyncio.Server:
    """Takes a CONNECT and a SUBSCRIBE of two filters, and sends something before it confirms those."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def packet() -> bytes:
            head = await reader.readexactly(2)  # every packet here is shorter than 128 bytes
            return await reader.readexactly(head[1])

        await packet()
        writer.write(b"\x20\x02\x00\x00")
        subscribe = await packet()
        writer.write(before_suback)
        await writer.drain()
        writer.write(b"\x90\x04" + subscribe[:2] + b"\x01\x01")
        await reader.read()
        writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", port)


def test_what_arrives_before_the_subscriptions_are_confirmed_waits_for_the_link(party: Any, run: Any) -> None:
    """Its receiver may want to answer, and can only do so with a link."""
    topic, payload = b"hall/1/chaotian/pad/request", encode(PRESS)
    body = len(topic).to_bytes(2, "big") + topic + b"\x00\x07" + payload
    publish = b"\x32" + bytes([len(body) % 128 | 128, len(body) // 128]) + body

    async def story() -> None:
        port = free_port()
        server = await scripted_broker(publish, port)
        hub = party(port, "hub", REQUESTS, protocol="3.1.1")
        order: list[object] = []
        hub.bridge._on_link = order.append
        heard = asyncio.Event()

        def note(_topic: object, message: object, _delivery: object) -> None:
            order.append((message, hub.bridge.publish("answer", ("pad",), ANSWER)))
            heard.set()

        hub.bridge._on_message = note
        hub.bridge.start()
        await heard.wait()
        assert order == [True, (PRESS, True)]
        server.close()
        await hub.bridge.stop()

    run(story())
