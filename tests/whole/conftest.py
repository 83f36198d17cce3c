"""A whole hall for a test: a real broker, `hall node` processes, twins on real ptys, a stranger who listens.

Its site: two windows with keypad, evaluator and strip and a counter with a lamp and a button on node
"east", a ticket machine with its printer there too; node "core" coordinates. It is always open.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import apsw
import pytest

from edge.broker import RunningBroker, start_broker, tied
from edge.hall.events import Event
from edge.keeper import decode_event
from edge.look import read_events
from edge.settings.load import load_site
from simulators.demo.keys import keys_for
from simulators.demo.observer import Observer
from simulators.demo.stage import Place, Stage

LONG_S = 15.0
"""Far longer than anything takes that is waited for here; a test that hangs ends with this."""

NUMBER = re.compile(r"[A-Z][0-9]{3}")

SITE = """
[site]
id = "whole"
name = "便民服务站"
coordinator = "core"

[[queues]]
id = "social"
name = "社保"
prefix = "A"

[[queues]]
id = "tax"
name = "税务"
prefix = "B"

[[services]]
id = "pension"
name = "养老金"
queue = "social"
code = "101"

[[services]]
id = "invoice"
name = "发票"
queue = "tax"
code = "201"

[[windows]]
id = "1"
label = "1"
name = "社保窗口"
queues = ["social"]

[[windows]]
id = "2"
label = "2"
name = "综合窗口"
queues = ["social", "tax"]

[[windows]]
id = "3"
label = "3"
name = "税务窗口"
queues = ["tax"]

[[notices]]
text = "欢迎光临"

[[nodes]]
id = "core"

[[nodes]]
id = "east"

[[ports]]
id = "line"
node = "east"
url = "/dev/serial/by-path/line"
baud = 38400

[[ports]]
id = "lobby"
node = "east"
url = "/dev/serial/by-path/lobby"

[[ports]]
id = "paper"
node = "east"
url = "/dev/serial/by-path/paper"

[[ports]]
id = "pins"
node = "east"
url = "gpio:"

[[devices]]
id = "tickets"
kind = "keypad"
port = "lobby"
use = "tickets"
address = 100

[[devices]]
id = "printer"
kind = "printer"
port = "paper"

[[devices]]
id = "button-3"
kind = "button"
port = "pins"
window = "3"
pin = 17

[[devices]]
id = "lamp-3"
kind = "lamp"
port = "pins"
window = "3"
pin = 27
""" + "".join(
    f"""
[[devices]]
id = "keypad-{window}"
kind = "keypad"
port = "line"
window = "{window}"
address = {window}

[[devices]]
id = "evaluator-{window}"
kind = "evaluator"
port = "line"
window = "{window}"
address = {window + 10}
commit_ms = 1000

[[devices]]
id = "strip-{window}"
kind = "strip"
port = "line"
window = "{window}"
address = {window + 20}
"""
    for window in (1, 2)
)


class NodeProcess:
    """One `hall node`, started as a technician does. `lines` is what it said."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []
        self._news = asyncio.Event()
        self._task = asyncio.ensure_future(self._follow())

    async def _follow(self) -> None:
        assert self.process.stdout is not None
        async for raw in self.process.stdout:
            self.lines.append(raw.decode().rstrip())
            self._news.set()
        self._news.set()

    async def says(self, text: str) -> str:
        """Wait for a line with this text."""
        async with asyncio.timeout(LONG_S):
            while True:
                for line in self.lines:
                    if text in line:
                        return line
                assert not self._task.done(), f"it ended without {text!r}:\n" + "\n".join(self.lines)
                self._news.clear()
                await self._news.wait()

    async def ended(self) -> int:
        """Wait for its end; its exit code."""
        async with asyncio.timeout(LONG_S):
            code = await self.process.wait()
            await self._task
        return code

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Tell it to stop; its exit code."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        return await self.ended()


class Ears(Observer):
    """Counts also how often it heard each topic, as "core/state/site", and what each node says is wrong."""

    def __init__(self, site: str, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(site, loop)
        self.topics: Counter[str] = Counter()
        self.details: dict[str, str] = {}

    def _heard(self, levels: list[str], body: dict[str, Any]) -> None:
        self.topics["/".join(levels)] += 1
        if levels[1:] == ["life"]:
            self.details[levels[0]] = body.get("detail", "")
        super()._heard(levels, body)


class WholeHall:
    """See above. `folder` holds the site file, the data and the wires."""

    def __init__(self, folder: Path, toml: str = SITE, kind: Any = "mosquitto", small_disk: str = "") -> None:
        self.folder = folder
        self.site_file = folder / "site.toml"
        self.site_file.write_text(toml, encoding="utf-8")
        self.site = load_site(self.site_file)
        self.data = folder / "data"
        self.kind = kind
        self.broker: RunningBroker | None = None
        self.port = 0
        self.stage = Stage(self.site, folder / "wires", paced=False)
        self.nodes: dict[str, NodeProcess] = {}
        self.every_node: list[NodeProcess] = []
        self.ears_tls: tuple[str, str, str] | None = None
        self.small_disk = small_disk  # the node whose data folder is a disk of its own
        self._key = ""

    # --- start and stop ----------------------------------------------------------------------------

    async def start(self) -> None:
        """Broker, twins, nodes and the stranger; returns when the nodes say they are ready."""
        await self.stage.start()
        self.start_broker()
        self.seen = Ears("whole", asyncio.get_running_loop())
        self.seen.start("127.0.0.1", self.port, self.ears_tls)
        await self.start_node("core")
        await self.start_node("east")
        await self.ready("core", "east")
        await self.strip("1", "暂未开放")  # it hears the coordinator

    def start_broker(self) -> None:
        """A broker on the port of this hall."""
        self.broker = start_broker(self.port, self.kind)
        self.port = self.broker.port

    async def start_node(
        self,
        node: str,
        *options: str,
        site_file: Path | None = None,
        broker: str | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> NodeProcess:
        """`broker` "": the one of the site file. `environ`: what a service manager says."""
        command = [sys.executable, "-m", "edge", "node", "--node", node]
        command += ["--site", str(site_file or self.site_file), "--wires", str(self.folder / "wires")]
        if "--data" not in options:
            command += ["--data", str(self.data)]
        if broker is None:
            command += ["--broker", f"127.0.0.1:{self.port}"]
        process = await asyncio.create_subprocess_exec(
            *tied([*self._disk_for(node), *command, *options]),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2]), **(environ or {})},
        )
        running = NodeProcess(process)
        self.every_node.append(running)
        self.nodes[node] = running
        return running

    def _disk_for(self, node: str) -> list[str]:
        """Runs a command with a data folder that this process alone sees, and that is soon full."""
        if node != self.small_disk:
            return []
        self.data.mkdir(exist_ok=True)
        script = 'mount -t tmpfs -o size=12m tmpfs "$0" && exec "$@"'
        return ["unshare", "--map-root-user", "--mount", "sh", "-c", script, str(self.data)]

    def disk(self, node: str) -> Path:
        """The data folder as a node sees it."""
        return Path(f"/proc/{self.nodes[node].process.pid}/root{self.data}")

    async def ready(self, *nodes: str) -> None:
        """These nodes say that they are there, and windows can be seen."""
        for node in nodes:
            await self.nodes[node].says("ready")
        await self.until(lambda: self.seen.ready >= set(nodes) and len(self.seen.windows) >= 3)

    async def kill(self, node: str) -> None:
        """As a power cut does it."""
        await self.nodes[node].stop(signal.SIGKILL)

    async def stop(self) -> None:
        for node in self.every_node:
            if node.process.returncode is None:
                await node.stop()
        self.seen.stop()
        if self.broker is not None:
            self.broker.stop()
        await self.stage.stop()
        for node in self.every_node:
            assert not any("Traceback" in line for line in node.lines), "\n".join(node.lines)

    # --- people --------------------------------------------------------------------------------------

    def place(self, window: str) -> Place:
        return self.stage.places[window]

    def press(self, window: str, action: str, digits: str = "") -> None:
        """A clerk presses."""
        place = self.place(window)
        assert place.keypad is not None
        place.keypad.press(keys_for(place.keypad_settings, action, digits))

    async def insist(self, window: str, action: str, done: Callable[[], Any]) -> None:
        """A clerk presses again after a while, until the hall says what must come of it."""
        for _ in range(int(LONG_S)):
            self.press(window, action)
            if await self.seen.until(done, 1.0):
                return
        raise AssertionError(f"window {window}: {action} was never acted on")

    async def strip(self, window: str, text: str) -> str:
        """Wait until the strip shows this."""
        strip = self.place(window).strip
        assert strip is not None
        await strip.changed(lambda twin: text in twin.text, LONG_S)
        return strip.text

    async def log_in(self, *windows: str) -> None:
        """Clerks sit down; they type again when they are refused."""
        for window in windows or ("1", "2"):
            strip = self.place(window).strip
            assert strip is not None
            for _ in range(int(LONG_S)):
                self.press(window, "login", f"100{window}")
                with contextlib.suppress(TimeoutError):
                    await strip.changed(lambda twin, badge=f"100{window}": badge in twin.text, 1.0)
                    break
            await self.strip(window, f"100{window}")

    async def take(self, code: str = "101") -> str:
        """A citizen takes a number, pressing again when refused: what is on the paper."""
        machine = self.stage.machines[0]
        beeps = machine.keypad.model.beeps
        self.press_take(code)
        paper = asyncio.ensure_future(machine.printer.next_ticket(LONG_S))
        while not paper.done():
            refused = asyncio.ensure_future(
                machine.keypad.changed(lambda twin, old=beeps: twin.model.beeps > old, LONG_S)
            )
            await asyncio.wait((paper, refused), return_when=asyncio.FIRST_COMPLETED)
            if refused.cancel():
                break
            beeps = machine.keypad.model.beeps
            self.press_take(code)
        text = (await paper).text
        return self.number_on(text)

    @staticmethod
    def number_on(paper: Sequence[str]) -> str:
        """The number on a ticket."""
        numbers = [line for line in paper if NUMBER.fullmatch(line)]
        assert len(numbers) == 1, paper
        return numbers[0]

    def press_take(self, code: str = "101") -> None:
        """The keys for it. Two take a number: one after the other is no repeat of one press."""
        self._key = "confirm" if self._key == "start" else "start"
        self.stage.machines[0].keypad.press(f"{code} {self._key}")

    async def call(self, window: str) -> str:
        """Call next, and read the strip."""
        strip = self.place(window).strip
        assert strip is not None
        before = strip.text
        self.press(window, "call_next")
        await strip.changed(lambda twin: twin.text != before and twin.text.startswith("请"), LONG_S)
        return strip.text

    async def ask_rating(self, window: str) -> None:
        """The evaluator is opened."""
        pad = self.place(window).evaluator
        assert pad is not None
        self.press(window, "ask_rating")
        await pad.changed(lambda twin: twin.is_open, LONG_S)

    async def rate(self, window: str, grade: int = 3) -> None:
        """A citizen presses, and is thanked."""
        pad = self.place(window).evaluator
        assert pad is not None
        thanked = pad.thanked
        pad.press(grade)
        await pad.changed(lambda twin: twin.thanked > thanked, LONG_S)

    # --- what can be known ------------------------------------------------------------------------------

    async def device(self, name: str, state: str, code: str = "") -> None:
        """Wait until a device is said to be so."""
        await self.until(
            lambda: (
                self.seen.devices[name]["state"] == state and self.seen.devices[name].get("code", "") == code
            )
        )

    async def records(self, count: int) -> None:
        """Wait until node "east" has sent so many records, and all have their receipt."""
        await self.until(lambda: max(self.seen._sent.values(), default=0) >= count and self.seen.drained)

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait until the stranger heard something that makes this true."""
        assert await self.seen.until(condition, LONG_S), "the hall never said so"

    def window(self, window: str) -> dict[str, Any]:
        """A window's state as the stranger heard it."""
        return self.seen.windows[window]

    def books(self, node: str = "core") -> list[Event]:
        """All events in the journal of a node that has ended."""
        return [
            decode_event(stored.kind, stored.body) for stored in read_events(self.data / f"whole-{node}.db")
        ]

    def waiting_records(self, node: str = "east") -> int:
        """Records of an ended node without a receipt, as of its last record or of its clean stop."""
        db = apsw.Connection(str(self.data / f"whole-{node}.db"))
        try:
            return int(db.execute("SELECT seq - receipted FROM outbox ORDER BY seq DESC LIMIT 1").get or 0)
        finally:
            db.close()


@pytest.fixture()
def whole(tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[WholeHall]]:
    """`async with whole() as hall:` a hall that runs."""

    @asynccontextmanager
    async def opened(
        toml: str = SITE, kind: Any = "mosquitto", small_disk: str = ""
    ) -> AsyncIterator[WholeHall]:
        hall = WholeHall(tmp_path, toml, kind, small_disk)
        try:
            await hall.start()
            yield hall
        finally:
            await hall.stop()

    return opened


@pytest.fixture()
def whole_class() -> type[WholeHall]:
    """The class itself, for halls that are put together in another way."""
    return WholeHall


@pytest.fixture()
def site_toml() -> str:
    """The site file of these halls."""
    return SITE


@pytest.fixture()
def run() -> Callable[[Any], Any]:
    """Run a coroutine; a test that waits for what never comes ends."""

    def runner(coroutine: Any) -> Any:
        async def bounded() -> Any:
            async with asyncio.timeout(60):
                return await coroutine

        began_s = time.monotonic()
        try:
            return asyncio.run(bounded())
        finally:
            assert time.monotonic() - began_s < 65

    return runner
