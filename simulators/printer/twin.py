"""A ticket printer to be looked at: paper as text, picture and QR payloads."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from simulators.device import Hand
from simulators.printer.engine import Engine
from simulators.printer.head import Head
from simulators.printer.interface_escpos import Interpreter
from simulators.printer.model import Defect, Paper, PrinterModel
from simulators.trouble import Order, Trouble
from simulators.twin import Twin

BUFFER_BYTES = 4096
XON, XOFF = b"\x11", b"\x13"
WORDS: dict[Defect, str] = {
    "paper_out": "缺纸",
    "paper_near_end": "纸将尽",
    "cover": "开盖",
    "cutter": "切刀卡住",
    "hot": "过热",
    "offline": "脱机",
}


def _defect(name: Defect) -> Trouble:
    return Trouble(partial(_break_down, name), partial(_put_right, name), ("after_bytes",))


def _break_down(name: Defect, twin: PrinterTwin, order: Order) -> None:
    twin.break_down(name, order.after_bytes)


def _put_right(name: Defect, twin: PrinterTwin) -> None:
    twin.put_right(name)


class PrinterTwin(Twin):
    """`model` is the machine; `papers` what came out, the last `papers_max`; `heard` the bytes that came in.

    `font`: a file to draw characters with; without one they are boxes. `speed_mm_s` 0: at once.
    `answers` False: a make that never says anything. `has_auto_status` False: a make without GS a.
    `boots_chinese`: a make that needs no FS &. `handshake`: it asks the driver to wait by XOFF while `busy`,
    its buffer being full; its wire takes no more bytes then. Bytes far beyond the buffer are lost, counted.
    """

    kind = "printer"
    HANDS: ClassVar = {
        "next_ticket": Hand(("timeout_s",), "wait for the next paper that was not given yet"),
        "open_cover": Hand((), "the cover is opened"),
        "close_cover": Hand((), "and closed"),
        "take_paper": Hand((), "the roll comes to its end"),
        "new_roll": Hand((), "cover open, new roll in, cover closed"),
        "clear_cutter": Hand((), "the jam is taken out"),
        "power_cut": Hand((), "off and on"),
    }
    TROUBLES: ClassVar = {**Twin.TROUBLES, **{name: _defect(name) for name in WORDS}}
    CANNOT: ClassVar = {
        "refuse": "it prints, or says why not: cover, paper_out, cutter, hot or offline",
        "no_ack": "it acknowledges nothing; silent makes it say nothing",
        "stuck_key": "it has no keys",
        "wrong_address": "its bytes carry no address",
    }

    def __init__(
        self,
        name: str = "printer",
        *,
        width_dots: int = 576,
        font: str | Path | None = None,
        speed_mm_s: float = 0.0,
        answers: bool = True,
        has_auto_status: bool = True,
        boots_chinese: bool = False,
        handshake: bool = False,
        buffer_bytes: int = BUFFER_BYTES,
        papers_max: int | None = None,
    ) -> None:
        super().__init__(name)
        self.model = PrinterModel(width_dots, speed_mm_s, papers_max=papers_max)
        self._answers = answers
        self._handshake = handshake
        self._interpreter = Interpreter(
            self.model,
            Head(width_dots, font),
            self._answer,
            has_auto_status=has_auto_status,
            boots_chinese=boots_chinese,
        )
        self._engine = Engine(self._interpreter, buffer_bytes, self._answer)
        self._asked_to_wait = False
        self._given = 0

    @property
    def papers(self) -> list[Paper]:
        """What came out of the slot, in order."""
        return self.model.papers

    @property
    def heard(self) -> bytes:
        """The bytes that came in, the last million."""
        return bytes(self._engine.heard)

    @property
    def lost_bytes(self) -> int:
        """Bytes that came while there was no room."""
        return self._engine.lost_bytes

    @property
    def is_full(self) -> bool:
        return self._engine.full

    @property
    def unknown(self) -> list[bytes]:
        """Commands that it skipped."""
        return list(self._interpreter.unknown)

    def panel(self) -> str:
        lamp = "●" if not self.model.stopped else "✖"
        words = " ".join(WORDS[defect] for defect in self.model.defects)
        last = self.papers[-1].text if self.papers else ()
        return " ".join(part for part in (lamp, words, " | ".join(last)) if part)

    def look(self) -> dict[str, Any]:
        last = self.papers[-1].look() if self.papers else None
        count = len(self.papers) + self.model.forgotten
        return {"defects": self.model.defects, "papers": count, "last": last}

    async def next_ticket(self, timeout_s: float = 5.0) -> Paper:
        """The next paper that was not given yet. Raises TimeoutError."""
        await self.changed(lambda twin: len(twin.papers) + twin.model.forgotten > self._given, timeout_s)
        self._given = max(self._given, self.model.forgotten) + 1
        return self.papers[self._given - self.model.forgotten - 1]

    # --- hands ----------------------------------------------------------------------------------

    def break_down(self, defect: Defect, after_bytes: int = 0) -> None:
        """Something goes wrong, now or in the middle of what is printed next."""
        self.model.order(defect, after_bytes)
        self._touched()

    def put_right(self, defect: Defect) -> None:
        """A hand mends it."""
        self.troubles.pop(defect, None)
        if defect in ("paper_out", "paper_near_end"):
            self.open_cover()
            self.model.put_right(defect)
            self.close_cover()
        else:
            self.model.put_right(defect)
            self._touched()

    def open_cover(self) -> None:
        """The cover is opened."""
        self.break_down("cover")

    def close_cover(self) -> None:
        """The cover is closed; it goes on with what waits inside."""
        self.put_right("cover")

    def take_paper(self) -> None:
        """The roll comes to its end."""
        self.break_down("paper_out")

    def new_roll(self) -> None:
        """Cover open, new roll in, cover closed."""
        self.put_right("paper_out")

    def clear_cutter(self) -> None:
        """The jam is taken out; the error stays until the driver asks to recover."""
        self.put_right("cutter")

    def power_cut(self) -> None:
        """Off and on: it forgets what waited inside, and to send by itself."""
        self._engine.power_on()
        self._touched()

    # --- the wire -------------------------------------------------------------------------------

    def take_in(self, data: bytes) -> None:
        """A busy printer takes bytes in as long as there is room, and does not print."""
        self.on_bytes(data)

    def on_bytes(self, data: bytes) -> None:
        self._engine.hear(data)
        self.on_time()

    def on_time(self) -> None:
        if not self._stands_still():
            self._engine.run(self.now_s)
        if self._handshake and self.is_full != self._asked_to_wait:
            self._asked_to_wait = self.is_full
            self.say(XOFF if self._asked_to_wait else XON)

    def next_s(self) -> float | None:
        return None if self._stands_still() else self._engine.due_s()

    def _stands_still(self) -> bool:
        return self.faults.dead or self.faults.busy

    def _touched(self) -> None:
        """A hand was at it."""
        self.clock_s()
        if not self.faults.dead:
            self.on_time()
        self.notice()

    def _answer(self, data: bytes) -> None:
        if self._answers and data:
            self.say(data)
