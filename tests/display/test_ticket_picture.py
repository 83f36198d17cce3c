"""Tickets as pictures: against reference pictures, and read back by a barcode reader."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from display import qr
from display.ticket import Code, Pair, Row, Rule, Words, draw, pack

URL = "https://hall.example/v/20261123-A001"
ROWS: tuple[Row, ...] = (
    Words("朝天区政务服务中心", "title", 3),
    Rule(),
    Words("A001", "number", 1),
    Words("老年人优先", marked=True),
    Words("企业开办（设立登记）", "title", 9),
    Pair("预计等候", "约10～20分钟"),
    Pair("办理窗口", "、".join(str(number) for number in range(1, 30)) + "号窗口"),
    Code(URL),
    Words("请留意叫号屏和广播", "body"),
)


@pytest.mark.parametrize("width", [384, 576])
def test_the_reference_ticket(same_picture: Callable[..., None], width: int) -> None:
    same_picture(draw(ROWS, width), f"ticket-{width}.png", edges=0.02)


@pytest.mark.parametrize("width", [384, 576])
def test_the_symbol_on_a_ticket_is_read_back(width: int) -> None:
    found = zxingcpp.read_barcodes(draw(ROWS, width).convert("L"))
    assert [code.text for code in found] == [URL]


@pytest.mark.parametrize("payload", ["A001", URL, "广元市朝天区政务服务中心·A001号", "x" * 200, "号" * 200])
def test_any_payload_of_a_slip_can_be_read_on_the_narrow_paper(payload: str) -> None:
    found = zxingcpp.read_barcodes(draw((Code(payload),), 384).convert("L"))
    assert [code.text for code in found] == [payload]


def test_a_symbol_that_cannot_fit_is_left_out() -> None:
    assert qr.module_dots("号" * 200, 100, 6) == 0
    assert qr.module_dots("x" * 3000, 384, 6) == 0
    assert draw((Code("号" * 2000),), 384).height < 40


def test_a_payload_that_no_symbol_holds_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="data"):
        qr.matrix("x" * 3000)


def test_bits_are_black_for_one_and_white_beyond_the_edge() -> None:
    image = Image.new("1", (10, 2), 1)
    image.putpixel((0, 0), 0)
    image.putpixel((9, 1), 0)
    assert pack(image) == bytes.fromhex("8000 0040")


def test_what_the_face_lacks_is_seen() -> None:
    lacking, boxes = draw((Words("\U000f0000A"),), 384), draw((Words("□A"),), 384)
    assert lacking.tobytes() == boxes.tobytes()


def test_an_unknown_width_is_refused() -> None:
    with pytest.raises(KeyError):
        draw(ROWS, 500)


@given(st.text(max_size=400), st.sampled_from(["small", "body", "title", "number"]), st.booleans())
def test_any_text_is_drawn_within_the_paper(text: str, size: str, marked: bool) -> None:
    rows = (Words(text, size, 9, marked), Pair(text, text))  # type: ignore[arg-type]
    image = draw(rows, 384)
    assert (image.mode, image.width) == ("1", 384)
    assert image.height < 2500
