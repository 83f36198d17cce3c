"""The mechanics of a ticket printer: roll, cover, cutter, head. No bytes.

A printer prints while nothing is wrong with it; what it was given waits inside meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from PIL import Image

DOTS_PER_MM = 8
ROLL_MM = 50_000.0
HEAD_TO_CUTTER_MM = 13.0

Defect = Literal["paper_near_end", "paper_out", "cover", "cutter", "hot", "offline"]


@dataclass(frozen=True)
class Paper:
    """What came out of the slot: the lines of text, the picture, the payloads of QR symbols, how it ended.

    `cut` "torn" is a piece that the end of the roll or an opened cover left behind.
    """

    text: tuple[str, ...]
    image: Image.Image
    qr: tuple[str, ...]
    cut: Literal["partial", "full", "torn"]

    def look(self) -> dict[str, Any]:
        """The same in plain values; the picture as its size in dots."""
        width, height = self.image.size
        return {"text": self.text, "qr": self.qr, "cut": self.cut, "width": width, "height": height}


@dataclass
class PrinterModel:
    """The state of the machine. `order` makes trouble in the middle of a ticket.

    Of the `papers` the last `papers_max` are kept, all where that is None; `forgotten` counts the others.
    """

    width_dots: int = 576
    speed_mm_s: float = 0.0  # 0: at once
    paper_mm: float = ROLL_MM
    near_end_mm: float = 3_000.0
    cover_open: bool = False
    cutter_jammed: bool = False
    cutter_error: bool = False
    hot: bool = False
    offline: bool = False
    papers_max: int | None = None
    papers: list[Paper] = field(default_factory=list)
    forgotten: int = 0
    _ordered: dict[Defect, int] = field(default_factory=dict)
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
    def defects(self) -> tuple[Defect, ...]:
        """All that is wrong now."""
        wrong: dict[Defect, bool] = {
            "paper_out": self.paper_out,
            "paper_near_end": self.paper_low and not self.paper_out,
            "cover": self.cover_open,
            "cutter": self.cutter_error,
            "hot": self.hot,
            "offline": self.offline,
        }
        return tuple(defect for defect, is_wrong in wrong.items() if is_wrong)

    @property
    def stopped(self) -> bool:
        """Nothing is printed now."""
        return self.paper_out or self.cover_open or self.cutter_error or self.hot or self.offline

    def order(self, defect: Defect, after_bytes: int) -> None:
        """Something will go wrong when so many bytes more of work are done; now, where that is 0."""
        if after_bytes:
            self._ordered[defect] = after_bytes
        else:
            self.break_down(defect)

    def worked(self, count: int) -> None:
        """`count` bytes of work were done; what was ordered may come."""
        for defect in list(self._ordered):
            self._ordered[defect] -= count
            if self._ordered[defect] <= 0:
                del self._ordered[defect]
                self.break_down(defect)

    def break_down(self, defect: Defect) -> None:
        """Something goes wrong now."""
        match defect:
            case "paper_out":
                self.paper_mm = 0.0
            case "paper_near_end":
                self.paper_mm = min(self.paper_mm, self.near_end_mm)
            case "cover":
                self.cover_open = True
            case "cutter":
                self.cutter_jammed = True
            case "hot":
                self.hot = True
            case "offline":
                self.offline = True

    def put_right(self, defect: Defect) -> None:
        """A hand mends it. The error of a cutter stays until the driver asks to recover."""
        self._ordered.pop(defect, None)
        match defect:
            case "paper_out" | "paper_near_end":
                self.new_roll()
            case "cover":
                self.cover_open = False
            case "cutter":
                self.cutter_jammed = False
            case "hot":
                self.hot = False
            case "offline":
                self.offline = False

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
        if self.papers_max is not None and len(self.papers) > self.papers_max:
            del self.papers[0]
            self.forgotten += 1
        self._strips, self._text, self._qr = [], [], []
