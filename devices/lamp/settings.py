"""Settings of a lamp on a pin."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class LampSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`pin` is the Broadcom number. `active_low`: the lamp is lit while the pin is low.

    A blinking lamp is lit for `blink_ms` and dark for as long.
    """

    pin: Annotated[int, Meta(ge=2, le=27)]
    active_low: bool = False
    blink_ms: Annotated[int, Meta(ge=100, le=5_000)] = 500
