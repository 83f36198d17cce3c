"""What binds a node to its hall: the journal, the broker, and what the nodes say there."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import ssl
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from devices.links import holder_of
from edge import ledger
from edge.damage import set_aside_beside
from edge.doctor.certificates import CERTIFICATE, look_at_files, look_at_shown
from edge.doctor.finding import Finding, bad, ok, warn
from edge.keeper import hall_of
from edge.rebuilding import rebuilt_of
from edge.store import SCHEMA_VERSION, JournalError, explain
from mqtt_bridge.client import Connection
from mqtt_bridge.dial import dial
from mqtt_bridge.errors import BrokerLost, Refused, TlsFailed, VersionRefused
from mqtt_bridge.link import Incoming, Version
from mqtt_bridge.messages import DeviceState, Life, Role
from mqtt_bridge.payloads import decode
from mqtt_bridge.settings import BrokerAddress
from mqtt_bridge.topics import every, parse

LISTEN_S: Final = 1.0
"""Retained messages come at once after the subscription; this covers a busy broker."""
BROKER: Final = "消息服务器 broker"
_JOURNAL, _COORDINATOR = "日志库 journal", "协调节点 coordinator"


class Journal(NamedTuple):
    """What it told. `holder`: the process of the node that runs with it. `last_s`: its latest event."""

    findings: Sequence[Finding]
    holder: str = ""
    last_s: float = 0.0


def look_at_journal(path: Path) -> Journal:
    """Looked through whole; one that a running node holds is left to it."""
    holder, last_s = "", 0.0
    try:
        if not path.exists():
            cure = "a node that has run before needs --data, for example --data /var/lib/hall"
            return Journal([warn(_JOURNAL, f"{path} is not there: the first start makes it", cure)])
        finding, last_s = _judge(path, ledger.look_through(path))
    except ledger.StoreBusy:
        finding, holder = ok(_JOURNAL, f"{path}: held by the node that runs"), holder_of(str(path), "POSIX")
    except (ledger.StoreError, OSError, JournalError) as error:
        text = str(error) if isinstance(error, JournalError) else explain(path, error)
        what, _, cure = text.partition(": ")
        finding = bad(_JOURNAL, what, cure or "keep the file, and ask for help with it")
    return Journal([finding, *_aside(path)], holder, last_s)


def _judge(path: Path, looked: ledger.Looked) -> tuple[Finding, float]:
    """How it is, and the time of its latest event. Raises JournalError."""
    if looked.problems:
        cure = "the next start sets it aside and begins a new one; take a better card"
        return bad(_JOURNAL, f"{path} is damaged ({looked.problems[0]})", cure), 0.0
    if not os.access(path, os.W_OK, effective_ids=True):
        cure = f"give it to the service's user: sudo chown hall: {path}*"
        return bad(_JOURNAL, f"{path} cannot be written by this user", cure), 0.0
    if looked.schema > SCHEMA_VERSION:
        return bad(_JOURNAL, f"{path} was written by a newer release", "install the newer release again"), 0.0
    if looked.found is None:
        return ok(_JOURNAL, f"{path} is whole; the next start brings it up to date"), 0.0
    hall, seq = hall_of(looked.found)
    told = f"; {rebuilt}" if (rebuilt := rebuilt_of(looked.found)) else ""
    return ok(_JOURNAL, f"{path} is whole, {seq} events{told}"), hall.now_s


def _aside(path: Path) -> list[Finding]:
    try:
        found = set_aside_beside(path)
    except OSError:
        return []  # told of the journal itself
    cure = "take a better card; keep the file until nobody misses anything of its day"
    return [warn(_JOURNAL, f"damaged, and set aside: {', '.join(found)}", cure)] if found else []


# --- the broker ----------------------------------------------------------------------------------------


def look_at_broker(site: str, node: str, address: BrokerAddress, *, runs: bool) -> Iterator[Finding]:
    """Whether it answers, lets us in, in which version of MQTT, and what the hall says there.

    `runs`: the node runs now. Then nobody logs in in its name: a broker may throw the first one out.
    """
    where = f"{address.host}:{address.port}"
    if address.ca_file:
        yield from look_at_files(address)
    elif not _is_here(address.host):
        text = "what passes between node and broker is not encrypted, and no certificate is asked for"
        cure = "[broker] ca_file turns TLS on (docs/contract.md); else keep the hall's network to the hall"
        yield warn(CERTIFICATE, text, cure)
    try:
        if certificate := asyncio.run(_reach(address)):
            yield look_at_shown(certificate)
        if (address.username or address.certificate_file) and runs:
            yield ok(BROKER, f"{where} answers; the node that runs is logged in, so nobody else was")
        else:
            version, heard = asyncio.run(_visit(site, node, address))
            yield ok(BROKER, f"{where} lets us in, MQTT {version}")
            yield from judge_lives(node, heard)
    except TlsFailed as error:
        yield bad(CERTIFICATE, error.what, error.cure)
    except BrokerLost as error:
        cure = "see [broker] in the site file: protocol, username, password_file; and the broker's own log"
        yield bad(BROKER, str(error), cure)
    except (OSError, TimeoutError) as error:
        text = f"{where} does not answer ({error or 'no answer'})"
        cure = "on its machine: systemctl status mosquitto; here: network cable, [broker] host and port"
        yield bad(BROKER, text, cure)


async def _reach(address: BrokerAddress) -> bytes:
    """The certificate that the broker shows, b"" without TLS. Raises OSError."""
    with await dial(asyncio.get_running_loop(), address) as sock:
        return (sock.getpeercert(binary_form=True) or b"") if isinstance(sock, ssl.SSLSocket) else b""


async def _visit(site: str, node: str, address: BrokerAddress) -> tuple[str, list[Incoming]]:
    """The version that the broker speaks, and what it tells of the nodes. Raises BrokerLost."""
    heard: list[Incoming] = []
    client_id = f"{site}.{node}.doctor-{os.getpid()}"
    versions: tuple[Version, ...] = ("5", "3.1.1") if address.protocol == "auto" else (address.protocol,)
    for version in versions:
        connection = Connection(address, version, client_id, None, heard.append, lambda _number, _took: None)
        try:
            await connection.open()
        except VersionRefused:
            if version == versions[-1]:
                raise
            continue
        wanted = [every(site, "life"), every(site, "role"), every(site, "device", "+", node=node)]
        refused = await connection.subscribe(wanted)
        await asyncio.sleep(LISTEN_S)
        connection.hang_up("seen enough")
        if refused:
            raise BrokerLost(f"the broker's access rules do not let it read {', '.join(refused)}")
        break
    return version, heard


def judge_lives(node: str, heard: Sequence[Incoming]) -> Iterator[Finding]:
    """How this node and its devices are by its own word, and whether a coordinator lives."""
    lives: dict[str, Life] = {}
    devices: dict[str, DeviceState] = {}
    holder: tuple[str, Role] | None = None
    for incoming in heard:
        try:
            topic = parse(incoming.topic)
            message = decode(topic, incoming.payload)
        except (Refused, ValueError):
            continue
        match message:
            case Life():
                lives[topic.node] = message
            case DeviceState():
                devices[topic.rest[0]] = message
            case Role() if holder is None or message.epoch > holder[1].epoch:
                holder = topic.node, message
    own = lives.get(node)
    if own is not None and own.state in ("ready", "degraded"):
        yield _word(f"节点 node {node}", own)
        for name, state in sorted(devices.items()):
            yield _word(f"设备 device {name}", state)
    yield _coordinator(lives, holder)


def _word(name: str, state: Life | DeviceState) -> Finding:
    code = f"{state.code} " if isinstance(state, DeviceState) and state.code else ""
    text = f"says of itself: {state.state} {code}{state.detail}".rstrip()
    return (
        ok(name, text)
        if state.state == "ready"
        else warn(name, text, "see docs/running.md, When something is wrong")
    )


def _coordinator(lives: dict[str, Life], holder: tuple[str, Role] | None) -> Finding:
    if holder is None:
        text = "nobody has coordinated this site on this broker yet"
        return warn(_COORDINATOR, text, "start the coordinator's node")
    node, role = holder
    its = lives.get(node)
    if its is not None and its.instance == role.instance and its.state in ("ready", "degraded"):
        return ok(_COORDINATOR, f"node {node} on {role.host or 'its machine'}: {its.state}")
    text = f"node {node} is away: numbers are issued alone, and nobody is called"
    return bad(_COORDINATOR, text, f"look at that machine: systemctl status hall-node@{node}")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
