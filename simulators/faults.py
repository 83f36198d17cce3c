"""Switches for trouble that every twin on a wire has. They may be changed at any time."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any, Final

from simulators.trouble import Order, Trouble, switch


@dataclass
class Faults:
    """What is wrong with a device.

    silent: hears everything, says nothing. dead: hears and says nothing, as without power; unplugged: the
    same, as without its cable. late_s: says everything that much later. refuse: hears a command and does not
    act on it. busy: does not get round to what it hears. stuck: a key that stays down, or a panel that shows
    no more change while its electronics answer. no_ack: does not acknowledge. wrong_address: speaks with
    another address than it was set to. garble, cut: seed; one bit of each frame is turned over, the frame
    breaks off; garble_pct, cut_pct: share of frames so treated. noise: seed; rubbish goes before each frame.
    """

    silent: bool = False
    dead: bool = False
    unplugged: bool = False
    late_s: float = 0.0
    refuse: bool = False
    busy: bool = False
    stuck: bool = False
    no_ack: bool = False
    wrong_address: int | None = None
    garble: int | None = None
    garble_pct: int = 100
    cut: int | None = None
    cut_pct: int = 100
    noise: int | None = None
    _dice: dict[tuple[str, int], random.Random] = field(default_factory=dict, repr=False)

    @property
    def away(self) -> bool:
        """Whether it hears nothing at all."""
        return self.dead or self.unplugged

    def spoil(self, frame: bytes) -> bytes:
        """The frame as it goes onto the wire with these faults; b"" when none goes."""
        if self.silent or self.away:
            return b""
        if self.garble is not None:
            frame = self._garbled(frame, self._die("garble", self.garble))
        if self.cut is not None:
            frame = self._broken_off(frame, self._die("cut", self.cut))
        if self.noise is not None:
            frame = self._rubbish(self._die("noise", self.noise)) + frame
        return frame

    def _die(self, use: str, seed: int) -> random.Random:
        return self._dice.setdefault((use, seed), random.Random(seed))

    def _garbled(self, frame: bytes, die: random.Random) -> bytes:
        if not frame or die.randrange(100) >= self.garble_pct:
            return frame
        at = die.randrange(len(frame))
        return frame[:at] + bytes([frame[at] ^ (1 << die.randrange(8))]) + frame[at + 1 :]

    def _broken_off(self, frame: bytes, die: random.Random) -> bytes:
        if not frame or die.randrange(100) >= self.cut_pct:
            return frame
        return frame[: die.randrange(len(frame))]

    @staticmethod
    def _rubbish(die: random.Random) -> bytes:
        return die.randbytes(die.randint(1, 6))


def _garble(device: Any, order: Order) -> None:
    device.faults.garble, device.faults.garble_pct = order.seed, order.share_pct


def _cut(device: Any, order: Order) -> None:
    device.faults.cut, device.faults.cut_pct = order.seed, order.share_pct


def _value(name: str, told: str, off: object) -> Trouble:
    """A switch that takes its value from the order."""
    return Trouble(
        lambda device, order: setattr(device.faults, name, getattr(order, told)),
        lambda device: setattr(device.faults, name, off),
        (told,),
    )


# what every device on a wire can have
ON_A_WIRE: Final = {
    "unplug": switch("unplugged"),
    "power_off": Trouble(
        lambda device, order: setattr(device.faults, "dead", True),
        lambda device: device.powered_again(),
    ),
    "late": _value("late_s", "late_s", 0.0),
    "garbled": Trouble(_garble, lambda device: setattr(device.faults, "garble", None), ("seed", "share_pct")),
    "cut_frame": Trouble(_cut, lambda device: setattr(device.faults, "cut", None), ("seed", "share_pct")),
    "noise": _value("noise", "seed", None),
    "silent": switch("silent"),
    "busy": switch("busy"),
}
REFUSE: Final = switch("refuse")
NO_ACK: Final = switch("no_ack")
WRONG_ADDRESS: Final = Trouble(
    lambda device, order: setattr(device.faults, "wrong_address", order.address),
    lambda device: setattr(device.faults, "wrong_address", None),
    ("address",),
)
