"""A chime made of two struck tones, so that a hall without any clip still hears that something is called."""

from __future__ import annotations

import cmath
import math
from array import array
from functools import cache
from itertools import accumulate, repeat
from operator import add, mul
from typing import Final

RATE_HZ: Final = 22_050
HIGH_HZ: Final = 659.26  # e2
LOW_HZ: Final = 523.25  # c2
STRIKE_S: Final = 0.42  # from the first tone to the second
RING_S: Final = 0.55
DECAY_PER_S: Final = 5.0
PEAK: Final = 11_000  # of 32,767: the two tones overlap and a voice is louder than that


@cache
def chime() -> array[int]:
    """About one second of "ding dong", 22,050 Hz mono 16 bit. Made once: treat it as read-only."""
    first, second = _tone(HIGH_HZ), _tone(LOW_HZ)
    start = int(STRIKE_S * RATE_HZ)
    overlap = len(first) - start
    both = array("h", map(add, first[start:], second))
    return first[:start] + both + second[overlap:]


def _tone(pitch_hz: float) -> array[int]:
    """A sine that dies away. Each sample is the one before, turned and shrunk: no sine for each of them."""
    step = cmath.exp(complex(-DECAY_PER_S, 2 * math.pi * pitch_hz) / RATE_HZ)
    turns = accumulate(repeat(step, int(RING_S * RATE_HZ) - 1), mul, initial=complex(PEAK))
    sound = array("h", [int(turn.imag) for turn in turns])
    fade = RATE_HZ // 50  # the last 20 ms go to zero: no click
    for left in range(1, fade + 1):
        sound[-left] = sound[-left] * left // fade
    return sound
