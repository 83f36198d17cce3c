"""Strangers at a broker with TLS, set up as docs/contract.md says: nothing forged arrives, nobody is cut off.

Each attacker is a plain socket and bytes written by hand: our own client would refuse to misbehave.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal

import pytest

from edge.broker import RunningBroker
from mqtt_bridge.examples import DEADLINE_MS, NOW_MS
from mqtt_bridge.messages import CallNext, Rated
from mqtt_bridge.payloads import encode
from mqtt_bridge.topics import every

SITE = "chaotian"
ALL = f"hall/1/{SITE}/#"
PRESS = CallNext("k1", DEADLINE_MS, window="w12")
FORGED = CallNext("forged", DEADLINE_MS, window="w12")
RATING = Rated("pad", "0a1b2c3d-1", NOW_MS, visit="20261123-A001", window="w12", level=1)
CONNACK = b"\x20"
PAGE = Path(__file__).parents[2] / "docs" / "contract.md"
Protocol = Literal["3.1.1", "5"]


def block(language: str, which: int = 0) -> str:
    """A block of code of the page."""
    return PAGE.read_text().split(f"```{language}\n")[1 + which].split("```")[0]


def page_conf(rules: Path, certificates: Path) -> str:
    """The page's settings of a broker with TLS, its files in other folders."""
    mqtt, tls = block("conf"), block("conf", 1).replace("listener 8883\n", "")
    mqtt = mqtt.replace("listener 1883\n", "listener {port} {host}\n" + tls)
    mqtt = mqtt.replace("password_file /etc/mosquitto/passwords\n", "")
    mqtt = mqtt.replace("persistence true", "persistence false") + "log_dest stderr\n"
    for old, new in (("/etc/mosquitto/hall.acl", rules), ("/etc/mosquitto/certs", certificates)):
        mqtt = mqtt.replace(old, str(new))
    return mqtt


Hall = Callable[[], AbstractContextManager[RunningBroker]]


@pytest.fixture()
def hall(tls_broker: Any, authority: Any, tmp_path: Path) -> Hall:
    """A broker as on the page, and certificates of the hub, the pad, a thief and a node that was stolen."""
    authority.issue("broker", "127.0.0.1")
    for name in ("hub", "pad", "thief", "stolen"):
        authority.issue(name)
    authority.revoked("stolen")
    rules = tmp_path / "hall.acl"
    rules.write_text(block("acl"))
    return lambda: tls_broker(conf=page_conf(rules, authority.folder))


def own(authority: Any, name: str) -> dict[str, str]:
    """The files of one that was issued."""
    folder = authority.folder
    return {"certificate_file": f"{folder}/{name}.crt", "key_file": f"{folder}/{name}.key"}


# --- an attacker -----------------------------------------------------------------------------------------


def text(value: str) -> bytes:
    return len(value.encode()).to_bytes(2, "big") + value.encode()


def packet(kind: int, body: bytes) -> bytes:
    length, head = len(body), bytearray([kind])
    while True:
        length, low = divmod(length, 128)
        head.append(low | (128 if length else 0))
        if not length:
            return bytes(head) + body


def connect(client_id: str, protocol: Protocol) -> bytes:
    level, properties = (b"\x05", b"\x00") if protocol == "5" else (b"\x04", b"")
    return packet(0x10, text("MQTT") + level + b"\x02\x00\x3c" + properties + text(client_id))


def publish(topic: str, payload: bytes, protocol: Protocol) -> bytes:
    return packet(0x33, text(topic) + b"\x00\x07" + (b"\x00" if protocol == "5" else b"") + payload)


def attack(port: int, ca_file: str, files: dict[str, str], *packets: bytes) -> tuple[bytes, str]:
    """What the broker answers to each packet, sent one after the other, and how it ended."""
    context = ssl.create_default_context(cafile=ca_file)
    if files:
        context.load_cert_chain(files["certificate_file"], files["key_file"])
    heard = b""
    with contextlib.closing(socket.create_connection(("127.0.0.1", port), 5)) as sock:
        try:
            with context.wrap_socket(sock, server_hostname="127.0.0.1") as tls:
                for one in packets:
                    with contextlib.suppress(OSError):  # the broker says why, and then takes no more
                        tls.sendall(one)
                    piece = tls.recv(4096)
                    if not piece:
                        return heard, "hung up"
                    heard += piece
        except OSError as error:
            return heard, getattr(error, "reason", "") or str(error)
    return heard, ""


def plainly(port: int, packets: bytes) -> bytes:
    """The answer to bytes without TLS."""
    with contextlib.suppress(ConnectionResetError), socket.create_connection(("127.0.0.1", port), 5) as sock:
        sock.sendall(packets)
        return sock.recv(4096)
    return b""


@contextlib.asynccontextmanager
async def honest(port: int, authority: Any, party: Any) -> Any:
    """Hub and pad, at work; in the end only what was honest was heard, and neither was ever cut off."""
    files = {"ca_file": authority.ca_file}
    hub = await party(port, "hub", ALL, **files, **own(authority, "hub")).start()
    pad = await party(port, "pad", every(SITE, "request"), **files, **own(authority, "pad")).start()
    yield
    pad.bridge.publish("request", (), PRESS)
    assert await hub.next("request") == PRESS
    assert await pad.next("request") == PRESS
    for one in (hub, pad):
        assert one.heard.empty()
        assert one.links.empty()  # only a loss would say anything
        assert one.bridge.refused == {}
    for one in (pad, hub):
        await one.bridge.stop()


# --- those whom the broker lets in nowhere ----------------------------------------------------------------


def nobody(authority: Any, another_authority: Any, folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    yield "no certificate", {}
    yield "self-signed, with the pad's name", self_signed(folder, "pad")
    yield "of another CA, with the pad's name", another_authority.issue("pad")
    yield "over", authority.issue("late", days=(-30, -1))
    yield "not valid yet", authority.issue("early", days=(1, 30))
    yield "revoked", own(authority, "stolen")


def self_signed(folder: Path, name: str) -> dict[str, str]:
    files = {"certificate_file": str(folder / f"{name}.crt"), "key_file": str(folder / f"{name}.key")}
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-subj", f"/CN={name}", "-out", files["certificate_file"], "-keyout", files["key_file"]]
    subprocess.run(command, check=True, capture_output=True)
    return files


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
def test_nobody_gets_in_without_a_certificate_of_the_hall(
    hall: Hall,
    authority: Any,
    another_authority: Any,
    party: Any,
    run: Any,
    tmp_path: Path,
    protocol: Protocol,
) -> None:
    said: dict[str, tuple[bytes, str]] = {}

    async def story(port: int) -> None:
        async with honest(port, authority, party):
            for name, files in nobody(authority, another_authority, tmp_path):
                packets = (
                    connect(f"{SITE}.pad.pad-1", protocol),
                    publish(f"hall/1/{SITE}/pad/request", encode(FORGED), protocol),
                    publish(f"hall/1/{SITE}/pad/record", encode(RATING), protocol),
                )
                said[name] = await asyncio.to_thread(attack, port, authority.ca_file, files, *packets)

    with hall() as broker:
        run(story(broker.port))
    assert said == {
        "no certificate": (b"", "TLSV13_ALERT_CERTIFICATE_REQUIRED"),
        "self-signed, with the pad's name": (b"", "TLSV1_ALERT_UNKNOWN_CA"),
        "of another CA, with the pad's name": (b"", "TLSV1_ALERT_UNKNOWN_CA"),
        "over": (b"", "SSLV3_ALERT_CERTIFICATE_EXPIRED"),
        "not valid yet": (b"", "SSLV3_ALERT_BAD_CERTIFICATE"),
        "revoked": (b"", "SSLV3_ALERT_CERTIFICATE_REVOKED"),
    }


def test_without_tls_nothing_is_answered(hall: Hall, authority: Any, party: Any, run: Any) -> None:
    async def story(port: int) -> None:
        async with honest(port, authority, party):
            hello = connect(f"{SITE}.pad.pad-1", "3.1.1")
            forged = publish(f"hall/1/{SITE}/pad/request", encode(FORGED), "3.1.1")
            assert (await asyncio.to_thread(plainly, port, hello + forged))[:1] != CONNACK

    with hall() as broker:
        run(story(broker.port))


def test_who_is_revoked_while_the_hall_runs_is_out_after_a_reload(
    hall: Hall, authority: Any, party: Any, run: Any
) -> None:
    async def story(broker: RunningBroker) -> None:
        async with honest(broker.port, authority, party):
            files = own(authority, "thief")
            hello = connect("any", "5")
            heard, _ = await asyncio.to_thread(attack, broker.port, authority.ca_file, files, hello)
            assert heard[:1] == CONNACK
            authority.revoked("stolen", "thief")
            os.kill(broker.pid, signal.SIGHUP)
            while heard:  # it reloads when it comes to it
                heard, why = await asyncio.to_thread(attack, broker.port, authority.ca_file, files, hello)
            assert why == "SSLV3_ALERT_CERTIFICATE_REVOKED"

    with hall() as broker:
        run(story(broker))


# --- those who are of the hall, and want more ------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
def test_a_node_says_nothing_in_the_name_of_another(
    hall: Hall, authority: Any, party: Any, run: Any, protocol: Protocol
) -> None:
    """MQTT 5 tells the sender; 3.1.1 acknowledges, and it is gone all the same."""

    async def story(port: int) -> tuple[bytes, str]:
        async with honest(port, authority, party):
            return await asyncio.to_thread(
                attack,
                port,
                authority.ca_file,
                own(authority, "thief"),
                connect("thief", protocol),
                publish(f"hall/1/{SITE}/pad/request", encode(FORGED), protocol),
                publish(f"hall/1/{SITE}/pad/record", encode(RATING), protocol),
                publish(f"hall/1/{SITE}/hub/state/board", b"{}", protocol),
                publish("other/topic", b"{}", protocol),
            )

    with hall() as broker:
        heard, ended = run(story(broker.port))
    taken, forbidden = b"\x40\x02\x00\x07", b"\x40\x03\x00\x07\x87"
    assert ended == ""
    assert heard.count(forbidden if protocol == "5" else taken) == 4


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
@pytest.mark.parametrize("peer", ["hub.hub-1", "pad.pad-1"])
def test_a_node_with_the_client_id_of_another_does_not_end_its_connection(
    hall: Hall, authority: Any, party: Any, run: Any, protocol: Protocol, peer: str
) -> None:
    """Its client id is that of its certificate, whatever it says."""

    async def story(port: int) -> bytes:
        async with honest(port, authority, party):
            files = own(authority, "thief")
            for client_id in (f"{SITE}.{peer}", peer.partition(".")[0]):
                hello = connect(client_id, protocol)
                heard, _ = await asyncio.to_thread(attack, port, authority.ca_file, files, hello)
                assert heard[:1] == CONNACK

    with hall() as broker:
        run(story(broker.port))


def test_a_user_name_in_the_packet_counts_for_nothing(
    hall: Hall, authority: Any, party: Any, run: Any
) -> None:
    async def story(port: int) -> None:
        async with honest(port, authority, party):
            hello = text("MQTT") + b"\x04\x82\x00\x3c" + text("thief") + text("pad")
            await asyncio.to_thread(
                attack,
                port,
                authority.ca_file,
                own(authority, "thief"),
                packet(0x10, hello),
                publish(f"hall/1/{SITE}/pad/request", encode(FORGED), "3.1.1"),
            )

    with hall() as broker:
        run(story(broker.port))


# --- the page's recipe -----------------------------------------------------------------------------------


def test_the_recipe_on_the_page_makes_a_ca_a_broker_and_nodes(
    tls_broker: Any, party: Any, run: Any, tmp_path: Path
) -> None:
    """Word for word, but for the broker's address; then one node is shut out."""
    (tmp_path / "hall-ca.cnf").write_text(block("ini"))
    made, revoked = block("sh").replace("192.168.1.10", "127.0.0.1"), block("sh", 1)
    sh(made, tmp_path)
    rules = tmp_path / "hall.acl"
    rules.write_text(block("acl"))

    def files(node: str) -> dict[str, str]:
        mine = {"certificate_file": f"{tmp_path}/{node}.crt", "key_file": f"{tmp_path}/{node}.key"}
        return {"ca_file": f"{tmp_path}/ca.crt", **mine}

    async def story(broker: RunningBroker) -> None:
        core = await party(broker.port, "core", every(SITE, "request"), **files("core")).start()
        east = await party(broker.port, "window-east", **files("window-east")).start()
        east.bridge.publish("request", (), PRESS)
        assert await core.next("request") == PRESS
        sh(revoked, tmp_path)
        os.kill(broker.pid, signal.SIGHUP)
        east.bridge._keeper.connection.hang_up("the test wants another connection")
        await east.link(False)
        await core.bridge.stop()
        await east.bridge.stop()

    with tls_broker(conf=page_conf(rules, tmp_path)) as broker:
        run(story(broker))


def sh(script: str, folder: Path) -> None:
    subprocess.run(["sh", "-e", "-c", script], cwd=folder, check=True, capture_output=True)
