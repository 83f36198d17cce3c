"""Somebody who listens: reads the sound files of an announcer on `wav:/folder` from outside.

Given the folder of clips it also tells which words it hears: it looks for each clip,
sample by sample. That works at full volume only, where joining changes no sample.
"""

from __future__ import annotations

import math
import wave
from array import array
from pathlib import Path
from typing import NamedTuple

HEARD = 400  # of 32,767


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
        paths = sorted(self._folder.glob("[0-9]*-*.wav"), key=lambda path: int(path.name.partition("-")[0]))
        return [_measure(path) for path in paths]

    def words(self, path: Path, clips: Path) -> list[str]:
        """Names of the clips heard in this file, in order; where one lies within another, the longer."""
        sound = _samples(path).tobytes()
        cores = {clip.stem: _core(_samples(clip)).tobytes() for clip in clips.glob("*.wav")}
        taken: list[tuple[int, int, str]] = []
        for name, core in sorted(cores.items(), key=lambda item: -len(item[1])):
            for at in _all(sound, core):
                if all(at >= end or at + len(core) <= start for start, end, _ in taken):
                    taken.append((at, at + len(core), name))
        return [name for _, _, name in sorted(taken)]


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


def _core(samples: array[int]) -> array[int]:
    """From the first to the last sample that can be heard."""
    loud = [at for at, value in enumerate(samples) if abs(value) > HEARD]
    return samples[loud[0] : loud[-1] + 1] if loud else array("h")


def _all(sound: bytes, mark: bytes) -> list[int]:
    places: list[int] = []
    at = sound.find(mark) if mark else -1
    while at >= 0:
        if at % 2 == 0:
            places.append(at)
        at = sound.find(mark, at + 1)
    return places
