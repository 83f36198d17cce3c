"""The messages of the contract, one frozen Struct each.

Four families, by what a receiver may do with them:

* **State** (retained, newest wins): `Life`, `DeviceState`, `Role`, and the coordinator's `HallState`,
  `SiteState`, `WindowState`, `QueueState`, `BoardState`. Whole, never a difference.
* **Request** (`Ask…` union, not retained): carries `id` and `deadline_ms`; refused when late; the same id
  again gets the same answer.
* **Answer** to one request.
* **Record** (`Rated`, `Printed`, `Shown`): a promise already kept in the sender's journal. Sent again
  until a `Receipt` names it; `source` + `id` make it count once.

Times named `…_ms` are Unix milliseconds. Of these, `deadline_ms` is read off the system clock; all others
are hall time, which is the same clock except in a hall that is run faster than life.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

# Python's `$` also matches before a newline at the end; JSON Schema's does not. This is the end in both.
_END = r"$(?!\n)"

Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}" + _END)]
Number = Annotated[str, Meta(pattern=r"^[A-Z0-9]{1,8}" + _END, description="a ticket's number, e.g. A001")]
Text = Annotated[str, Meta(max_length=400)]
Visit = Annotated[str, Meta(pattern=r"^[0-9]{8}-[A-Z0-9]{1,8}" + _END, description="day and number")]
RequestId = Annotated[str, Meta(min_length=1, max_length=64)]
RecordId = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{8}-[1-9][0-9]{0,15}" + _END, description="generation-sequence")
]
UnixMs = Annotated[int, Meta(ge=0, le=4_102_444_800_000)]
Seconds = Annotated[int, Meta(ge=0, le=864_000)]
Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Level = Annotated[int, Meta(ge=1, le=5, description="5 very satisfied ... 1 very dissatisfied")]

Phase: TypeAlias = Literal["closed", "paused", "idle", "calling", "serving"]
Storage: TypeAlias = Literal["ok", "reserve", "full"]
Lifecycle: TypeAlias = Literal["init", "ready", "degraded", "disconnected", "sleeping", "lost"]


def _snake(class_name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", class_name).lower()


class Message(Struct, frozen=True, omit_defaults=True, tag=_snake, tag_field="type"):
    """Root of all messages; `type` on the wire is the class name in snake_case.

    Unknown fields are ignored, so that a newer sender is understood.
    """


# --- life of nodes and devices --------------------------------------------------------------------


class Life(Message, frozen=True):
    """How a node is. The broker sends `lost` as the node's last will."""

    state: Lifecycle
    instance: Annotated[str, Meta(max_length=64)]
    release: str = ""
    host: str = ""
    since_ms: UnixMs = 0
    detail: Text = ""
    refused: Count = 0


class DeviceState(Message, frozen=True):
    """How a device is. A node that is lost makes its devices lost, whatever this says."""

    kind: Name
    state: Lifecycle
    code: Annotated[str, Meta(max_length=40)] = ""
    detail: Text = ""
    since_ms: UnixMs = 0


class Role(Message, frozen=True):
    """The coordinator's claim. The highest epoch is the living one; older states are stale.

    A node that wants the role publishes `ClaimRole`; the holder answers by publishing this again with the
    claim's id in `heard`.
    """

    epoch: Count
    instance: Annotated[str, Meta(max_length=64)]
    host: str = ""
    since_ms: UnixMs = 0
    heard: str = ""


# --- state of the hall, written by the coordinator ------------------------------------------------


class State(Message, frozen=True):
    """What every state of the hall carries: newer (epoch, version) wins; after `valid_until_ms`, stale."""

    epoch: Count
    version: Count
    valid_until_ms: UnixMs


class Notice(Struct, frozen=True):
    """A line of running text, Chinese first."""

    text: Text
    text_en: Text = ""


class HallState(State, frozen=True):
    """The hall as a whole. `storage` is "ok", "reserve" (no new numbers) or "full" (nothing is accepted)."""

    day: Annotated[str, Meta(pattern=r"^[0-9]{8}" + _END)]
    open: bool
    site_version: Count = 0
    storage: Storage = "ok"
    notices: tuple[Notice, ...] = ()


class SiteState(State, frozen=True):
    """The site file in force, whole, as TOML text."""

    site_version: Count
    toml: Annotated[str, Meta(max_length=192 * 1024)]


class RatingAsk(Struct, frozen=True):
    """An open question to the citizen at a window. `item` names one item of the visit, or is empty."""

    visit: Visit
    asked_ms: UnixMs
    item: str = ""


class WindowState(State, frozen=True):
    """One window, whole.

    `phase`: "closed" (nobody logged in), "paused", "idle", "calling" (a ticket is asked here), "serving".
    `calls` counts the calls of `ticket` at this window: a screen flashes and a voice speaks when
    (visit, calls) changes. `waiting` counts the tickets this window could call.
    """

    window: Name
    label: Annotated[str, Meta(max_length=16, description="as citizens read it, e.g. 12")]
    phase: Phase
    name: Text = ""
    name_en: Text = ""
    clerk: Annotated[str, Meta(max_length=16)] = ""
    reason: Text = ""
    visit: str = ""
    ticket: str = ""
    service: Text = ""
    service_en: Text = ""
    called_ms: UnixMs = 0
    calls: Count = 0
    waiting: Count = 0
    rating: RatingAsk | None = None


class QueueState(State, frozen=True):
    """One queue, whole. A wait is told as a range; `wait_high_s` 0 means that nobody can say."""

    queue: Name
    name: Text
    name_en: Text = ""
    waiting: Count = 0
    wait_low_s: Seconds = 0
    wait_high_s: Seconds = 0
    issuing: bool = True
    windows_open: Count = 0


class BoardCall(Struct, frozen=True):
    """One line of the hall board."""

    visit: Visit
    ticket: Number
    label: str
    called_ms: UnixMs
    calls: Count
    queue: Name


class BoardState(State, frozen=True):
    """The last calls, newest first, at most 20: a screen that missed one still shows it."""

    calls: tuple[BoardCall, ...] = ()


# --- requests -------------------------------------------------------------------------------------


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


class ApplySite(Ask, frozen=True):
    """Put a new site file in force. Refused whole when anything in it is wrong."""

    toml: Annotated[str, Meta(max_length=192 * 1024)]


class ClaimRole(Ask, frozen=True):
    """Is there a living coordinator? It answers on its `role` topic."""

    instance: Annotated[str, Meta(max_length=64)]


Request: TypeAlias = (
    TakeNumber
    | Quote
    | Reprint
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
)


class Slip(Struct, frozen=True):
    """All that stands on a ticket."""

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


class Answer(Message, frozen=True):
    """The answer to one request. `code` is "ok", or a stable word for why not (`edge.hall.refusals`).

    `time_ms` is the coordinator's system clock: a node without a battery-backed clock learns from it what
    to write into `deadline_ms`. An answer that is sent again for a repeated request has no `time_ms`.
    """

    id: RequestId
    code: Annotated[str, Meta(max_length=40)]
    time_ms: UnixMs = 0
    text: Text = ""
    text_en: Text = ""
    slip: Slip | None = None
    ticket: str = ""
    waiting: Count = 0
    ahead: Count = 0
    wait_low_s: Seconds = 0
    wait_high_s: Seconds = 0


# --- records --------------------------------------------------------------------------------------


class Entry(Message, frozen=True):
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
    """What became of a slip: "printed", "not_printed", or "unknown" where the printer never answered."""

    visit: Visit
    number: Number
    outcome: Literal["printed", "not_printed", "unknown"]
    reason: Text = ""
    copy: Count = 0


class Shown(Entry, frozen=True):
    """A call stood on a panel: `acknowledged` by the panel, or only sent to it."""

    visit: Visit
    window: Name
    device: Name
    calls: Count
    acknowledged: bool


Record: TypeAlias = Rated | Printed | Shown


class Receipt(Message, frozen=True):
    """Everything of `generation` up to `up_to` is durable at the coordinator, but for `missing`."""

    generation: Annotated[str, Meta(pattern=r"^[0-9a-f]{8}" + _END)]
    up_to: Count
    missing: tuple[Count, ...] = ()
