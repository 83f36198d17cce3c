"""Settings of a window strip."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class StripSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One strip.

    `refresh_s`: the text is sent again at this pace, more or less (strips of one line are spread by a
    quarter each way), because strips forget it silently when their power blinks. 0: never.
    `acks`: false for a strip that never answers; its texts count as sent, not as shown.
    `reply_ms`: how long an answer may take; `attempts`: how often a text is sent before the strip counts
    as silent.
    `columns`: width of the panel in half-width characters, a Chinese one being two; longer text is cut
    with an ellipsis. 0: only the limit of the protocol.
    """

    address: Annotated[int, Meta(ge=0, le=255)]
    refresh_s: Annotated[int, Meta(ge=0, le=3600)] = 60
    acks: bool = True
    reply_ms: Annotated[int, Meta(ge=20, le=5000)] = 150
    attempts: Annotated[int, Meta(ge=1, le=10)] = 3
    columns: Annotated[int, Meta(ge=0, le=84)] = 0
