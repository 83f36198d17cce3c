"""What a hall can be asked: the contract's requests without id and deadline, and a few of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from edge.hall.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class TakeNumber:
    """Issue a number. `origin` is "walk_in", "appointment" or "pre_review"; `items` are further services.

    `request` names the press, so that it can be withdrawn.
    """

    service: str
    priority: str = "ordinary"
    origin: str = "walk_in"
    appointment_s: float = 0.0
    items: tuple[str, ...] = ()
    request: str = ""


@dataclass(frozen=True, slots=True)
class CallNext:
    """Call the ticket whose turn it is. Finishes the visit here."""

    window: str


@dataclass(frozen=True, slots=True)
class CallNumber:
    """Call one number: waiting, held or missed. Finishes the visit here."""

    window: str
    number: str


@dataclass(frozen=True, slots=True)
class Recall:
    """Call the same ticket again."""

    window: str


@dataclass(frozen=True, slots=True)
class Begin:
    """The called citizen has come."""

    window: str


@dataclass(frozen=True, slots=True)
class NoShow:
    """The called citizen did not come."""

    window: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Put the visit aside."""

    window: str


@dataclass(frozen=True, slots=True)
class ResumeHeld:
    """Take a held visit back; without a number the one held longest at this window."""

    window: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """Send the visit on to a window or to a queue (exactly one), keeping its place."""

    window: str
    to_window: str = ""
    to_queue: str = ""


@dataclass(frozen=True, slots=True)
class AddItem:
    """One more item of business in this visit."""

    window: str
    service: str


@dataclass(frozen=True, slots=True)
class AskRating:
    """Ask the citizen here, or the last one if just finished, for a rating."""

    window: str
    item: str = ""


@dataclass(frozen=True, slots=True)
class Finish:
    """The visit is done."""

    window: str


@dataclass(frozen=True, slots=True)
class PauseWindow:
    """No calls here for a while. Finishes the visit being served."""

    window: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ResumeWindow:
    """Open again after a pause."""

    window: str


@dataclass(frozen=True, slots=True)
class Login:
    """A clerk sits down; opens the window, replacing the clerk there."""

    window: str
    clerk: str


@dataclass(frozen=True, slots=True)
class Logout:
    """The clerk leaves; closes the window. Finishes the visit being served."""

    window: str


@dataclass(frozen=True, slots=True)
class Rate:
    """A citizen's rating, `level` 5 (very satisfied) to 1, of a visit or of one item of it.

    `at_s` is when it was given. `lost`: the visit may be of before the books were lost.
    """

    visit: str
    window: str
    level: int
    item: str = ""
    at_s: float = 0.0
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Slip:
    """What a slip says of its ticket, as far as it is told."""

    service: str = ""
    priority: str = ""
    issued_s: float = 0.0


@dataclass(frozen=True, slots=True)
class MarkPrinted:
    """What became of a slip: `outcome` is "printed", "not_printed" or "unknown". `lost` as for `Rate`."""

    visit: str
    number: str
    outcome: str
    reason: str = ""
    copy: int = 0
    slip: Slip = Slip()
    lost: bool = False


@dataclass(frozen=True, slots=True)
class TellCalled:
    """A panel at `window` showed call number `calls` of the visit at `at_s`. `lost` as for `Rate`.

    Records of a window come from one node: their sequence `seq` tells their order when no clock does.
    """

    visit: str
    window: str
    calls: int
    at_s: float
    seq: int = 0
    lost: bool = False


@dataclass(frozen=True, slots=True)
class TellNumbers:
    """The last numbers of queues that a node heard of, each with the time at which that was said."""

    numbers: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class LeaseNumbers:
    """Fill up the reserve of node `source`, which still `held` so many.

    Its last lease was of the series `prefix` and ended with `up_to`; "" and 0 for none.
    """

    source: str
    held: int = 0
    prefix: str = ""
    up_to: int = 0


@dataclass(frozen=True, slots=True)
class MergeIssued:
    """A ticket machine issued a number alone at `issued_s` by its own clock."""

    visit: str
    number: str
    service: str
    priority: str
    issued_s: float


@dataclass(frozen=True, slots=True)
class Withdraw:
    """No paper will come of the press `request`: the number issued for it, if any, is nobody's."""

    request: str


@dataclass(frozen=True, slots=True)
class MarkMaybePrinted:
    """The numbers of `prefix` from `first` to `last` may be on paper."""

    prefix: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class PassOver:
    """Nothing is known of `unheard_s` seconds: leave out the numbers that may have been issued in them.

    `least`: so many of each queue may be in any case. `day`: where the hall still stood in this one, nothing
    was issued in the present day yet; "" where that is not known.
    """

    unheard_s: float
    least: int = 0
    day: str = ""


@dataclass(frozen=True, slots=True)
class PassOverLost:
    """The books were lost, and nodes told what they know: leave out what may be issued besides.

    At least `least` further numbers of each queue, and all that may be issued in `unheard_s` seconds.
    """

    unheard_s: float
    least: int = 0


@dataclass(frozen=True, slots=True)
class ApplyCatalogue:
    """Put a new catalogue in force. Accepted again unchanged when it is the one in force."""

    catalogue: Catalogue


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed: opening hours, the business day. Due at `next_due_s`."""


@dataclass(frozen=True, slots=True)
class SetClock:
    """The clock was set by `by_s`, back if negative. What it stamped after `since_s` was wrong by that."""

    by_s: float
    since_s: float = 0.0


Command: TypeAlias = (
    TakeNumber
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
    | Rate
    | MarkPrinted
    | TellCalled
    | TellNumbers
    | LeaseNumbers
    | MergeIssued
    | Withdraw
    | MarkMaybePrinted
    | PassOver
    | PassOverLost
    | ApplyCatalogue
    | Tick
    | SetClock
)
