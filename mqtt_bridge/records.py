"""Records: promises already kept in the sender's journal, and the coordinator's receipt."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from mqtt_bridge.vocabulary import (
    Count,
    Generation,
    Letters,
    Level,
    Message,
    Name,
    Number,
    RecordId,
    RequestId,
    Text,
    UnixMs,
    Visit,
)


class Aged(Message, frozen=True, kw_only=True):
    """What a sender forgets after some time, it says: `oldest` is the lowest sequence that it still keeps.

    A coordinator that lost its store does not wait for what is below. 0 = nothing was forgotten yet.
    """

    oldest: Annotated[int, Meta(ge=0, lt=10**16)] = 0


class Entry(Aged, frozen=True):
    """What every record carries: CloudEvents `source` (the node) and `id`, and when it happened."""

    source: Name
    id: RecordId
    at_ms: UnixMs


class Rated(Entry, frozen=True):
    """A citizen's rating, kept before the pad said thanks."""

    visit: Visit
    window: Name
    level: Level
    item: str = ""


class Printed(Entry, frozen=True):
    """What became of a slip: "printed", "not_printed", or "unknown" where the printer never answered.

    `service`, `priority` and `issued_ms` are of its ticket: a coordinator whose store was lost makes it again
    of these. All three may be missing.
    """

    visit: Visit
    number: Number
    outcome: Literal["printed", "not_printed", "unknown"]
    reason: Text = ""
    copy: Count = 0
    service: str = ""
    priority: str = ""
    issued_ms: UnixMs = 0


class Shown(Entry, frozen=True):
    """A call stood on a panel, or a lamp was lit for it: `acknowledged` by the panel, or only sent to it."""

    visit: Visit
    window: Name
    device: Name
    calls: Count
    acknowledged: bool


class Issued(Entry, frozen=True):
    """A number of a lease was issued without the coordinator, which puts it in line by `at_ms`.

    `visit` is the business day by the node's clock, and `number`.
    """

    visit: Visit
    number: Number
    service: Name
    priority: Name = "ordinary"


class Withdrawn(Entry, frozen=True):
    """A `TakeNumber` got no answer in time, so no paper will come of it: its number, if any, is nobody's."""

    request: RequestId


class MaybePrinted(Entry, frozen=True):
    """Numbers of a lease that are in no record and may be on paper: the node did not end cleanly.

    They are not called in their turn, but may be by `CallNumber`, for somebody who shows the paper.
    """

    prefix: Letters
    first: Count
    last: Count


class Skipped(Entry, frozen=True):
    """Nothing: this number of the node's records may have been another's, which the node's card forgot.

    After a power cut a node skips some, so that no new record is taken for one that the coordinator holds.
    """


Record: TypeAlias = Rated | Printed | Shown | Issued | Withdrawn | MaybePrinted | Skipped


class Records(Message, frozen=True):
    """Several records of one node in one message, in their order: what waited while the link was away.

    Each counts as if it had come alone.
    """

    records: Annotated[tuple[Record, ...], Meta(min_length=1, max_length=200)]


def records_of(message: Message) -> tuple[Record, ...]:
    """The records that a message carries, in order: one, several, or none."""
    if isinstance(message, Records):
        return message.records
    return (message,) if isinstance(message, Record) else ()


class Receipt(Message, frozen=True):
    """Everything of `generation` up to `up_to` is durable at the coordinator, but for `missing`.

    One of an older `epoch` than the last heard of says nothing: its coordinator is over.
    """

    generation: Generation
    up_to: Count
    missing: tuple[Count, ...] = ()
    epoch: Count = 0
