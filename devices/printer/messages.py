"""What can be said to a ticket printer, and what it says.

Commands in: `PrintSlip`. Events out: `PrintResult`, and `devices.base.DeviceHealth`.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

Line = Annotated[str, Meta(max_length=400)]
Outcome: TypeAlias = Literal["printed", "not_printed", "unknown"]


class Ticket(Struct, frozen=True, kw_only=True, tag="ticket"):
    """What stands on a ticket; how it is worded and laid out is the printer's.

    `ahead` None and `wait_high_s` 0 mean that nobody can say: the line is left out. `issued` is local time
    as citizens read it ("2026-11-23 09:15"). `copy` 0 is the first print; 1 and more are marked as reprints.
    `alone`: issued while the hall's queue could not be reached, and marked so.
    """

    hall: Line
    number: Annotated[str, Meta(min_length=1, max_length=8)]
    service: Line
    hall_en: Line = ""
    service_en: Line = ""
    priority: Line = ""
    ahead: Annotated[int, Meta(ge=0, le=100_000)] | None = None
    wait_low_s: Annotated[int, Meta(ge=0, le=864_000)] = 0
    wait_high_s: Annotated[int, Meta(ge=0, le=864_000)] = 0
    issued: Line = ""
    windows: Line = ""
    qr: Annotated[str, Meta(max_length=200)] = ""
    copy: Annotated[int, Meta(ge=0, le=1000)] = 0
    alone: bool = False


class Notice(Struct, frozen=True, kw_only=True, tag="notice"):
    """A slip without a number, such as where to go instead. The texts may have several lines."""

    hall: Line
    text: Line
    hall_en: Line = ""
    text_en: Line = ""
    issued: Line = ""


class PrintSlip(Struct, frozen=True, tag="print_slip"):
    """Print one slip. `job` names this attempt: the same job again prints nothing, it gets the same result.

    A reprint is a new job with the same number and the next `copy`.
    """

    job: Annotated[str, Meta(min_length=1, max_length=64)]
    ticket: Ticket | Notice


class PrintResult(Struct, frozen=True, tag="print_result"):
    """What became of a job; exactly one for each job accepted.

    "printed": the printer answered after the cut. "not_printed": no byte of it went out. "unknown": some or
    all went out and the printer did not confirm. `reason` is a stable word, empty when printed:
    paper_out, cover_open, cutter, error, offline, no_answer, stalled, link_lost, queue_full, late.
    """

    job: str
    outcome: Outcome
    reason: str = ""
