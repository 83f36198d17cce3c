"""The copy of the coordinator's journal that a standby node holds: what is said to make it, both ways."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from mqtt_bridge.states import State
from mqtt_bridge.vocabulary import END, Count, Message, Name, UnixMs

PIECE_BYTES = 3 * 3750
"""Of the journal in one message: in base64, with what stands around it, it stays below the usual limit.

Base64 writes threes: of another length, one byte more would fit into the same number of letters.
"""
BASE64 = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?" + END

Session = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{16}" + END, description="of one asking, chosen by the standby")
]
Piece = Annotated[bytes, Meta(max_length=PIECE_BYTES, extra_json_schema={"pattern": BASE64})]


class CopyAsk(Message, frozen=True):
    """The standby asks for what its copy lacks.

    The copy holds the first `number` commits of the coordinator's `epoch`; its last event is `last`, written
    in `last_epoch`. `form` is that of the journal: only the same form can be copied.
    """

    session: Session
    form: Count
    epoch: Count = 0
    number: Count = 0
    last_epoch: Count = 0
    last: Count = 0


class CopyPiece(Message, frozen=True):
    """A piece of the coordinator's journal; `number` counts the pieces of a session from 1.

    With `more` its bytes go on in the next piece. `last` counts the commits of this epoch so far: what is
    not copied yet is known by that.
    """

    session: Session
    number: Count
    last: Count
    data: Piece
    more: bool = False


class Copied(Message, frozen=True):
    """All pieces up to `up_to` are here, and what ends in them is durable in the standby's journal."""

    session: Session
    up_to: Count


class StandbyState(State, frozen=True):
    """How the standby's copy is: "current", "behind" by so many commits, or its node "away".

    `copied_ms` is the hall's time of the last commit it holds, as far as is known.
    """

    node: Name
    copy: Literal["current", "behind", "away"]
    behind: Count = 0
    copied_ms: UnixMs = 0
