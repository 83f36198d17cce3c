"""The mechanics of a ticket printer: roll, cover, cutter, head. No bytes.

A printer prints while nothing is wrong with it; what it was given waits inside meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from PIL import Image

DOTS_PER_MM = 8
ROLL_MM = 50_000.0
HEAD_TO_CUTTER_MM = 13.0

Trouble = Literal["paper_out", "cover_open", "cutter", "hot", "offline"]


@dataclass(frozen=True)
class Paper:
    """What came out of the slot: the lines of text, the picture, the payloads of QR symbols, how it ended.

    `cut` "torn" is a piece that the end of the roll or an opened cover left behind.
    """

    text: tuple[str, ...]
    image: Image.Image
    qr: tuple[str, ...]
    cut: Literal["partial", "full", "torn"]


@dataclass
class PrinterModel:
    """The state of the machine. Set fields to make trouble, or `fault_after_bytes` to make it in a ticket."""

    width_dots: int = 576
    speed_mm_s: float = 0.0  # 0: at once
    paper_mm: float = ROLL_MM
    near_end_mm: float = 3_000.0
    cover_open: bool = False
    cutter_jammed: bool = False
    cutter_error: bool = False
    hot: bool = False
    offline: bool = False
    fault_after_bytes: int | None = None
    fault: Trouble = "paper_out"
    papers: list[Paper] = field(default_factory=list)
    _strips: list[Image.Image] = field(default_factory=list)
    _text: list[str] = field(default_factory=list)
    _qr: list[str] = field(default_factory=list)

    @property
    def paper_out(self) -> bool:
        """The sensor at the head sees no paper."""
        return self.paper_mm <= 0

    @property
    def paper_low(self) -> bool:
        """The sensor at the roll sees its core."""
        return self.paper_mm <= self.near_end_mm

    @property
    def stopped(self) -> bool:
        """Nothing is printed now."""
        return self.paper_out or self.cover_open or self.cutter_error or self.hot or self.offline

    def worked(self, count: int) -> None:
        """`count` bytes of work were done; the fault that was ordered may come."""
        if self.fault_after_bytes is None:
            return
        self.fault_after_bytes -= count
        if self.fault_after_bytes <= 0:
            self.fault_after_bytes = None
            self.break_down(self.fault)

    def break_down(self, fault: Trouble) -> None:
        """Something goes wrong now."""
        if fault == "paper_out":
            self.paper_mm = 0.0
        elif fault == "cutter":
            self.cutter_jammed = True
        else:
            setattr(self, fault, True)

    def put(self, strip: Image.Image, text: str = "", qr: str = "") -> float:
        """Print a strip of full width; returns the seconds that takes."""
        self._strips.append(strip)
        if text:
            self._text.append(text)
        if qr:
            self._qr.append(qr)
        return self.feed_mm(strip.height / DOTS_PER_MM)

    def feed_mm(self, length_mm: float) -> float:
        """Paper runs; returns the seconds that takes."""
        self.paper_mm = max(self.paper_mm - length_mm, 0.0)
        return length_mm / self.speed_mm_s if self.speed_mm_s else 0.0

    def blank(self, dots: int) -> float:
        """Paper runs unprinted."""
        return self.put(Image.new("1", (self.width_dots, dots), 1)) if dots else 0.0

    def cut(self, kind: Literal["partial", "full"]) -> None:
        """Cut behind what was printed, or jam."""
        if self.cutter_jammed:
            self.cutter_error = True
            return
        self.drop(kind)

    def new_roll(self, length_mm: float = ROLL_MM) -> None:
        """A hand takes the old paper out and puts a new roll in."""
        if self._strips:
            self.drop("torn")
        self.paper_mm = length_mm

    def drop(self, cut: Literal["partial", "full", "torn"]) -> None:
        """The paper so far leaves the slot."""
        if not self._strips:
            return
        image = Image.new("1", (self.width_dots, sum(strip.height for strip in self._strips)), 1)
        y = 0
        for strip in self._strips:
            image.paste(strip, (0, y))
            y += strip.height
        self.papers.append(Paper(tuple(self._text), image, tuple(self._qr), cut))
        self._strips, self._text, self._qr = [], [], []
