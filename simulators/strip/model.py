"""A window strip as people see it: coloured text, or the text stored in it; it forgets without power."""

from __future__ import annotations

from typing import NamedTuple

from simulators.faults import Faults


class Piece(NamedTuple):
    """A run of text in one colour: "red", "green", "yellow", or "?" for a colour it has not."""

    text: str
    colour: str


class StripModel:
    """No bytes."""

    def __init__(self, faults: Faults, rom: str) -> None:
        self.faults = faults
        self.rom = rom
        self.segments: tuple[Piece, ...] = (Piece(rom, "red"),)
        self.shows = 0

    @property
    def text(self) -> str:
        """What it shows, without colours."""
        return "".join(piece.text for piece in self.segments)

    def show(self, segments: tuple[Piece, ...]) -> bool:
        """The host wants a text; returns whether the strip takes it. A stuck panel takes it and stays."""
        if self.faults.refuse:
            return False
        self.shows += 1
        if not self.faults.stuck:
            self.segments = segments
        return True

    def show_rom(self) -> bool:
        """The host wants the stored text."""
        return self.show((Piece(self.rom, "red"),))

    def power_cut(self) -> None:
        """Back to the stored text."""
        self.segments = (Piece(self.rom, "red"),)
