"""Somebody who listens: reads the sound files of an announcer on `wav:/folder` from outside.

Given the folder of clips it also tells which words it hears: it looks for the loudest tenth of a second
of each clip, sample by sample. That works at full volume only, where joining changes no sample.
"""

from __future__ import annotations

import math
import wave
from array import array
from pathlib import Path
from typing import NamedTuple

MARK_S = 0.1


class WavHeard(NamedTuple):
    """One announcement: its file, how long it sounds, and how loud (root mean square, full scale 1.0)."""

    path: Path
    seconds: float
    rms: float


class Listener:
    """Hears what was written into `folder`, in order. Words need the folder of clips of one language."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def heard(self) -> list[WavHeard]:
        """Everything that is still there, oldest first."""
        paths = sorted(self._folder.glob("*.wav"), key=lambda path: int(path.name.partition("-")[0]))
        return [_measure(path) for path in paths]

    def words(self, path: Path, clips: Path) -> list[str]:
        """Names of the clips heard in this file, in order."""
        samples = _samples(path)
        sound, rate = samples.tobytes(), _rate(path)
        found: list[tuple[int, str]] = []
        for clip in sorted(clips.glob("*.wav")):
            mark = _loudest(_samples(clip), int(MARK_S * rate)).tobytes()
            found += [(at, clip.stem) for at in _all(sound, mark)]
        return [name for _, name in sorted(found)]


def _measure(path: Path) -> WavHeard:
    samples = _samples(path)
    power = sum(value * value for value in samples) / max(1, len(samples))
    return WavHeard(path, len(samples) / _rate(path), math.sqrt(power) / 32_768)


def _samples(path: Path) -> array[int]:
    with wave.open(str(path), "rb") as file:
        return array("h", file.readframes(file.getnframes()))


def _rate(path: Path) -> int:
    with wave.open(str(path), "rb") as file:
        return file.getframerate()


def _loudest(samples: array[int], length: int) -> array[int]:
    step = max(1, length // 4)
    starts = range(0, max(1, len(samples) - length), step)
    best = max(starts, key=lambda at: sum(abs(value) for value in samples[at : at + length]))
    return samples[best : best + length]


def _all(sound: bytes, mark: bytes) -> list[int]:
    places: list[int] = []
    at = sound.find(mark)
    while at >= 0:
        if at % 2 == 0:
            places.append(at)
        at = sound.find(mark, at + 1)
    return places
