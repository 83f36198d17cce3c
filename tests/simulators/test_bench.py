"""A bench in one process: worked, broken and watched by a program, its drivers pyserial's."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import serial

from simulators.bench.bench import Bench
from simulators.bench.happenings import EVENTS, FOLLOWED_MAX, Happening, News
from simulators.bench.kinds import (
    BoardSettings,
    EvaluatorSettings,
    KeypadSettings,
    PinSettings,
    PrinterSettings,
    StripSettings,
)
from simulators.bench.plan import BenchPlan, DevicePlan, FaultPlan, PortPlan
from simulators.bench.ports import WirePort
from simulators.bench.thread import BenchThread
from simulators.trouble import CannotBe, Order
from simulators.wires.names import NameTaken
from simulators.wires.pty_wire import PtyWire

CALL = bytes.fromhex("A0 90 03 A5 00 0E C7EB00 4101 3001 3001 3101 BAC500 8B")
ACK = bytes.fromhex("A0 90 03 A5 AA")
NEXT = bytes.fromhex("FF 68 03 03 68 03 01 0C 10 16")
TICKET = b"\x1b@A001\n\x1dVB\x00"
PATIENCE_S = 10.0


@pytest.fixture
def plan(tmp_path: Path) -> BenchPlan:
    """A window's line, and a printer on TCP."""
    return BenchPlan(
        ports=(
            PortPlan(id="window", url=str(tmp_path / "window")),
            PortPlan(id="tickets", url="socket://127.0.0.1:0", paced=False),
        ),
        devices=(
            DevicePlan(id="keypad", kind="keypad", port="window", settings=KeypadSettings()),
            DevicePlan(id="pad", kind="evaluator", port="window", settings=EvaluatorSettings(keypad=3)),
            DevicePlan(id="strip", kind="strip", port="window", settings=StripSettings(rom="1号窗口")),
            DevicePlan(id="printer", kind="printer", port="tickets", settings=PrinterSettings()),
        ),
    )


def on_bench(plan: BenchPlan, scenario: Callable[[Bench], Any]) -> None:
    async def whole() -> None:
        async with asyncio.timeout(30), Bench(plan) as bench:
            await scenario(bench)

    asyncio.run(whole())


def own_name() -> str:
    return Path("/proc/self/comm").read_text(encoding="utf-8").strip()


class Told:
    """All that a bench told, and somebody to wait for it."""

    def __init__(self, news: News) -> None:
        self.all: list[dict[str, Any]] = []
        self._came = asyncio.Event()
        news.listeners.append(self._take)

    def _take(self, happening: Happening) -> None:
        self.all.append({key: value for key, value in happening.plain().items() if key != "at_s"})
        self._came.set()

    async def until(self, **keys: Any) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            while not (found := [one for one in self.all if keys.items() <= one.items()]):
                self._came.clear()
                await self._came.wait()
        return found[-1]


def test_a_counter_is_worked_and_watched(plan: BenchPlan) -> None:
    async def scenario(bench: Bench) -> None:
        told = Told(bench.news)
        port = bench.ports["window"]
        with serial.Serial(port.url, 9600, timeout=0) as driver:
            await told.until(event="open", of="window", count=1)
            await bench.do("keypad", "press", keys="evaluate")
            await told.until(event="face", of="pad", face="● 请您评价")
            driver.write(CALL)
            await told.until(event="face", of="strip", face="▌请A001号▐")
            await told.until(event="bytes", of="window", way=">")
            await told.until(event="bytes", of="window", way="<")
            crossed = b"".join(data for _, way, data in port.recent if way == ">")
            assert crossed == CALL
        assert told.all[0] == {"event": "open", "of": "window", "count": 1}
        assert {"event": "hand", "of": "keypad", "did": "press", "keys": "evaluate"} in told.all
        assert {one["event"] for one in told.all} <= set(EVENTS)
        seen = bench.look()
        assert seen["strip"]["text"] == "请A001号"
        assert seen["window"]["heard_bytes"] == len(CALL)
        assert list(seen) == ["window", "tickets", "keypad", "pad", "strip", "printer"]

    on_bench(plan, scenario)


def test_a_paper_is_told_and_can_be_waited_for(plan: BenchPlan) -> None:
    async def scenario(bench: Bench) -> None:
        told = Told(bench.news)
        port = serial.serial_for_url(bench.ports["tickets"].url)
        waiting = asyncio.ensure_future(bench.do("printer", "next_ticket", timeout_s=5))
        await asyncio.sleep(0)
        port.write(TICKET)
        assert (await waiting).text == ("A001",)
        paper = await told.until(event="paper", of="printer")
        assert (paper["text"], paper["cut"], paper["width"]) == (("A001",), "partial", 576)
        port.close()

    on_bench(plan, scenario)


@pytest.mark.parametrize(
    ("name", "hand", "said", "says"),
    [
        ("keypd", "press", {"keys": "next"}, 'no device "keypd"; did you mean "keypad"\\?'),
        ("xyz", "press", {}, 'no device "xyz"; there are keypad, pad, strip, printer, window, tickets'),
        ("strip", "press", {}, "nobody can press strip; what can be done to a strip: power_cut"),
        ("keypad", "press", {}, 'press must be told "keys": digits and a function key'),
        ("keypad", "press", {"key": "next"}, 'press is not told "key"; it is told keys'),
        ("keypad", "press", {"keys": 5}, '"keys" cannot be 5: Expected `str`, got `int`'),
        ("keypad", "press", {"keys": "nxt"}, 'this keypad cannot send "nxt"'),
        ("pad", "press", {"grade": "good"}, "\"grade\" cannot be 'good'"),
        ("pad", "press", {"grade": 9}, "this pad has the grades 0 to 3, not 9"),
        ("keypad", "faults", {}, "nobody can faults keypad"),
        ("window", "stop", {}, "what can be done to a port: nothing"),
    ],
)
def test_what_nobody_can_do_is_said(
    plan: BenchPlan, name: str, hand: str, said: dict[str, Any], says: str
) -> None:
    async def scenario(bench: Bench) -> None:
        with pytest.raises(CannotBe, match=says):
            await bench.do(name, hand, **said)

    on_bench(plan, scenario)


def test_words_typed_are_taken_for_numbers_where_numbers_are_meant(plan: BenchPlan) -> None:
    async def scenario(bench: Bench) -> None:
        await bench.do("pad", "press", grade="2")
        assert bench.device("pad").face == "◐"

    on_bench(plan, scenario)


def test_a_fault_ends_by_itself_and_an_old_end_is_not_the_new_faults(plan: BenchPlan) -> None:
    async def scenario(bench: Bench) -> None:
        told = Told(bench.news)
        bench.fault("printer", "cover", for_s=0.01)
        bench.mend("printer", "cover")
        bench.fault("printer", "cover")
        bench.fault("printer", "offline", for_s=0.05)
        assert bench.look()["printer"]["troubles"] == {"cover": {}, "offline": {}}
        await told.until(event="fault", of="printer", fault="offline", on=False)
        assert bench.look()["printer"]["troubles"] == {"cover": {}}
        bench.fault("printer", "paper_out", Order(after_bytes=9), for_s=0.01)
        await told.until(event="fault", of="printer", fault="paper_out", after_bytes=9, on=True)
        await told.until(event="fault", of="printer", fault="paper_out", on=False)

    on_bench(plan, scenario)


def test_a_device_alone_takes_its_port_with_it_and_comes_back_elsewhere(
    plan: BenchPlan,
) -> None:
    async def scenario(bench: Bench) -> None:
        port = bench.ports["tickets"]
        before = port.url
        driver = serial.serial_for_url(port.url)
        bench.fault("printer", "unplug")
        assert port.face.endswith("(拔出)")
        with pytest.raises(serial.SerialException, match=r"disconnected|lost|reset"):
            await asyncio.to_thread(driver.read, 1)
        driver.close()
        with pytest.raises(
            CannotBe, match=r"tickets is a socket:// port and cannot come back at /tmp/printer"
        ):
            bench.fault("printer", "replug", Order(url="/tmp/printer"))
        bench.fault("printer", "replug", Order(url="socket://127.0.0.1:0"))
        assert bench.look()["printer"]["troubles"] == bench.look()["tickets"]["troubles"] == {}
        serial.serial_for_url(port.url).close()
        assert port.url != before

    on_bench(plan, scenario)


def test_a_port_comes_back_under_another_name(plan: BenchPlan, tmp_path: Path) -> None:
    async def scenario(bench: Bench) -> None:
        told = Told(bench.news)
        bench.fault("window", "unplug", Order(url=str(tmp_path / "other")), for_s=0.01)
        assert not (tmp_path / "window").is_symlink()
        await told.until(event="fault", of="window", fault="unplug", on=False)
        with serial.Serial(str(tmp_path / "other"), 9600, timeout=0) as driver:
            driver.write(CALL)
            await told.until(event="face", of="strip", face="▌请A001号▐")
        bench.fault("window", "unplug")
        bench.fault("window", "replug", Order(url=str(tmp_path / "third")))
        assert (tmp_path / "third").is_symlink()

    on_bench(plan, scenario)


def test_a_device_that_shares_its_line_leaves_it_to_the_others(plan: BenchPlan) -> None:
    async def scenario(bench: Bench) -> None:
        told = Told(bench.news)
        bench.fault("strip", "unplug")
        with serial.Serial(bench.ports["window"].url, 9600, timeout=0) as driver:
            driver.write(CALL + bytes.fromhex("FF 68 02 02 68 03 03 06 16"))
            await told.until(event="face", of="keypad", face="[]♪")
        assert bench.device("strip").face == "(未接线)"
        with pytest.raises(CannotBe, match="unplug cannot be told url: it takes nothing"):
            bench.fault("strip", "replug", Order(url="/elsewhere"))
        bench.fault("strip", "replug")
        assert bench.device("strip").face == "▌1号窗口▐"

    on_bench(plan, scenario)


def test_noise_on_a_port_is_heard_by_all_and_is_the_same_from_the_same_seed(plan: BenchPlan) -> None:
    async def noise(bench: Bench) -> bytes:
        port = bench.ports["window"]
        port._bursts.recent.clear()
        told = Told(bench.news)
        bench.fault("window", "noise", Order(seed=5, every_s=0.05))
        while len(told.all) < 8:
            await told.until(event="bytes")
            told._came.clear()
            await told._came.wait()
        bench.mend("window", "noise")
        return b"".join(data for _, _, data in port.recent)

    async def scenario(bench: Bench) -> None:
        first = await noise(bench)
        crossed = asyncio.Event()
        bench.ports["window"].line.wire.send(b"\0", lambda data: crossed.set())
        await crossed.wait()  # and so has all that was sent before
        assert bench.ports["window"].recent[-1][2].endswith(b"\0"), "which ends a burst"
        second = await noise(bench)
        shorter = min(len(first), len(second))
        assert first[:shorter] == second[:shorter]
        with pytest.raises(CannotBe, match="window is a port and cannot have late: it is a wire"):
            bench.fault("window", "late")

    on_bench(plan, scenario)


def test_a_script_is_checked_before_its_first_fault(plan: BenchPlan) -> None:
    async def scenario(bench: Bench) -> None:
        told = Told(bench.news)
        good = FaultPlan(at_s=0.0, device="printer", fault="cover", for_s=0.02)
        with pytest.raises(CannotBe, match="strip is a strip and cannot have stuck_key: it has no keys"):
            bench.run([good, FaultPlan(at_s=1.0, device="strip", fault="stuck_key")])
        bench.run([good, FaultPlan(at_s=0.01, device="pad", fault="silent")])
        await told.until(event="fault", of="printer", fault="cover", on=False)
        await told.until(event="fault", of="pad", fault="silent", on=True)
        assert next(one["on"] for one in told.all if one["event"] == "fault") is True

    on_bench(plan, scenario)


def test_a_port_that_cannot_come_back_is_told(plan: BenchPlan, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")

    async def scenario(bench: Bench) -> None:
        told = Told(bench.news)
        bench.fault("window", "unplug", Order(url=str(tmp_path / "file")), for_s=0.01)
        refused = await told.until(event="refused", of="window")
        assert "is there already and no twin's name" in refused["why"]

    on_bench(plan, scenario)


def test_a_wrong_setting_is_seen_and_said(plan: BenchPlan) -> None:
    async def scenario(bench: Bench) -> None:
        told = Told(bench.news)
        url = bench.ports["window"].url
        with serial.Serial(url, 4800, stopbits=2, timeout=0) as driver:
            driver.write(CALL)
            framing = await told.until(event="framing", of="window")
            assert (framing["set"], framing["own"], framing["understood"]) == ("4800 8N2", "9600 8N1", False)
            await told.until(event="face", of="strip", face="!! 波特率 4800 停止位 2")
            assert bench.ports["window"].face == f"{url} 9600 8N1 已打开 !! 波特率 4800 停止位 2"

    on_bench(plan, scenario)


def test_two_programs_on_one_pty_are_named(plan: BenchPlan) -> None:
    async def scenario(bench: Bench) -> None:
        told = Told(bench.news)
        url = bench.ports["window"].url
        with serial.Serial(url, 9600):
            await told.until(event="open", of="window", count=1)
            with Path(url).open("rb+", 0) as terminal:
                other = await asyncio.create_subprocess_exec("sleep", "60", stdin=terminal)
                said = await told.until(event="open", of="window", count=2)
            assert bench.ports["window"].face.endswith("!! 2 个程序同时打开")
            other.kill()
            await other.wait()
            await told.until(event="open", of="window", count=1)
        own, others = said["who"][0], said["who"][1:]
        assert sorted([own, *others]) == sorted([f"{os.getpid()} ({own_name()})", f"{other.pid} (sleep)"])

    on_bench(plan, scenario)


def test_two_who_close_a_pty_in_the_same_instant_are_both_gone(plan: BenchPlan) -> None:
    async def scenario(bench: Bench) -> None:
        told = Told(bench.news)
        port = bench.ports["window"]
        first = os.open(port.url, os.O_RDWR | os.O_NOCTTY)
        await told.until(event="open", of="window", count=1)
        wire = port.line.wire
        assert isinstance(wire, PtyWire) and wire._watch is not None
        second = os.open(port.url, os.O_RDWR | os.O_NOCTTY)
        wire._watch.look()
        assert wire._watch.count == 2
        os.close(first)
        os.close(second)
        await told.until(event="open", of="window", count=0)
        assert (wire._watch.count, port.holders) == (0, 0)
        with serial.Serial(port.url, 9600):
            await told.until(event="face", of="window", face=f"{port.url} 9600 8N1 已打开")

    on_bench(plan, scenario)


def test_a_follower_that_lags_is_told_how_much_it_missed() -> None:
    async def scenario() -> None:
        news = News()
        follower = news.follow("face")
        for at in range(FOLLOWED_MAX + 5):
            news.tell("face", "strip", face=str(at))
            news.tell("bytes", "window", way="<", hex="00")
        assert follower.missed == 5
        assert (await anext(follower)).more == {"face": "5"}
        follower.close()
        follower.close()
        assert news.listeners == []

    asyncio.run(scenario())


def test_pins_and_boards_stand_on_a_bench_too(tmp_path: Path) -> None:
    plan = BenchPlan(
        ports=(
            PortPlan(id="pins", url=f"mock-gpio:{tmp_path / 'pins.sock'}"),
            PortPlan(id="hdmi", url=f"framebuffer:{tmp_path / 'board'}"),
        ),
        devices=(
            DevicePlan(id="button", kind="button", port="pins", settings=PinSettings(pin=17)),
            DevicePlan(id="lamp", kind="lamp", port="pins", settings=PinSettings(pin=27)),
            DevicePlan(id="board", kind="board", port="hdmi", settings=BoardSettings(width=64, height=32)),
        ),
    )

    async def scenario(bench: Bench) -> None:
        lines: asyncio.Queue[bytes] = asyncio.Queue()
        links: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()

        async def node(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            links.put_nowait(writer)
            while line := await reader.readline():
                lines.put_nowait(line)

        server = await asyncio.start_unix_server(node, tmp_path / "pins.sock")
        link = await links.get()
        link.write(b"in 17 1\nout 27 1\n" + b"in x 1\n\xff\n")
        await bench.device("lamp").changed(lambda lamp: lamp.face == "●", PATIENCE_S)
        await bench.do("button", "press")
        assert [await lines.get(), await lines.get()] == [b"low 17\n", b"float 17\n"]
        bench.fault("button", "noise", Order(seed=1))
        await bench.do("button", "press")
        assert lines.qsize() >= 6
        bench.fault("lamp", "lamp_broken")
        assert bench.device("lamp").face == "○"
        bench.fault("button", "stuck_key")
        bench.fault("button", "unplug")
        assert bench.device("button").face == "(断线)"
        with pytest.raises(CannotBe, match="button is a button and cannot have late: it is a wire to a pin"):
            bench.fault("button", "late")
        (tmp_path / "board" / "fb0").write_bytes(bytes(64 * 32 * 4))
        await bench.device("board").changed(lambda board: board.face == "64×32 第 1 幅", PATIENCE_S)
        server.close()
        link.close()
        await bench.device("lamp").changed(lambda lamp: lamp.face == "(未接通)", PATIENCE_S)

    on_bench(plan, scenario)


def test_a_bench_that_cannot_start_leaves_nothing_behind(plan: BenchPlan, tmp_path: Path) -> None:
    async def whole() -> None:
        async with Bench(plan):
            second = BenchPlan(
                ports=(PortPlan(id="free", url=str(tmp_path / "free")), *plan.ports),
                devices=(
                    DevicePlan(id="k", kind="keypad", port="free", settings=KeypadSettings()),
                    *plan.devices,
                ),
            )
            with pytest.raises(NameTaken, match="is the name of another living twin"):
                await Bench(second).start()
            assert not (tmp_path / "free").is_symlink()
        assert list(tmp_path.iterdir()) == []

    asyncio.run(whole())


def test_programs_without_a_loop_have_a_thread(plan: BenchPlan) -> None:
    with BenchThread(plan) as bench:
        url = bench.look("window")["url"]
        with serial.Serial(url, 9600, timeout=PATIENCE_S) as driver:
            bench.do("keypad", "press", keys="next")
            assert driver.read(len(NEXT)) == NEXT
            driver.write(NEXT)
            bench.wait("keypad", lambda keypad: not keypad.is_busy)
            bench.fault("strip", "no_ack")
            driver.write(CALL)
            bench.wait("strip", lambda strip: "A001" in strip.face, timeout_s=PATIENCE_S)
            bench.mend("strip", "no_ack")
            driver.write(CALL)
            assert driver.read(len(ACK)) == ACK
            assert bench.face("strip") == "▌请A001号▐"
        with pytest.raises(TimeoutError, match=r"strip still shows '▌请A001号▐' after 0.01 s"):
            bench.wait("strip", lambda strip: False, timeout_s=0.01)
        with pytest.raises(CannotBe, match="nobody can press strip"):
            bench.do("strip", "press")
    assert not Path(url).is_symlink()


def test_a_thread_whose_bench_cannot_start_ends(plan: BenchPlan) -> None:
    with BenchThread(plan), pytest.raises(NameTaken), BenchThread(plan):
        pass


def test_the_port_of_a_bench_is_found_by_its_name(plan: BenchPlan) -> None:
    async def scenario(bench: Bench) -> None:
        assert isinstance(bench.device("window"), WirePort)

    on_bench(plan, scenario)
