"""What has happened: every accepted action is one or more of these, and the hall is their fold.

Fields are numbers, words and frozen dataclasses of them, so that each can be stored as JSON under its class
name (`EVENTS`). `at_s` is hall time in Unix seconds and never runs backwards but through `ClockSet`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, get_args

from edge.hall.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Prediction:
    """Waits foretold for one ticket, seconds; -1 = no open window serves it.

    `plain_s` by the queue's length alone, `forward_s` by playing the hall forward, `told_s` the one told,
    as the range `low_s` to `high_s`. `ahead` counts the tickets waiting in its queue.
    """

    ahead: int = 0
    plain_s: float = -1.0
    forward_s: float = -1.0
    told_s: float = -1.0
    low_s: float = -1.0
    high_s: float = -1.0


@dataclass(frozen=True, slots=True)
class CatalogueApplied:
    """A catalogue came in force."""

    at_s: float
    catalogue: Catalogue


@dataclass(frozen=True, slots=True)
class DayStarted:
    """A business day began; it ends at `ends_s`. Visits of the day before leave, but for those kept.

    `keep_all`: the clock was wrong, not the day over. The day goes on under this name; with `kept_from_s`,
    only what came from then on belongs to it, and the rest was of the day before.
    """

    at_s: float
    day: str
    ends_s: float
    keep_all: bool = False
    kept_from_s: float = 0.0


@dataclass(frozen=True, slots=True)
class HoursTurned:
    """The hall opened, closed or stopped issuing."""

    at_s: float
    open: bool
    issuing: bool


@dataclass(frozen=True, slots=True)
class ClockSet:
    """The clock was set by `by_s`, back if negative, and is `at_s` now.

    All that it stamped after `since_s` moves along, so that waits and the day's figures stay true.
    """

    at_s: float
    by_s: float
    since_s: float = 0.0


@dataclass(frozen=True, slots=True)
class NumberIssued:
    """A ticket was promised, to the press `request`. `count` is its place in its queue's number format."""

    at_s: float
    visit: str
    number: str
    count: int
    queue: str
    service: str
    priority: str
    origin: str
    items: tuple[str, ...] = ()
    appointment_s: float = 0.0
    prediction: Prediction = Prediction()
    request: str = ""


@dataclass(frozen=True, slots=True)
class NumbersLeased:
    """Node `source` may issue these by itself; nobody else ever will."""

    at_s: float
    source: str
    prefix: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class IssuedAlone:
    """A ticket that a machine issued at `issued_s` without the coordinator, or that was found on paper.

    Nobody could say how long it would take. It stands in line by `issued_s`.
    """

    at_s: float
    issued_s: float
    visit: str
    number: str
    queue: str
    service: str
    priority: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Nobody gets paper for the press `request`; the number of `visit`, if it got one, is over."""

    at_s: float
    request: str
    visit: str = ""  # "" = none was issued yet, and none will be


@dataclass(frozen=True, slots=True)
class NumbersPassed:
    """A coordinator before this one may have issued these numbers of a queue, unknown here: no other will."""

    at_s: float
    queue: str
    prefix: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class MaybePrinted:
    """These numbers are not known to be issued, but may be on paper: they are never called in their turn."""

    at_s: float
    prefix: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class TicketRebuilt:
    """The books were lost, and a node told of this ticket. `served_at`: it was there, and is over.

    A second one of the same visit says what was guessed before.
    """

    at_s: float
    issued_s: float
    visit: str
    number: str
    queue: str
    service: str
    priority: str
    items: tuple[str, ...] = ()
    served_at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallRebuilt:
    """The books were lost, and a node told of this call of `called_s`, number `calls` of its visit there.

    `last`: of the calls at the window, as far as they are known. `over`: it is not at the window any more.
    `seq` is the sequence of the record that told it.
    """

    at_s: float
    window: str
    visit: str
    called_s: float
    calls: int
    over: bool
    last: bool = False
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Called:
    """A ticket was called to a window. `how`: "next" in its turn, "number" out of it."""

    at_s: float
    window: str
    visit: str
    how: str = "next"


@dataclass(frozen=True, slots=True)
class Recalled:
    """The ticket called to this window was called again."""

    at_s: float
    window: str
    visit: str


@dataclass(frozen=True, slots=True)
class Begun:
    """The citizen came. `pressed`: the clerk said so; else another action shows it."""

    at_s: float
    window: str
    visit: str
    pressed: bool = True


@dataclass(frozen=True, slots=True)
class Missed:
    """The citizen did not come."""

    at_s: float
    window: str
    visit: str


@dataclass(frozen=True, slots=True)
class Held:
    """The visit was put aside."""

    at_s: float
    window: str
    visit: str


@dataclass(frozen=True, slots=True)
class Resumed:
    """The held visit goes on here."""

    at_s: float
    window: str
    visit: str


@dataclass(frozen=True, slots=True)
class Transferred:
    """The visit waits again, for `to_window` or in `to_queue`, with the place its arrival gives it."""

    at_s: float
    window: str
    visit: str
    to_window: str = ""
    to_queue: str = ""


@dataclass(frozen=True, slots=True)
class ItemAdded:
    """One more item in this visit."""

    at_s: float
    window: str
    visit: str
    service: str


@dataclass(frozen=True, slots=True)
class RatingAsked:
    """The citizen was asked for a rating; asked again opens the question again."""

    at_s: float
    window: str
    visit: str
    item: str = ""


@dataclass(frozen=True, slots=True)
class RatingGiven:
    """The citizen rated. `given_s`: at that time already, and the books were lost since."""

    at_s: float
    window: str
    visit: str
    level: int
    item: str = ""
    given_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Finished:
    """The visit is done."""

    at_s: float
    window: str
    visit: str


@dataclass(frozen=True, slots=True)
class WindowPaused:
    """No calls here for a while."""

    at_s: float
    window: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WindowResumed:
    """Open again."""

    at_s: float
    window: str


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A clerk sat down."""

    at_s: float
    window: str
    clerk: str


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """The clerk left. Tickets sent to this window wait in their queue again."""

    at_s: float
    window: str


@dataclass(frozen=True, slots=True)
class PrintMarked:
    """What became of a slip on paper."""

    at_s: float
    visit: str
    outcome: str
    reason: str = ""
    copy: int = 0


AtWindow: TypeAlias = (
    Called
    | Recalled
    | Begun
    | Missed
    | Held
    | Resumed
    | Transferred
    | ItemAdded
    | RatingAsked
    | RatingGiven
    | Finished
)
Event: TypeAlias = (
    CatalogueApplied
    | DayStarted
    | HoursTurned
    | ClockSet
    | NumberIssued
    | NumbersLeased
    | IssuedAlone
    | Withdrawn
    | MaybePrinted
    | NumbersPassed
    | TicketRebuilt
    | CallRebuilt
    | AtWindow
    | WindowPaused
    | WindowResumed
    | LoggedIn
    | LoggedOut
    | PrintMarked
)

EVENTS: dict[str, type[Event]] = {kind.__name__: kind for kind in get_args(Event)}
