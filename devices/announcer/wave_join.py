"""Clips on disk, and joining them to one sound.

A clip is a WAV file of 22,050 Hz, mono, 16 bit, at most 15 seconds; its name is what it says:

    clips_dir/zh/请.wav   clips_dir/en/number.wav   clips_dir/chime.wav (optional)

Silence at both ends of a clip is cut, but for a few milliseconds: makers of clips leave up to half a
second, and a number would fall apart into words.
"""

from __future__ import annotations

import io
import sys
import wave
from array import array
from pathlib import Path
from typing import Final

from devices.announcer.chime import RATE_HZ, chime
from devices.announcer.messages import Language
from devices.errors import DeviceError

SAMPLE_BYTES: Final = 2
LONGEST_CLIP_S: Final = 15  # a clip says a word or a sentence; longer is another kind of file
SILENCE: Final = 250  # of 32,767: below this nothing is heard
MARGIN_S: Final = 0.02  # most silence left at each end of a clip
LARGEST_CACHE_SAMPLES: Final = 4_000_000  # 8 MB: some hundred words, three minutes of speech


class ClipUnfitError(DeviceError, ValueError):
    """A clip that cannot be used. The text names the file and what it should be."""


def read_clip(path: Path) -> array[int]:
    """The samples of one file. Raises ClipUnfitError."""
    try:
        with wave.open(str(path), "rb") as file:
            _check_format(path, file)
            frames = file.readframes(file.getnframes())
            if len(frames) < SAMPLE_BYTES * file.getnframes():
                raise EOFError
    except (OSError, EOFError, RuntimeError, wave.Error) as error:  # RuntimeError: a chunk beyond the end
        raise ClipUnfitError(f"clip {path} cannot be read: {str(error) or 'it ends too early'}") from error
    sound = array("h", frames)
    if sys.byteorder == "big":
        sound.byteswap()
    return sound


def _check_format(path: Path, file: wave.Wave_read) -> None:
    found = (file.getframerate(), file.getnchannels(), file.getsampwidth())
    if found != (RATE_HZ, 1, SAMPLE_BYTES):
        raise ClipUnfitError(
            f"clip {path} has {found[0]} Hz, {found[1]} channel(s), {8 * found[2]} bit; "
            f"it must have {RATE_HZ} Hz, 1 channel, 16 bit"
        )
    if file.getnframes() > LONGEST_CLIP_S * RATE_HZ:
        raise ClipUnfitError(f"clip {path} is longer than {LONGEST_CLIP_S} s")


def trim(sound: array[int]) -> array[int]:
    """Cut silence at both ends, but for 10 to 20 ms. A silent clip becomes empty."""
    block = int(MARGIN_S * RATE_HZ / 2)  # looked at in blocks: a whole clip in microseconds
    starts = range(0, len(sound), block)
    first = next((at for at in starts if _is_loud(sound[at : at + block])), None)
    if first is None:
        return array("h")
    last = next(at for at in reversed(starts) if _is_loud(sound[at : at + block]))
    return sound[max(0, first - block) : last + 2 * block]


def _is_loud(block: array[int]) -> bool:
    return max(block) > SILENCE or min(block) < -SILENCE


def silence(seconds: float) -> array[int]:
    """Nothing, for that long."""
    return array("h", bytes(SAMPLE_BYTES * int(seconds * RATE_HZ)))


def to_wav(sound: array[int]) -> bytes:
    """The bytes of a WAV file."""
    samples = array("h", sound)
    if sys.byteorder == "big":
        samples.byteswap()
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(SAMPLE_BYTES)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.tobytes())
    return out.getvalue()


class ClipFolder:
    """The clips of one announcer: names read once, sounds kept after their first use."""

    def __init__(self, directory: str, volume_pct: int) -> None:
        self._directory = Path(directory) if directory else None
        self._volume_pct = volume_pct
        self._names: dict[Language, frozenset[str]] = {}
        self._kept: dict[Path, array[int]] = {}
        self._kept_samples = 0

    def names(self, language: Language) -> frozenset[str]:
        """Names of the clips there are; empty where the folder is not there."""
        if language not in self._names:
            found = self._directory.joinpath(language).glob("*.wav") if self._directory else ()
            self._names[language] = frozenset(path.stem for path in found)
        return self._names[language]

    def clip(self, language: Language, name: str) -> array[int]:
        """One clip, trimmed and at the volume set. Raises ClipUnfitError."""
        if self._directory is None:
            raise ClipUnfitError(f"no folder of clips is set: {name} cannot be said")
        return self._load(self._directory / language / f"{name}.wav")

    def chime(self) -> array[int]:
        """`chime.wav` of the folder, or one made here. Raises ClipUnfitError for a file that is unfit."""
        path = self._directory / "chime.wav" if self._directory else None
        if path is not None and path.exists():
            return self._load(path)
        return self.made_chime()

    def made_chime(self) -> array[int]:
        """The chime made here, at the volume set."""
        made = Path("chime made here")
        return self._kept[made] if made in self._kept else self._keep(made, self._scaled(chime()))

    def _load(self, path: Path) -> array[int]:
        return (
            self._kept[path] if path in self._kept else self._keep(path, self._scaled(trim(read_clip(path))))
        )

    def _keep(self, path: Path, sound: array[int]) -> array[int]:
        if self._kept_samples + len(sound) <= LARGEST_CACHE_SAMPLES:
            self._kept[path] = sound
            self._kept_samples += len(sound)
        return sound

    def _scaled(self, sound: array[int]) -> array[int]:
        if self._volume_pct == 100:
            return sound
        return array("h", (value * self._volume_pct // 100 for value in sound))
