"""Makes the default set of voice clips with espeak-ng: `zh/请.wav`, `en/number.wav` and so on.

The Chinese voice is `cmn-latn-pinyin`. The voice `cmn` of espeak-ng 1.51 turns characters into pinyin
and reads that as English, so the phonemes of each clip are looked at before it is written.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from devices.announcer.messages import Language
from devices.announcer.phrases import vocabulary
from devices.announcer.settings import TEMPLATE_EN, TEMPLATE_ZH
from devices.announcer.wave_join import ClipUnfitError, read_clip, trim

VOICES: Final[dict[Language, str]] = {"zh": "cmn-latn-pinyin", "en": "en"}
TEMPLATES: Final[dict[Language, str]] = {"zh": TEMPLATE_ZH, "en": TEMPLATE_EN}
PROGRAM: Final = "espeak-ng"
LONGEST_RUN_S: Final = 20.0  # one clip takes some 20 ms; on a busy Pi far longer, but not this long
SHORTEST_CLIP_S: Final = 0.05

Runner: TypeAlias = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


class VoiceError(RuntimeError):
    """Clips cannot be made. The text says why and what to do."""


class VoiceReport(NamedTuple):
    """Names of clips ("zh/请"): made now, and there before."""

    made: tuple[str, ...]
    kept: tuple[str, ...]


def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Runs a program to its end and returns what it said. Raises OSError, subprocess.TimeoutExpired."""
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST_RUN_S)


def make_clips(
    directory: Path,
    *,
    templates: Mapping[Language, str] = TEMPLATES,
    labels: Iterable[str] = (),
    runner: Runner = run,
) -> VoiceReport:
    """Make what is missing in `directory` to say `templates` for any ticket at windows 0 to 999 and `labels`.

    Clips that are there are left alone, whoever recorded them. Each is written whole or not at all.
    Raises VoiceError: espeak-ng is missing, has no such voice, or would say something else.
    """
    made: list[str] = []
    kept: list[str] = []
    wanted = tuple(labels)
    for language, template in templates.items():
        for name in vocabulary(language, template, wanted):
            path = directory / language / f"{name}.wav"
            if path.exists():
                kept.append(f"{language}/{name}")
                continue
            _make(path, language, name, runner)
            made.append(f"{language}/{name}")
    return VoiceReport(tuple(made), tuple(kept))


def phonemes(language: Language, text: str, runner: Runner = run) -> str:
    """What espeak-ng would say, in its own phoneme letters, such as "tS;h'i214N_|". Raises VoiceError."""
    return _call([PROGRAM, "-q", "-x", "-v", VOICES[language], text], runner).strip()


def check_phonemes(language: Language, text: str, said: str) -> None:
    """Raises VoiceError unless `said` is `text` in its language.

    Each Chinese character has one tone, written as digits, and no part is in another language, written
    as "(en)". English has no such marks: it must say something.
    """
    hanzi = [char for char in text if "\u4e00" <= char <= "\u9fff"]
    tones = re.findall(r"\d+", said)
    is_wrong = "(" in said or not said or (language == "zh" and len(hanzi) == len(text) != len(tones))
    if is_wrong:
        raise VoiceError(
            f"{PROGRAM} would say {said!r} for {text!r}: its voice {VOICES[language]!r} does not fit. "
            "Use espeak-ng 1.51 with its Mandarin data (package espeak-ng-data), or record this clip"
        )


def _make(path: Path, language: Language, name: str, runner: Runner) -> None:
    check_phonemes(language, name, phonemes(language, name, runner))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".making-", dir=path.parent) as folder:
            draft = Path(folder) / "clip.wav"
            _call([PROGRAM, "-v", VOICES[language], "-w", str(draft), name], runner)
            _check_sound(name, draft)
            draft.replace(path)
    except OSError as error:
        raise VoiceError(f"{path} cannot be written: {error.strerror}") from error


def _check_sound(name: str, draft: Path) -> None:
    try:
        sound = trim(read_clip(draft))
    except ClipUnfitError as error:
        raise VoiceError(f"{PROGRAM} made no usable clip for {name!r}: {error}") from error
    if len(sound) < SHORTEST_CLIP_S * 22_050:
        raise VoiceError(f"{PROGRAM} made a silent clip for {name!r}")


def _call(command: list[str], runner: Runner) -> str:
    try:
        done = runner(command)
    except FileNotFoundError as error:
        raise VoiceError(
            f"{PROGRAM} is not installed: run `apt install espeak-ng`, or put recorded clips into the folder"
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise VoiceError(f"{PROGRAM} does not run: {error}") from error
    if done.returncode != 0:
        raise VoiceError(f"{PROGRAM} failed: {done.stderr.strip()[:200] or done.returncode}")
    return done.stdout
