"""A coordinator and its standby, each a process with a broker: killed, stopped, revived, promoted."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import apsw
import pytest

from edge.broker import RunningBroker, start_broker
from edge.hall import events as e
from edge.standby.known import remember
from edge.standby.promote import LEAP

ROOT = Path(__file__).resolve().parents[2]
STANDBY = """
[broker]
port = {first}
keepalive_s = 2

[standby]
node = "spare"
host = "127.0.0.1"
port = {second}

[[nodes]]
id = "spare"
"""


class Pair:
    """A whole hall with a standby. `there` listens on the standby's broker, `hall.seen` on the first."""

    def __init__(self, hall: Any, second: RunningBroker, ears: Any) -> None:
        self.hall = hall
        self.second = second
        self.there = ears
        self.port = second.port

    async def promote(self, node: str = "spare", *options: str) -> tuple[int, str, float]:
        """As a technician types it; see `command`."""
        return await self.command("promote", "--site", str(self.hall.site_file), "--node", node, *options)

    async def command(self, *words: str) -> tuple[int, str, float]:
        """Exit code of a `hall` command, what it says, seconds."""
        began_s = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "edge", *words),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        out, _ = await process.communicate()
        return process.returncode or 0, out.decode(), time.monotonic() - began_s

    async def copied(self) -> None:
        """The standby holds all that was committed so far, as the stranger heard it."""
        await self.hall.until(lambda: self.hall.seen.is_copied)

    async def until(self, condition: Callable[[], Any]) -> None:
        """Something is heard on the standby's broker that makes this true."""
        assert await self.there.until(condition, 15.0), "nobody there ever said so"

    async def followed(self) -> None:
        """Node "east" works with the standby."""
        await self.until(lambda: self.there.ready >= {"spare", "east"} and len(self.there.windows) >= 3)

    async def insist(self, window: str, action: str, done: Callable[[], Any]) -> None:
        """A clerk presses again after a while, until it is acted on."""
        for _ in range(15):
            self.hall.press(window, action)
            if await self.there.until(done, 1.0):
                return
        raise AssertionError(f"window {window}: {action} was never acted on")

    async def called(self, window: str, number: str) -> None:
        """The clerk calls the next, and reads the strip."""
        await self.insist(window, "call_next", lambda: self.there.windows[window].get("ticket") == number)
        await self.hall.strip(window, f"请{number}号到{window}号窗口")

    def epoch(self, window: str = "1") -> int:
        return int(self.there.windows[window]["epoch"])


@pytest.fixture()
def pair(tmp_path: Path, whole_class: Any, site_toml: str) -> Callable[[], AbstractAsyncContextManager[Pair]]:
    """`async with pair() as one:` core, east and spare run, and the copy is current."""

    @asynccontextmanager
    async def opened(*, spare: bool = True) -> AsyncIterator[Pair]:
        with start_broker(kind="mosquitto") as first, start_broker(kind="mosquitto") as second:
            toml = site_toml + STANDBY.format(first=first.port, second=second.port)
            hall = whole_class(tmp_path, toml)
            hall.port = first.port
            first.stop()  # the hall starts it again on its port
            ears_class = type_of_ears(hall)
            there = ears_class("whole", asyncio.get_running_loop())
            there.start("127.0.0.1", second.port)
            one = Pair(hall, second, there)
            try:
                await hall.start()
                if spare:
                    await hall.start_node("spare")
                    await hall.ready("spare")
                    await one.copied()
                yield one
            except BaseException:
                for node in hall.every_node:
                    print("\n".join(node.lines), file=sys.stderr)
                print(dict(hall.seen.topics), dict(there.topics), hall.seen.standby, file=sys.stderr)
                raise
            finally:
                there.stop()
                await hall.stop()

    return opened


def type_of_ears(hall: Any) -> Any:
    """The stranger who listens, who hears also how the copy is."""
    from simulators.demo.observer import Observer

    class Both(Observer):
        def __init__(self, site: str, loop: asyncio.AbstractEventLoop) -> None:
            super().__init__(site, loop)
            self.standby: dict[str, Any] = {}
            self.roles: dict[str, dict[str, Any]] = {}
            self.topics: Counter[str] = Counter()
            self.details: dict[str, str] = {}
            self.receipts: list[dict[str, Any]] = []
            self.piece: tuple[str, int] = ("", 0)
            self.copied: tuple[str, int] = ("", 0)

        @property
        def is_copied(self) -> bool:
            """Whether the last piece that was told is durable at the standby."""
            return self.standby.get("copy") == "current" and self.piece == self.copied

        def _heard(self, levels: list[str], body: dict[str, Any]) -> None:
            self.topics["/".join(levels)] += 1
            match levels:
                case [_, "state", "standby"]:
                    self.standby = body
                case [node, "role"]:
                    self.roles[node] = body
                case [node, "life"]:
                    self.details[node] = body.get("detail", "")
                case [_, "copy", _]:
                    self.piece = (body["session"], body["number"])
                case [_, "copied"] if body["type"] == "copied":
                    self.copied = (body["session"], body["up_to"])
                case [node, "receipt", _]:
                    self.receipts.append({"from": node, **body})
            super()._heard(levels, body)

    return Both


@pytest.fixture(autouse=True)
def _ears(monkeypatch: pytest.MonkeyPatch, whole_class: Any) -> None:
    """The hall's own stranger hears how the copy is, too."""
    module = sys.modules[whole_class.__module__]
    monkeypatch.setattr(module, "Ears", type_of_ears(None))


def of(books: list[Any], kind: type[Any]) -> list[Any]:
    return [event for event in books if isinstance(event, kind)]


def test_killed_promoted_and_the_next_press_works(run: Any, pair: Any) -> None:
    async def body() -> Any:
        async with pair() as one:
            hall = one.hall
            await hall.log_in()
            for _ in range(4):
                await hall.take()
            assert await hall.call("1") == "请A001号到1号窗口"
            await hall.ask_rating("1")
            await hall.rate("1")
            await one.copied()
            before = hall.place("1").strip.text
            await hall.kill("core")
            code, said, seconds = await one.promote()
            assert code == 0, said
            assert "node spare coordinates this site" in said
            assert "节点 spare 已接管协调" in said
            assert seconds < 15
            await one.followed()
            assert one.epoch() > LEAP
            assert hall.place("1").strip.text == before
            await one.called("1", "A002")
            number = await hall.take()
            assert number >= "A014", "numbers that may be on paper are left out"
            await hall.ask_rating("1")
            await hall.rate("1")
            await one.until(lambda: len(one.there.ratings) >= 1 and one.there.drained)
            return hall, number

    hall, number = run(body())
    books = hall.books("spare")
    issued = [event.number for event in of(books, e.NumberIssued)]
    assert issued == ["A001", "A002", "A003", "A004", number]
    assert len(of(books, e.RatingGiven)) == 2


def test_in_the_middle_of_traffic_no_number_is_issued_twice_and_no_rating_lost(run: Any, pair: Any) -> None:
    papers: list[str] = []
    thanked: Counter[str] = Counter()

    async def visitors(hall: Any, count: int) -> None:
        machine = hall.stage.machines[0]
        for _ in range(count):
            before = len(machine.printer.papers)
            hall.press_take()
            with contextlib.suppress(TimeoutError):
                await machine.printer.changed(lambda twin, n=before: len(twin.papers) > n, 1.5)

    async def clerk(hall: Any, window: str, calls: int) -> None:
        strip, pad = hall.place(window).strip, hall.place(window).evaluator
        for _ in range(calls):
            before = strip.text
            hall.press(window, "call_next")
            with contextlib.suppress(TimeoutError):
                await strip.changed(
                    lambda twin, old=before: twin.text not in (old, "") and twin.text[:1] == "请", 1.0
                )
                hall.press(window, "ask_rating")
                await pad.changed(lambda twin: twin.is_open, 1.0)
                done = pad.thanked
                pad.press(2)
                await pad.changed(lambda twin, n=done: twin.thanked > n, 5.0)

    async def body() -> Any:
        async with pair() as one:
            hall = one.hall
            await hall.log_in()
            people = [
                asyncio.ensure_future(work)
                for work in (visitors(hall, 14), clerk(hall, "1", 6), clerk(hall, "2", 6))
            ]
            await hall.until(lambda: len(hall.seen.numbers) >= 4)
            await hall.kill("core")
            code, said, _ = await one.promote()
            assert code == 0, said
            await one.followed()
            await asyncio.gather(*people)
            for paper in hall.stage.machines[0].printer.papers:
                papers.append(hall.number_on(paper.text))
            for window in ("1", "2"):
                thanked[window] = hall.place(window).evaluator.thanked
            await one.insist("1", "finish", lambda: True)
            both = lambda: hall.seen.ratings | one.there.ratings  # noqa: E731
            await one.until(lambda: len(both()) >= thanked.total() and one.there.drained)
        return hall

    hall = run(body())
    books = hall.books("spare")
    issued = [event.number for event in of(books, e.NumberIssued)]
    assert len(papers) == len(set(papers)), "two people have the same number"
    assert len(issued) == len(set(issued))
    assert len(papers) >= 6
    rated = Counter(event.window for event in of(books, e.RatingGiven))
    known = {event.visit for event in (*of(books, e.NumberIssued), *of(books, e.IssuedAlone))}
    lost = [paper for paper in papers if not any(visit.endswith(paper) for visit in known)]
    passed = [event for event in of(books, e.NumbersPassed) if event.prefix == "A"]
    for paper in lost:  # printed and not copied: it is callable when it is shown
        assert any(span.first <= int(paper[1:]) <= span.last for span in passed)
    assert rated.total() <= thanked.total()
    assert thanked.total() - rated.total() <= len(lost), "each rating of a visit that is known counts once"


def test_the_old_one_comes_back_as_the_standby_and_can_be_promoted_again(run: Any, pair: Any) -> None:
    async def body() -> None:
        async with pair() as one:
            hall = one.hall
            await hall.log_in("1")
            await hall.take()
            await one.copied()
            await hall.kill("core")
            assert (await one.promote())[0] == 0
            await one.followed()
            receipts = len(hall.seen.receipts)
            await hall.start_node("core")
            await hall.nodes["core"].says("this node is the standby")
            await hall.nodes["core"].says("ready")
            await one.until(lambda: one.there.lives.get("core") == "ready")
            await one.until(lambda: one.there.standby.get("copy") == "current")
            await one.called("1", "A001")
            assert not [topic for topic in one.there.topics if topic.startswith("core/state/window")]
            assert one.there.roles["spare"]["epoch"] == one.epoch() > one.there.roles["core"]["epoch"]
            assert len(hall.seen.receipts) == receipts, "it says nothing on its own broker"
            code, said, _ = await one.promote("core", "--force")
            assert code == 0, said
            assert "handed over all its books" in said
            await hall.until(lambda: hall.seen.windows["1"]["epoch"] > one.epoch())
            await hall.insist("1", "recall", lambda: hall.seen.windows["1"]["calls"] == 2)
            await hall.nodes["spare"].says("this one stops coordinating")
            assert await hall.take() > "A001"

    run(body())


def test_stopped_promoted_and_awake_again_it_gives_way(run: Any, pair: Any) -> None:
    async def body() -> None:
        async with pair() as one:
            hall = one.hall
            await hall.log_in("1")
            await hall.take()
            await hall.take()
            await one.copied()
            core = hall.nodes["core"].process
            core.send_signal(signal.SIGSTOP)
            hall.press("1", "call_next")  # waits in its socket
            code, said, _ = await one.promote()
            assert code == 0, said
            await one.followed()
            await one.called("1", "A001")
            core.send_signal(signal.SIGCONT)
            await hall.nodes["core"].says("this one stops coordinating")
            await one.until(lambda: one.there.lives.get("core") == "ready")
            await one.until(lambda: one.there.standby.get("copy") == "current")
            assert hall.place("1").strip.text == "请A001号到1号窗口"
            assert one.there.windows["1"]["calls"] == 1
            await one.called("1", "A002")

    run(body())


def test_while_it_is_alive_it_is_not_robbed_but_gives_way_when_told(run: Any, pair: Any) -> None:
    async def body() -> Any:
        async with pair() as one:
            hall = one.hall
            await hall.log_in("1")
            for _ in range(3):
                await hall.take()
            code, said, _ = await one.promote()
            assert code == 1
            assert "node core is alive and answers: stop it first, or let it give way with --force" in said
            assert await hall.call("1") == "请A001号到1号窗口", "nothing has changed"
            code, said, _ = await one.promote("spare", "--force")
            assert code == 0, said
            assert "handed over all its books" in said
            await one.followed()
            await one.called("1", "A002")
            assert await hall.take() == "A004", "nothing is missing, so no number is passed over"
            assert (await one.promote())[1].count("already") == 1
            return hall

    hall = run(body())
    assert of(hall.books("spare"), e.NumbersPassed) == []


def test_a_whole_machine_dies_and_comes_back(run: Any, pair: Any) -> None:
    """Broker and coordinator together; what nodes had receipts for and the copy lacks they send again."""

    async def body() -> Any:
        async with pair() as one:
            hall = one.hall
            await hall.log_in("1")
            await hall.take()
            await hall.call("1")
            await one.copied()
            await hall.kill("spare")  # from here on nothing is copied
            await hall.ask_rating("1")
            await hall.rate("1")
            await hall.until(lambda: hall.seen.ratings and hall.seen.drained)
            await hall.kill("core")
            assert hall.broker is not None
            hall.broker.kill()
            await hall.start_node("spare")
            await hall.nodes["spare"].says("ready")
            code, said, _ = await one.promote()
            assert code == 0, said
            await one.followed()
            await one.until(lambda: one.there.ratings and one.there.drained)
            hall.site_file.write_text(hall.site_file.read_text().replace("欢迎光临", "今天停电"))
            code, said, _ = await one.command("apply", str(hall.site_file))
            assert code == 0, said
            await one.until(lambda: one.there.hall["notices"][0]["text"] == "今天停电")
            hall.start_broker()
            await hall.start_node("core")
            await hall.nodes["core"].says("this node is the standby")
            await one.until(lambda: one.there.lives.get("core") == "ready")
            await one.insist("1", "finish", lambda: one.there.windows["1"]["phase"] == "idle")
            return hall

    hall = run(body())
    (rating,) = of(hall.books("spare"), e.RatingGiven)
    assert rating.window == "1"


def test_without_a_copy_there_is_nothing_to_take_over_with(run: Any, pair: Any) -> None:
    async def body() -> None:
        async with pair(spare=False) as one:
            hall = one.hall
            await hall.kill("core")
            await hall.start_node("spare")
            await hall.ready("spare")
            code, said, _ = await one.promote()
            assert (code, "holds no copy" in said) == (1, True), said

    run(body())


def test_one_that_cannot_see_the_other_broker_acts_unheeded_and_gives_way_when_it_sees_it(
    run: Any, pair: Any, tmp_path: Path
) -> None:
    async def body() -> None:
        async with pair() as one:
            hall = one.hall
            await hall.log_in("1")
            await hall.take()
            await one.copied()
            await hall.kill("core")
            assert hall.broker is not None
            hall.broker.kill()
            assert (await one.promote())[0] == 0
            await one.followed()
            door = await Door.closed(one.port)
            cut = tmp_path / "cut.toml"
            cut.write_text(re.sub(rf"port = {one.port}\b", f"port = {door.port}", hall.site_file.read_text()))
            hall.start_broker()
            spare = hall.nodes["spare"].process
            spare.send_signal(signal.SIGSTOP)  # it cannot tell its role on the old broker
            await hall.start_node("core", site_file=cut)
            await hall.nodes["core"].says("the other broker is not there")
            await hall.nodes["core"].says("coordinator of the site: epoch")
            await hall.until(lambda: hall.seen.lives.get("core") == "ready")
            spare.send_signal(signal.SIGCONT)
            await one.called("1", "A001")
            assert one.there.windows["1"].get("ticket") == "A001"
            await door.open()
            await hall.nodes["core"].says("this one stops coordinating")
            await door.close()

    run(body())


class Door:
    """A way to a port of this machine that can be shut."""

    def __init__(self, port: int, to: int) -> None:
        self.port = port
        self._to = to
        self._server: asyncio.Server | None = None

    @classmethod
    async def closed(cls, to: int) -> Door:
        server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        return cls(port, to)

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        await asyncio.gather(_pump(reader, back), _pump(there, writer))

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


def test_a_standby_killed_while_it_is_promoted_goes_on_with_it(run: Any, pair: Any) -> None:
    """The power goes after it wrote down that the role is its own, before it acted."""

    async def body() -> Any:
        async with pair() as one:
            hall = one.hall
            await hall.log_in("1")
            await hall.take()
            await one.copied()
            await hall.kill("core")
            await hall.kill("spare")
            db = apsw.Connection(str(hall.data / "whole-spare.db"))
            with db:
                remember(LEAP * 400, "spare")(db)
            db.close()
            await hall.start_node("spare")
            await hall.nodes["spare"].says("coordinator of the site")
            await one.followed()
            await one.called("1", "A001")
            assert await hall.take() > "A011", "it does not know what came after its copy"
            return hall

    hall = run(body())
    assert {event.prefix for event in of(hall.books("spare"), e.NumbersPassed)} == {"A", "B"}


def test_a_new_card_in_a_hall_that_remembers_later_epochs(run: Any, pair: Any, tmp_path: Path) -> None:
    """Nodes heed no epoch older than the last; the standby's copy is not overwritten by empty books."""

    async def body() -> None:
        async with pair() as one:
            hall = one.hall
            await hall.log_in("1")
            await hall.take()
            await one.copied()
            for node in ("spare", "core"):
                code, said, _ = await one.promote(node, "--force")
                assert code == 0, said
                ears = hall.seen if node == "core" else one.there
                assert await ears.until(lambda seen=ears: seen.standby.get("copy") == "current", 15.0)
            await hall.until(lambda: hall.seen.ready >= {"core", "east", "spare"})
            await hall.kill("core")
            for node in ("east", "spare"):
                hall.nodes[node].process.send_signal(signal.SIGSTOP)
            assert hall.broker is not None
            hall.broker.kill()
            one.second.kill()
            hall.start_broker()
            await hall.start_node("core", "--data", str(tmp_path / "new card"))
            await hall.nodes["core"].says("coordinator of the site")
            for node in ("east", "spare"):
                hall.nodes[node].process.send_signal(signal.SIGCONT)
            await hall.nodes["core"].says("it begins a later one")
            await hall.strip("1", "暂未开放")
            await hall.log_in("1")
            await hall.nodes["spare"].says("the coordinator lost its journal")

    run(body())
