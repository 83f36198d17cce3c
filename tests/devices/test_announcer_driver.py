from __future__ import annotations

import asyncio
import os
import select
import stat
import wave
from pathlib import Path
from typing import Any

import pytest

from devices.announcer.driver import CHECK_AGAIN_S, AnnouncerPort
from devices.announcer.messages import Announce, SetQuiet, Spoken
from devices.announcer.settings import AnnouncerSettings
from devices.base import DeviceHealth, Message
from devices.errors import LinkLost
from edge.guard import Guard
from edge.loop import PortRunner

READY = DeviceHealth("ready")


class Hall:
    """One announcer with its messages, in virtual time."""

    def __init__(self, url: str, **settings: Any) -> None:
        self.said: list[Message] = []
        self.port = AnnouncerPort("sound", url, "voice", AnnouncerSettings(**settings), self._take)
        self.now_s = 1000.0

    def _take(self, device: str, message: Message) -> None:
        assert device == "voice"
        self.said.append(message)

    def call(self, token: str, ticket: str = "A001", label: str = "3") -> None:
        self.port.handle("voice", Announce(token, ticket, label), self.now_s)

    def until_due(self) -> float:
        """Let the time pass until the port wants a step; how long that was."""
        due_s = self.port.due_s()
        assert due_s is not None
        passed_s, self.now_s = due_s - self.now_s, due_s
        self.port.step(self.now_s)
        return passed_s

    def until_readable(self) -> None:
        descriptor = self.port.read_fd()
        assert descriptor is not None
        assert select.select([descriptor], [], [], 20)[0]
        self.port.on_readable(self.now_s)

    def taken(self) -> list[Message]:
        said, self.said = self.said, []
        return said


def clips(folder: Path) -> str:
    for language, names in (("zh", "请 号到 号窗口 一 二 三 零 A"), ("en", "number A zero one two three")):
        (folder / language).mkdir(parents=True)
        for name in names.split():
            with wave.open(str(folder / language / f"{name}.wav"), "wb") as file:
                file.setframerate(22050)
                file.setnchannels(1)
                file.setsampwidth(2)
                file.writeframes(b"\x00\x20" * 4410)
    with wave.open(str(folder / "en/please go to window.wav"), "wb") as file:
        file.setframerate(22050)
        file.setnchannels(1)
        file.setsampwidth(2)
        file.writeframes(b"\x00\x20" * 4410)
    return str(folder)


def player(tmp_path: Path, text: str) -> str:
    path = tmp_path / "player"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_calls_become_files_one_after_the_other(tmp_path: Path) -> None:
    hall = Hall(f"wav:{tmp_path}/out", clips_dir=clips(tmp_path / "clips"), gap_ms=700)
    hall.port.open(hall.now_s)
    assert hall.taken() == [READY]
    hall.call("a")
    hall.call("b", "A002")
    assert [path.name for path in sorted((tmp_path / "out").iterdir())] == ["000001-A001-3.wav"]
    with wave.open(str(tmp_path / "out/000001-A001-3.wav"), "rb") as file:
        sounds_s = file.getnframes() / file.getframerate()
    assert hall.until_due() == pytest.approx(sounds_s)
    assert hall.taken() == [Spoken("a", "spoken")]
    assert not (tmp_path / "out/000002-A002-3.wav").exists()
    assert hall.until_due() == pytest.approx(0.7)
    assert (tmp_path / "out/000002-A002-3.wav").exists()
    hall.until_due()
    assert hall.taken() == [Spoken("b", "spoken")]
    hall.until_due()
    assert hall.port.due_s() is None
    assert hall.port.outcomes == {"spoken": 2}


def test_without_clips_a_chime_is_heard_and_the_fault_is_said_once(tmp_path: Path) -> None:
    hall = Hall(f"wav:{tmp_path}/out", clips_dir=f"{tmp_path}/none")
    hall.port.open(hall.now_s)
    (health,) = hall.taken()
    assert isinstance(health, DeviceHealth)
    assert (health.state, health.code) == ("degraded", "no_voice")
    assert "hall voice" in health.detail
    for token in ("a", "b"):
        hall.call(token)
        assert 0.5 < hall.until_due() < 2.0
        hall.until_due()
    assert hall.taken() == [Spoken("a", "chimed"), Spoken("b", "chimed")]


def test_a_missing_clip_is_said_once_and_the_rest_is_spoken(tmp_path: Path) -> None:
    hall = Hall(f"wav:{tmp_path}/out", clips_dir=clips(tmp_path / "clips"))
    (tmp_path / "clips/en/three.wav").unlink()
    hall.port.open(hall.now_s)
    hall.taken()
    hall.call("a")
    hall.call("b", "A002")
    for _ in range(3):
        hall.until_due()
    assert hall.taken() == [
        DeviceHealth("degraded", "clip_missing", "no en clip says three"),
        Spoken("a", "spoken"),
        Spoken("b", "spoken"),
    ]


def test_a_closed_hall_is_quiet(tmp_path: Path) -> None:
    hall = Hall(f"wav:{tmp_path}/out")
    hall.port.open(hall.now_s)
    hall.taken()
    hall.port.handle("voice", SetQuiet(True), hall.now_s)
    hall.call("a")
    assert hall.taken() == [Spoken("a", "quiet")]
    assert list((tmp_path / "out").iterdir()) == []
    hall.port.handle("voice", SetQuiet(False), hall.now_s)
    hall.call("b")
    assert len(list((tmp_path / "out").iterdir())) == 1


def test_a_full_folder_is_told_the_call_fails_and_it_comes_back(tmp_path: Path) -> None:
    hall = Hall(f"wav:{tmp_path}/out", clips_dir=clips(tmp_path / "clips"))
    hall.port.open(hall.now_s)
    hall.taken()
    (tmp_path / "out").rmdir()
    hall.call("a")
    lost, failed = hall.taken()
    assert isinstance(lost, DeviceHealth)
    assert (lost.state, lost.code) == ("lost", "no_sound")
    assert failed == Spoken("a", "failed")
    hall.until_due()  # the silence after it
    assert hall.until_due() == pytest.approx(CHECK_AGAIN_S, abs=1.0)
    assert hall.taken() == []
    (tmp_path / "out").mkdir()
    hall.until_due()
    assert hall.taken() == [READY]
    assert hall.port.due_s() is None


def test_a_card_is_tried_at_the_start_and_plays(tmp_path: Path) -> None:
    hall = Hall(
        "alsa:hall",
        clips_dir=clips(tmp_path / "clips"),
        player=player(tmp_path, f"cat > {tmp_path}/heard.$$"),
    )
    hall.port.open(hall.now_s)
    assert hall.said == []
    hall.call("early")
    assert hall.said == []
    hall.until_readable()
    assert hall.taken() == [READY]
    hall.until_readable()
    assert hall.taken() == [Spoken("early", "spoken")]
    trial, call = sorted(sound.stat().st_size for sound in tmp_path.glob("heard.*"))
    assert 0 < trial < 22050
    assert call > 2 * 22050
    hall.port.close()


def test_a_card_that_goes_and_comes_back(tmp_path: Path) -> None:
    text = f"test -e {tmp_path}/card || {{ echo no such card >&2; exit 1; }}"
    hall = Hall("alsa:hall", clips_dir=clips(tmp_path / "clips"), player=player(tmp_path, text))
    hall.port.open(hall.now_s)
    hall.until_readable()
    (lost,) = hall.taken()
    assert isinstance(lost, DeviceHealth)
    assert (lost.state, lost.code) == ("lost", "no_sound")
    assert "no such card" in lost.detail
    hall.call("a")
    hall.until_readable()
    assert hall.taken() == [Spoken("a", "failed")]  # the fault is not said again
    (tmp_path / "card").touch()
    hall.until_due()  # the silence after it
    hall.until_due()  # the next look for a card
    hall.until_readable()
    assert hall.taken() == [READY]
    hall.port.close()


def test_a_missing_player_is_a_lost_link_that_names_the_port() -> None:
    with pytest.raises(LinkLost, match=r"port sound: .*no-such-program.*alsa-utils"):
        Hall("alsa:default", player="no-such-program").port.open(0.0)


def test_closing_fails_what_is_unspoken_and_opening_starts_anew(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pid")
    hall = Hall("alsa:hall", player=player(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 600"))
    hall.port.open(hall.now_s)
    hall.call("a")
    hall.call("b", "A002")
    pid = int((tmp_path / "pid").read_text())
    hall.taken()
    hall.port.close()
    hall.port.close()
    assert hall.taken() == [Spoken("a", "failed"), Spoken("b", "failed")]
    assert (hall.port.read_fd(), hall.port.due_s()) == (None, None)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    hall.call("late")
    assert hall.taken() == [Spoken("late", "failed")]
    player(tmp_path, "cat > /dev/null")
    hall.port.open(hall.now_s)
    hall.until_readable()
    assert [message.code for message in hall.taken() if isinstance(message, DeviceHealth)] == ["no_voice"]
    hall.port.close()


def test_many_calls_without_a_card_fail_one_by_one(tmp_path: Path) -> None:
    """A player that cannot even start, and no silence between: deep recursion would show here."""
    path = player(tmp_path, "exit 0")
    hall = Hall("alsa:hall", player=path, gap_ms=0, max_waiting=100)
    hall.port.open(hall.now_s)
    for at in range(100):
        hall.call(str(at), f"A{at:03d}")
    Path(path).write_text("#!/no/such/interpreter\n")
    hall.until_readable()
    outcomes = [message for message in hall.taken() if isinstance(message, Spoken)]
    assert outcomes == [Spoken(str(at), "failed") for at in range(100)]
    hall.port.close()


def test_what_an_announcer_does_not_know(tmp_path: Path) -> None:
    hall = Hall(f"wav:{tmp_path}")
    with pytest.raises(TypeError, match="DeviceHealth"):
        hall.port.handle("voice", READY, 0.0)
    with pytest.raises(ValueError, match="alsa:default or wav:/folder"):
        Hall("gpio:")
    assert hall.port.devices == ("voice",)
    assert hall.port.write_fd() is None


def test_on_the_loop_of_a_node_the_real_player_plays_call_after_call(tmp_path: Path) -> None:
    """aplay on the null device: process descriptors come and go under one number, and no end is missed."""
    tokens = [str(at) for at in range(5)]

    async def story() -> None:
        said: asyncio.Queue[Message] = asyncio.Queue()
        settings = AnnouncerSettings(clips_dir=clips(tmp_path / "clips"), gap_ms=0)
        port = AnnouncerPort(
            "sound", "alsa:null", "voice", settings, lambda _, message: said.put_nowait(message)
        )
        loop = asyncio.get_running_loop()
        runner = PortRunner(port, lambda _, message: said.put_nowait(message), loop, Guard())
        runner.start()
        assert await said.get() == READY
        for token in tokens:
            runner.handle(
                "voice", Announce(token, f"A00{int(token) % 3 + 1}" if token < "3" else "A012", "3")
            )
        heard = [await said.get() for _ in tokens]
        assert heard == [Spoken("4", "merged"), *(Spoken(token, "spoken") for token in tokens[:4])]
        runner.stop()
        assert said.empty()

    asyncio.run(asyncio.wait_for(story(), 20))
