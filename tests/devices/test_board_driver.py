from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from PIL import Image, ImageChops

from devices.base import DeviceHealth, Message
from devices.board.driver import BoardPort
from devices.board.messages import ShowBoard, Shown
from devices.board.settings import BoardSettings
from devices.errors import LinkLost
from devices.keypad.messages import Beep
from display.board import BoardPicture
from display.board_view import BoardView, Call, Queue
from simulators.board.panel import Panel

SETTINGS = BoardSettings(
    width_px=800, height_px=480, min_interval_s=2.0, flash_period_s=1.0, flashes=1, lit_s=3.0
)
VIEW = BoardView("大厅", clock="10:24", calls=(Call("A001", "1"),), queues=(Queue("社保", waiting=3),))
NEXT = replace(VIEW, calls=(Call("A002", "12"), *VIEW.calls))


class Board:
    """A board port with a record of what it says."""

    def __init__(self, url: str) -> None:
        self.said: list[Message] = []
        self.port = BoardPort(
            "hdmi", url, "board-1", SETTINGS, lambda device, message: self.said.append(message)
        )

    def show(self, view: BoardView, now_s: float) -> None:
        self.port.handle("board-1", ShowBoard(view), now_s)
        self.port.step(now_s)

    def shown(self) -> list[str]:
        return [message.ticket for message in self.said if isinstance(message, Shown)]


def expected(view: BoardView, lit: set[str] | None = None) -> Image.Image:
    picture = BoardPicture(800, 480)
    picture.update(view, lit or ())
    return picture.image


def worst(one: Image.Image, two: Image.Image) -> int:
    return max(high for _, high in ImageChops.difference(one, two).getextrema())


@pytest.fixture(params=[(32, 0), (32, 64), (16, 0), (16, 128)], ids=["32", "32 wide", "16", "16 wide"])
def panel(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Panel, int]:
    bits, spare = request.param
    # A colour of 5 bits is at most 7 off.
    return Panel(tmp_path, 800, 480, bits, spare), 0 if bits == 32 else 7


@pytest.fixture
def image_file(tmp_path: Path) -> Path:
    return tmp_path / "board.png"


class TestOnAFramebuffer:
    def test_the_panel_shows_the_board_through_changes(self, panel: tuple[Panel, int]) -> None:
        screen, loss = panel
        board = Board(screen.url)
        board.port.open(0.0)
        board.show(VIEW, 0.0)
        assert worst(screen.face(), expected(VIEW)) <= loss
        board.show(NEXT, 5.0)
        assert worst(screen.face(), expected(NEXT, {"A002"})) <= loss

    def test_only_the_changed_boxes_are_written(self, tmp_path: Path) -> None:
        panel = Panel(tmp_path, 800, 480)
        board = Board(panel.url)
        board.port.open(0.0)
        board.show(VIEW, 0.0)
        panel.plug()  # everything grey again; the port still has the old memory mapped
        assert panel.face().getcolors() == [(800 * 480, (0xAA, 0xAA, 0xAA))]
        board.show(replace(VIEW, clock="10:25"), 1.0)
        written = ImageChops.difference(
            panel.face(), Image.new("RGB", (800, 480), (0xAA, 0xAA, 0xAA))
        ).getbbox()
        assert written is not None
        assert written[0] > 600
        assert written[3] <= 50

    def test_a_new_call_flashes_and_rests(self, tmp_path: Path) -> None:
        panel = Panel(tmp_path, 800, 480)
        board = Board(panel.url)
        board.port.open(0.0)
        board.show(VIEW, 0.0)
        board.show(NEXT, 10.0)
        faces = [(10.0, {"A002"}), (10.5, set()), (11.0, {"A002"}), (13.0, set())]
        for now_s, lit in faces:
            board.port.step(now_s)
            assert worst(panel.face(), expected(NEXT, lit)) == 0
        assert board.port.due_s() is None

    def test_a_panel_that_comes_back_shows_everything(self, tmp_path: Path) -> None:
        panel = Panel(tmp_path, 800, 480)
        board = Board(panel.url)
        board.port.open(0.0)
        board.show(VIEW, 0.0)
        board.port.close()
        panel.unplug()
        with pytest.raises(LinkLost, match=r"fb0: no such framebuffer: connect the screen"):
            board.port.open(1.0)
        panel.plug()
        board.port.open(2.0)
        assert board.port.due_s() == 2.0
        board.port.step(2.0)
        assert worst(panel.face(), expected(VIEW)) == 0

    def test_views_that_come_while_closed_are_drawn_after_opening(self, tmp_path: Path) -> None:
        panel = Panel(tmp_path, 800, 480)
        board = Board(panel.url)
        board.show(VIEW, 0.0)
        assert board.port.due_s() is None
        board.port.open(1.0)
        board.port.step(1.0)
        assert worst(panel.face(), expected(VIEW)) == 0

    def test_of_many_views_at_once_the_newest_is_drawn(self, tmp_path: Path) -> None:
        panel = Panel(tmp_path, 800, 480)
        board = Board(panel.url)
        board.port.open(0.0)
        for minute in range(10, 60):
            board.port.handle("board-1", ShowBoard(replace(VIEW, clock=f"10:{minute}")), 0.0)
        board.port.step(0.0)
        assert worst(panel.face(), expected(replace(VIEW, clock="10:59"))) == 0

    def test_a_panel_too_small_for_a_board_is_refused(self, tmp_path: Path) -> None:
        board = Board(Panel(tmp_path, 320, 240).url)
        with pytest.raises(LinkLost, match="hdmi: a board of 320 x 240 pixels"):
            board.port.open(0.0)


class TestOnAnImageFile:
    def test_the_first_picture_is_written_at_once(self, image_file: Path) -> None:
        board = Board(f"file:{image_file}")
        board.port.open(0.0)
        board.show(VIEW, 0.0)
        assert worst(Image.open(image_file), expected(VIEW)) == 0

    def test_pictures_keep_the_least_interval_and_the_newest_wins(self, image_file: Path) -> None:
        board = Board(f"file:{image_file}")
        board.port.open(0.0)
        board.show(VIEW, 0.0)
        board.show(replace(VIEW, clock="10:25"), 0.5)
        board.show(replace(VIEW, clock="10:26"), 1.0)
        assert worst(Image.open(image_file), expected(VIEW)) == 0
        assert board.port.due_s() == 2.0
        board.port.step(2.0)
        assert worst(Image.open(image_file), expected(replace(VIEW, clock="10:26"))) == 0
        assert board.port.due_s() is None

    def test_a_call_is_lit_without_flashing(self, image_file: Path) -> None:
        board = Board(f"file:{image_file}")
        board.port.open(0.0)
        board.show(VIEW, 0.0)
        board.show(NEXT, 10.0)
        assert worst(Image.open(image_file), expected(NEXT, {"A002"})) == 0
        assert board.port.due_s() == 13.0
        board.port.step(13.0)
        assert worst(Image.open(image_file), expected(NEXT)) == 0

    def test_what_is_unchanged_is_not_written(self, image_file: Path) -> None:
        board = Board(f"file:{image_file}")
        board.port.open(0.0)
        board.show(VIEW, 0.0)
        image_file.unlink()
        board.show(VIEW, 100.0)
        assert not image_file.exists()

    def test_a_reader_never_sees_half_a_picture(self, image_file: Path) -> None:
        board = Board(f"file:{image_file}")
        board.port.open(0.0)
        board.show(VIEW, 0.0)
        with image_file.open("rb") as reader:
            board.show(NEXT, 10.0)
            assert worst(Image.open(reader), expected(VIEW)) == 0

    def test_nothing_but_the_picture_is_left(self, image_file: Path) -> None:
        board = Board(f"file:{image_file}")
        board.port.open(0.0)
        board.show(VIEW, 0.0)
        board.port.close()
        board.port.close()
        assert [path.name for path in image_file.parent.iterdir()] == ["board.png"]

    def test_a_folder_that_goes_away_loses_the_port(self, tmp_path: Path) -> None:
        folder = tmp_path / "pictures"
        folder.mkdir()
        board = Board(f"file:{folder}/board.png")
        board.port.open(0.0)
        folder.rmdir()
        with pytest.raises(LinkLost, match=r"board\.png: the folder does not exist"):
            board.show(VIEW, 0.0)


class TestWhatItSays:
    def test_ready_when_open(self, image_file: Path) -> None:
        board = Board(f"file:{image_file}")
        board.port.open(0.0)
        assert board.said == [DeviceHealth("ready")]

    def test_each_call_is_shown_once_and_after_it_was_written(self, image_file: Path) -> None:
        board = Board(f"file:{image_file}")
        board.port.open(0.0)
        board.show(VIEW, 0.0)
        board.show(NEXT, 1.0)
        assert board.shown() == ["A001"]
        board.port.step(2.0)
        assert board.said[1:] == [Shown("A001", "1", 1), Shown("A002", "12", 1)]
        board.show(replace(NEXT, clock="10:25"), 10.0)
        assert len(board.said) == 3

    def test_a_recall_is_shown_again(self, image_file: Path) -> None:
        board = Board(f"file:{image_file}")
        board.port.open(0.0)
        board.show(VIEW, 0.0)
        board.show(replace(VIEW, calls=(Call("A001", "1", 2),)), 5.0)
        assert board.said[-1] == Shown("A001", "1", 2)

    def test_a_stale_call_is_not_shown(self, image_file: Path) -> None:
        board = Board(f"file:{image_file}")
        board.port.open(0.0)
        board.show(replace(VIEW, stale_since="10:12"), 0.0)
        assert board.shown() == []
        board.show(VIEW, 5.0)
        assert board.shown() == ["A001"]

    def test_calls_beyond_the_board_are_not_shown(self, image_file: Path) -> None:
        board = Board(f"file:{image_file}")
        board.port.open(0.0)
        board.show(replace(VIEW, calls=tuple(Call(f"A{n:03}", "1") for n in range(20))), 0.0)
        assert board.shown() == [f"A{n:03}" for n in range(8)]

    def test_another_message_is_refused(self, image_file: Path) -> None:
        with pytest.raises(TypeError, match="board-1 is a board and does not know Beep"):
            Board(f"file:{image_file}").port.handle("board-1", Beep(), 0.0)
