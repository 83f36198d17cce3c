"""A chime made of two struck tones, so that a hall without any clip still hears that something is called."""

from __future__ import annotations

import math
from array import array
from typing import Final

RATE_HZ: Final = 22_050
HIGH_HZ: Final = 659.26  # e2
LOW_HZ: Final = 523.25  # c2
STRIKE_S: Final = 0.42  # from the first tone to the second
RING_S: Final = 0.55
DECAY_PER_S: Final = 5.0
PEAK: Final = 11_000  # of 32,767: the two tones overlap and a voice is louder than that


def chime() -> array[int]:
    """About one second of "ding dong", 22,050 Hz mono 16 bit."""
    first, second = _tone(HIGH_HZ), _tone(LOW_HZ)
    start = int(STRIKE_S * RATE_HZ)
    sound = array("h", bytes(2 * (start + len(second))))
    sound[: len(first)] = first
    for at, value in enumerate(second):
        sound[start + at] += value
    return sound


def _tone(pitch_hz: float) -> array[int]:
    turn = 2 * math.pi * pitch_hz / RATE_HZ
    count = int(RING_S * RATE_HZ)
    fade = RATE_HZ // 50  # the last 20 ms go to zero: no click
    return array(
        "h",
        (
            int(
                PEAK
                * math.sin(turn * at)
                * math.exp(-DECAY_PER_S * at / RATE_HZ)
                * min(1, (count - at) / fade)
            )
            for at in range(count)
        ),
    )
