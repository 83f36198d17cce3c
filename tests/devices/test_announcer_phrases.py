from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.announcer import numerals, phrases
from devices.announcer.messages import Language
from devices.announcer.settings import TEMPLATE_EN, TEMPLATE_ZH


def said(language: Language, template: str, ticket: str, label: str, *, yao: bool = False) -> str:
    words = phrases.sentence(language, template, ticket, label, yao=yao)
    return ("" if language == "zh" else " ").join(word.text for word in words)


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (0, "零", "zero"),
        (3, "三", "three"),
        (10, "十", "ten"),
        (12, "十二", "twelve"),
        (20, "二十", "twenty"),
        (55, "五十五", "fifty five"),
        (100, "一百", "one hundred"),
        (102, "一百零二", "one hundred two"),
        (110, "一百一十", "one hundred ten"),
        (119, "一百一十九", "one hundred nineteen"),
        (230, "二百三十", "two hundred thirty"),
        (999, "九百九十九", "nine hundred ninety nine"),
    ],
)
def test_numbers_are_read_as_people_say_them(value: int, chinese: str, english: str) -> None:
    assert "".join(numerals.number(value, "zh")) == chinese
    assert " ".join(numerals.number(value, "en")) == english


@pytest.mark.parametrize("value", [-1, 1000])
def test_a_number_outside_the_range_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match="0 to 999"):
        numerals.number(value, "zh")


CHINESE = {char: value for value, char in enumerate("零一二三四五六七八九")}


def value_of(chinese: str) -> int:
    """Reads a Chinese number below a thousand, by another way than the one that wrote it."""
    match = re.fullmatch(
        r"(?:([一二三四五六七八九])百)?零?(?:([一二三四五六七八九])?(十))?([零一二三四五六七八九])?", chinese
    )
    assert match, chinese
    hundreds, tens, ten, ones = match.groups()
    digits = [CHINESE.get(hundreds, 0), CHINESE.get(tens, 1) if ten else 0, CHINESE.get(ones, 0)]
    return 100 * digits[0] + 10 * digits[1] + digits[2]


def test_every_chinese_number_is_read_back() -> None:
    assert [value_of("".join(numerals.number(value, "zh"))) for value in range(1000)] == list(range(1000))


@pytest.mark.parametrize(
    ("ticket", "label", "chinese", "english"),
    [
        ("A001", "3", "请A零零一号到三号窗口", "number A zero zero one please go to window three"),
        ("b12", "12", "请B一二号到十二号窗口", "number B one two please go to window twelve"),
        ("A210", "A12", "请A二一零号到A十二号窗口", "number A two one zero please go to window A twelve"),
        ("9", "综3", "请九号到综三号窗口", "number nine please go to window 综 three"),
        ("9", "1-2", "请九号到一二号窗口", "number nine please go to window one two"),
        ("9", "007", "请九号到零零七号窗口", "number nine please go to window zero zero seven"),
        ("9", "1000", "请九号到一零零零号窗口", "number nine please go to window one zero zero zero"),
        ("9", "0", "请九号到零号窗口", "number nine please go to window zero"),
    ],
)
def test_sentences(ticket: str, label: str, chinese: str, english: str) -> None:
    assert said("zh", TEMPLATE_ZH, ticket, label) == chinese
    assert said("en", TEMPLATE_EN, ticket, label) == english


def test_one_is_yao_in_tickets_and_not_in_windows() -> None:
    assert said("zh", TEMPLATE_ZH, "A101", "11", yao=True) == "请A幺零幺号到十一号窗口"
    assert said("en", TEMPLATE_EN, "A1", "1", yao=True) == "number A one please go to window one"


def test_punctuation_of_a_template_is_not_spoken() -> None:
    assert said("zh", "请 {ticket} 号，到 {window} 号窗口。", "1", "2") == "请一号到二号窗口"
    assert said("en", "Now: {ticket}!", "1", "2") == "Now one"


def picked(language: Language, template: str, ticket: str, label: str, have: set[str]) -> phrases.Picked:
    return phrases.pick(language, phrases.sentence(language, template, ticket, label), have)


def test_the_longest_clip_is_taken_first() -> None:
    have = {"请", "号", "到", "号到", "三", "号窗口", "窗口", "三号窗口", "一"}
    assert picked("zh", TEMPLATE_ZH, "1", "3", have).clips == ("请", "一", "号到", "三号窗口")
    have = {"number", "one", "please", "please go", "go", "please go to", "to", "window", "two"}
    assert picked("en", TEMPLATE_EN, "1", "2", have).clips == (
        "number",
        "one",
        "please go to",
        "window",
        "two",
    )


def test_single_words_do_where_whole_phrases_are_missing() -> None:
    have = set("请号到窗口一三")
    assert picked("zh", TEMPLATE_ZH, "1", "3", have) == (tuple("请一号到三号窗口"), (), True)


def test_a_missing_word_is_left_out_and_named() -> None:
    assert picked("zh", TEMPLATE_ZH, "1", "3", set("请一三窗口")) == (
        tuple("请一三窗口"),
        ("号", "到", "号"),
        True,
    )


@pytest.mark.parametrize(("ticket", "label"), [("12", "3"), ("1", "33"), ("1B", "3"), ("1", "综3")])
def test_a_missing_part_of_number_or_window_makes_the_sentence_unwhole(ticket: str, label: str) -> None:
    assert picked("zh", TEMPLATE_ZH, ticket, label, set("请号到窗口一三")).whole is False


def test_the_vocabulary_is_this() -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert (
        "".join(phrases.vocabulary("zh", TEMPLATE_ZH)) == "请号到号窗口零一二三四五六七八九幺十百" + letters
    )
    english = phrases.vocabulary("en", TEMPLATE_EN)
    assert english[:4] == ("number", "please go to window", "zero", "one")
    assert len(english) == 2 + 10 + 10 + 8 + 1 + 26
    assert phrases.vocabulary("zh", TEMPLATE_ZH, ["综3", "12"])[-1] == "综"
    assert "综" not in phrases.vocabulary("en", TEMPLATE_EN, ["综3"])


@given(
    ticket=st.from_regex(r"\A[A-Z0-9]{1,8}\Z"),
    label=st.integers(0, 999).map(str) | st.from_regex(r"\A[A-Z0-9]{1,16}\Z"),
    yao=st.booleans(),
)
def test_the_vocabulary_says_every_ticket_at_every_window(ticket: str, label: str, yao: bool) -> None:
    pairs: tuple[tuple[Language, str], ...] = (("zh", TEMPLATE_ZH), ("en", TEMPLATE_EN))
    for language, template in pairs:
        words = phrases.sentence(language, template, ticket, label, yao=yao)
        have = frozenset(phrases.vocabulary(language, template))
        assert phrases.pick(language, words, have).missing == ()


@given(label=st.text(max_size=16), ticket=st.text(max_size=8))
def test_no_text_upsets_a_sentence(label: str, ticket: str) -> None:
    languages: tuple[Language, ...] = ("zh", "en")
    for language in languages:
        words = phrases.sentence(language, TEMPLATE_ZH, ticket, label)
        result = phrases.pick(language, words, {"请", "号"})
        assert len(result.clips) + len(result.missing) == len(words)
