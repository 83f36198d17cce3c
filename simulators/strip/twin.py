"""A window strip on a line, to be looked at."""

from __future__ import annotations

from typing import Any, ClassVar

from simulators.device import Hand
from simulators.faults import NO_ACK, REFUSE, WRONG_ADDRESS
from simulators.receivers import ReceiverA090
from simulators.strip import interface_a090 as a090
from simulators.strip.model import Piece, StripModel
from simulators.twin import Twin


class StripTwin(Twin):
    """`text` is what it shows, `segments` with colours. `acks` false for a make that never answers.

    `ack_middle`: bytes that this make puts inside its acknowledgement.
    """

    kind = "strip"
    HANDS: ClassVar = {"power_cut": Hand((), "its power blinks: back to its stored text")}
    TROUBLES: ClassVar = {
        **Twin.TROUBLES,
        "refuse": REFUSE,
        "no_ack": NO_ACK,
        "wrong_address": WRONG_ADDRESS,
    }
    CANNOT: ClassVar = {"stuck_key": "it has no keys"}

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

    def look(self) -> dict[str, Any]:
        return {"text": self.text, "segments": [piece._asdict() for piece in self.segments]}

    def power_cut(self) -> None:
        self.model.power_cut()
        self.notice()

    def on_bytes(self, data: bytes) -> None:
        for heard in self._receiver.feed(data, self.now_s):
            if heard.address == self.address and self._act(heard.command, heard.data):
                self._acknowledge()

    def _acknowledge(self) -> None:
        if self._acks and not self.faults.no_ack:
            wrong = self.faults.wrong_address
            self.say(a090.acknowledgement(self.address if wrong is None else wrong, self._ack_middle))

    def _act(self, command: int, data: bytes) -> bool:
        if command == a090.SHOW_TEXT:
            return self.model.show(a090.pieces_in(data))
        return command == a090.SHOW_ROM and self.model.show_rom()
