"""The picture of a press: one bar for ours, one for the floor, a colour a hop."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from display.fonts import load_text_font
from simulators.measure.hops import Hop, Hops

SIZE = (1200, 460)
LEFT, RIGHT, TOP = 110, 40, 70
BAR_PX, LINE_PX = 44, 26
TEXT_PX, TITLE_PX = 18, 24
INK, PAPER, GRID = (30, 34, 40), (255, 255, 255), (222, 226, 230)
COLOURS = ((72, 120, 168), (122, 168, 204), (214, 120, 60), (110, 160, 100))
FLOOR_COLOURS = (COLOURS[1], COLOURS[2], COLOURS[3])


def draw(hops: Hops, path: Path) -> None:
    """Write the picture. Raises OSError or ValueError where the file cannot be written so."""
    image = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(image)
    pen.text((LEFT, 20), "一次按键的时间去向 · Where the time of a press goes", INK, load_text_font(TITLE_PX))
    most_ms = max(_whole(hops.ours), _whole(hops.floor)) * 1.02
    below = _bar(pen, TOP, "ours", hops.ours, COLOURS, most_ms)
    below = _bar(pen, below + LINE_PX // 2, "floor", hops.floor, FLOOR_COLOURS, most_ms)
    text = f"a commit by itself: {hops.commit_ms:.2f} ms; wire time of the bytes not counted; medians"
    pen.text((LEFT, below + LINE_PX // 2), text, INK, load_text_font(TEXT_PX))
    image.crop((0, 0, SIZE[0], min(below + 2 * LINE_PX, SIZE[1]))).save(path)


def _whole(hops: Sequence[Hop]) -> float:
    return sum(max(hop.ms, 0.0) for hop in hops)


def _bar(
    pen: ImageDraw.ImageDraw,
    top: int,
    name: str,
    hops: Sequence[Hop],
    colours: Sequence[tuple[int, int, int]],
    most_ms: float,
) -> int:
    """One bar and its legend; returns where it ends."""
    font = load_text_font(TEXT_PX)
    pen.text((20, top + BAR_PX // 2), name, INK, font, anchor="lm")
    scale = (SIZE[0] - LEFT - RIGHT) / most_ms
    x, y = float(LEFT), top + BAR_PX + 6
    for hop, colour in zip(hops, colours, strict=True):
        wide = max(hop.ms, 0.0) * scale
        pen.rectangle((x, top, x + wide, top + BAR_PX), fill=colour, outline=PAPER)
        x += wide
        pen.rectangle((LEFT, y + 5, LEFT + 14, y + 19), fill=colour)
        pen.text((LEFT + 24, y), f"{hop.what}: {hop.ms:.2f} ms", INK, font)
        y += LINE_PX
    pen.text((SIZE[0] - RIGHT, y - LINE_PX), f"{_whole(hops):.2f} ms", INK, font, anchor="ra")
    return y
