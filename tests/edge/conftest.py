"""A coordinator over a real journal and the real rules, with somebody at its port who hears all it says."""

from __future__ import annotations

import asyncio
import itertools
import selectors
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge import ledger
from edge.clock import HallClock
from edge.coordinator import Coordinator
from edge.journal import Done, Journal, JournalError, Work
from edge.settings.load import parse_site
from edge.site_in_force import SiteInForce
from mqtt_bridge import messages as m
from mqtt_bridge.contract import CHANNELS
from mqtt_bridge.payloads import decode, encode
from mqtt_bridge.topics import Topic

SITE = """
[site]
id = "small"
name = "便民服务站"
name_en = "Service Point"
coordinator = "core"

[[priority_classes]]
id = "ordinary"
name = "普通"

[[priority_classes]]
id = "elderly"
name = "老年人"
rate = 4

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
name_en = "Pension"
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

[[notices]]
text = "欢迎光临"

[[nodes]]
id = "core"

[[nodes]]
id = "east"

[[ports]]
id = "line"
node = "east"
url = "/dev/serial/by-path/one"

[[devices]]
id = "keypad-1"
kind = "keypad"
port = "line"
window = "1"
address = 1

[[devices]]
id = "keypad-2"
kind = "keypad"
port = "line"
window = "2"
address = 2
"""


class HeldJournal(Journal):
    """A real journal whose work can be held back, and made to fail when its turn comes."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._held: list[tuple[Work, Done]] | None = None
        self._failing = 0
        self.released = 0  # pieces of work that were held at the last release

    def hold(self) -> None:
        """From now on nothing is committed."""
        self._held = self._held or []

    def release(self) -> None:
        """What was held is committed now, in its order."""
        held, self._held = self._held or [], None
        self.released = len(held)
        for work, done in held:
            super().submit(work, done)

    def fail(self, times: int = 1) -> None:
        """The next pieces of work fail on the journal's thread."""
        self._failing = times

    async def turn(self) -> None:
        """All that was handed in before, and not held, is reported."""
        reported = asyncio.Event()
        super().submit(lambda db: None, lambda value, error: reported.set())
        await reported.wait()

    def settle(self, work: Work, done: Done) -> None:
        if self._held is None and not self._failing:
            super().settle(work, done)
        else:
            self.submit(work, done)

    def submit(self, work: Work, done: Done) -> None:
        if self._failing:
            self._failing -= 1
            work = _broken
        if self._held is None:
            super().submit(work, done)
        else:
            self._held.append((work, done))


def _broken(_: Any) -> None:
    raise JournalError("broken for the test")


class Ear:
    """Stands where the bridge stands: keeps what is published, by the contract, and can be waited on."""

    def __init__(self) -> None:
        self.said: list[tuple[str, tuple[str, ...], m.Message | None]] = []
        self.retained: dict[tuple[str, ...], m.Message] = {}
        self._news = asyncio.Event()

    def publish(self, kind: str, rest: tuple[str, ...], message: m.Message | None, /) -> bool:
        if message is None:
            assert CHANNELS[kind].retain
            self.retained.pop((kind, *rest), None)
        else:
            assert decode(Topic("small", "core", kind, rest), encode(message)) == message
            if CHANNELS[kind].retain:
                self._is_newer((kind, *rest), message)
                self.retained[kind, *rest] = message
        self.said.append((kind, rest, message))
        self._news.set()
        return True

    def _is_newer(self, place: tuple[str, ...], message: m.Message) -> None:
        old = self.retained.get(place)
        if isinstance(message, m.State) and isinstance(old, m.State):
            assert (message.epoch, message.version) > (old.epoch, old.version), f"{place} would be refused"

    async def until(self, condition: Callable[[], Any]) -> Any:
        """Wait until what was said makes `condition()` true; its value."""
        async with asyncio.timeout(10):
            while not (value := condition()):
                self._news.clear()
                await self._news.wait()
        return value

    def of(self, kind: type[Any]) -> list[Any]:
        """All messages of one type, in order."""
        return [message for _, _, message in self.said if isinstance(message, kind)]


class Office:
    """A coordinator and its journal, which may be started again."""

    def __init__(self, folder: Path, toml: str = SITE) -> None:
        self.folder = folder
        self.toml = toml
        self.boot = ""
        self.ear = Ear()
        self.now_s = 1_795_395_600.0  # 2026-11-23 09:00 in China
        self.set_by_s = 0.0  # by how much somebody set the system clock
        self.trusted = True
        self.acknowledged: list[str] = []
        self.nodes: tuple[str, ...] = ()  # that a new store waits for
        self._ids = itertools.count(1)

    async def start(self, epoch_seen: int = 0) -> None:
        loop = asyncio.get_running_loop()
        self.journal = HeldJournal(self.folder / "small-core.db")
        self.journal.boot = self.boot
        self.journal.open(loop)
        self.clock = HallClock(
            wall=lambda: self.now_s + self.set_by_s,
            monotonic=lambda: self.now_s,
            trusted=lambda: self.trusted,
        )
        try:
            found = await self.journal.run(ledger.restart(epoch_seen))
            self.coordinator = Coordinator(
                journal=self.journal,
                found=found,
                port=self.ear,
                clock=self.clock,
                loop=loop,
                role=m.Role(found.epoch, f"i{found.epoch}", host="here"),
                site=SiteInForce(self.toml, parse_site(self.toml, "site.toml")),
                system_ms=lambda: int(time.time() * 1000),
                nodes=self.nodes,
            )
        except BaseException:
            self.journal.close()
            raise
        self.coordinator.start()
        await self.settle()

    async def stop(self) -> None:
        """As SIGTERM does it."""
        self.coordinator.stop()
        self.journal.close()

    async def crash(self) -> None:
        """What was committed stays; nothing else does."""
        self.coordinator.acting = False
        self.coordinator._publisher.stop()
        self.journal.close()

    async def restart(self, epoch_seen: int = 0, *, clean: bool = True) -> None:
        """Stop or crash, and start again; what was said before is forgotten."""
        await (self.stop() if clean else self.crash())
        self.ear.said.clear()
        await self.start(epoch_seen)

    async def settle(self) -> None:
        """All that was handed to the journal is reported, and what failed is put right."""
        await self.journal.turn()
        while self.coordinator._keeper.is_ahead:
            await self.journal.turn()

    @property
    def hall(self) -> Any:
        return self.coordinator._keeper.hall

    def send(self, message: m.Message, node: str = "east") -> None:
        """A message arrives as it does from a node: its own name in the topic."""
        kind = next(one.kind for one in CHANNELS.values() if isinstance(message, one.types))
        topic = Topic("small", node, kind)
        name = getattr(message, "id", "")
        self.coordinator.hear(topic, decode(topic, encode(message)), lambda: self.acknowledged.append(name))

    def make(self, kind: type[m.Ask], *, id: str = "", late_s: float = -5.0, **fields: Any) -> m.Ask:
        """A request, in time unless told otherwise."""
        return kind(id or f"r{next(self._ids)}", int((time.time() - late_s) * 1000), **fields)

    def answers(self, request_id: str) -> list[m.Answer]:
        return [answer for answer in self.ear.of(m.Answer) if answer.id == request_id]

    async def ask(self, kind: type[m.Ask], **fields: Any) -> m.Answer:
        """Ask, and wait for the answer."""
        request = self.make(kind, **fields)
        before = len(self.answers(request.id))
        self.send(request)
        answers = await self.ear.until(lambda: self.answers(request.id)[before:])
        return answers[0]

    async def do(self, kind: type[m.Ask], **fields: Any) -> m.Answer:
        """Ask for what must be accepted."""
        answer = await self.ask(kind, **fields)
        assert answer.code == "ok", answer
        return answer

    async def open(self, *windows: str) -> None:
        """Clerks sit down."""
        for window in windows or ("1", "2"):
            await self.do(m.Login, window=window, clerk=f"10{window}")

    async def number(self, service: str = "pension") -> m.Slip:
        """A citizen takes a number."""
        slip = (await self.do(m.TakeNumber, service=service)).slip
        assert slip is not None
        return slip

    def window(self, window: str) -> m.WindowState:
        """What stands on the broker of a window."""
        state = self.ear.retained["state/window", window]
        assert isinstance(state, m.WindowState)
        return state

    def shown(self) -> dict[tuple[str, ...], bytes]:
        """Everything that stands on the broker, without stamps; counts are made even first."""
        self.coordinator._publisher._count()
        return {
            place: encode(msgspec.structs.replace(state, epoch=0, version=0, at_ms=0))
            for place, state in self.ear.retained.items()
            if isinstance(state, m.State)
        }


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose time runs ahead to the next timer whenever nothing is ready: an hour takes a moment."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        super().__init__(_Ahead(self))

    def time(self) -> float:
        return self.now_s


class _Ahead(selectors.EpollSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0 if timeout is not None else None)
        if not ready and timeout:
            self._loop.now_s += timeout
        return ready


@pytest.fixture()
def virtual_loop() -> Iterator[VirtualLoop]:
    loop = VirtualLoop()
    yield loop
    loop.close()


class Host:
    """Stands where the node stands before its desks: notes what they do, and answers as it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []
        self.asked: list[m.Ask] = []
        self.kept: list[m.Record] = []
        self.time_ms = 1_795_395_600_000
        self.answer: Callable[[m.Ask], m.Answer | None] | None = lambda ask: m.Answer(ask.id, "ok")
        self.keeps: Exception | None = None
        self.closed: set[str] = set()  # devices whose port is not open
        self.alone: m.Slip | str = "hall_closed"  # what the node issues by itself, or why nothing
        self.issued: list[tuple[str, str]] = []
        self._answered: list[Callable[[m.Answer | None], None]] = []
        self._committing: list[Callable[[Exception | None], None]] = []
        self._timers: list[tuple[float, Callable[[], None]]] = []

    def tell(self, device: str, message: Any) -> bool:
        if device in self.closed:
            return False
        self.told.append((device, message))
        return True

    def ask(self, make: Any, answered: Any) -> None:
        if self.answer is None:  # no coordinator
            answered(None)
            return
        self.asked.append(make(f"r{len(self.asked) + 1}", 2_000_000_000_000))
        answered(self.answer(self.asked[-1]))

    def issue_alone(self, service: str, priority: str, given: Any) -> None:
        self.issued.append((service, priority))
        slip, refusal = (None, self.alone) if isinstance(self.alone, str) else (self.alone, "")
        given(slip, refusal)

    def keep(self, record: m.Record, done: Any) -> None:
        self.kept.append(record)
        self._committing.append(done)

    def committed(self, error: Exception | None = None) -> None:
        """What was kept is durable now, or is not."""
        committing, self._committing = self._committing, []
        for done in committing:
            done(error)

    def now_ms(self) -> int:
        return self.time_ms

    def later(self, delay_s: float, action: Callable[[], None]) -> None:
        self._timers.append((self.time_ms / 1000 + delay_s, action))

    after = later

    def wait(self, seconds: float) -> None:
        """Time passes, and what is due happens in its order."""
        end_s = self.time_ms / 1000 + seconds
        while due := sorted((one for one in self._timers if one[0] <= end_s), key=lambda one: one[0]):
            self._timers.remove(due[0])
            self.time_ms = max(self.time_ms, round(due[0][0] * 1000))
            due[0][1]()
        self.time_ms = round(end_s * 1000)

    def heard(self, device: str = "") -> list[Any]:
        """What devices were told since the last look; of one, or of all."""
        told = [message for name, message in self.told if device in ("", name)]
        self.told = [one for one in self.told if device not in ("", one[0])]
        return told


@pytest.fixture()
def host() -> Host:
    """A node for desks."""
    return Host()


@pytest.fixture()
def directory(site_toml: str) -> Any:
    """What people type in the halls of these tests."""
    from edge.desks.directory import Directory

    return Directory(parse_site(site_toml, "site.toml"))


@pytest.fixture()
def office(tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[Office]]:
    """`async with office() as one:` a coordinator that runs."""

    @asynccontextmanager
    async def opened(
        toml: str = SITE, folder: Path | None = None, boot: str = "", nodes: tuple[str, ...] = ()
    ) -> AsyncIterator[Office]:
        one = Office(folder or tmp_path, toml)
        one.boot, one.nodes = boot, nodes
        await one.start()
        try:
            yield one
        finally:
            await one.stop()

    return opened


@pytest.fixture()
def new_office(tmp_path: Path) -> Callable[..., Office]:
    """One that is not started yet."""
    return lambda toml=SITE, folder=None: Office(folder or tmp_path, toml)


@pytest.fixture()
def site_toml() -> str:
    """The site file of these tests."""
    return SITE


@pytest.fixture()
def held_journal() -> type[HeldJournal]:
    return HeldJournal


@pytest.fixture()
def run() -> Callable[[Any], Any]:
    """Run a coroutine; a test that waits for what never comes ends after 30 s."""

    def runner(coroutine: Any) -> Any:
        async def bounded() -> Any:
            async with asyncio.timeout(30):
                return await coroutine

        return asyncio.run(bounded())

    return runner
