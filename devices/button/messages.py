"""What a button says. It takes no commands; that it is stuck is told as DeviceHealth."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Action: TypeAlias = Literal[
    "call_next",
    "recall",
    "begin",
    "no_show",
    "hold",
    "resume_held",
    "ask_rating",
    "finish",
    "pause",
    "resume",
    "take",
]


class Pressed(msgspec.Struct, frozen=True, tag="pressed"):
    """Pressed once. `action` is what the settings say it means; `service` only with "take"."""

    action: Action
    service: str = ""


class LongPressed(msgspec.Struct, frozen=True, tag="long_pressed"):
    """Held for a long press; told while it is held. `action` as in the settings."""

    action: Action
    service: str = ""
