from __future__ import annotations

import io
import wave
from array import array
from pathlib import Path

import pytest

from devices.announcer.chime import RATE_HZ, chime
from devices.announcer.compose import AFTER_CHIME_S, AFTER_SENTENCE_S, Composer
from devices.announcer.messages import Announce
from devices.announcer.settings import AnnouncerSettings
from devices.announcer.wave_join import ClipFolder, ClipUnfitError, read_clip, silence, to_wav, trim


def write(
    path: Path, level: int, frames: int = 2205, *, rate: int = RATE_HZ, channels: int = 1, width: int = 2
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setframerate(rate)
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.writeframes(level.to_bytes(width, "little", signed=True) * frames * channels)
    return path


LEVELS = {"请": 1000, "号到": 1100, "号窗口": 1200, "一": 2100, "二": 2200, "A": 2300, "零": 2000}
ENGLISH = {"number": 3000, "please go to window": 3100, "one": 4100, "two": 4200, "A": 4300, "zero": 4000}
NAMES = {level: name for name, level in {**LEVELS, **{f"en/{n}": v for n, v in ENGLISH.items()}}.items()}


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """A folder where each clip is a tenth of a second at a level of its own."""
    for language, table in (("zh", LEVELS), ("en", ENGLISH)):
        for name, level in table.items():
            write(tmp_path / language / f"{name}.wav", level)
    return tmp_path


def heard(sound: array[int]) -> list[str]:
    """The sound as names: clips, and silence as its seconds; the chime is dropped."""
    runs: list[tuple[int, int]] = []
    for value in sound:
        runs = (
            [*runs[:-1], (value, runs[-1][1] + 1)] if runs and runs[-1][0] == value else [*runs, (value, 1)]
        )
    return [
        NAMES.get(level, f"{count / RATE_HZ:.2f}") for level, count in runs if level in NAMES or count > 999
    ]


def composer(clips: Path | str, **settings: object) -> Composer:
    return Composer(AnnouncerSettings(**{"clips_dir": str(clips), "chime": False, **settings}))  # type: ignore[arg-type]


def test_silence_at_both_ends_is_cut_to_a_margin() -> None:
    sound = trim(silence(0.5) + array("h", [9000] * 4410) + silence(0.8))
    loud = [value for value in sound if value]
    assert len(loud) == 4410
    assert 0.01 <= sound.index(9000) / RATE_HZ <= 0.02
    assert 0.01 <= (len(sound) - 4410 - sound.index(9000)) / RATE_HZ <= 0.021


def test_silence_within_a_clip_stays() -> None:
    sound = array("h", [9000] * 2205) + silence(0.4) + array("h", [-9000] * 2205)
    assert len(trim(sound)) == len(sound)


@pytest.mark.parametrize("sound", [array("h"), silence(0.3), array("h", [200, -200] * 500)])
def test_a_clip_without_a_sound_becomes_empty(sound: array[int]) -> None:
    assert len(trim(sound)) == 0


def test_a_wav_is_22050_hz_mono_16_bit() -> None:
    with wave.open(io.BytesIO(to_wav(array("h", [1, -2, 32767]))), "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (22050, 1, 2)
        assert file.readframes(9) == b"\x01\x00\xfe\xff\xff\x7f"


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"rate": 44100}, "44100 Hz"),
        ({"channels": 2}, r"2 channel\(s\)"),
        ({"width": 1}, "8 bit"),
        ({"frames": 16 * RATE_HZ}, "longer than 15 s"),
    ],
)
def test_an_unfit_clip_names_the_file_and_what_is_wrong(
    tmp_path: Path, form: dict[str, int], said: str
) -> None:
    path = write(tmp_path / "号.wav", 100, **form)
    with pytest.raises(ClipUnfitError, match=said) as error:
        read_clip(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("data", [b"", b"RIFF", b"not a sound at all" * 9, b"RIFF\x04\0\0\0WAVE"])
def test_a_file_that_is_no_wav_is_unfit(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.wav").write_bytes(data)
    with pytest.raises(ClipUnfitError, match=r"x\.wav"):
        read_clip(tmp_path / "x.wav")
    with pytest.raises(ClipUnfitError, match=r"nothing\.wav"):
        read_clip(tmp_path / "nothing.wav")


FORMAT = "666D7420 10000000 01000100 22560000 44AC0000 02001000"
CUT_SHORT = {
    "half a sample at the end": f"52494646 2A000000 57415645 {FORMAT} 64617461 06000000 0040 00C0 00",
    "fewer samples than it says": f"52494646 2C000000 57415645 {FORMAT} 64617461 08000000 0040 00C0",
    "a chunk beyond the end of the file": f"52494646 00000000 57415645 {FORMAT} 78787878 10000000 00",
}


@pytest.mark.parametrize("text", CUT_SHORT.values(), ids=CUT_SHORT.keys())
def test_a_clip_that_was_cut_short_is_unfit(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.wav").write_bytes(bytes.fromhex(text))
    with pytest.raises(ClipUnfitError, match=r"x\.wav cannot be read: ."):
        read_clip(tmp_path / "x.wav")


def test_the_made_chime_is_short_audible_and_never_clips() -> None:
    sound = chime()
    assert 0.8 < len(sound) / RATE_HZ < 1.2
    assert 5_000 < max(map(abs, sound)) < 20_000
    assert abs(sound[0]) < 500
    assert abs(sound[-1]) < 500


def test_clips_in_order_in_both_languages(clips: Path) -> None:
    composed = composer(clips).compose(Announce("t", "A01", "2"))
    pause = f"{AFTER_SENTENCE_S:.2f}"
    assert heard(composed.sound) == [
        *("请", "A", "零", "一", "号到", "二", "号窗口", pause),
        *("en/number", "en/A", "en/zero", "en/one", "en/please go to window", "en/two", pause),
    ]
    assert (composed.outcome, composed.faults) == ("spoken", ())


def test_repeats_and_languages_of_the_call(clips: Path) -> None:
    pause = f"{AFTER_SENTENCE_S:.2f}"
    composed = composer(clips, repeats=2).compose(Announce("t", "1", "2", languages=("zh",)))
    assert heard(composed.sound) == [*("请", "一", "号到", "二", "号窗口", pause) * 2]


def test_the_chime_comes_first(clips: Path) -> None:
    with_chime = composer(clips, chime=True).compose(Announce("t", "1", "2"))
    without = composer(clips).compose(Announce("t", "1", "2"))
    assert with_chime.sound == chime() + silence(AFTER_CHIME_S) + without.sound


def test_a_chime_of_the_hall_takes_the_place_of_ours(clips: Path) -> None:
    write(clips / "chime.wav", 7000)
    composed = composer(clips, chime=True).compose(Announce("t", "1", "2"))
    assert composed.sound[:2205] == array("h", [7000] * 2205)


def test_an_unfit_chime_is_told_and_ours_is_heard(clips: Path) -> None:
    write(clips / "chime.wav", 70, width=1)
    composed = composer(clips, chime=True).compose(Announce("t", "1", "2"))
    assert composed.sound[: len(chime())] == chime()
    assert "chime.wav has 22050 Hz" in composed.faults[0]


def test_a_missing_word_is_left_out(clips: Path) -> None:
    (clips / "zh" / "号到.wav").unlink()
    composed = composer(clips, languages=("zh",)).compose(Announce("t", "1", "2"))
    assert heard(composed.sound)[:-1] == ["请", "一", "二", "号窗口"]
    assert composed.faults == ("no zh clip says 号, 到",)


def test_a_number_is_never_spoken_in_part(clips: Path) -> None:
    composed = composer(clips).compose(Announce("t", "A12", "9"))
    assert composed.outcome == "chimed"
    assert composed.sound == chime() + silence(
        AFTER_CHIME_S
    )  # a chime even where none is set: better than nothing
    assert composed.faults == ("no zh clip says 九", "no en clip says nine")


def test_the_language_that_is_whole_is_spoken(clips: Path) -> None:
    (clips / "en" / "two.wav").unlink()
    composed = composer(clips).compose(Announce("t", "1", "2"))
    assert heard(composed.sound)[:-1] == ["请", "一", "号到", "二", "号窗口"]
    assert composed.outcome == "spoken"


def test_an_unfit_digit_silences_its_sentence_and_is_named(clips: Path) -> None:
    path = write(clips / "zh" / "一.wav", 100, rate=8000)
    composed = composer(clips, languages=("zh",)).compose(Announce("t", "1", "2"))
    assert composed.outcome == "chimed"
    assert str(path) in composed.faults[0]
    assert "8000 Hz" in composed.faults[0]


def test_without_clips_there_is_a_chime_and_a_cure(tmp_path: Path) -> None:
    for folder in ("", tmp_path, tmp_path / "nowhere"):
        silent = composer(str(folder))
        assert "hall voice" in silent.fault_at_start()
        composed = silent.compose(Announce("t", "1", "2"))
        assert (composed.outcome, composed.faults) == ("chimed", ())
        assert composed.sound == chime() + silence(AFTER_CHIME_S)


def test_volume_scales_every_sound(clips: Path) -> None:
    folder = ClipFolder(str(clips), 50)
    assert set(folder.clip("zh", "请")) == {500}
    assert max(folder.made_chime()) == max(chime()) // 2


def test_a_clip_is_read_once(clips: Path) -> None:
    folder = ClipFolder(str(clips), 100)
    first = folder.clip("zh", "请")
    (clips / "zh" / "请.wav").unlink()
    assert folder.clip("zh", "请") is first
