"""What stands on a ticket, and as which bytes."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.printer.layout import compose, wait_text
from devices.printer.messages import Notice, Ticket
from devices.printer.render import commands
from devices.printer.settings import PrinterSettings
from devices.printer.text_gb import clean, columns, covers, encode
from display.ticket import Code, Pair, Rule, Words

TICKET = Ticket(
    hall="朝天区政务服务中心",
    hall_en="Chaotian Service Centre",
    number="A001",
    service="企业开办（设立登记）",
    service_en="Business registration",
    priority="老年人优先",
    ahead=3,
    wait_low_s=600,
    wait_high_s=1150,
    issued="2026-11-23 09:15",
    windows="1-8号窗口",
    qr="https://hall.example/v/20261123-A001",
)
NOTHING = Ticket(hall="", number="A1", service="")


def printed(ticket: Ticket | Notice, **changes: Any) -> list[str]:
    """The lines of a text ticket as a Chinese printer reads them, commands taken out."""
    data = b"".join(commands(ticket, PrinterSettings(qr="none", **changes)))
    for command in (b"\x1b@", b"\x1c&\x1ba\x01", b"\x1c.", b"\x1dVB\x00"):
        data = data.replace(command, b"")
    text = data.decode("gb18030")
    while (at := text.find("\x1d!")) >= 0:
        text = text[:at] + text[at + 3 :]
    return text.splitlines()


def test_the_chinese_ticket() -> None:
    assert printed(TICKET, language="zh", width_dots=384) == [
        "朝天区政务服务中心",
        "-" * 32,
        "您的号码",
        "A001",
        "【老年人优先】",
        "企业开办（设立登记）",
        "-" * 32,
        "前面等候                     3人",
        "预计等候            约10～20分钟",
        "办理窗口               1-8号窗口",
        "取号时间        2026-11-23 09:15",
        "-" * 32,
        "请留意叫号屏和广播",
        "过号请到咨询台",
    ]


ALONE = msgspec.structs.replace(
    TICKET, number="X501", alone=True, ahead=None, wait_low_s=0, wait_high_s=0, qr=""
)


def test_a_ticket_issued_alone_says_so_and_tells_no_wait() -> None:
    assert printed(ALONE, language="both", width_dots=384)[3:-4] == [
        "您的号码 Your number",
        "X501",
        "【脱机取号 Issued offline】",
        "【老年人优先】",
        "企业开办（设立登记）",
        "Business registration",
        "-" * 32,
        "办理窗口               1-8号窗口",
        "取号时间        2026-11-23 09:15",
        "系统恢复后，按取号时间排队叫号",
        "Once the system is back you are",
        "called by the time of issue",
        "-" * 32,
    ]
    english = printed(ALONE, language="en", width_dots=576)
    assert english[4] == "【Issued offline】"
    assert not [line for line in english if "Ahead" in line or "wait" in line]


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("zh", ["请到咨询台取号"]),
        ("en", ["Please ask at the desk"]),
        ("both", ["请到咨询台取号", "Please ask at the desk"]),
    ],
)
def test_a_slip_without_a_number(language: str, lines: list[str]) -> None:
    notice = Notice(hall="大厅", text="请到咨询台取号", text_en="Please ask at the desk", issued="09:15")
    rule = "-" * 32
    assert printed(notice, language=language, width_dots=384) == ["大厅", rule, *lines, rule, "09:15"]


def test_the_english_ticket() -> None:
    assert printed(TICKET, language="en", width_dots=576)[:9] == [
        "Chaotian Service Centre",
        "-" * 48,
        "Your number",
        "A001",
        "【老年人优先】",
        "Business registration",
        "-" * 48,
        "Ahead of you                                   3",
        "Expected wait                    about 10-20 min",
    ]


def test_both_languages_chinese_first() -> None:
    lines = printed(TICKET)
    for zh, en in (
        ("朝天区政务服务中心", "Chaotian Service Centre"),
        ("企业开办（设立登记）", "Business registration"),
        ("请留意叫号屏和广播", "Please watch the screens."),
    ):
        assert lines.index(zh) < lines.index(en)
    assert "3 ahead, wait about 10-20 min" in lines


def test_a_reprint_says_so_before_its_number() -> None:
    lines = printed(msgspec.structs.replace(TICKET, copy=2))
    assert lines.index("【补打第2次 Copy 2】") < lines.index("A001")


def test_what_nobody_can_say_is_left_out() -> None:
    rows = compose(NOTHING, PrinterSettings(language="zh"))
    assert not [row for row in rows if isinstance(row, Pair | Code)]
    assert [row.text for row in rows if isinstance(row, Words)][1:3] == ["您的号码", "A1"]
    assert len([row for row in rows if isinstance(row, Rule)]) == 3


@pytest.mark.parametrize(
    ("low_s", "high_s", "zh", "en"),
    [
        (0, 0, "", ""),
        (0, 59, "1分钟内", "under 1 min"),
        (30, 61, "约2分钟", "about 2 min"),
        (600, 1150, "约10～20分钟", "about 10-20 min"),
        (600, 600, "约10分钟", "about 10 min"),
        (7199, 7200, "约119～120分钟", "about 119-120 min"),
        (7200, 10_000, "约2～3小时", "about 2-3 h"),
    ],
)
def test_a_wait_is_told_as_a_range(low_s: int, high_s: int, zh: str, en: str) -> None:
    assert (wait_text(low_s, high_s, "zh"), wait_text(low_s, high_s, "en")) == (zh, en)


@pytest.mark.parametrize(("width", "whole"), [(576, True), (384, False)])
def test_a_name_of_200_characters_stays_whole_or_is_cut_visibly(width: int, whole: bool) -> None:
    name = "".join(chr(0x4E00 + index) for index in range(200))
    name = "".join(char if covers(char, "gb2312") else "办" for char in name)
    lines = printed(msgspec.structs.replace(TICKET, service=name), width_dots=width, language="zh")
    service = "".join(lines[lines.index("【老年人优先】") + 1 : lines.index("-" * (width // 12), 3)])
    assert (service == name) is whole
    assert service.endswith("…") is not whole
    assert all(columns(line) <= width // 12 for line in lines)


@pytest.mark.parametrize(
    ("number", "width", "size"),
    [("A001", 576, 0x55), ("A001", 384, 0x55), ("AB123456", 576, 0x55), ("AB123456", 384, 0x33)],
)
def test_the_number_is_as_large_as_the_paper_is_wide(number: str, width: Any, size: int) -> None:
    sent = commands(msgspec.structs.replace(TICKET, number=number), PrinterSettings(width_dots=width))
    assert bytes([0x1D, 0x21, size]) + number.encode() + b"\n\x1d!\x00" in sent


def test_golden_chinese_line(golden: Callable[[str], list[Any]]) -> None:
    (line,) = golden("printer/escpos/chinese")
    assert b"\x1c&" + encode("请A001号", "gb2312") + b"\n\x1c." == line.data


@pytest.mark.parametrize(
    ("text", "charset", "sent"),
    [
        ("·—…～", "gb2312", "A1A4 A1AA A1AD A1AB"),
        ("é", "gb2312", "A8A6"),
        ("镕", "gbk", "E946"),
        ("镕", "gb2312", "A1FE"),
        ("㼆𠮷€", "gbk", "A1FE A1FE A1FE"),
        ("a\x1b@\x10\x04\x01b", "gbk", "61 20 40 20 20 20 62"),
        ("  1", "gb2312", "20 20 31"),
    ],
)
def test_characters_as_the_printer_wants_them(text: str, charset: Any, sent: str) -> None:
    assert encode(text, charset) == bytes.fromhex(sent)


@given(st.text(max_size=60), st.sampled_from(["gb2312", "gbk"]))
def test_no_text_can_command_the_printer(text: str, charset: Any) -> None:
    data = encode(text, charset)
    assert all(value >= 0x20 for value in data)
    assert len(data) == columns(data.decode("gbk"))
    assert not any(unicodedata.category(char) == "Cc" for char in clean(text))


def test_a_line_with_a_rare_character_goes_as_a_picture_and_the_rest_as_text() -> None:
    sent = commands(msgspec.structs.replace(TICKET, service="㼆镕登记"), PrinterSettings())
    assert sum(command.startswith(b"\x1dv0") for command in sent) in (1, 2)
    assert b"".join(sent).count("前面等候".encode("gb2312")) == 1
    assert b"".join(sent).count("登记".encode("gb2312")) == 0


def test_a_raster_ticket_is_nothing_but_pictures() -> None:
    first, *bands, last = commands(TICKET, PrinterSettings(mode="raster", cut="full"))
    assert (first, last) == (b"\x1b@", b"\x1dVA\x00")
    assert all(band.startswith(b"\x1dv0\x00\x48\x00") for band in bands)


def test_without_a_cutter_paper_is_fed_to_the_tear_bar() -> None:
    assert commands(TICKET, PrinterSettings(cut="none"))[-1] == b"\x1bd\x04"


@pytest.mark.parametrize(("qr", "starts"), [("native", b"\x1d(k"), ("raster", b"\x1dv0"), ("none", None)])
def test_the_symbol_by_printer_by_picture_or_not_at_all(qr: Any, starts: bytes | None) -> None:
    sent = commands(TICKET, PrinterSettings(qr=qr))
    found = [command[:3] for command in sent if command[:3] in (b"\x1d(k", b"\x1dv0")]
    assert set(found) == ({starts} if starts else set())


WORDS = st.text(max_size=400)
TICKETS = st.builds(
    Ticket,
    hall=WORDS,
    hall_en=WORDS,
    number=st.from_regex(r"[A-Z0-9]{1,8}", fullmatch=True),
    service=WORDS,
    service_en=WORDS,
    priority=WORDS,
    ahead=st.none() | st.integers(0, 100_000),
    wait_low_s=st.integers(0, 864_000),
    wait_high_s=st.integers(0, 864_000),
    issued=WORDS,
    windows=WORDS,
    qr=st.text(max_size=200),
    copy=st.integers(0, 1000),
)


@given(TICKETS, st.sampled_from(["text", "raster"]), st.sampled_from([384, 576]))
def test_any_ticket_can_be_printed(ticket: Ticket, mode: Any, width: Any) -> None:
    sent = commands(ticket, PrinterSettings(mode=mode, width_dots=width))
    assert sent[0] == b"\x1b@"
    assert sent[-1] == b"\x1dVB\x00"
    assert sum(map(len, sent)) < 300_000
