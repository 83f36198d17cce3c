"""A ticket printer to be looked at: paper as text, picture and QR payloads."""

from __future__ import annotations

from collections import deque
from pathlib import Path

from simulators.printer.head import Head
from simulators.printer.interface_escpos import Interpreter, auto_status, real_time_status
from simulators.printer.model import ROLL_MM, Paper, PrinterModel
from simulators.printer.tokens import Token, Tokens
from simulators.twin import Twin

BUFFER_BYTES = 4096
XON, XOFF = b"\x11", b"\x13"
_DLE_EOT, _DLE_ENQ = b"\x10\x04", b"\x10\x05"


class PrinterTwin(Twin):
    """`model` is the machine; `papers` all that came out; `heard` all bytes that came in.

    `font`: a file to draw characters with; without one they are boxes. `speed_mm_s` 0: at once.
    `answers` False: a make that never says anything. `has_auto_status` False: a make without GS a.
    `boots_chinese`: a make that needs no FS &. `handshake`: it asks the driver to wait by XOFF while `busy`, its
    buffer being full; a `PrinterLine` stops reading then. Bytes far beyond the buffer are lost and counted.
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
        self.lost_bytes = 0
        self.heard = bytearray()
        self._answers = answers
        self._handshake = handshake
        self._buffer_bytes = buffer_bytes
        self._tokens = Tokens()
        self._interpreter = Interpreter(
            self.model,
            Head(width_dots, font),
            self._answer,
            has_auto_status=has_auto_status,
            boots_chinese=boots_chinese,
        )
        self._work: deque[Token] = deque()
        self._busy_until_s = 0.0
        self._told = b""
        self._waits = False
        self._taken = 0

    @property
    def papers(self) -> list[Paper]:
        """All that came out of the slot, in order."""
        return self.model.papers

    @property
    def busy(self) -> bool:
        """The buffer is full."""
        return self._waiting_bytes() >= self._buffer_bytes

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
        await self.changed(lambda twin: len(twin.papers) > self._taken, timeout_s)
        self._taken += 1
        return self.papers[self._taken - 1]

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
        self.model.cutter_error = self.model.cutter_jammed
        self._interpreter.start()
        self._interpreter.auto_mask = 0
        self._tokens.reset()
        self._work.clear()
        self._busy_until_s = 0.0
        self._touched()

    # --- the wire -------------------------------------------------------------------------------

    def on_bytes(self, data: bytes) -> None:
        room = self._buffer_bytes * 2 - self._waiting_bytes()
        self.lost_bytes += max(len(data) - room, 0)
        self.heard += data[:room]
        for token in self._tokens.feed(data[:room]):
            self._arrived(token)
        self._run()

    def on_time(self) -> None:
        self._run()

    def next_s(self) -> float | None:
        return self._busy_until_s if self._work and not self.model.stopped else None

    def _arrived(self, token: Token) -> None:
        """Real-time commands are carried out at once, whatever waits."""
        if token.name == _DLE_EOT:
            self._answer(real_time_status(self.model, token.data[0]))
        elif token.name == _DLE_ENQ:
            self._recover(token.data[0])
        else:
            self._work.append(token)

    def _recover(self, how: int) -> None:
        self.model.cutter_error = self.model.cutter_error and self.model.cutter_jammed
        if how == 2 and not self.model.cutter_error:
            self._work.clear()
            self._interpreter.start()

    def _run(self) -> None:
        self._tell()
        while self._work and not self.model.stopped and self.now_s >= self._busy_until_s:
            token = self._work.popleft()
            seconds = self._interpreter.do(token)
            self._busy_until_s = self.now_s + seconds if seconds else self._busy_until_s
            self.model.worked(token.size)
            self._tell()
        self._tell()
        self._shake()

    def _touched(self) -> None:
        """A hand was at it."""
        self.clock_s()
        if not self.faults.dead:
            self._tell()
            self._run()
        self.notice()

    def _tell(self) -> None:
        """Automatic status, when it changed."""
        status = auto_status(self.model)
        if status != self._told:
            self._told = status
            if self._interpreter.auto_mask:
                self._answer(status)

    def _shake(self) -> None:
        if self._handshake and self.busy != self._waits:
            self._waits = self.busy
            self.say(XOFF if self._waits else XON)

    def _answer(self, data: bytes) -> None:
        if self._answers and data:
            self.say(data)

    def _waiting_bytes(self) -> int:
        return sum(token.size for token in self._work)
