"""What can be said to a lamp. It never answers: a pin does not know whether its lamp is broken."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

LampState: TypeAlias = Literal["off", "on", "blink"]


class SetLamp(msgspec.Struct, frozen=True, tag="set_lamp"):
    """Put the lamp out, on, or let it blink."""

    state: LampState
