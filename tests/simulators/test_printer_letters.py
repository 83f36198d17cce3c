"""The letters of the printer's twin: even, as in the font of a real one."""

from __future__ import annotations

from pathlib import Path
from string import ascii_uppercase, digits

import pytest
from PIL import Image, ImageOps

from simulators.printer.head import CELL_H, CELL_W, Head, Style

FONT = Path(__file__).parents[2] / "display" / "data" / "hall-sans-sc.otf"
CAPITALS = ascii_uppercase.replace("Q", "")  # its tail hangs below the line
LOW = "acemnorsuvwxz"


def printed(text: str, style: Style, width_dots: int = 576) -> Image.Image:
    """One line from the left, 255 = black."""
    line = Head(width_dots, FONT).line([(char, style) for char in text], 0)
    return ImageOps.invert(line.convert("L"))


def inked(text: str, style: Style = Style(), width_dots: int = 576) -> list[tuple[int, int, int, int]]:
    """What is black in each cell: left, top, right, bottom."""
    line = printed(text, style, width_dots)
    cell = CELL_W * style.wide
    boxes = [line.crop((at, 0, at + cell, line.height)).getbbox() for at in range(0, cell * len(text), cell)]
    return [box for box in boxes if box]


@pytest.mark.parametrize("width_dots", [384, 576])
@pytest.mark.parametrize("letters", [CAPITALS + digits, LOW])
@pytest.mark.parametrize("bold", [False, True])
def test_letters_of_a_kind_have_one_height_and_one_line(letters: str, width_dots: int, bold: bool) -> None:
    boxes = [
        box
        for start in range(0, len(letters), 20)
        for box in inked(letters[start : start + 20], Style(bold=bold), width_dots)
    ]
    assert len(boxes) == len(letters)
    assert len({(top, bottom) for _, top, _, bottom in boxes}) == 1


def test_small_letters_stand_on_the_line_of_the_capitals_and_are_lower() -> None:
    (_, small_top, _, small_line), (_, top, _, line) = inked("mM")
    assert small_line == line
    assert small_top > top


@pytest.mark.parametrize("times", [2, 6])
def test_numbers_are_even_in_every_size(times: int) -> None:
    boxes = inked("HMA019", Style(wide=times, high=times))
    assert {bottom - top for _, top, _, bottom in boxes} == {16 * times}
    assert all(right - left >= 8 * times for left, _, right, _ in boxes)


def test_wide_letters_use_their_cell_and_leave_a_gap() -> None:
    for letter in "ABCDHMNOabdehm0":
        ((left, _, right, _),) = inked(letter)
        assert 8 <= right - left < CELL_W, letter


def test_upright_strokes_are_as_broad_in_wide_letters_as_in_narrow_ones() -> None:
    pixels = {letter: printed(letter, Style()).load() for letter in "IHMhnm"}
    row = 3 + 14  # near the foot: nothing but upright strokes there
    for letter, dots in pixels.items():
        blacks = "".join("#" if dots[x, row] else " " for x in range(CELL_W)).split()
        assert {len(stroke) for stroke in blacks} <= {2, 3}, letter


def test_characters_without_a_font_are_boxes() -> None:
    line = Head(576).line([("A", Style()), ("请", Style(kanji=True))], 0)
    assert ImageOps.invert(line.convert("L")).getbbox() == (2, 3 + 4, 3 * CELL_W - 2, 3 + CELL_H - 3)


def test_white_on_black_is_the_same_letter() -> None:
    plain, reverse = (
        printed("请H0", Style(kanji=True, reverse=flag)).crop((0, 3, 48, 27)) for flag in (False, True)
    )
    assert plain.tobytes() == ImageOps.invert(reverse).tobytes()
