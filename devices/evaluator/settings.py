"""Settings of an evaluator pad."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

LevelOrNone = Annotated[int, Meta(ge=0, le=5)]


class EvaluatorSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One evaluator.

    `grades`: the level, 1 to 5, of each value the pad can send, from value 0 on; 0 for a value that is no
    rating. The default is a pad of four keys (bad, fair, good, very good); five: `[1, 2, 3, 4, 5]`.
    `ack`: "frame" acknowledges with the pad's own frame under FUNC 01, "short" with `68 02 02 68 ..`.
    `send_open`: tell the pad that a question is open. Pads on the keypad's line hear the keypad's own
    evaluate key; a pad elsewhere, or a question asked by other means, needs it.
    `ack_strays`: acknowledge a grade nobody asked for. Off, because the pad thanks when it is
    acknowledged, and such a grade is not kept; on only for a pad that never gives up repeating.
    `repeat_ms`: the same grade within this time after the last is a repeat of one press, and the next
    question waits for it: some of a pad's own intervals, and less than a citizen takes to press again.
    `commit_ms`: a grade not thanked for within this time may be given again.
    """

    address: Annotated[int, Meta(ge=0, le=255)]
    grades: Annotated[tuple[LevelOrNone, ...], Meta(min_length=2, max_length=10)] = (2, 3, 4, 5)
    ack: Literal["frame", "short"] = "frame"
    open_s: Annotated[int, Meta(ge=5, le=600)] = 60
    send_open: bool = True
    ack_strays: bool = False
    repeat_ms: Annotated[int, Meta(ge=50, le=10_000)] = 1000
    commit_ms: Annotated[int, Meta(ge=100, le=30_000)] = 3000
