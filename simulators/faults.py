"""Switches for trouble that every twin on a line has. They may be changed at any time."""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass
class Faults:
    """What is wrong with a device.

    silent: hears everything, says nothing. dead: hears and says nothing, as without power.
    late_s: says everything that much later. refuse: hears a command and does not act on it.
    stuck: a key that stays down, or a panel that shows no more change while its electronics answer.
    wrong_address: speaks with another address than it was set to. garble: seed; one bit of each frame is
    turned over. garble_pct: share of frames so treated. noise: seed; rubbish goes before each frame.
    """

    silent: bool = False
    dead: bool = False
    late_s: float = 0.0
    refuse: bool = False
    stuck: bool = False
    wrong_address: int | None = None
    garble: int | None = None
    garble_pct: int = 100
    noise: int | None = None
    _dice: dict[tuple[str, int], random.Random] = field(default_factory=dict, repr=False)

    def spoil(self, frame: bytes) -> bytes:
        """The frame as it goes onto the wire with these faults; b"" when none goes."""
        if self.silent or self.dead:
            return b""
        if self.garble is not None:
            frame = self._garbled(frame, self._die("garble", self.garble))
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

    @staticmethod
    def _rubbish(die: random.Random) -> bytes:
        return die.randbytes(die.randint(1, 6))
