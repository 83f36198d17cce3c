"""What can be said to and by a window strip."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

Colour: TypeAlias = Literal["red", "green", "yellow"]


class Segment(Struct, frozen=True):
    """A run of text in one colour."""

    text: str
    colour: Colour = "red"


# --- commands ---------------------------------------------------------------------------------------


class ShowText(Struct, frozen=True, tag="show_text"):
    """Show this from now on. `token` names it and comes back with `Shown`; the newest text wins."""

    segments: tuple[Segment, ...]
    token: str = ""


class ShowRom(Struct, frozen=True, tag="show_rom"):
    """Show the text stored in the strip itself, such as the name of the window."""

    token: str = ""


# --- events -----------------------------------------------------------------------------------------


class Shown(Struct, frozen=True, tag="shown"):
    """What became of the text `token`: acknowledged by the strip, or sent without an acknowledgement.

    Told once a text, and once more if a strip that was silent acknowledges it later.
    """

    token: str
    acknowledged: bool


Command = ShowText | ShowRom
Event = Shown
