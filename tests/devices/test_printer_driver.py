"""Driver and twin on a real wire: a pty or TCP, a real loop, and all that goes wrong between them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zxingcpp

from devices.base import DeviceHealth
from devices.printer.driver import PrinterPort
from devices.printer.messages import PrintResult, PrintSlip, Ticket
from devices.printer.render import commands
from devices.printer.settings import PrinterSettings
from simulators.line import LineTwin
from simulators.printer.twin import PrinterTwin

FONT = Path(__file__).parents[2] / "display" / "data" / "hall-sans-sc.otf"
TICKET = Ticket(
    hall="朝天区政务服务中心",
    number="A001",
    service="企业开办",
    ahead=3,
    wait_low_s=600,
    wait_high_s=1150,
    qr="https://hall.example/v/20261123-A001",
)
QUICK = {"status_timeout_s": 0.1, "poll_s": 0.1, "confirm_timeout_s": 0.5, "stall_timeout_s": 0.5}


class Counter:
    """A driver on the pump, its twin on the line."""

    def __init__(self, pump: Any, line: LineTwin, twin: PrinterTwin, settings: PrinterSettings) -> None:
        self.pump = pump
        self.line = line
        self.twin = twin
        self.port = PrinterPort("serial-1", "printer-1", line.url, settings, pump.emit)

    def print(self, job: str, ticket: Ticket = TICKET) -> None:
        self.pump.handle("printer-1", PrintSlip(job, ticket))

    async def result(self, job: str) -> tuple[str, str]:
        await self.pump.until(lambda: any(each.job == job for each in self.said(PrintResult)))
        return next((each.outcome, each.reason) for each in self.said(PrintResult) if each.job == job)

    async def health(self, code: str) -> None:
        await self.pump.until(
            lambda: self.said(DeviceHealth)[-1:] and self.said(DeviceHealth)[-1].code == code
        )

    async def ready(self) -> None:
        await self.pump.until(lambda: DeviceHealth("ready") in self.said(DeviceHealth)[-1:])

    def said(self, kind: type[Any]) -> list[Any]:
        said: list[Any] = self.pump.said("printer-1", kind)
        return said


Talk = Callable[[Counter], Awaitable[None]]


@pytest.fixture
def play(pump: Any, tmp_path: Path) -> Callable[..., None]:
    """Runs a talk between a driver and a twin, by default over a pty."""

    def run(talk: Talk, *, url: str = "", paced: bool = False, twin: Any = None, **changes: Any) -> None:
        async def main() -> None:
            printer = PrinterTwin(font=FONT, **(twin or {}))
            async with LineTwin(url or tmp_path / "printer", [printer], paced=paced) as line, pump:
                counter = Counter(pump, line, printer, PrinterSettings(**{**QUICK, **changes}))
                pump.drive(counter.port)
                await talk(counter)

        asyncio.run(main())

    return run


@pytest.mark.parametrize("url", ["", "socket://127.0.0.1:0"], ids=["pty", "tcp"])
@pytest.mark.parametrize("mode", ["text", "raster"])
@pytest.mark.parametrize("width", [384, 576])
def test_a_ticket_comes_out_and_is_known_as_printed(
    play: Callable[..., None], url: str, mode: str, width: int
) -> None:
    async def talk(counter: Counter) -> None:
        counter.print("j1")
        assert await counter.result("j1") == ("printed", "")
        paper = await counter.twin.next_ticket(5)
        assert (paper.cut, paper.image.width, counter.twin.unknown) == ("partial", width, [])
        found = zxingcpp.read_barcodes(paper.image.convert("L"))
        assert [code.text for code in found] == [TICKET.qr]
        assert ("A001" in paper.text) is (mode == "text")
        assert counter.said(DeviceHealth) == [DeviceHealth("init"), DeviceHealth("ready")]

    play(talk, url=url, twin={"width_dots": width}, mode=mode, width_dots=width)


def test_chinese_arrives_as_chinese_and_rare_characters_as_dots(play: Callable[..., None]) -> None:
    async def talk(counter: Counter) -> None:
        counter.print("j1", msgspec.structs.replace(TICKET, service="㼆姓登记", priority="老年人优先"))
        paper = await counter.twin.next_ticket(5)
        assert paper.text[:1] == ("朝天区政务服务中心",)
        assert "【老年人优先】" in paper.text
        assert not any("登记" in line for line in paper.text)

    play(talk)


@pytest.mark.parametrize("mode", ["text", "raster"])
def test_paper_out_in_mid_ticket_then_a_new_roll_and_the_same_number_again(
    play: Callable[..., None], mode: str
) -> None:
    async def talk(counter: Counter) -> None:
        await counter.ready()
        counter.twin.model.order("paper_out", 60 if mode == "text" else 20_000)
        counter.print("j1")
        assert await counter.result("j1") == ("unknown", "paper_out")
        await counter.health("paper_out")
        counter.print("j2", msgspec.structs.replace(TICKET, copy=1))
        counter.twin.new_roll()
        assert await counter.result("j2") == ("printed", "")
        await counter.ready()
        last = counter.twin.papers[-1]
        assert (last.text[4:5] == ("A001",)) is (mode == "text")
        assert [code.text for code in zxingcpp.read_barcodes(last.image.convert("L"))] == [TICKET.qr]
        assert counter.twin.unknown == []

    play(talk, mode=mode)


def test_paper_out_before_a_ticket_then_a_power_cut(play: Callable[..., None]) -> None:
    async def talk(counter: Counter) -> None:
        await counter.ready()
        counter.twin.take_paper()
        await counter.health("paper_out")
        counter.print("j1")
        counter.twin.power_cut()
        counter.twin.new_roll()
        assert await counter.result("j1") == ("printed", "")
        assert len(counter.twin.papers) == 1

    play(talk)


def test_no_paper_for_too_long_is_not_printed_and_never_comes_out(play: Callable[..., None]) -> None:
    async def talk(counter: Counter) -> None:
        counter.twin.take_paper()
        counter.print("j1")
        assert await counter.result("j1") == ("not_printed", "paper_out")
        counter.twin.new_roll()
        await counter.ready()
        counter.print("j2")
        assert await counter.result("j2") == ("printed", "")
        assert len(counter.twin.papers) == 1

    play(talk, hold_s=0.3)


def test_an_opened_cover_and_a_closed_one(play: Callable[..., None]) -> None:
    async def talk(counter: Counter) -> None:
        await counter.ready()
        counter.twin.open_cover()
        await counter.health("cover_open")
        counter.twin.close_cover()
        await counter.ready()
        counter.print("j1")
        assert await counter.result("j1") == ("printed", "")

    play(talk)


def test_a_jammed_cutter_comes_back_when_it_is_cleared(play: Callable[..., None]) -> None:
    async def talk(counter: Counter) -> None:
        await counter.ready()
        counter.twin.model.cutter_jammed = True
        counter.print("j1")
        assert await counter.result("j1") == ("unknown", "cutter")
        await counter.health("cutter")
        counter.twin.open_cover()
        await counter.health("cover_open")
        counter.twin.clear_cutter()
        counter.twin.close_cover()
        await counter.ready()
        counter.print("j2")
        assert await counter.result("j2") == ("printed", "")

    play(talk)


def test_a_printer_that_never_answers(play: Callable[..., None]) -> None:
    async def talk(counter: Counter) -> None:
        counter.print("j1")
        assert await counter.result("j1") == ("unknown", "no_answer")
        assert counter.said(DeviceHealth)[-1].code == "no_answer"
        await counter.twin.next_ticket(5)

    play(talk, twin={"answers": False})


def test_a_printer_that_is_set_as_never_answering(play: Callable[..., None]) -> None:
    async def talk(counter: Counter) -> None:
        counter.print("j1")
        assert await counter.result("j1") == ("unknown", "")
        await counter.twin.next_ticket(5)
        assert b"\x10\x04" not in counter.twin.heard
        assert b"\x1dr" not in counter.twin.heard
        assert counter.said(DeviceHealth) == [DeviceHealth("init"), DeviceHealth("ready")]

    play(talk, twin={"answers": False}, answers=False)


def test_a_make_without_automatic_status(play: Callable[..., None]) -> None:
    async def talk(counter: Counter) -> None:
        counter.print("j1")
        assert await counter.result("j1") == ("printed", "")
        counter.twin.open_cover()
        await counter.health("cover_open")
        counter.twin.close_cover()
        await counter.ready()

    play(talk, twin={"has_auto_status": False})


def test_an_unplugged_printer_and_its_return(play: Callable[..., None]) -> None:
    async def talk(counter: Counter) -> None:
        await counter.ready()
        counter.twin.open_cover()
        await counter.health("cover_open")
        counter.print("j1")
        counter.line.unplug()
        assert await counter.result("j1") == ("not_printed", "link_lost")
        assert counter.pump.lost is not None
        counter.line.replug()
        counter.twin.close_cover()
        counter.pump.drive(counter.port)
        counter.print("j2")
        assert await counter.result("j2") == ("printed", "")

    play(talk)


def test_a_printer_that_vanishes_in_mid_ticket(play: Callable[..., None]) -> None:
    async def talk(counter: Counter) -> None:
        await counter.ready()
        counter.print("j1")
        await counter.twin.changed(lambda twin: b"A001" in twin.heard, 5)
        counter.line.unplug()
        assert await counter.result("j1") == ("unknown", "link_lost")
        counter.line.replug()
        counter.twin.power_cut()
        counter.pump.drive(counter.port)
        counter.print("j2")
        assert await counter.result("j2") == ("printed", "")

    play(talk, twin={"speed_mm_s": 100}, confirm_timeout_s=5)


def test_garbage_from_the_printer_is_counted_and_changes_nothing(play: Callable[..., None]) -> None:
    async def talk(counter: Counter) -> None:
        await counter.ready()
        counter.line.wire.send(bytes.fromhex("FF 80 91 55 FE FF"))
        await counter.pump.until(lambda: counter.port.rubbish_bytes == 6)
        counter.print("j1")
        assert await counter.result("j1") == ("printed", "")
        assert counter.said(DeviceHealth) == [DeviceHealth("init"), DeviceHealth("ready")]

    play(talk)


@pytest.mark.parametrize("handshake", [True, False], ids=["xon-xoff", "stops reading"])
def test_a_slow_printer_with_a_small_buffer_loses_nothing(play: Callable[..., None], handshake: bool) -> None:
    async def talk(counter: Counter) -> None:
        for job in ("j1", "j2"):
            counter.print(job)
        assert [await counter.result(job) for job in ("j1", "j2")] == [("printed", "")] * 2
        assert counter.twin.lost_bytes == 0
        for paper in counter.twin.papers:
            assert [code.text for code in zxingcpp.read_barcodes(paper.image.convert("L"))] == [TICKET.qr]

    play(
        talk,
        twin={"handshake": handshake, "buffer_bytes": 8192, "speed_mm_s": 1000},
        mode="raster",
        confirm_timeout_s=5,
    )


def test_a_text_ticket_on_a_paced_wire_at_9600_baud(play: Callable[..., None]) -> None:
    async def talk(counter: Counter) -> None:
        counter.print("j1")
        assert await counter.result("j1") == ("printed", "")

    play(talk, paced=True, confirm_timeout_s=5, status_timeout_s=1)


class MemoryLink:
    """A link whose far end is the test."""

    def __init__(self) -> None:
        self.arriving = b""
        self.sent = b""

    def is_up(self) -> bool:
        return True

    def fileno(self) -> int:
        return 0

    def read(self) -> bytes:
        data, self.arriving = self.arriving, b""
        return data

    def write(self, data: bytes) -> int:
        self.sent += data[:7]
        return len(data[:7])

    def close(self) -> None:
        self.arriving = b""


def memory_port() -> tuple[PrinterPort, MemoryLink, list[Any]]:
    link, said = MemoryLink(), []
    opener: Any = lambda *_, **__: link  # noqa: E731
    port = PrinterPort(
        "serial-1",
        "printer-1",
        "memory",
        PrinterSettings(),
        lambda _, message: said.append(message),
        opener=opener,
    )
    port.open(0.0)
    return port, link, said


@pytest.mark.parametrize(("pause_s", "rubbish"), [(0.1, 0), (1.0, 2)])
def test_a_status_cut_by_a_silence_is_rubbish_and_one_that_is_late_is_not(
    pause_s: float, rubbish: int
) -> None:
    port, link, said = memory_port()
    port.on_writable(0.0)
    for now_s, data in ((0.5, "10 00"), (0.5 + pause_s, "00 00")):
        link.arriving = bytes.fromhex(data)
        port.on_readable(now_s)
    assert port.rubbish_bytes == rubbish
    assert (DeviceHealth("ready") in said) is (rubbish == 0)


def test_a_link_that_takes_a_few_bytes_at_a_time_gets_all_of_them() -> None:
    port, link, _ = memory_port()
    port.on_writable(0.0)
    link.arriving = bytes.fromhex("10 00 00 00")
    port.on_readable(0.0)
    port.handle("printer-1", PrintSlip("j1", TICKET), 0.0)
    while port.write_fd() is not None:
        port.on_writable(0.0)
    tail = bytes.fromhex("1D 56 42 00 1D 72 01 1D 61 0E")
    assert link.sent == b"\x1da\x0e" + b"".join(commands(TICKET, PrinterSettings())) + tail[4:]
    assert link.sent.endswith(tail)


def test_the_port_is_in_order_when_closed_twice_or_never_opened() -> None:
    port = PrinterPort("serial-1", "printer-1", "/nowhere", PrinterSettings(), lambda *_: None)
    port.close()
    port.close()
    assert (port.devices, port.read_fd(), port.write_fd(), port.due_s()) == (("printer-1",), None, None, None)


def test_an_unknown_command_is_the_callers_fault() -> None:
    port = PrinterPort("serial-1", "printer-1", "/nowhere", PrinterSettings(), lambda *_: None)
    with pytest.raises(TypeError, match="knows no PrintResult"):
        port.handle("printer-1", PrintResult("j1", "printed"), 0.0)
