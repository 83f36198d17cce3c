"""`hall node`: read the site file, start one node, run it until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import faulthandler
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeAlias

import msgspec

from display.fonts import FontFileError
from edge.broker import BrokerFailed, RunningBroker, start_broker
from edge.clock import HallClock
from edge.failure import Failure
from edge.journal import JournalError, JournalFailed
from edge.node import Node
from edge.notify import Notify
from edge.plan import NodePlan
from edge.release import MADE_S
from edge.role import RoleTaken
from edge.settings.load import load_site
from edge.settings.model import Broker, Site
from edge.settings.problems import SettingsError, did_you_mean
from edge.watchdog import Watchdog
from mqtt_bridge.settings import TLS_PORT, BrokerAddress

log = logging.getLogger("hall.node")

Follow: TypeAlias = Callable[[asyncio.AbstractEventLoop], None]


def run_node(
    site_file: Path, node: str, data: Path | None, wires: Path | None, broker: str, clock: str
) -> int:
    """Run until SIGTERM or SIGINT. Raises Failure with a plain sentence."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname).1s %(name)s: %(message)s")
    site = read_site(site_file)
    check_node(site, node, site_file)
    hall_clock, follow = _clock(clock)
    plan = NodePlan(
        toml=site_file.read_text(encoding="utf-8-sig"),
        site=site,
        node=node,
        data=data or data_folder(),
        broker=address(site.broker, broker),
        clock=hall_clock,
        wires=wires,
    )
    notify = Notify.of_this_process()
    if notify.watchdog_s:
        faulthandler.enable()  # who ends a node that hangs finds in its log where it hung
    with contextlib.ExitStack() as stack:
        if plan.coordinates and site.broker.embedded and not broker:
            stack.enter_context(_own_broker(site.broker.port))
        return asyncio.run(_run(plan, notify, follow))


def read_site(path: Path) -> Site:
    """The site file, or Failure with everything wrong in it."""
    try:
        return load_site(path)
    except SettingsError as error:
        raise Failure(f"the site file has mistakes\n{error}") from error
    except FontFileError as error:
        raise Failure(str(error)) from error


def check_node(site: Site, node: str, site_file: Path) -> None:
    """Raises Failure for a node that the site does not have."""
    known = [one.id for one in site.nodes]
    if node not in known:
        raise Failure(f"{site_file} has no node {node!r}; {did_you_mean(node, known) or 'see [[nodes]]'}")


def address(settings: Broker, given: str) -> BrokerAddress:
    """The broker's address: `given` as HOST:PORT, or what the site file says. Raises Failure."""
    host, port = settings.host, settings.port
    if given:
        host, _, digits = given.rpartition(":")
        is_number = digits.isascii() and digits.isdigit()
        if not host or not is_number or not 1 <= int(digits) <= 65_535:
            raise Failure(f"--broker takes HOST:PORT, for example 127.0.0.1:1883, and not {given!r}", 2)
        port = int(digits)
    if port == TLS_PORT and not settings.ca_file:
        raise Failure(
            f"port {port} is that of TLS, but [broker] has no ca_file: nobody would verify the broker"
        )
    return BrokerAddress(
        host=host,
        port=port,
        protocol=settings.protocol,
        username=settings.username,
        password=_password(settings.password_file),
        keepalive_s=settings.keepalive_s,
        ca_file=settings.ca_file,
        certificate_file=settings.certificate_file,
        key_file=settings.key_file,
    )


def brokers_of(site: Site, given: str) -> list[BrokerAddress]:
    """Where a coordinator may be: `given` alone, or the hall's broker and the standby's. Raises Failure."""
    first = address(site.broker, given)
    if given or site.standby is None:
        return [first]
    return [first, msgspec.structs.replace(first, host=site.standby.host, port=site.standby.port)]


def home_of(site: Site, node: str, given: str) -> BrokerAddress:
    """The broker of a node that may coordinate: `given`, or the one of the site file. Raises Failure."""
    if site.standby is None:
        raise Failure("the site file has no [standby]: there is nobody to take the coordinator's place")
    pair = (site.site.coordinator, site.standby.node)
    if node not in pair:
        raise Failure(f"node {node!r} cannot coordinate this site: {pair[0]} and {pair[1]} can")
    return brokers_of(site, given)[0 if given else pair.index(node)]


def _password(file: str) -> str:
    if not file:
        return ""
    try:
        return Path(file).read_text(encoding="utf-8").partition("\n")[0]
    except OSError as error:
        raise Failure(f"[broker] password_file {file}: {error.strerror}") from error


def _own_broker(port: int) -> RunningBroker:
    try:
        return start_broker(port=port)
    except BrokerFailed as error:
        raise Failure(str(error)) from error


def data_folder() -> Path:
    """Where journals live unless `--data` says otherwise."""
    state = os.environ.get("STATE_DIRECTORY")  # set by systemd
    return Path(state) if state else Path.home() / ".local" / "state" / "hall-edge"


def _clock(text: str) -> tuple[HallClock, Follow]:
    """The hall's time; with "-" its runs come on standard input, and are followed there on the loop."""
    if not text:
        return HallClock(made_s=MADE_S), lambda loop: None
    from edge.pace import PacedClock, RunLines, pace_of

    lines = RunLines(STDIN_FD) if text == "-" else None
    try:
        pace = pace_of(text) if lines is None else lines.first()
    except ValueError as error:
        raise Failure(f"--clock: {error}", 2) from error
    follow: Follow = (lambda loop: None) if lines is None else partial(lines.follow, pace)
    return PacedClock(pace, MADE_S), follow


SWITCH_S = 0.000_1
"""How long the journal thread waits for the interpreter at most: its disk works while the loop goes on."""


STDIN_FD, STDERR_FD = 0, 2
LARGE_BYTES = 1024 * 1024
"""Memory of this size, a board's picture, goes back to the system when it is freed."""


def _give_back_large_pieces() -> None:
    """Else glibc keeps the room of the largest piece that was ever freed: 8 MB in a node with a board."""
    m_mmap_threshold = -3  # malloc.h
    with contextlib.suppress(AttributeError):  # another C library, which has no such habit
        ctypes.CDLL(None).mallopt(m_mmap_threshold, LARGE_BYTES)


async def _run(plan: NodePlan, notify: Notify, follow: Follow) -> int:
    faulthandler.enable(STDERR_FD)  # a service manager that ends a node which hangs is told where it hung
    sys.setswitchinterval(SWITCH_S)
    _give_back_large_pieces()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    follow(loop)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    node = Node(plan)
    node.guard.install()
    watchdog = Watchdog(node.health, notify, node.guard, loop)
    try:
        await _live(plan, node, watchdog, stop)
        node.health.end()
    except JournalFailed as error:
        raise Failure(str(error), 4) from error
    except JournalError as error:
        raise Failure(str(error)) from error
    except RoleTaken as error:
        node.health.end()
        raise Failure(str(error), 3) from error
    finally:
        watchdog.stop()
        await node.stop()
    return 0


async def _live(plan: NodePlan, node: Node, watchdog: Watchdog, stop: asyncio.Event) -> None:
    """From the first port to the word to stop."""
    node.open()
    gc.freeze()  # what is there now stays, and is not to be looked through again and again
    gc.enable()
    watchdog.start()
    tasks = [asyncio.ensure_future(work) for work in (node.join(), stop.wait())]
    joining, stopping = tasks
    ends = (stopping, node.journal_failed)
    try:
        await asyncio.wait((joining, *ends), return_when=asyncio.FIRST_COMPLETED)
        if joining.done():
            joining.result()
            log.info("node %s ready", plan.node)
            watchdog.tell()
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if node.journal_failed.done():
            raise node.journal_failed.result()
    finally:
        for task in tasks:
            task.cancel()
