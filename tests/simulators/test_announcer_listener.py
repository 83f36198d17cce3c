from __future__ import annotations

import math
import wave
from pathlib import Path

import pytest

from simulators.announcer.listener import Listener


def tone(path: Path, parts: list[tuple[int, float]], peak: int = 16_000) -> Path:
    """A sound of (hertz, seconds) one after the other; 0 Hz is silence."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = b""
    for hertz, seconds in parts:
        for at in range(int(22_050 * seconds)):
            value = round(peak * math.sin(2 * math.pi * hertz * at / 22_050)) if hertz else 0
            data += value.to_bytes(2, "little", signed=True)
    with wave.open(str(path), "wb") as file:
        file.setframerate(22_050)
        file.setnchannels(1)
        file.setsampwidth(2)
        file.writeframes(data)
    return path


def test_announcements_in_order_with_their_length_and_loudness(tmp_path: Path) -> None:
    tone(tmp_path / "1000000-B.wav", [(440, 0.25)])
    tone(tmp_path / "000009-A.wav", [(440, 0.5), (0, 0.5)])
    (tmp_path / "000010-C.part").write_bytes(b"half")
    (tmp_path / "other.wav").write_bytes(b"none of ours")
    first, second = Listener(tmp_path).heard()
    assert (first.path.name, second.path.name) == ("000009-A.wav", "1000000-B.wav")
    assert (first.seconds, second.seconds) == pytest.approx((1.0, 0.25), abs=0.001)
    assert second.rms == pytest.approx(16_000 / 32_768 / math.sqrt(2), rel=0.01)
    assert first.rms == pytest.approx(second.rms / math.sqrt(2), rel=0.01)


def test_words_in_order_and_none_that_were_not_said(tmp_path: Path) -> None:
    clips = tmp_path / "zh"
    tone(clips / "一.wav", [(0, 0.1), (300, 0.2), (0, 0.1)])
    tone(clips / "二.wav", [(0, 0.1), (400, 0.2), (0, 0.1)])
    tone(clips / "三.wav", [(500, 0.2)])
    tone(clips / "静.wav", [(0, 0.2)])
    said = tone(
        tmp_path / "000001-x.wav", [(0, 0.3), (400, 0.2), (0, 0.05), (300, 0.2), (400, 0.2), (0, 0.2)]
    )
    assert Listener(tmp_path).words(said, clips) == ["二", "一", "二"]


def test_a_word_within_a_longer_word_is_not_heard_twice(tmp_path: Path) -> None:
    clips = tmp_path / "zh"
    tone(clips / "号.wav", [(300, 0.2)])
    tone(clips / "号到.wav", [(300, 0.2), (400, 0.2)])
    said = tone(tmp_path / "000001-x.wav", [(300, 0.2), (400, 0.2), (0, 0.1), (300, 0.2)])
    assert Listener(tmp_path).words(said, clips) == ["号到", "号"]
