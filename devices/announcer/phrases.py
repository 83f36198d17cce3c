"""From an announcement to the names of the clips that say it: pure functions.

A sentence is a row of words: single characters in Chinese, words in English. A clip says one word or
several ("窗口", "please go to window"); its name is what it says. From the left, the longest clip that
fits is taken, so that a hall may record whole phrases and fall back on single words.

    请{ticket}号到{window}号窗口      A001, 12  ->  请 A 零 零 一 号 到 十 二 号 窗 口
    number {ticket} please go ...               ->  number A zero zero one please go ... twelve

Tickets are read digit by digit, window labels as numbers.
"""

from __future__ import annotations

import string
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from devices.announcer import numerals
from devices.announcer.messages import Language

LONGEST_CLIP_WORDS: Final = 16  # bounds the search for the longest clip
LETTERS: Final = string.ascii_uppercase


class Word(NamedTuple):
    """One word of a sentence. `value`: it is part of a ticket number or a window's label."""

    text: str
    value: bool = False


class Picked(NamedTuple):
    """Clips in order, the words that no clip says, and whether number and window are said whole."""

    clips: tuple[str, ...]
    missing: tuple[str, ...]
    whole: bool


def sentence(language: Language, template: str, ticket: str, label: str, *, yao: bool = False) -> list[Word]:
    """The words of `template` with {ticket} and {window} filled in."""
    words: list[Word] = []
    for literal, field, *_ in string.Formatter().parse(template):
        words += [Word(text) for text in _split(language, literal)]
        if field == "ticket":
            words += [Word(text, True) for text in _spell(language, ticket, yao=yao)]
        elif field == "window":
            words += [Word(text, True) for text in _read_label(language, label)]
    return words


def pick(language: Language, words: Sequence[Word], have: Container[str]) -> Picked:
    """Choose clips out of `have`, the longest first. Never raises; what is not there is in `missing`."""
    clips: list[str] = []
    missing: list[str] = []
    at, whole = 0, True
    while at < len(words):
        length = _longest(language, words[at:], have)
        if length:
            clips.append(_join(language, words[at : at + length]))
        else:
            missing.append(words[at].text)
            whole = whole and not words[at].value
        at += max(length, 1)
    return Picked(tuple(clips), tuple(missing), whole)


def vocabulary(language: Language, template: str, labels: Iterable[str] = ()) -> tuple[str, ...]:
    """Every clip needed to say any ticket at windows 0 to 999 and at `labels`, in a steady order."""
    names = [_join(language, [Word(text) for text in part]) for part in _literals(language, template)]
    if language == "zh":
        names += [*numerals.DIGITS_ZH, numerals.YAO, "十", "百"]
    else:
        names += [*numerals.DIGITS_EN, *numerals.TEENS_EN, *filter(None, numerals.TENS_EN), "hundred"]
    names += LETTERS
    for label in labels:
        names += _read_label(language, label) if language == "zh" or label.isascii() else ()
    return tuple(dict.fromkeys(names))


def _literals(language: Language, template: str) -> Iterator[list[str]]:
    for literal, *_ in string.Formatter().parse(template):
        if words := _split(language, literal):
            yield words


def _split(language: Language, text: str) -> list[str]:
    """Words of a text; punctuation falls away."""
    kept = "".join(char if char.isalnum() else " " for char in text)
    return [char for char in kept if char != " "] if language == "zh" else kept.split()


def _join(language: Language, words: Iterable[Word]) -> str:
    return ("" if language == "zh" else " ").join(word.text for word in words)


def _longest(language: Language, words: Sequence[Word], have: Container[str]) -> int:
    for length in range(min(len(words), LONGEST_CLIP_WORDS), 0, -1):
        if _join(language, words[:length]) in have:
            return length
    return 0


def _spell(language: Language, text: str, *, yao: bool) -> list[str]:
    words: list[str] = []
    for run, is_number in _runs(text):
        words += numerals.digits(run, language, yao=yao) if is_number else _split("zh", run.upper())
    return words


def _read_label(language: Language, text: str) -> list[str]:
    words: list[str] = []
    for run, is_number in _runs(text):
        if not is_number:
            words += _split("zh", run.upper())
        elif int(run) <= numerals.LARGEST and (run == "0" or not run.startswith("0")):
            words += numerals.number(int(run), language)
        else:
            words += numerals.digits(run, language)
    return words


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    """Cut "A12" into ("A", False), ("12", True)."""
    run = ""
    for char in text:
        if run and _is_digit(char) != _is_digit(run[-1]):
            yield run, _is_digit(run[-1])
            run = ""
        run += char
    if run:
        yield run, _is_digit(run[-1])


def _is_digit(char: str) -> bool:
    return char in string.digits
