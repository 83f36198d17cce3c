from __future__ import annotations

import pytest

from display.board_view import Queue
from display.board_words import WORDS, minutes, pair, window_name, words
from display.fonts import missing_in_text


@pytest.mark.parametrize(
    ("low_s", "high_s", "expected"),
    [
        (0, 0, "—"),
        (600, 900, "10–15"),
        (659, 901, "10–16"),
        (0, 30, "0–1"),
        (300, 300, "5"),
        (290, 300, "4–5"),
        (3600, 59_940, "60–999"),
        (3600, 59_941, ">60"),
        (864_000, 864_000, ">999"),
    ],
)
def test_a_wait_is_whole_minutes_from_below_and_above(low_s: int, high_s: int, expected: str) -> None:
    assert minutes(Queue("社保", wait_low_s=low_s, wait_high_s=high_s)) == expected


@pytest.mark.parametrize(
    ("chinese", "english", "language", "expected"),
    [
        ("社保", "Insurance", "zh", ("社保", "")),
        ("社保", "Insurance", "en", ("Insurance", "")),
        ("社保", "Insurance", "both", ("社保", "Insurance")),
        ("社保", "", "en", ("社保", "")),
        ("社保", "", "both", ("社保", "")),
        ("", "Insurance", "zh", ("Insurance", "")),
        ("", "Insurance", "both", ("Insurance", "")),
        ("ATM", "ATM", "both", ("ATM", "")),
    ],
)
def test_chinese_comes_first_and_nothing_is_left_out(
    chinese: str, english: str, language: str, expected: tuple[str, str]
) -> None:
    assert pair(chinese, english, language) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("label", "language", "expected"),
    [
        ("12", "zh", ("", "12", "号窗口")),
        ("12", "both", ("", "12", "号窗口")),
        ("12", "en", ("Window", "12", "")),
        ("综3", "zh", ("", "综3", "")),
        ("综3", "en", ("", "综3", "")),
    ],
)
def test_a_label_of_words_stands_alone(label: str, language: str, expected: tuple[str, str, str]) -> None:
    assert window_name(label, language) == expected  # type: ignore[arg-type]


def test_every_word_can_be_drawn() -> None:
    assert missing_in_text("".join(chinese + english for chinese, english in WORDS.values())) == set()


def test_words_come_in_both_languages() -> None:
    assert words("calls", "both") == ("正在叫号", "Now calling")
