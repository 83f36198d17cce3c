"""Text broken into lines, measured in columns: one for ASCII, two for Chinese."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from display.ticket_wrap import balance, shorten, wrap


def columns(text: str) -> int:
    return sum(1 if char.isascii() else 2 for char in text)


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("", 10, []),
        ("   ", 10, []),
        ("政务服务", 8, ["政务服务"]),
        ("政务服务中心", 8, ["政务服务", "中心"]),
        ("请看屏幕，谢谢", 8, ["请看屏", "幕，谢谢"]),
        ("办理（设立）", 6, ["办理", "（设", "立）"]),
        ("watch the screens", 10, ["watch the", "screens"]),
        ("abcdefghijkl", 5, ["abcde", "fghij", "kl"]),
        ("1、22、333、4444", 8, ["1、22、", "333、", "4444"]),
        ("a\tb\nc", 10, ["a b c"]),
    ],
)
def test_lines_break_where_readers_expect_it(text: str, room: int, lines: list[str]) -> None:
    assert wrap(text, room, 9, columns) == lines


def test_what_does_not_fit_ends_visibly() -> None:
    assert wrap("政务服务中心办事大厅", 8, 2, columns) == ["政务服务", "中心办…"]
    assert wrap("one two three four", 9, 1, columns) == ["one two…"]


def test_balanced_lines_leave_no_lone_word() -> None:
    assert wrap("请留意叫号屏和广播台", 16, 3, columns) == ["请留意叫号屏和广", "播台"]
    assert balance("请留意叫号屏和广播台", 16, 3, columns) == ["请留意叫号", "屏和广播台"]


def test_balance_keeps_one_line_and_a_cut_text_as_they_are() -> None:
    assert balance("政务", 16, 3, columns) == ["政务"]
    assert balance("政务服务中心办事大厅", 8, 2, columns) == ["政务服务", "中心办…"]


def test_shorten() -> None:
    assert shorten("abcdef", 6, columns) == "abcdef"
    assert shorten("abcdefg", 6, columns) == "abcd…"


@given(st.text(max_size=120), st.integers(8, 60), st.integers(1, 6))
def test_no_line_is_too_wide_and_nothing_vanishes_unseen(text: str, room: int, most: int) -> None:
    for lines in (wrap(text, room, most, columns), balance(text, room, most, columns)):
        assert len(lines) <= most
        assert all(columns(line) <= room for line in lines)
        shown = "".join("".join(lines).split())
        whole = "".join(text.split())
        assert shown == whole or (shown.endswith("…") and whole.startswith(shown[:-1].rstrip("…")))
