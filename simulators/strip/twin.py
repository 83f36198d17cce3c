"""A window strip on a line, to be looked at."""

from __future__ import annotations

from simulators.receivers import ReceiverA090
from simulators.strip import interface_a090 as a090
from simulators.strip.model import Piece, StripModel
from simulators.twin import Twin


class StripTwin(Twin):
    """`text` is what it shows, `segments` with colours. `acks` false for a make that never answers.

    `ack_middle`: bytes that this make puts inside its acknowledgement.
    """

    def __init__(
        self,
        address: int,
        *,
        rom: str = "",
        acks: bool = True,
        ack_middle: bytes = b"",
        name: str = "",
    ) -> None:
        super().__init__(name or f"strip-{address}")
        self.address = address
        self.model = StripModel(self.faults, rom)
        self._acks = acks
        self._ack_middle = ack_middle
        self._receiver = ReceiverA090()

    @property
    def text(self) -> str:
        """What it shows, without colours."""
        return self.model.text

    @property
    def segments(self) -> tuple[Piece, ...]:
        """What it shows, with colours."""
        return self.model.segments

    def panel(self) -> str:
        return f"▌{self.text}▐"

    def power_cut(self) -> None:
        """Its power blinks: it shows its stored text again and tells nobody."""
        self.model.power_cut()
        self.notice()

    def on_bytes(self, data: bytes) -> None:
        for heard in self._receiver.feed(data, self.now_s):
            if heard.address == self.address and self._act(heard.command, heard.data) and self._acks:
                wrong = self.faults.wrong_address
                address = self.address if wrong is None else wrong
                self.say(a090.acknowledgement(address, self._ack_middle))

    def _act(self, command: int, data: bytes) -> bool:
        if command == a090.SHOW_TEXT:
            return self.model.show(a090.pieces_in(data))
        return command == a090.SHOW_ROM and self.model.show_rom()
