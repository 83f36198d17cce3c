"""Trouble on purpose, by name: the same names for every device, each with what it may be told.

What a name cannot mean for a device is refused in a sentence (`Device.CANNOT`), never passed over.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

# name -> what it means, for whichever device can have it
NAMES: Final = {
    "unplug": "its plug is pulled out; a device alone on its port takes the port with it: the name is gone",
    "replug": "the plug is put in again, under `url` if another name is given",
    "power_off": "no power: hears and says nothing, and has forgotten everything when it is back",
    "late": "all it says comes `late_s` later",
    "garbled": "one bit of each frame it says, or of `share_pct` of them, is turned over; drawn from `seed`",
    "cut_frame": "each frame it says, or `share_pct` of them, breaks off in the middle; drawn from `seed`",
    "noise": "rubbish on the wire before each of its frames, drawn from `seed`; on a port, each `every_s`",
    "silent": "hears and does everything, says nothing",
    "busy": "does not get round to what it hears; does it all when it is well again",
    "refuse": "hears a command, and neither does nor acknowledges it",
    "stuck_key": "the key last pressed, or `key`, stays down",
    "no_ack": "shows what it is told and does not acknowledge it",
    "wrong_address": "speaks as `address`, and not as what it was set to",
    "paper_near_end": "the roll shows its core",
    "paper_out": "the roll is at its end",
    "cover": "the cover is open",
    "cutter": "the cutter jams at the next cut",
    "hot": "the head is too hot to print",
    "offline": "switched off line: takes bytes, prints nothing, says so",
    "lamp_broken": "stays dark",
}


class CannotBe(ValueError):  # noqa: N818 - a refusal
    """A fault that a device cannot have, or not in this way. The text is a sentence for who ordered it."""


class Order(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a fault is told. `after_bytes`: it strikes when the printer has worked off so many bytes more."""

    late_s: Annotated[float, Meta(gt=0, le=600)] = 1.0
    seed: Annotated[int, Meta(ge=0, le=2**31)] = 1
    share_pct: Annotated[int, Meta(ge=1, le=100)] = 100
    every_s: Annotated[float, Meta(ge=0.01, le=600)] = 0.5
    address: Annotated[int, Meta(ge=0, le=255)] = 0
    key: Annotated[str, Meta(max_length=32)] = ""
    after_bytes: Annotated[int, Meta(ge=0, le=10_000_000)] = 0
    url: Annotated[str, Meta(max_length=200)] = ""

    def told(self) -> dict[str, Any]:
        """What was said, without what was left as it is."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


@dataclass(frozen=True)
class Trouble:
    """How a kind of device has a fault: what begins it, what ends it, and what it may be told."""

    begin: Callable[[Any, Order], None]
    end: Callable[[Any], None]
    takes: tuple[str, ...] = ()

    def check(self, name: str, order: Order) -> None:
        """Raises CannotBe for something told that means nothing here."""
        for told in order.told():
            if told not in self.takes:
                can = f"it takes {', '.join(self.takes)}" if self.takes else "it takes nothing"
                raise CannotBe(f"{name} cannot be told {told}: {can}")


def switch(name: str, on: object = True, off: object = False) -> Trouble:
    """A trouble that is one switch of the device's `faults`."""
    return Trouble(
        lambda device, order: setattr(device.faults, name, on),
        lambda device: setattr(device.faults, name, off),
    )


def unknown_fault(name: str) -> str:
    """What to say of a name that no fault has."""
    near = difflib.get_close_matches(name, list(NAMES), 1, 0.6)
    hint = f'did you mean "{near[0]}"?' if near else f"known are {', '.join(NAMES)}"
    return f'unknown fault "{name}"; {hint}'
