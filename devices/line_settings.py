"""Settings of a serial line."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct


class LineSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the bytes of one line travel.

    `gap_ms`: silence kept between two frames of ours, so that devices tell them apart.
    `silence_ms`: after so long without a byte, the start of a frame is taken as cut off. USB adapters
    deliver in bursts up to 16 ms apart, hence not less than 20; more only delays what follows a cut frame.
    `hears_itself`: true for an RS-485 adapter whose receiver stays on while it sends; without it every
    echo to a keypad would come back as one more press.
    """

    url: Annotated[str, Meta(min_length=1, max_length=200)]
    baud: Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200] = 9600
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: Literal[1, 2] = 1
    gap_ms: Annotated[int, Meta(ge=0, le=500)] = 5
    silence_ms: Annotated[int, Meta(ge=20, le=1000)] = 50
    hears_itself: bool = False
