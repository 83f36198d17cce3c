"""A ticket printer to be looked at: paper as text, picture and QR payloads."""

from __future__ import annotations

from pathlib import Path

from simulators.printer.engine import Engine
from simulators.printer.head import Head
from simulators.printer.interface_escpos import Interpreter
from simulators.printer.model import ROLL_MM, Paper, PrinterModel
from simulators.twin import Twin

BUFFER_BYTES = 4096
XON, XOFF = b"\x11", b"\x13"


class PrinterTwin(Twin):
    """`model` is the machine; `papers` all that came out; `heard` all bytes that came in.

    `font`: a file to draw characters with; without one they are boxes. `speed_mm_s` 0: at once.
    `answers` False: a make that never says anything. `has_auto_status` False: a make without GS a.
    `boots_chinese`: a make that needs no FS &. `handshake`: it asks the driver to wait by XOFF while `busy`,
    its buffer being full; a `PrinterLine` stops reading then. Bytes far beyond the buffer are lost, counted.
    """

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
    ) -> None:
        super().__init__(name)
        self.model = PrinterModel(width_dots, speed_mm_s)
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
        """All that came out of the slot, in order."""
        return self.model.papers

    @property
    def heard(self) -> bytes:
        """All bytes that came in."""
        return bytes(self._engine.heard)

    @property
    def lost_bytes(self) -> int:
        """Bytes that came while there was no room."""
        return self._engine.lost_bytes

    @property
    def busy(self) -> bool:
        """The buffer is full."""
        return self._engine.full

    @property
    def unknown(self) -> list[bytes]:
        """Commands that it skipped."""
        return self._interpreter.unknown

    def panel(self) -> str:
        lamp = "●" if not self.model.stopped else "✖"
        last = self.papers[-1].text if self.papers else ()
        return f"{lamp} {' | '.join(last)}"

    async def next_ticket(self, timeout_s: float) -> Paper:
        """The next paper that was not given yet. Raises TimeoutError."""
        await self.changed(lambda twin: len(twin.papers) > self._given, timeout_s)
        self._given += 1
        return self.papers[self._given - 1]

    # --- hands ----------------------------------------------------------------------------------

    def open_cover(self) -> None:
        """The cover is opened."""
        self.model.cover_open = True
        self._touched()

    def close_cover(self) -> None:
        """The cover is closed; it goes on with what waits inside."""
        self.model.cover_open = False
        self._touched()

    def take_paper(self) -> None:
        """The roll comes to its end."""
        self.model.break_down("paper_out")
        self._touched()

    def new_roll(self, length_mm: float = ROLL_MM) -> None:
        """Cover open, new roll in, cover closed."""
        self.open_cover()
        self.model.new_roll(length_mm)
        self.close_cover()

    def clear_cutter(self) -> None:
        """The jam is taken out; the error stays until the driver asks to recover."""
        self.model.cutter_jammed = False
        self._touched()

    def power_cycle(self) -> None:
        """Off and on: it forgets what waited inside, and to send by itself."""
        self._engine.power_on()
        self._touched()

    # --- the wire -------------------------------------------------------------------------------

    def on_bytes(self, data: bytes) -> None:
        self._engine.hear(data)
        self.on_time()

    def on_time(self) -> None:
        self._engine.run(self.now_s)
        if self._handshake and self.busy != self._asked_to_wait:
            self._asked_to_wait = self.busy
            self.say(XOFF if self._asked_to_wait else XON)

    def next_s(self) -> float | None:
        return self._engine.due_s()

    def _touched(self) -> None:
        """A hand was at it."""
        self.clock_s()
        if not self.faults.dead:
            self.on_time()
        self.notice()

    def _answer(self, data: bytes) -> None:
        if self._answers and data:
            self.say(data)
