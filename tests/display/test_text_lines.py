from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from display.fonts import load_bold_font, load_text_font
from display.text import draw_line, fit, one_line, shrink, width_px

WHITE = (255, 255, 255)


def ink(text: str, size: int, align: str = "left", x: int = 200) -> tuple[int, int, int, int]:
    image = Image.new("RGB", (400, 200))
    draw_line(ImageDraw.Draw(image), (x, 100), text, size, WHITE, align=align)  # type: ignore[arg-type]
    box = image.getbbox()
    assert box is not None
    return box


def test_width_is_what_pillow_measures() -> None:
    text = "请到 12 号窗口 Window"
    assert width_px(text, 40) == load_text_font(40).getlength(text)
    assert width_px("A001 10–15", 40, "bold") == load_bold_font(40).getlength("A001 10–15")


def test_chinese_is_never_half_bold() -> None:
    assert width_px("综3", 40, "bold") == load_text_font(40).getlength("综3")


def test_what_fits_stays() -> None:
    assert fit("社保登记", 20, 80) == "社保登记"


@pytest.mark.parametrize(
    ("room", "expected"), [(79, "社保…"), (60, "社保…"), (59, "社…"), (20, "…"), (19, "")]
)
def test_what_does_not_fit_ends_in_an_ellipsis(room: int, expected: str) -> None:
    assert fit("社保登记", 20, room) == expected


def test_no_blank_before_the_ellipsis() -> None:
    assert fit("Real estate", 20, width_px("Real …", 20) + 1) == "Real…"


@given(st.text(alphabet="社保登记 ABCabc123,。", max_size=220), st.integers(8, 90), st.integers(0, 2000))
def test_fit_never_exceeds_its_room(text: str, size: int, room: int) -> None:
    shown = fit(text, size, room)
    assert width_px(shown, size) <= room
    assert shown == text or text.startswith(shown.removesuffix("…"))


@pytest.mark.parametrize(("room", "size"), [(1000, 40), (80, 40), (60, 30), (10, 20)])
def test_shrink_goes_down_to_half(room: int, size: int) -> None:
    assert shrink("社保", 40, room) == size


def test_one_line_cleans_and_substitutes() -> None:
    assert one_line("  社保\n登记\t\t科 😀 ") == "社保 登记 科 □"


def test_alignment() -> None:
    left, right, centre = ink("社保", 40), ink("社保", 40, "right"), ink("社保", 40, "centre")
    assert 200 <= left[0] < 206
    assert 194 < right[2] <= 200
    assert abs((centre[0] + centre[2]) / 2 - 200) <= 2


@pytest.mark.parametrize("text", ["12", "口", "A"])
def test_digits_and_ideographs_stand_in_the_middle_of_their_line(text: str) -> None:
    _, top, _, bottom = ink(text, 80)
    assert abs((top + bottom) / 2 - 100) <= 3
