"""How numbers are read aloud: pure functions from digits to words.

Chinese words are single characters (each may be a clip); English words are lower-case words.
"""

from __future__ import annotations

from typing import Final

from devices.announcer.messages import Language

LARGEST: Final = 999  # a label above this is read digit by digit
YAO: Final = "幺"
DIGITS_ZH: Final = "零一二三四五六七八九"
DIGITS_EN: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEENS_EN: Final = (
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
TENS_EN: Final = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def digits(text: str, language: Language, *, yao: bool = False) -> tuple[str, ...]:
    """`text` (ASCII digits) digit by digit. `yao` reads 1 as 幺 in Chinese."""
    table = DIGITS_ZH if language == "zh" else DIGITS_EN
    words = (table[int(digit)] for digit in text)
    if language == "zh" and yao:
        return tuple(YAO if word == "一" else word for word in words)
    return tuple(words)


def number(value: int, language: Language) -> tuple[str, ...]:
    """`value` (0 to 999) as people say it: 十二, 一百零二; "one hundred two". Raises ValueError."""
    if not 0 <= value <= LARGEST:
        raise ValueError(f"{value} is not within 0 to {LARGEST}")
    return tuple(_chinese(value)) if language == "zh" else _english(value)


def _chinese(value: int) -> str:
    hundreds, tens, ones = value // 100, value // 10 % 10, value % 10
    if value < 10:
        return DIGITS_ZH[value]
    text = DIGITS_ZH[hundreds] + "百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else DIGITS_ZH[tens]) + "十"
    elif ones:
        text += "零"
    return text + (DIGITS_ZH[ones] if ones else "")


def _english(value: int) -> tuple[str, ...]:
    if value < 10:
        return (DIGITS_EN[value],)
    if value < 20:
        return (TEENS_EN[value - 10],)
    if value < 100:
        return (TENS_EN[value // 10], *(_english(value % 10) if value % 10 else ()))
    return (DIGITS_EN[value // 100], "hundred", *(_english(value % 100) if value % 100 else ()))
