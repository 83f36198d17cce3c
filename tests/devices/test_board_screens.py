from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from devices.board.screens import Framebuffer, ImageFile, screen_of
from devices.board.settings import BoardSettings
from devices.errors import LinkLost
from display.board import BoardPicture
from simulators.board.panel import Panel

NOBODY = 65534


@pytest.mark.parametrize("url", ["framebuffer:/dev/fb0", "framebuffer:/a/fb0?geometry=/b"])
def test_framebuffer_urls(url: str) -> None:
    assert isinstance(screen_of(url), Framebuffer)


def test_file_urls() -> None:
    assert isinstance(screen_of("file:/tmp/board.png"), ImageFile)


@pytest.mark.parametrize(
    "url",
    ["", "file:", "framebuffer:", "/dev/fb0", "framebuffer:/dev/fb0?size=2", "file:/a.png?b=c", "hdmi:1"],
)
def test_other_urls_are_refused_with_the_possible_ones(url: str) -> None:
    with pytest.raises(
        ValueError, match=r'"framebuffer:/dev/fb0" and "file:/folder/board\.png" are possible'
    ):
        screen_of(url)


def test_a_screen_that_is_not_there() -> None:
    with pytest.raises(LinkLost, match=r"/dev/fb9: no such framebuffer: connect the screen"):
        screen_of("framebuffer:/dev/fb9").open()


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("virtual_size", "wide", "tells no geometry"),
        ("virtual_size", "800,480,2", "tells no geometry"),
        ("stride", "", "tells no geometry"),
        ("bits_per_pixel", "24", "24 bits a pixel; set 16 or 32"),
        ("stride", "3199", "rows of 3199 bytes cannot be"),
        ("stride", "999999999", "cannot be"),
        ("virtual_size", "99999,480", "cannot be"),
        ("virtual_size", "800,0", "800 x 0 in rows"),
        ("virtual_size", "800,481", "smaller than its geometry says"),
    ],
)
def test_a_geometry_that_cannot_be_is_said(tmp_path: Path, name: str, text: str, says: str) -> None:
    panel = Panel(tmp_path, 800, 480)
    (tmp_path / name).write_text(text)
    with pytest.raises(LinkLost, match=says):
        screen_of(panel.url).open()


def test_showing_on_a_closed_framebuffer_is_a_lost_link(tmp_path: Path) -> None:
    screen = screen_of(Panel(tmp_path, 800, 480).url)
    screen.open()
    screen.close()
    screen.close()
    with pytest.raises(LinkLost, match="not open"):
        screen.show(BoardPicture(800, 480), [(0, 0, 1, 1)])


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        (
            PermissionError(13, "Permission denied"),
            "framebuffer",
            "permission denied: add the node's user to the",
        ),
        (
            PermissionError(13, "Permission denied"),
            "file",
            "permission denied: let the node's user write into the",
        ),
        (OSError(28, "No space left on device"), "file", "the disk is full: make room"),
        (OSError(30, "Read-only file system"), "file", "the disk is read-only"),
        (OSError(5, "Input/output error"), "file", "Input/output error"),
    ],
)
def test_errors_come_with_their_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, kind: str, says: str
) -> None:
    url = Panel(tmp_path, 800, 480).url if kind == "framebuffer" else f"file:{tmp_path}/board.png"

    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Path, "open" if kind == "framebuffer" else "write_bytes", refuse)
    with pytest.raises(LinkLost, match=says):
        screen_of(url).open()


@contextmanager
def without_root() -> Iterator[None]:
    """Nothing is forbidden to root, so root is nobody for a while."""
    own = os.geteuid()
    os.seteuid(own or NOBODY)
    try:
        yield
    finally:
        os.seteuid(own)


def test_a_folder_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # nobody may not pass the folders above
    screen = screen_of("file:board.png")
    tmp_path.chmod(0o555)
    with without_root(), pytest.raises(LinkLost, match="permission denied: let the node's user write"):
        screen.open()
    tmp_path.chmod(0o777)
    with without_root():
        screen.open()


def test_a_missing_folder() -> None:
    with pytest.raises(LinkLost, match=r"board\.png: the folder does not exist: make it"):
        screen_of("file:/no/such/folder/board.png").open()


SQUARE = {"width_px": 500, "height_px": 500}


def test_settings_are_bounded_and_know_no_other_keys() -> None:
    assert msgspec.convert({"language": "en"}, BoardSettings) == BoardSettings(language="en")
    for bad in ({"lit_s": -1}, {"language": "fr"}, {"colour": "red"}, {"width_px": 100}, SQUARE):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(bad, BoardSettings)
