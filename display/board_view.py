"""What a hall board shows, as plain data. Everything is text or a number a citizen may read."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

Language: TypeAlias = Literal["zh", "en", "both"]
# A box on the picture: left, top, right, bottom; right and bottom are the first pixels outside.
Box: TypeAlias = tuple[int, int, int, int]

Seconds = Annotated[int, Meta(ge=0, le=864_000)]
Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]


class Call(Struct, frozen=True):
    """A ticket that was asked to a window. `times` grows with each recall."""

    ticket: str
    window: str
    times: Count = 1


class Queue(Struct, frozen=True):
    """A waiting line. A wait is a range; `wait_high_s` 0 means that nobody can say."""

    name: str
    name_en: str = ""
    waiting: Count = 0
    wait_low_s: Seconds = 0
    wait_high_s: Seconds = 0
    issuing: bool = True


class Notice(Struct, frozen=True):
    """A sentence for everybody in the hall."""

    text: str
    text_en: str = ""


class BoardView(Struct, frozen=True):
    """The whole board. Calls come newest first.

    `clock` and `stale_since` are drawn as they come, e.g. "10:24"; the board is stale while `stale_since`
    is not empty. `hours` is the line shown in a closed hall, e.g. "周一至周五 9:00–17:00".
    """

    title: str
    title_en: str = ""
    clock: str = ""
    calls: tuple[Call, ...] = ()
    queues: tuple[Queue, ...] = ()
    notices: tuple[Notice, ...] = ()
    open: bool = True
    hours: str = ""
    hours_en: str = ""
    stale_since: str = ""
