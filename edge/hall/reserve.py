"""The numbers a node may issue by itself while the coordinator does not answer.

Rules
1. A number may be issued only when the journal has long said that it may be on paper: numbers are opened a
   block at a time, and the next block while a whole one is still ahead.
2. Where less than that lies between the opening and its first use, after a start above all, the opening is
   written `SETTLE` times: a medium that forgets the last commits it confirmed cannot take it back.
3. After a start, what an earlier run opened is over: the numbers of it that are in no record of the journal
   may be on paper (`doubtful`). A run that ended well has given back what it did not use.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from edge.hall.spans import Span, joined, number_text, split, total, without

SETTLE = 6
"""One more than the confirmed commits that a lying medium is taken to forget."""


class Kept(NamedTuple):
    """What of a reserve is in the journal. `lease` is the one that came last."""

    spans: tuple[Span, ...] = ()  # not opened
    opened: tuple[Span, ...] = ()  # may be on paper
    lease: Span | None = None


class Reserve:
    """The reserve of one run. `kept` must be in the journal before what it opens is used."""

    def __init__(self, kept: Kept) -> None:
        self._spans = kept.spans
        self._left = kept.opened
        self._free: tuple[Span, ...] = ()
        self._lease = kept.lease

    @property
    def kept(self) -> Kept:
        """What the journal must hold. Numbers taken are in records that were handed to it before."""
        return Kept(self._spans, joined((*self._left, *self._free)), self._lease)

    def doubtful(self, issued: Collection[str]) -> tuple[Span, ...]:
        """What an earlier run left that may be on paper; `issued` are the numbers in its records."""
        return without(self._left, issued)

    def said(self) -> None:
        """What an earlier run left is in the journal as a record."""
        self._left = ()

    @property
    def held(self) -> int:
        """How many numbers can still be issued."""
        return total(self._spans) + total(self._free)

    @property
    def lease(self) -> Span | None:
        """The lease that came last."""
        return self._lease

    def add(self, span: Span) -> None:
        """A lease came."""
        self._spans, self._lease = joined((*self._spans, span)), span

    @property
    def must_settle(self) -> bool:
        """Whether the next number needs an opening that is written `SETTLE` times (rule 2)."""
        return bool(self._spans) and total(self._free) < SETTLE

    def must_open(self, block: int) -> bool:
        """Whether the next number should open a block on its way (rule 1)."""
        return bool(self._spans) and total(self._free) <= block

    def open(self, numbers: int) -> None:
        """Open up to `numbers` more."""
        more, self._spans = split(self._spans, numbers)
        self._free = joined((*self._free, *more))

    def take(self) -> tuple[str, int] | None:
        """The next number as prefix and count; None when there is none."""
        first, self._free = split(self._free, 1)
        return (first[0].prefix, first[0].first) if first else None

    def give_back(self) -> None:
        """The run ends well: nothing that is not in a record can be on paper."""
        self._spans, self._free = joined((*self._free, *self._spans)), ()


def series_of(nodes: Collection[str], taken: Collection[str]) -> dict[str, str]:
    """Letters of their own for `nodes`, by node: from the end of the alphabet, unlike any of `taken`.

    Never I or O, which look like digits, and none that a prefix of `taken` begins with. One letter as long
    as there are enough, else two.
    """
    letters = "ZYXWVUTSRQPNMLKJHGFEDCBA"
    begun = {prefix[:1] for prefix in taken}
    free = [one for one in letters if one not in begun]
    if len(free) < len(nodes):
        free = [one + two for one in letters for two in letters if one + two not in taken]
    return dict(zip(nodes, free, strict=False))


def text_of(span: Span) -> str:
    """A span as people read it: "X501-X520"."""
    return f"{number_text(span.prefix, span.first)}-{number_text(span.prefix, span.last)}"
