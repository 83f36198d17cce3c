"""What can be said to and by an evaluator pad."""

from __future__ import annotations

from msgspec import Struct

# --- commands ---------------------------------------------------------------------------------------


class OpenRating(Struct, frozen=True, tag="open_rating"):
    """Ask the citizen. `token` names the question and comes back with its answer."""

    token: str


class CloseRating(Struct, frozen=True, tag="close_rating"):
    """The question is withdrawn; an answer already on its way to the journal is still thanked for."""


class Thank(Struct, frozen=True, tag="thank"):
    """The answer to `token` is durable: tell the pad, which then thanks the citizen."""

    token: str


# --- events -----------------------------------------------------------------------------------------


class Graded(Struct, frozen=True, tag="graded"):
    """The citizen's answer: `level` 1 (very dissatisfied) to 5 (very satisfied)."""

    token: str
    level: int


class RatingLapsed(Struct, frozen=True, tag="rating_lapsed"):
    """The question was open for its whole time and nobody answered."""

    token: str


Command = OpenRating | CloseRating | Thank
Event = Graded | RatingLapsed
