"""Halls to be measured: a site file of any size, its broker and its nodes as `hall node` runs them."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from edge.broker import RunningBroker, start_broker
from mqtt_bridge.messages import Meet
from mqtt_bridge.payloads import encode
from simulators.measure.bare import BareClient
from simulators.measure.children import Child, python

SITE = "measured"
CORE = "core"
READY_S = 30.0
QUEUES = 6


class SiteText:
    """Writes a site file: `windows` windows over six queues with two services each, always open."""

    def __init__(self, windows: int) -> None:
        self.windows = tuple(str(number) for number in range(1, windows + 1))
        self.nodes: list[str] = []
        self._lines = _HALL.splitlines()
        for queue in range(QUEUES):
            self._queue(queue)
        for window in self.windows:
            queues = [f"q{int(window) % QUEUES}", f"q{(int(window) + 1) % QUEUES}"]
            self._table("windows", id=window, label=window, name="综合窗口", queues=queues)
        self._table("nodes", id=CORE)
        self.node("elsewhere")  # never started: a site file must name a device
        self.port("elsewhere", "elsewhere", "file:/nowhere/board.png")
        self.device("elsewhere", "board", "elsewhere")

    def _queue(self, queue: int) -> None:
        letter = "ABCDEF"[queue]
        self._table("queues", id=f"q{queue}", name=f"业务{letter}", name_en=f"Line {letter}", prefix=letter)
        for code in (f"{queue}0", f"{queue}1"):
            self._table("services", id=f"s{code}", name=f"事项{letter}{code}", queue=f"q{queue}", code=code)

    def node(self, name: str) -> None:
        """One more node."""
        self.nodes.append(name)
        self._table("nodes", id=name)

    def port(self, name: str, node: str, url: str, **keys: object) -> None:
        """A port of a node."""
        self._table("ports", id=name, node=node, url=url, **keys)

    def device(self, name: str, kind: str, port: str, **keys: object) -> None:
        """A device on a port."""
        self._table("devices", id=name, kind=kind, port=port, **keys)

    def _table(self, table: str, /, **keys: object) -> None:
        self._lines += ["", f"[[{table}]]"]
        self._lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in keys.items()]

    def write(self, path: Path) -> Path:
        """The file, for `hall node --site`."""
        path.write_text("\n".join(self._lines) + "\n", encoding="utf-8")
        return path


_HALL = f"""\
[site]
id = "{SITE}"
name = "测量大厅"
coordinator = "{CORE}"

[tickets]
qr = "https://example.org/q/{{site}}/{{visit}}"
"""


class Hall:
    """A broker and the nodes of a site, started one by one. `with` ends them all.

    `folder` holds the site file, the journals in `data`, and the logs.
    """

    def __init__(self, folder: Path, site: SiteText) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.site_file = site.write(folder / "site.toml")
        self._nodes = tuple(site.nodes)
        self.broker: RunningBroker = start_broker()
        self.children: dict[str, Child] = {}
        self._ready: dict[str, str] = {}  # node -> the start that last said it is ready
        self._former: dict[str, str] = {}  # node -> what that was when we last started it
        self._observer = BareClient("127.0.0.1", self.broker.port, "observer", self._heard)
        self._is_open = False
        self._observer.subscribe(f"hall/1/{SITE}/+/life")
        self._observer.subscribe(f"hall/1/{SITE}/{CORE}/state/hall")

    def _heard(self, topic: str, payload: bytes) -> None:
        if topic.endswith("/state/hall"):
            self._is_open = True
            return
        life = json.loads(payload or b"{}")
        if life.get("state") in ("ready", "degraded"):
            self._ready[topic.split("/")[3]] = life["instance"]

    def command(self, node: str) -> list[str]:
        """The command line of a node."""
        broker = f"127.0.0.1:{self.broker.port}"
        options = ["--site", str(self.site_file), "--node", node]
        options += ["--data", str(self.data), "--broker", broker]
        return python("edge", "node", *options)

    def launch(self, node: str, command: Iterable[str] = (), *, bound: bool = True) -> Child:
        """Start a node without waiting for it."""
        self._former[node] = self._ready.get(node, "")
        child = Child(node, list(command) or self.command(node), self.folder / f"{node}.log", bound=bound)
        self.children[node] = child
        return child

    def ready(self, child: Child) -> float:
        """Wait until the node says that it is ready; returns when, by the monotonic clock.

        What a former start of it said may still be on its way here. Raises ChildFailed, TimeoutError.
        """
        end_s = time.monotonic() + READY_S
        while self._ready.get(child.name, "") == self._former[child.name]:
            child.check()
            self._observer.pump(0.05)
            if time.monotonic() > end_s:
                raise TimeoutError(f"{child.name} is not ready after {READY_S:g} s: {child.last_words()}")
        ready_s = time.monotonic()
        if child.name == CORE and not self._is_open:
            self._introduce()
        return ready_s

    def _introduce(self) -> None:
        """A hall's first coordinator issues nothing before each node said what it keeps: nothing."""
        for node in self._nodes:
            meet = Meet("introduce", int((time.time() + READY_S) * 1000), generation="00000000")
            self._observer.publish(f"hall/1/{SITE}/{node}/request", encode(meet))
        self._observer.until(lambda: self._is_open, "the coordinator does not open", READY_S)

    def start(self, node: str, command: Iterable[str] = ()) -> Child:
        """Start a node and wait until it is ready. Raises ChildFailed, TimeoutError."""
        child = self.launch(node, command)
        self.ready(child)
        return child

    def client(self, name: str, heard: object = None) -> BareClient:
        """A plain MQTT client of the hall's broker."""
        return BareClient("127.0.0.1", self.broker.port, name, heard if callable(heard) else _ignore)

    def stop(self) -> None:
        """Nodes first, the coordinator last of them, then the broker."""
        for child in reversed(self.children.values()):
            child.stop()
        self._observer.close()
        self.broker.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self.stop()


def _ignore(_topic: str, _payload: bytes) -> None:
    """A client that only speaks."""
