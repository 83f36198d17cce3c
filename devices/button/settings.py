"""Settings of a button on a pin."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from devices.button.messages import Action


class ButtonSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A contact between a pin and ground (`active_low`) or 3.3 V.

    `pin` is the Broadcom number: GPIO2 to GPIO27 (0 and 1 belong to add-on boards). `action` is what a
    press means, `long_action` what a long press means ("" = none: then a press is told at once, else at
    its release). `service` is the service a number is taken for, with "take" and only then.
    """

    pin: Annotated[int, Meta(ge=2, le=27)]
    action: Action = "call_next"
    long_action: Action | Literal[""] = ""
    service: Annotated[str, Meta(max_length=32)] = ""
    pull: Literal["up", "down", "none"] = "up"
    active_low: bool = True
    debounce_ms: Annotated[int, Meta(ge=1, le=500)] = 30
    long_press_ms: Annotated[int, Meta(ge=300, le=5_000)] = 1_000
    stuck_s: Annotated[float, Meta(ge=6, le=600)] = 30.0

    def __post_init__(self) -> None:
        takes = "take" in (self.action, self.long_action)
        if takes != bool(self.service):
            raise ValueError('a button names a service exactly when its action is "take"')
        if self.debounce_ms >= self.long_press_ms:
            raise ValueError("debounce_ms must be less than long_press_ms")
