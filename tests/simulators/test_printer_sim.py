"""The printer's twin: its ESC/POS, its paper and its troubles, without any of the driver's code."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from simulators.line import LineTwin
from simulators.printer.tokens import MOST_DATA_BYTES, Tokens
from simulators.printer.twin import XOFF, XON, PrinterTwin

FONT = Path(__file__).parents[2] / "display" / "data" / "hall-sans-sc.otf"
GOLDEN = Path(__file__).parents[1] / "golden" / "printer" / "escpos"
CUT = "1D 56 42 00"


class Bench:
    """A twin off the wire: `hear` returns what it said."""

    def __init__(self, twin: PrinterTwin) -> None:
        self.twin = twin
        self.said = bytearray()
        self.now_s = 0.0
        twin.hosted(lambda _, data: self.said.extend(data))

    def hear(self, text: str | bytes) -> str:
        self.said.clear()
        self.twin.hear(text if isinstance(text, bytes) else bytes.fromhex(text), self.now_s)
        return self.said.hex(" ").upper()

    def hand(self, act: Callable[[], None]) -> str:
        self.said.clear()
        act()
        return self.said.hex(" ").upper()


@pytest.fixture
def bench() -> Bench:
    return Bench(PrinterTwin())


def golden(name: str) -> list[str]:
    return (GOLDEN / f"{name}.hex").read_text(encoding="utf-8").splitlines()[1:]


@pytest.mark.parametrize("name", ["auto_status_healthy", "dle_eot_healthy", "paper_answer"])
def test_golden_conversations_of_a_healthy_printer(bench: Bench, name: str) -> None:
    lines = golden(name)
    for asked, answered in zip(lines[::2], lines[1::2], strict=True):
        assert bench.hear(asked[2:]) == answered[2:]


def test_golden_conversation_near_the_end_of_the_paper(bench: Bench) -> None:
    bench.twin.model.paper_mm = 100
    asked, answered = golden("paper_answer_near_end")
    assert bench.hear(asked[2:]) == answered[2:]


def test_golden_conversation_out_of_paper(bench: Bench) -> None:
    bench.twin.take_paper()
    lines = golden("dle_eot_paper_out")
    for asked, answered in zip(lines[::2], lines[1::2], strict=True):
        assert bench.hear(asked[2:]) == answered[2:]
    assert bench.hear("1D 72 01 1D 61 0E") == ""


@pytest.mark.parametrize("trouble", ["paper_out", "cover_open", "cutter"])
def test_automatic_status_tells_each_trouble_as_it_comes(bench: Bench, trouble: str) -> None:
    bench.hear("1D 61 0E")
    if trouble == "cutter":
        bench.twin.model.cutter_jammed = True
        told = bench.hear("41 0A" + CUT)
    else:
        told = bench.hand(bench.twin.take_paper if trouble == "paper_out" else bench.twin.open_cover)
    assert golden(f"auto_status_{trouble}") == [f"< {told}"]


def test_golden_chinese_line(bench: Bench) -> None:
    (line,) = golden("chinese")
    bench.hear(line[2:] + CUT)
    assert bench.twin.papers[0].text == ("请A001号",)


def test_chinese_without_being_told_is_rubbish_as_in_life() -> None:
    plain, chinese = Bench(PrinterTwin()), Bench(PrinterTwin(boots_chinese=True))
    for bench in (plain, chinese):
        bench.hear("C7 EB 0A" + CUT)
    assert plain.twin.papers[0].text == ("╟δ",)
    assert chinese.twin.papers[0].text == ("请",)


def test_four_byte_characters_of_gb18030(bench: Bench) -> None:
    bench.hear(b"\x1c&" + "㼆𠮷".encode("gb18030") + b"\n" + bytes.fromhex(CUT))
    assert bench.twin.papers[0].text == ("㼆𠮷",)


def test_a_line_that_is_too_long_is_wrapped_by_the_printer() -> None:
    bench = Bench(PrinterTwin(width_dots=384))
    bench.hear(b"x" * 40 + b"\n" + bytes.fromhex(CUT))
    assert bench.twin.papers[0].text == ("x" * 32, "x" * 8)


def test_a_raster_lies_on_the_paper_dot_by_dot(bench: Bench) -> None:
    bench.hear("1D 76 30 00 02 00 02 00 F0 0F 81 18" + CUT)
    image = bench.twin.papers[0].image
    assert image.size == (576, 2)
    assert image.tobytes()[:2] == bytes.fromhex("0F F0")
    assert image.tobytes()[72:74] == bytes.fromhex("7E E7")


def test_a_stored_symbol_is_drawn_and_can_be_read(bench: Bench) -> None:
    (line,) = golden("qr")
    bench.hear(line[2:] + CUT)
    paper = bench.twin.papers[0]
    assert paper.qr == ("A001",)
    assert [found.text for found in zxingcpp.read_barcodes(paper.image.convert("L"))] == ["A001"]


def test_a_symbol_that_cannot_hold_so_much_is_not_printed(bench: Bench) -> None:
    bench.hear("1D 28 6B BB 0B 31 50 30" + "62" * 3000 + "1D 28 6B 03 00 31 51 30")
    bench.hear("41 0A" + CUT)
    assert (bench.twin.papers[0].text, bench.twin.papers[0].qr) == (("A",), ())


def test_real_time_requests_inside_a_raster_are_dots(bench: Bench) -> None:
    assert bench.hear("1D 76 30 00 03 00 01 00 10 04 01") == ""
    assert bench.hear("10 04 01") == "12"


def test_real_time_requests_overtake_what_waits(bench: Bench) -> None:
    bench.twin.open_cover()
    assert bench.hear("1D 72 01 10 04 02") == "16"
    assert bench.hand(bench.twin.close_cover) == "00"


def test_paper_out_in_mid_ticket_leaves_a_torn_piece_and_a_rest(bench: Bench) -> None:
    bench.twin.model.order("paper_out", 6)
    bench.hear(b"one\ntwo\nthree\n" + bytes.fromhex(CUT))
    assert bench.twin.papers == []
    bench.twin.new_roll()
    assert [(paper.text, paper.cut) for paper in bench.twin.papers] == [
        (("one",), "torn"),
        (("two", "three"), "partial"),
    ]


def test_a_jammed_cutter_needs_a_hand_and_then_the_driver(bench: Bench) -> None:
    bench.twin.model.cutter_jammed = True
    bench.hear(b"one\n" + bytes.fromhex(CUT))
    bench.hear("10 05 02")
    assert bench.hear("10 04 03") == "1A"
    bench.twin.clear_cutter()
    assert bench.hear("10 04 03") == "1A"
    bench.hear("10 05 02")
    assert bench.hear("10 04 03") == "12"


def test_a_power_cut_forgets_work_and_automatic_status(bench: Bench) -> None:
    bench.hear("1D 61 0E")
    bench.twin.open_cover()
    bench.hear(b"lost\n")
    assert bench.hand(bench.twin.power_cut) == ""
    assert bench.hand(bench.twin.close_cover) == ""
    bench.hear(bytes.fromhex(CUT))
    assert bench.twin.papers == []


def test_printing_takes_its_time() -> None:
    bench = Bench(PrinterTwin(speed_mm_s=10))
    bench.hear(b"one\ntwo\n" + bytes.fromhex("1D 72 01"))
    assert bench.said == b""
    while (due_s := bench.twin.due_s()) is not None:
        bench.now_s = due_s
        bench.twin.step(due_s)
    assert bench.said == b"\x00"
    assert bench.now_s == pytest.approx(2 * 30 / 8 / 10)


def test_a_full_buffer_asks_to_wait_and_counts_what_is_lost() -> None:
    bench = Bench(PrinterTwin(handshake=True, buffer_bytes=100))
    bench.twin.open_cover()
    assert bench.hear(b"x" * 99) == ""
    assert bench.hear(b"\n" * 10) == XOFF.hex().upper()
    bench.hear(b"\n" * 200)
    assert bench.twin.lost_bytes == 109
    assert bench.hand(bench.twin.close_cover) == XON.hex().upper()


def test_a_printer_that_never_answers_prints_all_the_same() -> None:
    bench = Bench(PrinterTwin(answers=False))
    assert bench.hear("1D 61 0E 10 04 01 1D 72 01 41 0A" + CUT) == ""
    assert bench.twin.papers[0].text == ("A",)


def test_an_unknown_command_is_named_and_skipped(bench: Bench) -> None:
    bench.hear(b"\x1bzok\n" + bytes.fromhex(CUT))
    assert bench.twin.unknown == [b"\x1bz"]
    assert bench.twin.papers[0].text == ("ok",)


def test_an_absurd_raster_is_not_waited_for() -> None:
    assert Tokens().feed(b"\x1dv0\x00\xff\xff\xff\xff")[0].name == b"\x1dv"


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_any_bytes_make_tokens_that_add_up(pieces: list[bytes]) -> None:
    tokens = Tokens()
    sizes = sum(token.size for piece in pieces for token in tokens.feed(piece))
    assert sizes <= sum(map(len, pieces))
    assert sum(map(len, pieces)) - sizes <= MOST_DATA_BYTES


@given(st.binary(max_size=120))
def test_any_bytes_leave_a_printer_that_still_answers(data: bytes) -> None:
    bench = Bench(PrinterTwin())
    bench.hear(data)
    bench.hand(bench.twin.power_cut)
    assert bench.hear("1D 61 0E") == "10 00 00 00"


STRANGER = """
import sys
from escpos.printer import Serial
p = Serial(devfile=sys.argv[1], baudrate=9600, timeout=0.2)
print(p.is_online(), p.paper_status())
p.set(align="center", bold=True, double_height=True, double_width=True)
p.text("朝天区政务服务中心\\n")
p.set(normal_textsize=True)
p.qr("https://hall.example/v/1", ec=1, size=6, native=True, center=False)
p.text("A001\\n")
p.cut(mode="PART")
"""


async def run_stranger(url: str, folder: Path) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        STRANGER,
        url,
        env={**os.environ, "ESCPOS_CAPABILITIES_PICKLE_DIR": str(folder), "PYTHONIOENCODING": "utf-8"},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode()


@pytest.mark.parametrize(("paper_mm", "says"), [(50_000.0, "True 2"), (100.0, "True 1"), (0.0, "False 0")])
def test_a_strangers_program_prints_here(tmp_path: Path, paper_mm: float, says: str) -> None:
    """python-escpos over a pty: status read, big Chinese, native QR, partial cut."""

    async def main() -> None:
        twin = PrinterTwin(boots_chinese=True, font=FONT)
        twin.model.paper_mm = paper_mm
        async with LineTwin(tmp_path / "printer", [twin], paced=False) as line:
            assert (await run_stranger(line.url, tmp_path)).strip() == says
            if twin.model.paper_out:
                twin.new_roll()
            paper = await twin.next_ticket(5)
        assert paper.text == ("朝天区政务服务中心", "A001")
        assert paper.qr == ("https://hall.example/v/1",)
        assert paper.cut == "partial"
        assert twin.unknown == []
        found = zxingcpp.read_barcodes(paper.image.convert("L"))
        assert [code.text for code in found] == ["https://hall.example/v/1"]

    asyncio.run(main())


def test_waiting_for_a_ticket_that_does_not_come_says_what_is_seen() -> None:
    async def main() -> None:
        with pytest.raises(TimeoutError, match="printer still shows '✖"):
            twin = PrinterTwin()
            twin.model.cover_open = True
            await twin.next_ticket(0.01)

    asyncio.run(main())
