"""What a copy of the journal is made of on its way: parts, cut into pieces by the sender (`feed.py`).

A part is applied whole or not at all. Either it brings the copy forward by some commits (`Live`), or several
parts bring it anew: `Begin`, events by `Rows`, and `End`, at which all of it comes in force together.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from edge import ledger

Row: TypeAlias = tuple[int, int, str, bytes]  # seq, at_ms, kind, body: an event


class Commit(msgspec.Struct, frozen=True, array_like=True, tag="commit"):
    """One commit of the coordinator."""

    entry: ledger.Entry


class Kept(msgspec.Struct, frozen=True, array_like=True, tag="kept"):
    """The coordinator kept the hall whole after event `seq`, and forgot what is older."""

    seq: int
    body: bytes
    before_ms: int
    answers_before_ms: int


class Closed(msgspec.Struct, frozen=True, array_like=True, tag="closed"):
    """The coordinator acts no more: nothing follows in this epoch."""


Step: TypeAlias = Commit | Kept | Closed


class Live(msgspec.Struct, frozen=True, array_like=True, tag="live"):
    """The steps after the first `after` ones of this epoch, in order."""

    epoch: int
    after: int
    steps: tuple[Step, ...]

    @property
    def up_to(self) -> int:
        """The number of its last step."""
        return self.after + len(self.steps)


class Begin(msgspec.Struct, frozen=True, array_like=True, tag="begin"):
    """The whole anew, but for events up to `after`, which the copy has. All but events stands here.

    `epochs` says with which event each epoch of the hall began: (epoch, number of the event before it).
    `tables` are the other tables of the coordinator, row by row, as they lie in the store.
    """

    epoch: int
    after: int
    last: int
    epochs: tuple[tuple[int, int], ...]
    site: str
    tables: dict[str, tuple[tuple[Any, ...], ...]]


class Rows(msgspec.Struct, frozen=True, array_like=True, tag="rows"):
    """Events, in order."""

    events: tuple[Row, ...]


class End(msgspec.Struct, frozen=True, array_like=True, tag="end"):
    """All is here: so many events; the copy stands after the first `up_to` steps of the epoch."""

    up_to: int
    events: int


Part: TypeAlias = Live | Begin | Rows | End

encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(Part)


def decode(data: bytes | bytearray) -> Part:
    """The part that was sent. Raises msgspec.MsgspecError for what is none."""
    part: Part = _decoder.decode(data)
    return part
