"""What `press_to_strip` presses and times is a real hall: real bytes, real commits, real hops."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from devices.strip.messages import Segment
from devices.strip.wire_a090 import encode_text
from edge.look import read_events
from simulators.keypad.interface_ff68 import frame_of
from simulators.keypad.model import Press
from simulators.measure.bare_press import BarePress
from simulators.measure.figures import Bench
from simulators.measure.halls import CORE, SITE
from simulators.measure.hops import Hop, Hops, trace
from simulators.measure.hops_picture import draw
from simulators.measure.press import KEY_BYTES, PressBench, measure, sizes, strip_bytes, wire_ms
from simulators.measure.press_load import BOARDS, site


def test_wire_time_is_counted_from_the_real_frames() -> None:
    text = "请B001号到1号窗口"
    assert strip_bytes(text) == len(encode_text(1, (Segment(text),), 0))
    assert len(frame_of(1, Press("", "next"))) == KEY_BYTES
    assert wire_ms(96) == pytest.approx(100.0)


def test_every_press_is_a_call_that_was_committed(tmp_path: Path) -> None:
    ours = PressBench(tmp_path)
    try:
        ours.start()
        texts = []
        for _ in range(4):
            assert 0 < ours.press() < 5
            texts.append(ours.strip.text)
            ours.rest(0.06)
        journal = ours.hall.data / f"{SITE}-{CORE}.db"
    finally:
        ours.stop()
    called = [event for event in read_events(journal) if event.kind == "Called"]
    assert len(set(texts)) == 4
    assert [text.removeprefix("请").partition("号")[0] for text in texts] == [
        event.body.decode().partition('"visit":"')[2].partition('"')[0].partition("-")[2]
        for event in called[-4:]
    ]


def test_hops_add_up_to_the_press(tmp_path: Path) -> None:
    ours, floor = PressBench(tmp_path), BarePress(tmp_path, *sizes())
    try:
        ours.start()
        hops = trace(ours, floor, 5)
    finally:
        ours.stop()
        floor.stop()
    assert [len(hops.ours), len(hops.floor)] == [4, 3]
    assert 0 < sum(hop.ms for hop in hops.ours) < 5000
    assert hops.ours[0].ms > 0
    assert hops.commit_ms > 0


def test_the_figure_has_its_rows(tmp_path: Path) -> None:
    picture = tmp_path / "hops.png"
    outcome = measure(Bench(tmp_path, quick=True, hops=picture))
    (row,) = outcome.rows
    assert row.floor is not None
    assert row.ours.n == row.floor.n == 20
    assert [(check.what, check.limit) for check in row.checks] == [("median", 1.5), ("p99", 2.0)]
    assert row.checks[0].value == row.ratio
    assert Image.open(picture).width == 1200


def test_the_picture_shows_each_hop_in_its_length(tmp_path: Path) -> None:
    ours = tuple(Hop(f"hop {number}", 1.0) for number in range(4))
    floor = tuple(Hop(f"hop {number}", 0.5) for number in range(3))
    draw(Hops(ours, floor, 0.2), tmp_path / "hops.png")
    image = Image.open(tmp_path / "hops.png").convert("RGB")
    row = [image.getpixel((x, 90)) for x in range(image.width)]
    lengths = [
        row.count(colour) for colour in ((72, 120, 168), (122, 168, 204), (214, 120, 60), (110, 160, 100))
    ]
    assert max(lengths) - min(lengths) <= 2
    assert sum(lengths) > 900


def test_strips_and_boards_make_the_load(tmp_path: Path) -> None:
    text = site(tmp_path).write(tmp_path / "site.toml").read_text(encoding="utf-8")
    assert text.count('kind = "board"') == BOARDS + 1
    assert text.count('kind = "strip"') == 55
