"""The day as a picture: people waiting, windows in use, arrivals. The mean of all days, and their range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from display.fonts import drawable, load_text_font
from display.text import fit
from edge.hall.calendar import DAY_S
from simulators.simulate.plot_panel import INK, PAPER, TITLE_PX, Colour, Panel, round_up
from simulators.simulate.site_days import BIN_S, SitePlan
from simulators.simulate.tally import Tally

WIDTH_PX, HEIGHT_PX = 1280, 960
_HEAD_PX = 30
_LEFT, _RIGHT, _UPPER, _PANEL_HEIGHT, _PANEL_PITCH = 80, 1240, 130, 190, 280
_BLUE: Colour = (38, 98, 196)
_PALE_BLUE: Colour = (196, 215, 245)
_GREEN: Colour = (32, 140, 92)
_PALE_GREEN: Colour = (198, 230, 214)
_GREY: Colour = (150, 156, 166)
_ORANGE: Colour = (226, 128, 38)
_BINS = int(DAY_S / BIN_S)
_BAR_BINS = 3  # a bar of arrivals is a quarter of an hour


@dataclass(frozen=True, slots=True)
class Course:
    """One quantity over the day in bins: mean, least and most of all days."""

    mean: list[float]
    least: list[float]
    most: list[float]

    @classmethod
    def of(cls, days: Sequence[Sequence[float]]) -> Course:
        """From the bins of each day."""
        bins = list(zip(*days, strict=True))
        return cls([sum(one) / len(one) for one in bins], list(map(min, bins)), list(map(max, bins)))


def draw_days(plan: SitePlan, tally: Tally) -> Image.Image:
    """The picture, mode "RGB", 1280 x 960."""
    image = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), PAPER)
    pen = ImageDraw.Draw(image)
    _head(pen, plan, tally)
    waiting = _course(plan, tally.waiting.bins)
    opened, busy = _course(plan, tally.open.bins), _course(plan, tally.busy.bins)
    came = _course(
        plan, [float(tally.arrivals[index]) for index in range(max(tally.arrivals, default=0) + 1)]
    )
    from_bin, to_bin = _awake(opened, came)
    span = (from_bin, to_bin)
    _draw_waiting(_panel(pen, 0, span, max(waiting.most)), waiting, span)
    _draw_windows(_panel(pen, 1, span, max(opened.most)), opened, busy, span)
    _draw_arrivals(_panel(pen, 2, span, max(_by_hour(came.mean))), came, span)
    return image


def _head(pen: ImageDraw.ImageDraw, plan: SitePlan, tally: Tally) -> None:
    days = len(plan.days_s)
    name = fit(drawable(plan.site.site.name), _HEAD_PX, _RIGHT - _LEFT)
    text = f"开放窗口 {len(plan.windows)} 个，{days} 天，每天 {tally.all.issued / days:.0f} 号"
    english = f"{len(plan.windows)} windows, {days} days, {tally.all.issued / days:.0f} numbers a day"
    pen.text((_LEFT, 44), name, INK, load_text_font(_HEAD_PX), anchor="ls")
    pen.text((_LEFT, 76), f"{text}  {english}", INK, load_text_font(TITLE_PX), anchor="ls")


def _course(plan: SitePlan, bins: Sequence[float]) -> Course:
    starts = [round((day_s - plan.days_s[0]) / BIN_S) for day_s in plan.days_s]
    padded = [*bins, *[0.0] * (starts[-1] + _BINS - len(bins))]
    return Course.of([padded[start : start + _BINS] for start in starts])


def _awake(opened: Course, came: Course) -> tuple[int, int]:
    """First and last bin of the day in which anything happens, to whole hours."""
    bins = [index for index in range(_BINS) if opened.most[index] or came.most[index]] or [0, _BINS - 1]
    hour = int(3600 / BIN_S)
    return bins[0] // hour * hour, min((bins[-1] // hour + 1) * hour, _BINS)


def _panel(pen: ImageDraw.ImageDraw, place: int, span: tuple[int, int], most: float) -> Panel:
    upper = _UPPER + place * _PANEL_PITCH
    step = round_up(most / 5)
    top = step * max(-(-most // step), 1)
    return Panel(pen, _LEFT, upper, _RIGHT, upper + _PANEL_HEIGHT, _hour(span[0]), _hour(span[1]), top)


def _draw_waiting(panel: Panel, waiting: Course, span: tuple[int, int]) -> None:
    panel.axes("等候人数 People waiting")
    panel.band(_points(waiting.least, span), _points(waiting.most, span), _PALE_BLUE)
    panel.line(_points(waiting.mean, span), _BLUE)
    panel.key((("平均 mean", _BLUE), ("各天 days", _PALE_BLUE)))


def _draw_windows(panel: Panel, opened: Course, busy: Course, span: tuple[int, int]) -> None:
    panel.axes("窗口 Windows")
    panel.band(_points(busy.least, span), _points(busy.most, span), _PALE_GREEN)
    panel.line(_points(opened.mean, span), _GREY)
    panel.line(_points(busy.mean, span), _GREEN)
    panel.key((("开放 open", _GREY), ("使用 in use", _GREEN), ("各天 days", _PALE_GREEN)))


def _draw_arrivals(panel: Panel, came: Course, span: tuple[int, int]) -> None:
    panel.axes("每小时取号 Numbers taken an hour")
    hourly = _by_hour(came.mean)
    for index in range(span[0] // _BAR_BINS, span[1] // _BAR_BINS):
        panel.bar(_hour(index * _BAR_BINS), _hour((index + 1) * _BAR_BINS), hourly[index], _ORANGE)


def _by_hour(bins: Sequence[float]) -> list[float]:
    """Each quarter of an hour as a rate an hour."""
    return [sum(bins[at : at + _BAR_BINS]) * 4 for at in range(0, len(bins), _BAR_BINS)]


def _points(bins: Sequence[float], span: tuple[int, int]) -> list[tuple[float, float]]:
    return [(_hour(index + 0.5), bins[index]) for index in range(*span)]


def _hour(bins: float) -> float:
    return bins * BIN_S / 3600.0
