"""Runs of numbers: what is leased to a node, and what may be on paper."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS = 3
MAX_LENGTH = 8  # of a number in the contract


@dataclass(frozen=True, slots=True)
class Span:
    """The numbers of `prefix` from `first` to `last`, both among them."""

    prefix: str
    first: int
    last: int

    def __len__(self) -> int:
        return max(self.last - self.first + 1, 0)

    def holds(self, prefix: str, count: int) -> bool:
        """Whether the number is one of these."""
        return prefix == self.prefix and self.first <= count <= self.last


def number_text(prefix: str, count: int) -> str:
    """A number of a series as it stands on paper: "X501"."""
    return f"{prefix}{count:0{DIGITS}d}"


def taken_apart(number: str) -> tuple[str, int]:
    """Letters and count of a number; count -1 for one without digits."""
    digits = number.lstrip(LETTERS)
    is_count = digits.isascii() and digits.isdigit()
    return number[: len(number) - len(digits)], int(digits) if is_count else -1


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same numbers in the same order, neighbours as one; empty spans left out."""
    runs: list[Span] = []
    for span in spans:
        if not len(span):
            continue
        before = runs[-1] if runs else None
        if before is not None and before.prefix == span.prefix and before.last + 1 == span.first:
            runs[-1] = Span(span.prefix, before.first, span.last)
        else:
            runs.append(span)
    return tuple(runs)


def without(spans: Iterable[Span], numbers: Collection[str]) -> tuple[Span, ...]:
    """What is left of `spans` when `numbers` are taken out."""
    return joined(
        Span(span.prefix, count, count)
        for span in spans
        for count in range(span.first, span.last + 1)
        if number_text(span.prefix, count) not in numbers
    )


def split(spans: Iterable[Span], most: int) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """The first `most` numbers, and the rest."""
    head: list[Span] = []
    rest: list[Span] = []
    for span in spans:
        cut = min(len(span), max(most, 0))
        head.append(Span(span.prefix, span.first, span.first + cut - 1))
        rest.append(Span(span.prefix, span.first + cut, span.last))
        most -= cut
    return joined(head), joined(rest)


def total(spans: Iterable[Span]) -> int:
    """How many numbers there are."""
    return sum(map(len, spans))
