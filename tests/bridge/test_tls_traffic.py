"""The bridge's traffic over TLS on a real Mosquitto: large, many, cut off, frozen, and with new files."""

from __future__ import annotations

import asyncio
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mqtt_bridge.examples import DEADLINE_MS, VALID_MS
from mqtt_bridge.messages import Answer, ApplySite, CallNext, Life, SiteState
from mqtt_bridge.settings import BrokerAddress
from mqtt_bridge.tls import _context, context_of
from mqtt_bridge.topics import every
from simulators.chaos.proxy import Proxy

SITE = "chaotian"
REQUESTS = every(SITE, "request")
ANSWERS = every(SITE, "answer", "pad")
LARGEST = "社" * (190 * 1024)  # 570 KiB: thirty-five whole records of TLS, and the most of one more


def press(number: int) -> CallNext:
    return CallNext(f"k{number}", DEADLINE_MS, window="w12")


@pytest.fixture()
def files(authority: Any) -> dict[str, str]:
    """What a node's address has for TLS."""
    return {"ca_file": authority.ca_file, **authority.issue("pad")}


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("protocol", ["auto", "3.1.1"])
def test_a_message_gets_through(
    tls_broker: Any, files: dict[str, str], party: Any, run: Any, version: ssl.TLSVersion, protocol: str
) -> None:
    """With brokers of the older TLS too: there a client is refused within the handshake, not after it."""

    async def story(port: int) -> None:
        hub = await party(port, "hub", REQUESTS, protocol=protocol, **files).start()
        pad = await party(port, "pad", protocol=protocol, **files).start()
        pad.bridge.publish("request", (), press(1))
        assert await hub.next("request") == press(1)
        spoken = pad.bridge._keeper.connection._watched._sock.version()
        assert spoken == {"TLSv1_2": "TLSv1.2", "TLSv1_3": "TLSv1.3"}[version.name]
        await pad.bridge.stop()
        await hub.bridge.stop()

    context_of(BrokerAddress(**files)).maximum_version = version
    with tls_broker("require_certificate true") as broker:
        run(story(broker.port))


def test_the_largest_messages_are_read_to_their_end(
    tls_broker: Any, files: dict[str, str], party: Any, run: Any
) -> None:
    """Nothing comes behind them, not even a ping, that would wake the loop again."""

    async def story(port: int) -> None:
        hub = await party(port, "hub", REQUESTS, keepalive_s=600, **files).start()
        pad = await party(port, "pad", every(SITE, "state/site"), keepalive_s=600, **files).start()
        pad.bridge.publish("request", (), ApplySite("k1", DEADLINE_MS, toml=LARGEST))
        assert (await hub.next("request")).toml == LARGEST
        hub.bridge.publish("state/site", (), SiteState(1, 1, VALID_MS, site_version=1, toml=LARGEST))
        assert (await pad.next("state/site")).toml == LARGEST
        await pad.bridge.stop()
        await hub.bridge.stop()

    with tls_broker() as broker:
        run(story(broker.port))


def test_thousands_of_messages_both_ways_keep_their_order(
    tls_broker: Any, files: dict[str, str], party: Any, run: Any
) -> None:
    many = 2000

    async def story(port: int) -> None:
        hub = await party(port, "hub", REQUESTS, **files).start()
        pad = await party(port, "pad", ANSWERS, **files).start()
        for number in range(many // 2):
            assert pad.bridge.publish("request", (), press(number))
            assert hub.bridge.publish("answer", ("pad",), Answer(f"k{number}", "ok"))
        wanted = [f"k{number}" for number in range(many // 2)]
        assert [(await hub.next("request")).id for _ in wanted] == wanted
        assert [(await pad.next("answer")).id for _ in wanted] == wanted
        await pad.bridge.stop()
        await hub.bridge.stop()

    with tls_broker() as broker:
        run(story(broker.port))


def test_what_the_system_does_not_take_at_once_follows(
    tls_broker: Any, files: dict[str, str], party: Any, run: Any
) -> None:
    """A broker that stands still fills every buffer below us; then it goes on."""

    async def story(broker: Any) -> None:
        hub = await party(broker.port, "hub", REQUESTS, **files).start()
        pad = await party(broker.port, "pad", **files).start()
        watched = pad.bridge._keeper.connection._watched
        os.kill(broker.pid, signal.SIGSTOP)
        sent = 0
        while not watched._is_full:
            sent += 1
            pad.bridge.publish("request", (), ApplySite(f"k{sent}", DEADLINE_MS, toml=LARGEST))
            await asyncio.sleep(0)
            assert sent < 40
        pad.bridge.publish("request", (), press(sent + 1))
        os.kill(broker.pid, signal.SIGCONT)
        heard = [(await hub.next("request")).id for _ in range(sent + 1)]
        assert heard == [f"k{number}" for number in range(1, sent + 2)]
        assert not watched._is_full
        await pad.bridge.stop()
        await hub.bridge.stop()

    with tls_broker() as broker:
        run(story(broker))


def test_after_a_broker_was_killed_the_bridge_hears_and_is_heard_again(
    tls_broker: Any, files: dict[str, str], party: Any, run: Any
) -> None:
    async def story(broker: Any) -> None:
        hub = await party(broker.port, "hub", REQUESTS, **files).start()
        pad = await party(broker.port, "pad", **files).start()
        broker.kill()
        await hub.link(False)
        await pad.link(False)
        with tls_broker(port=broker.port):
            await hub.link(True)
            await pad.link(True)
            pad.bridge.publish("request", (), press(1))
            assert await hub.next("request") == press(1)
            await pad.bridge.stop()
            await hub.bridge.stop()

    with tls_broker() as broker:
        run(story(broker))


def test_a_line_that_went_dead_is_noticed_by_the_keep_alive(
    tls_broker: Any, files: dict[str, str], party: Any, run: Any
) -> None:
    async def story(broker: Any) -> None:
        line = Proxy(broker.port)
        await line.start()
        hub = await party(broker.port, "hub", REQUESTS, **files).start()
        pad = await party(line.port, "pad", keepalive_s=2, **files).start()
        line.freeze("up", "down")
        await pad.link(False)
        line.cut()
        line.thaw()
        await pad.link(True)
        pad.bridge.publish("request", (), press(1))
        assert await hub.next("request") == press(1)
        await pad.bridge.stop()
        await hub.bridge.stop()
        await line.stop()

    with tls_broker() as broker:
        run(story(broker))


def test_each_piece_of_a_slow_line_is_waited_for(
    tls_broker: Any, files: dict[str, str], party: Any, run: Any
) -> None:
    """The handshake and a record in two halves."""

    async def story(broker: Any) -> None:
        server = await asyncio.start_server(lambda *ends: halves(broker.port, *ends), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        pad = await party(port, "pad", REQUESTS, **files).start()
        pad.bridge.publish("request", (), press(1))
        assert await pad.next("request") == press(1)
        await pad.bridge.stop()
        server.close()

    with tls_broker() as broker:
        run(story(broker))


async def halves(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Between a node and the broker: whatever comes goes on in two halves, each by itself."""

    async def on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while piece := await source.read(4096):
            for half in (piece[: len(piece) // 2], piece[len(piece) // 2 :]):
                sink.write(half)
                await sink.drain()
                await asyncio.sleep(0.005)
        sink.close()

    far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.gather(on(reader, far_writer), on(far_reader, writer))


def test_files_are_read_again_when_they_have_changed_and_only_then(
    tls_broker: Any, authority: Any, party: Any, run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A node shows its old certificate until it is renewed on its disk, as a technician does it."""
    files = {"ca_file": authority.ca_file, **authority.issue("pad", days=(-30, -1))}

    async def story(broker: Any) -> None:
        pad = party(broker.port, "pad", **files)
        for _ in range(3):
            await pad.bridge._keeper._once()
        renew(authority, files)
        await pad.start()
        made = _context.cache_info().misses
        for _ in range(2):
            pad.bridge._keeper.connection.hang_up("the test wants another connection")
            await pad.link(True)
        assert _context.cache_info().misses == made
        await pad.bridge.stop()

    with tls_broker("require_certificate true") as broker:
        run(story(broker))
    assert len([line for line in caplog.messages if "does not accept" in line]) == 1


def renew(authority: Any, files: dict[str, str]) -> None:
    """The new ones are made beside the old, and renamed."""
    new = authority.issue("pad-renewed")
    for setting, file in new.items():
        Path(file).rename(files[setting])


def test_nothing_wakes_a_bridge_that_has_nothing_to_say(
    tls_broker: Any, files: dict[str, str], party: Any, run: Any
) -> None:
    async def story(port: int) -> int:
        pad = await party(port, "pad", REQUESTS, keepalive_s=60, **files).start()
        pad.bridge.publish("request", (), ApplySite("k1", DEADLINE_MS, toml=LARGEST))
        await pad.next("request")
        wakes = await count_wakes(1.0)
        await pad.bridge.stop()
        return wakes

    with tls_broker() as broker:
        assert run(story(broker.port)) <= 5


async def count_wakes(seconds: float) -> int:
    selector = asyncio.get_running_loop()._selector  # type: ignore[attr-defined]
    select: Callable[..., Any] = selector.select
    wakes = 0

    def counted(timeout: float | None = None) -> Any:
        nonlocal wakes
        wakes += 1
        return select(timeout)

    selector.select = counted
    await asyncio.sleep(seconds)
    selector.select = select
    return wakes


def test_a_node_that_dies_is_called_lost(
    tls_broker: Any, files: dict[str, str], party: Any, run: Any
) -> None:
    async def story(port: int) -> None:
        hub = await party(port, "hub", every(SITE, "life"), **files).start()
        pad = await party(port, "pad", **files).start()
        pad.bridge.publish("life", (), Life("ready", "pad-1"))
        assert await hub.next("life") == Life("ready", "pad-1")
        pad.bridge._keeper.connection.hang_up("the test pulls the plug")
        assert await hub.next("life") == Life("lost", "pad-1")
        await pad.bridge.stop()
        await hub.bridge.stop()

    with tls_broker() as broker:
        run(story(broker.port))


def test_a_node_without_tls_does_not_load_it() -> None:
    """The start of a node on a small machine is a matter of milliseconds."""
    script = "import sys, edge.run_node, mqtt_bridge.client; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert "mqtt_bridge.client" in loaded.stdout.split()
    assert not [name for name in loaded.stdout.split() if name.startswith("mqtt_bridge.tls")]
