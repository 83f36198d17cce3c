"""Requests to the coordinator, and its answers."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from mqtt_bridge.vocabulary import (
    Count,
    Generation,
    Letters,
    Message,
    Name,
    Number,
    RequestId,
    Seconds,
    Text,
    UnixMs,
    Visit,
)


class Ask(Message, frozen=True):
    """What every request carries."""

    id: RequestId
    deadline_ms: UnixMs


class TakeNumber(Ask, frozen=True):
    """Issue a number. `priority` is a priority class of the site; `items` further services of the visit."""

    service: Name
    priority: Name = "ordinary"
    origin: Literal["walk_in", "appointment", "pre_review"] = "walk_in"
    appointment_ms: UnixMs = 0
    items: tuple[Name, ...] = ()


class Quote(Ask, frozen=True):
    """How long would it take? Answered with `wait_low_s`, `wait_high_s` and `ahead`; issues nothing."""

    service: Name
    priority: Name = "ordinary"


class Reprint(Ask, frozen=True):
    """The slip of a number of today again, for a print that failed."""

    number: Number


class LeaseNumbers(Ask, frozen=True):
    """Numbers to issue while the coordinator does not answer: fill up the reserve of node `source`.

    It still `held` so many; its last lease was of `prefix` and ended with `up_to` ("" and 0: none). Answered
    with `lease`, or without one where nothing is missing. What was leased is nobody else's for ever.
    """

    source: Name
    held: Count = 0
    prefix: Letters = ""
    up_to: Count = 0


class WindowAsk(Ask, frozen=True):
    """What every request of a window carries."""

    window: Name


class CallNext(WindowAsk, frozen=True):
    """Call the ticket whose turn it is here. Finishes the visit being served."""


class CallNumber(WindowAsk, frozen=True):
    """Call one number: waiting, held, or missed before."""

    number: Number


class Recall(WindowAsk, frozen=True):
    """Call the same ticket again."""


class Begin(WindowAsk, frozen=True):
    """The citizen has come; service starts."""


class NoShow(WindowAsk, frozen=True):
    """The called citizen did not come."""


class Hold(WindowAsk, frozen=True):
    """Put the visit aside, e.g. to copy a paper."""


class ResumeHeld(WindowAsk, frozen=True):
    """Take a held visit back; without a number the one held longest at this window."""

    number: str = ""


class Transfer(WindowAsk, frozen=True):
    """Send the visit on, keeping its place: to a window or to a queue (exactly one)."""

    to_window: str = ""
    to_queue: str = ""


class AddItem(WindowAsk, frozen=True):
    """One more item of business in this visit."""

    service: Name


class AskRating(WindowAsk, frozen=True):
    """Open the evaluator for the visit served here, or for its last one if that is just finished."""

    item: str = ""


class Finish(WindowAsk, frozen=True):
    """The visit is done."""


class PauseWindow(WindowAsk, frozen=True):
    """No calls here for a while."""

    reason: Text = ""


class ResumeWindow(WindowAsk, frozen=True):
    """Open again after a pause."""


class Login(WindowAsk, frozen=True):
    """A clerk sits down; opens the window."""

    clerk: Annotated[str, Meta(min_length=1, max_length=16)]


class Logout(WindowAsk, frozen=True):
    """The clerk leaves; closes the window."""


class LastNumber(Struct, frozen=True):
    """The number that a queue issued last, as it was said at `at_ms`."""

    number: Number
    at_ms: UnixMs


class Meet(Ask, frozen=True):
    """What a node keeps, said to each coordinator that it meets: its records of `generation` up to `up_to`.

    `up_to` 0: none. `numbers` are the last that it heard of, at most one a queue; `at_ms` is hall time, of a
    node that took it from a coordinator, else 0. A coordinator whose store was lost knows by this when it was
    told all, above which numbers it may issue, and what day it is.
    """

    generation: Generation
    up_to: Count = 0
    at_ms: UnixMs = 0
    numbers: Annotated[tuple[LastNumber, ...], Meta(max_length=100)] = ()


class ApplySite(Ask, frozen=True):
    """Put a new site file in force. Refused whole when anything in it is wrong."""

    toml: Annotated[str, Meta(max_length=192 * 1024)]


class ClaimRole(Ask, frozen=True):
    """Is there a living coordinator? It answers on its `role` topic.

    Of two that claim at once the one that knows of the later `epoch` goes first.
    """

    instance: Annotated[str, Meta(max_length=64)]
    epoch: Count = 0


class Promote(Ask, frozen=True):
    """The standby `node` shall coordinate from now on.

    Refused while the coordinator answers; with `force` that one is told to give way.
    """

    node: Name
    force: bool = False


Request: TypeAlias = (
    TakeNumber
    | Quote
    | Reprint
    | LeaseNumbers
    | Meet
    | CallNext
    | CallNumber
    | Recall
    | Begin
    | NoShow
    | Hold
    | ResumeHeld
    | Transfer
    | AddItem
    | AskRating
    | Finish
    | PauseWindow
    | ResumeWindow
    | Login
    | Logout
    | ApplySite
    | ClaimRole
    | Promote
)


class Slip(Struct, frozen=True):
    """All that stands on a ticket. `alone`: issued without the coordinator; nobody knows who is ahead.

    `service_id` and `class_id` are for the record that it was printed.
    """

    visit: Visit
    number: Number
    service: Text
    issued_ms: UnixMs
    service_en: Text = ""
    queue: str = ""
    priority: Text = ""
    ahead: Count = 0
    wait_low_s: Seconds = 0
    wait_high_s: Seconds = 0
    windows: Text = ""
    qr: Annotated[str, Meta(max_length=200)] = ""
    copy: Count = 0
    alone: bool = False
    service_id: str = ""
    class_id: str = ""


class Lease(Struct, frozen=True):
    """Numbers that are the asking node's alone: `prefix` with at least three digits, `first` to `last`."""

    prefix: Letters
    first: Count
    last: Count


class Answer(Message, frozen=True):
    """The answer to one request. `code` is "ok", or a stable word for why not (`edge.hall.refusals`).

    `time_ms` is the coordinator's system clock: a node without a battery-backed clock learns from it what
    to write into `deadline_ms`. An answer that is sent again for a repeated request has no `time_ms`.
    `epoch` is the coordinator's: one of an older epoch than the last heard of is not to be heeded.
    """

    id: RequestId
    code: Annotated[str, Meta(max_length=40)]
    time_ms: UnixMs = 0
    text: Text = ""
    text_en: Text = ""
    slip: Slip | None = None
    lease: Lease | None = None
    ticket: str = ""
    waiting: Count = 0
    ahead: Count = 0
    wait_low_s: Seconds = 0
    wait_high_s: Seconds = 0
    epoch: Count = 0
