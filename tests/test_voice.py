"""The clips that espeak-ng makes. Without it these tests fail; `make test` installs it."""

from __future__ import annotations

import math
import subprocess
import wave
from array import array
from collections.abc import Sequence
from pathlib import Path

import pytest

from devices.announcer.driver import AnnouncerPort
from devices.announcer.messages import Announce, Language, Spoken
from devices.announcer.phrases import vocabulary
from devices.announcer.settings import AnnouncerSettings
from devices.announcer.wave_join import read_clip, trim
from devices.base import DeviceHealth, Message
from edge.voice import TEMPLATES, VoiceError, VoiceReport, check_phonemes, make_clips, phonemes, run
from simulators.announcer.listener import Listener

# What is said, in espeak-ng's own phoneme letters without stress marks; the numbers are tones.
CHINESE = {
    **{"请": "tS;hi214N", "号到": "XAu51 tAu51", "号窗口": "XAu51 ts.hwA55N khou214"},
    **{"零": "li35N", "一": "ji55", "二": "@r51", "三": "sa55n", "四": "si[51", "五": "wu214"},
    **{"六": "liou51", "七": "tS;hi55", "八": "pA55", "九": "tS;iou214", "幺": "jAu55"},
    **{"十": "s.i.35", "百": "pai214"},
    **{"A": "ei51", "B": "pi51", "C": "sei55", "D": "ti51", "E": "ji51", "F": "ai35f", "G": "ts.i51"},
    **{"H": "ei35ts.h", "I": "ai51", "J": "ts.ei51", "K": "khei51", "L": "ai35l", "M": "ai35m"},
    **{"N": "@55n", "O": "ou55", "P": "phi51", "Q": "khiou55", "R": "@r35", "S": "ai35s", "T": "thi51"},
    **{"U": "jiou55", "V": "vei55", "W": "ta35pliou33", "X": "ai35ks", "Y": "wuai51", "Z": "zi51"},
}
ENGLISH = {
    **{"number": "nVmb3", "please go to window": "pli:z goU t@ wIndoU", "hundred": "hVndrI2d"},
    **{"zero": "zi@roU", "one": "w0n", "two": "tu:", "three": "Tri:", "four": "fo@", "five": "faIv"},
    **{"six": "sIks", "seven": "sEv@n", "eight": "eIt", "nine": "naIn", "ten": "tEn", "eleven": "I2lEv@n"},
    **{"twelve": "twElv", "thirteen": "T3:ti:n", "fourteen": "fo@ti:n", "fifteen": "fIfti:n"},
    **{"sixteen": "sIksti:n", "seventeen": "sEv@nti:n", "eighteen": "eIti:n", "nineteen": "naInti:n"},
    **{"twenty": "twEnti", "thirty": "T3:ti", "forty": "fO@ti", "fifty": "fIfti", "sixty": "sIksti"},
    **{"seventy": "sEv@nti", "eighty": "eIti", "ninety": "naInti"},
    **{"A": "eI", "B": "bi:", "C": "si:", "D": "di:", "E": "i:", "F": "Ef", "G": "dZi:", "H": "eItS"},
    **{"I": "aI", "J": "dZeI", "K": "keI", "L": "El", "M": "Em", "N": "En", "O": "oU", "P": "pi:"},
    **{"Q": "kju:", "R": "A@", "S": "Es", "T": "ti:", "U": "ju:", "V": "vi:", "W": "dVb@Lju:"},
    **{"X": "Eks", "Y": "waI", "Z": "zEd"},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, VoiceReport]:
    folder = tmp_path_factory.mktemp("clips")
    return folder, make_clips(folder)


def plain(said: str) -> str:
    return said.translate(str.maketrans("", "", "',|_"))


@pytest.mark.parametrize(("language", "expected"), [("zh", CHINESE), ("en", ENGLISH)])
def test_the_phonemes_of_the_whole_vocabulary(language: Language, expected: dict[str, str]) -> None:
    assert {
        name: plain(phonemes(language, name)) for name in vocabulary(language, TEMPLATES[language])
    } == expected


def test_the_broken_mandarin_voice_is_found_out() -> None:
    """-v cmn turns a character into pinyin and reads that as English."""
    for char in "请号三":
        said = run(["espeak-ng", "-q", "-x", "-v", "cmn", char]).stdout.strip()
        with pytest.raises(VoiceError, match="does not fit"):
            check_phonemes("zh", char, said)


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("zh", "请", ""),
        ("zh", "号到", "X'Au51_|"),
        ("zh", "三", "sa"),
        ("en", "one", ""),
        ("en", "一", "(cmn)ji55"),
    ],
)
def test_phonemes_that_are_not_the_text(language: Language, text: str, said: str) -> None:
    with pytest.raises(VoiceError, match="does not fit"):
        check_phonemes(language, text, said)


def test_every_clip_of_the_vocabulary_is_there(made: tuple[Path, VoiceReport]) -> None:
    folder, report = made
    files = {path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.wav")}
    assert (
        files == set(report.made) == {f"zh/{name}" for name in CHINESE} | {f"en/{name}" for name in ENGLISH}
    )
    assert report.kept == ()
    assert [path for path in folder.rglob("*") if path.name.startswith(".")] == []


def test_every_clip_can_be_heard(made: tuple[Path, VoiceReport]) -> None:
    """A word lasts 0.1 to 1.2 s, a phrase up to 2 s, and is neither a whisper nor cut off at full scale."""
    for path in made[0].rglob("*.wav"):
        sound = trim(read_clip(path))
        seconds = len(sound) / 22_050
        rms = math.sqrt(sum(value * value for value in sound) / len(sound))
        assert 0.1 < seconds < (2.0 if len(path.stem) > 9 or path.stem == "号窗口" else 1.2), path
        assert 800 < rms < 12_000, path
        assert max(map(abs, sound)) < 32_767, path


def test_what_is_there_is_left_alone(tmp_path: Path, made: tuple[Path, VoiceReport]) -> None:
    for name in made[1].made:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.wav").write_bytes(b"recorded by a person")
    (tmp_path / "zh/请.wav").unlink()
    report = make_clips(tmp_path)
    assert report.made == ("zh/请",)
    assert len(report.kept) == len(made[1].made) - 1
    assert (tmp_path / "zh/三.wav").read_bytes() == b"recorded by a person"
    assert make_clips(tmp_path).made == ()


def test_words_of_other_templates_and_labels(tmp_path: Path) -> None:
    report = make_clips(tmp_path, templates={"zh": "{ticket}号请"}, labels=["综合3"])
    assert {"zh/号请", "zh/综", "zh/合"} <= set(report.made)
    assert not (tmp_path / "en").exists()


class Program:
    """espeak-ng, but for one call."""

    def __init__(self, fail_at: int, **how: object) -> None:
        self.calls: list[Sequence[str]] = []
        self._fail_at = fail_at
        self._how = how

    def __call__(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        self.calls.append(command)
        if len(self.calls) < self._fail_at:
            return run(command)
        if error := self._how.get("error"):
            raise error  # type: ignore[misc]
        if isinstance(sound := self._how.get("sound"), bytes):
            Path(command[command.index("-w") + 1]).write_bytes(sound)
        return subprocess.CompletedProcess(command, int(str(self._how.get("status", 0))), "", "it broke")


def silent_wav(path: Path) -> bytes:
    with wave.open(str(path), "wb") as file:
        file.setframerate(22050)
        file.setnchannels(1)
        file.setsampwidth(2)
        file.writeframes(bytes(22050))
    return path.read_bytes()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (FileNotFoundError("espeak-ng"), "not installed: run `apt install espeak-ng`"),
        (PermissionError("no"), "does not run"),
        (subprocess.TimeoutExpired("espeak-ng", 20), "does not run"),
    ],
)
def test_a_program_that_is_not_there_has_a_cure(tmp_path: Path, error: Exception, said: str) -> None:
    with pytest.raises(VoiceError, match=said):
        make_clips(tmp_path, runner=Program(1, error=error))


def test_a_program_that_fails_leaves_no_half_clip(tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match="it broke"):
        make_clips(tmp_path, runner=Program(4, status=1))
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["请.wav"]
    assert [path.name for path in (tmp_path / "zh").iterdir()] == ["请.wav"]


def test_a_silent_or_unfit_clip_is_not_kept(tmp_path: Path) -> None:
    silent = silent_wav(tmp_path / "silent.wav")
    for sound, said in ((silent, "silent clip for '请'"), (b"RIFF", "no usable clip for '请'")):
        with pytest.raises(VoiceError, match=said):
            make_clips(tmp_path / "clips", runner=Program(2, sound=sound))
        assert list((tmp_path / "clips").rglob("*.wav")) == []


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "zh").write_bytes(b"")
    with pytest.raises(VoiceError, match="cannot be written"):
        make_clips(tmp_path)


def test_a_listener_hears_every_word_in_order(tmp_path: Path, made: tuple[Path, VoiceReport]) -> None:
    """From the call to the ear: another program's ears find each clip in the sound, sample by sample."""
    said: list[Message] = []
    port = AnnouncerPort(
        "sound",
        f"wav:{tmp_path}",
        "voice",
        AnnouncerSettings(clips_dir=str(made[0]), yao=True),
        lambda device, message: said.append(message),
    )
    port.open(0.0)
    port.handle("voice", Announce("t", "B017", "123"), 0.0)
    (heard,) = Listener(tmp_path).heard()
    due_s = port.due_s()
    assert due_s == pytest.approx(heard.seconds, abs=1e-6)
    port.step(heard.seconds + 0.001)
    assert said == [DeviceHealth("ready"), Spoken("t", "spoken")]
    chinese = Listener(tmp_path).words(heard.path, made[0] / "zh")
    assert chinese == ["请", "B", "零", "幺", "七", "号到", "一", "百", "二", "十", "三", "号窗口"]
    english = Listener(tmp_path).words(heard.path, made[0] / "en")
    assert english[:6] == ["number", "B", "zero", "one", "seven", "please go to window"]
    assert english[6:] == ["one", "hundred", "twenty", "three"]
    assert 6 < heard.seconds < 16
    assert 0.03 < heard.rms < 0.4


def test_joined_clips_have_no_holes(tmp_path: Path, made: tuple[Path, VoiceReport]) -> None:
    """Between two words nothing longer than a comma: the silence that espeak-ng leaves is cut."""
    settings = AnnouncerSettings(clips_dir=str(made[0]), chime=False, languages=("zh",))
    port = AnnouncerPort("sound", f"wav:{tmp_path}", "voice", settings, lambda device, message: None)
    port.open(0.0)
    port.handle("voice", Announce("t", "A001", "3"), 0.0)
    samples = trim(read_clip(next(tmp_path.glob("*.wav"))))
    assert longest_silence_s(samples) < 0.12


def longest_silence_s(samples: array[int]) -> float:
    longest = run_length = 0
    for value in samples:
        run_length = run_length + 1 if abs(value) <= 250 else 0
        longest = max(longest, run_length)
    return longest / 22_050
