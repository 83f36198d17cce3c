"""Boards and loudspeakers that are told files: what they show and play, what a driver learns of trouble."""

from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PIL import Image

from devices.announcer.players import PlayError, Sound, open_player
from devices.board.screens import screen_of
from devices.errors import LinkLost
from display.board import BoardPicture
from simulators.announcer.twin import SpeakerTwin
from simulators.board.picture import PictureTwin
from simulators.folder_twin import FolderTwin
from simulators.trouble import CannotBe, Order
from simulators.wires.arrivals import Arrivals
from simulators.wires.names import NameTaken

LONG_S = 20.0


def png(colour: str = "red", width: int = 64) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, 32), colour).save(file, "PNG")
    return file.getvalue()


def wav() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, 22_050, 0, "NONE", ""))
        sound.writeframes(bytes(200))
    return file.getvalue()


@pytest.fixture()
def board(tmp_path: Path) -> PictureTwin:
    return PictureTwin("board", tmp_path / "wall" / "board.png")


@pytest.fixture()
def speaker(tmp_path: Path) -> SpeakerTwin:
    return SpeakerTwin("voice", tmp_path / "sound")


def on(twin: FolderTwin, scenario: Callable[[], Awaitable[None]]) -> None:
    async def body() -> None:
        async with asyncio.timeout(LONG_S), twin:
            await scenario()
        assert not Arrivals._of_loop, "no descriptor is left"
        assert not list(twin.wire.path.parent.iterdir()), "no file is left"

    asyncio.run(body())


async def put(twin: PictureTwin, data: bytes, name: str = "board.png") -> None:
    """As a driver does: written beside its place, and moved there. Back when the twin has read it."""
    draft = twin.wire.path / ".board.png.new"
    draft.write_bytes(data)
    draft.replace(twin.wire.path / name)
    await heard(twin, name)


async def heard(twin: FolderTwin, name: str) -> None:
    """Wait until the twin has taken in that this file came."""
    came = asyncio.Event()
    read = twin._heard

    def reading(path: Path) -> Callable[[], None] | None:
        if path.name == name:
            came.set()
        return read(path)

    twin._heard = reading  # type: ignore[method-assign]
    await came.wait()
    twin._heard = read  # type: ignore[method-assign]


async def pictures(twin: PictureTwin, count: int) -> None:
    await twin.changed(lambda one: one.pictures >= count, LONG_S)
    assert twin.pictures == count


def test_a_board_shows_the_last_picture_that_is_one(board: PictureTwin) -> None:
    async def scenario() -> None:
        assert (board.face, board.shown) == ("(还没有画面)", None)
        await put(board, png("red"))
        await pictures(board, 1)
        assert (board.face, board.shown) == ("64×32 第 1 幅", png("red"))
        for rubbish in (png("red"), b"", b"PNG", png("blue")[:-20], b"\x89PNG\r\n\x1a\n" + bytes(100)):
            await put(board, rubbish)
        await put(board, png("green"), "other.png")
        await put(board, png("blue", 128))
        await pictures(board, 2)
        assert board.shown == png("blue", 128)
        assert board.look() == {"width": 128, "height": 32, "pictures": 2, "plugged": True}
        (board.wire.path / "board.png").write_bytes(png("green"))  # in place: it is whole when it is closed
        await pictures(board, 3)

    on(board, scenario)


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ("unplug", "the folder does not exist: make it"),
        ("refuse", r"permission denied|the disk is read-only"),
    ],
)
def test_a_driver_learns_that_its_board_takes_no_picture_and_that_it_does_again(
    board: PictureTwin, trouble: str, said: str
) -> None:
    async def scenario() -> None:
        screen = screen_of(f"file:{board.wire.path}/board.png")
        screen.open()
        picture = BoardPicture(800, 480, "zh")
        screen.show(picture, [])
        await pictures(board, 1)
        board.trouble(trouble)
        assert (board.shown is None) == (trouble == "unplug")
        with pytest.raises(LinkLost, match=said):
            screen.show(picture, [])
        with pytest.raises(LinkLost, match=said):
            screen.open()
        screen.close()
        board.mend(trouble)
        assert board.shown is not None
        screen.open()
        screen.show(BoardPicture(1024, 600, "zh"), [])
        await pictures(board, 2)
        screen.close()

    on(board, scenario)


def test_a_plug_that_is_out_counts_more_than_a_disk_that_refuses(board: PictureTwin) -> None:
    async def scenario() -> None:
        board.trouble("refuse")
        board.trouble("unplug")
        assert not board.wire.path.exists()
        board.mend("unplug")
        with pytest.raises(OSError, match=r"denied|Read-only"):
            await put(board, png())
        board.mend("refuse")
        await put(board, png())
        await pictures(board, 1)

    on(board, scenario)


def test_a_late_board_shows_each_picture_late_and_in_order(board: PictureTwin) -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        board.trouble("late", Order(late_s=0.2))
        seen: list[tuple[float, bytes | None]] = []
        board.on_change = lambda: seen.append((loop.time(), board.shown))
        began_s = loop.time()
        await put(board, png("red"))
        await put(board, png("blue"))
        await pictures(board, 2)
        assert [picture for _, picture in seen] == [png("red"), png("blue")]
        assert seen[0][0] - began_s >= 0.2
        board.mend("late")
        await put(board, png("green"))
        await pictures(board, 3)
        board.trouble("late", Order(late_s=60))
        await put(board, png("red"))  # and it is switched off before

    on(board, scenario)


def test_a_busy_board_keeps_its_picture_and_shows_the_newest_afterwards(board: PictureTwin) -> None:
    async def scenario() -> None:
        await put(board, png("red"))
        await pictures(board, 1)
        board.trouble("busy")
        await put(board, png("blue"))
        await put(board, png("green"))
        assert board.shown == png("red")
        board.mend("busy")
        assert (board.shown, board.pictures) == (png("green"), 2)
        board.trouble("busy")
        board.mend("busy")
        assert board.pictures == 2

    on(board, scenario)


def test_a_board_without_power_is_dark_and_its_driver_is_not_told(board: PictureTwin) -> None:
    async def scenario() -> None:
        await put(board, png("red"))
        await pictures(board, 1)
        board.trouble("power_off")
        assert (board.shown, board.away, board.face) == (None, "power", "(断电)")
        await put(board, png("blue"))
        await pictures(board, 2)
        board.mend("power_off")
        assert (board.shown, board.away) == (png("blue"), "")
        with pytest.raises(CannotBe, match="board is a board and cannot have silent: a screen says nothing"):
            board.trouble("silent")

    on(board, scenario)


@pytest.mark.parametrize(
    ("trouble", "said"),
    [("unplug", "No such file"), ("refuse", "Permission denied|Read-only|not permitted")],
)
def test_a_driver_learns_that_its_sound_card_is_gone_or_taken(
    speaker: SpeakerTwin, trouble: str, said: str
) -> None:
    async def scenario() -> None:
        player = open_player(f"wav:{speaker.wire.path}", "aplay", 5)
        player.open()
        assert player.check(0.0) is False
        player.start(Sound(wav(), 0.1, "A001-3"), 0.0)
        await speaker.changed(lambda one: one.sounds == 1, LONG_S)
        assert (speaker.last, speaker.face) == ("000001-A001-3.wav", "♪ 000001-A001-3")
        assert speaker.file(speaker.last).read_bytes() == wav()
        speaker.trouble(trouble)
        with pytest.raises(PlayError, match=said):
            player.check(0.0)
        with pytest.raises(PlayError, match=said):
            player.start(Sound(wav(), 0.1, "A002-3"), 0.0)
        if trouble == "unplug":
            with pytest.raises(LinkLost, match="cannot be used"):
                open_player(f"wav:{speaker.wire.path}", "aplay", 5).open()
        speaker.mend(trouble)
        assert player.check(0.0) is False
        player.start(Sound(wav(), 0.1, "A003-3"), 0.0)
        await speaker.changed(lambda one: one.sounds == 2, LONG_S)

    on(speaker, scenario)


def test_a_silent_loudspeaker_is_not_heard_and_its_driver_is_not_told(speaker: SpeakerTwin) -> None:
    async def scenario() -> None:
        player = open_player(f"wav:{speaker.wire.path}", "aplay", 5)
        player.open()
        speaker.trouble("silent")
        player.start(Sound(wav(), 0.1, "A001-3"), 0.0)
        await heard(speaker, "000001-A001-3.wav")
        assert (speaker.sounds, speaker.unheard) == (0, 1)
        player.ended(1.0)
        speaker.trouble("late", Order(late_s=0.1))
        speaker.mend("silent")
        player.start(Sound(wav(), 0.1, "A002-3"), 1.0)
        await speaker.changed(lambda one: one.sounds, LONG_S)
        assert (speaker.sounds, speaker.last) == (1, "000002-A002-3.wav")

    on(speaker, scenario)


def test_a_folder_that_is_no_twins_is_left_alone(tmp_path: Path) -> None:
    precious = tmp_path / "photos"
    precious.mkdir()
    (precious / "board.png").write_bytes(png())

    async def body() -> None:
        with pytest.raises(NameTaken, match=r"photos is there already and no twin's name: choose another"):
            await PictureTwin("board", precious / "board.png").__aenter__()
        first = PictureTwin("board", tmp_path / "wall" / "board.png")
        async with first:
            with pytest.raises(NameTaken, match="wall is the name of another living twin"):
                await PictureTwin("board", tmp_path / "wall" / "board.png").__aenter__()
            await put(first, png())
            await pictures(first, 1)
        assert not Arrivals._of_loop

    asyncio.run(body())
    assert [one.name for one in precious.iterdir()] == ["board.png"]
    assert [one.name for one in tmp_path.iterdir()] == ["photos"]


def test_what_a_killed_twin_left_is_taken_over(board: PictureTwin) -> None:
    board.wire.files.mkdir(parents=True)
    (board.wire.files / "board.png").write_bytes(png("red"))
    board.wire.path.symlink_to(board.wire.files)

    async def scenario() -> None:
        assert board.shown is None
        await put(board, png("blue"))
        await pictures(board, 1)

    on(board, scenario)
