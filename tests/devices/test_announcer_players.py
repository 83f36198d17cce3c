from __future__ import annotations

import os
import select
import stat
from pathlib import Path

import pytest

from devices.announcer.players import GRACE_S, FolderPlayer, PlayError, Sound, open_player
from devices.announcer.wave_join import silence, to_wav
from devices.errors import LinkLost

SHORT = Sound(to_wav(silence(0.05)), 0.05, "A001-3")
LONG_WAIT_S = 20.0


def program(tmp_path: Path, text: str) -> str:
    """A stand-in for aplay."""
    path = tmp_path / "player"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def readable(descriptor: int | None, timeout_s: float = LONG_WAIT_S) -> bool:
    assert descriptor is not None
    return bool(select.select([descriptor], [], [], timeout_s)[0])


def test_a_program_gets_the_sound_and_its_end_wakes_the_loop(tmp_path: Path) -> None:
    player = open_player(
        "alsa:hall,0", program(tmp_path, f'echo "$@" > {tmp_path}/args; cat > {tmp_path}/out'), 9
    )
    player.open()
    descriptor = player.fileno()
    for _ in range(2):
        player.start(SHORT, 0.0)
        assert player.fileno() == descriptor
        assert readable(descriptor)
        assert player.ended(0.1) is True
        assert player.ended(0.1) is False
        assert not readable(descriptor, 0)
    assert (tmp_path / "args").read_text() == "-q -D hall,0 -t wav -\n"
    assert (tmp_path / "out").read_bytes() == SHORT.wav
    player.close()


def test_while_it_plays_nothing_is_readable(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "go")
    player = open_player("alsa:default", program(tmp_path, f"read line < {tmp_path}/go"), 9)
    player.open()
    player.start(SHORT, 0.0)
    assert not readable(player.fileno(), 0)
    assert player.ended(1.0) is False
    (tmp_path / "go").write_text("now\n")
    assert readable(player.fileno())
    assert player.ended(1.1) is True
    player.close()


def test_a_program_that_fails_is_told_with_its_last_words(tmp_path: Path) -> None:
    player = open_player("alsa:card", program(tmp_path, "echo one >&2; echo no such card >&2; exit 3"), 9)
    player.open()
    player.start(SHORT, 0.0)
    assert readable(player.fileno())
    with pytest.raises(PlayError, match=r"no sound on 'card': .* ended with 3 \(no such card\)"):
        player.ended(0.1)
    assert player.ended(0.2) is False
    player.close()


def test_a_program_that_floods_us_with_words_is_cut_short(tmp_path: Path) -> None:
    player = open_player("alsa:card", program(tmp_path, "yes words | head -c 300000 >&2; exit 1"), 9)
    player.open()
    player.start(SHORT, 0.0)
    assert readable(player.fileno())
    with pytest.raises(PlayError) as error:
        player.ended(0.1)
    assert len(str(error.value)) < 500
    player.close()


def test_a_program_that_hangs_is_stopped_when_its_time_is_over(tmp_path: Path) -> None:
    player = open_player("alsa:card", program(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 600"), 9)
    player.open()
    player.start(SHORT, 100.0)
    assert player.due_s() == pytest.approx(100.0 + SHORT.seconds + GRACE_S)
    assert player.ended(109.0) is False
    with pytest.raises(PlayError, match="hung"):
        player.ended(111.0)
    assert player.due_s() is None
    player.close()


def test_closing_kills_the_program_and_leaves_no_descriptor(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pid")
    before = len(list(Path("/proc/self/fd").iterdir()))
    player = open_player("alsa:card", program(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 600"), 9)
    player.open()
    player.start(SHORT, 0.0)
    pid = int((tmp_path / "pid").read_text())
    player.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    player.close()
    assert player.fileno() is None
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_program_that_is_not_installed_has_a_cure() -> None:
    with pytest.raises(LinkLost, match=r"no-such-player.*alsa-utils"):
        open_player("alsa:default", "no-such-player", 9).open()


def test_a_program_that_cannot_start_is_a_play_error(tmp_path: Path) -> None:
    path = program(tmp_path, "exit 0")
    Path(path).write_text("#!/no/such/interpreter\n")
    player = open_player("alsa:default", path, 9)
    player.open()
    with pytest.raises(PlayError, match="does not start"):
        player.start(SHORT, 0.0)
    assert player.ended(0.0) is False
    player.close()


def test_aplay_itself_plays_to_the_null_device() -> None:
    player = open_player("alsa:null", "aplay", 9)
    player.open()
    player.start(Sound(to_wav(silence(3.0)), 3.0, "x"), 0.0)
    assert readable(player.fileno())
    assert player.ended(0.1) is True
    player.close()


def test_aplay_itself_tells_of_a_card_that_is_not_there() -> None:
    player = open_player("alsa:nosuchcard", "aplay", 9)
    player.open()
    assert player.check(0.0) is True
    assert readable(player.fileno())
    with pytest.raises(PlayError, match=r"'nosuchcard'.*audio open error.*aplay -L"):
        player.ended(0.1)
    player.close()


@pytest.mark.parametrize("url", ["alsa:", "wav:", "alsa", "/dev/snd", "file:/tmp", ""])
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="alsa:default or wav:/folder"):
        open_player(url, "aplay", 9)


def test_a_folder_gets_numbered_files_and_is_busy_as_long_as_they_sound(tmp_path: Path) -> None:
    player = open_player(f"wav:{tmp_path}/new/folder", "aplay", 9)
    player.open()
    assert player.check(0.0) is False
    player.start(Sound(SHORT.wav, 4.0, "A001-3"), 10.0)
    assert player.fileno() is None
    assert player.due_s() == 14.0
    assert player.ended(13.9) is False
    assert player.ended(14.0) is True
    assert player.due_s() is None
    player.start(Sound(SHORT.wav, 4.0, "../综 3"), 20.0)
    names = sorted(path.name for path in (tmp_path / "new/folder").iterdir())
    assert names == ["000001-A001-3.wav", "000002-_____3.wav"]
    assert (tmp_path / "new/folder" / names[0]).read_bytes() == SHORT.wav


def test_only_the_newest_files_are_kept_and_others_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.wav").write_bytes(b"")
    player = FolderPlayer(tmp_path, 3)
    player.open()
    for at in range(5):
        player.start(SHORT, float(at))
    assert [path.name[:6] for path in sorted(tmp_path.glob("0*"))] == ["000003", "000004", "000005"]
    assert (tmp_path / "mine.wav").exists()


def test_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    (tmp_path / "1000001-x.wav").write_bytes(b"")
    (tmp_path / "000009-x.wav").write_bytes(b"")
    player = FolderPlayer(tmp_path, 9)
    player.open()
    player.start(SHORT, 0.0)
    assert (tmp_path / "1000002-A001-3.wav").exists()


def test_a_folder_that_cannot_be_is_lost(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(LinkLost, match="cannot be used"):
        FolderPlayer(tmp_path / "file", 9).open()


def test_a_file_that_cannot_take_its_place_leaves_no_draft(tmp_path: Path) -> None:
    player = FolderPlayer(tmp_path, 9)
    player.open()
    (tmp_path / "000001-A001-3.wav").mkdir()
    with pytest.raises(PlayError, match="cannot be written"):
        player.start(SHORT, 0.0)
    assert [path.name for path in tmp_path.iterdir()] == ["000001-A001-3.wav"]


def test_a_folder_that_vanishes_is_a_play_error(tmp_path: Path) -> None:
    player = FolderPlayer(tmp_path / "gone", 9)
    player.open()
    (tmp_path / "gone").rmdir()
    with pytest.raises(PlayError, match="cannot be written"):
        player.start(SHORT, 0.0)
    with pytest.raises(PlayError, match="takes no file"):
        player.check(0.0)
    assert player.due_s() is None
