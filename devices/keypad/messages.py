"""What can be said to and by a counter keypad."""

from __future__ import annotations

from msgspec import Struct

# --- commands ---------------------------------------------------------------------------------------


class ShowNumbers(Struct, frozen=True, tag="show_numbers"):
    """How many wait (None: nobody can say) and which ticket is served ("" for none), e.g. 5 and "A001"."""

    waiting: int | None = None
    ticket: str = ""


class ShowDigits(Struct, frozen=True, tag="show_digits"):
    """Digits as they are, "_" for a blank, e.g. "015_30" for a wait of 15 to 30 minutes."""

    digits: str


class ShowResult(Struct, frozen=True, tag="show_result"):
    """Whether the last press could be acted on."""

    ok: bool


class Beep(Struct, frozen=True, tag="beep"):
    """Ask for attention."""


# --- events -----------------------------------------------------------------------------------------


class KeyPressed(Struct, frozen=True, tag="key_pressed"):
    """A key sequence that the key map knows.

    `action` is one of `devices.keypad.keymap.ACTIONS`; `digits` what was typed for it ("" when the action
    takes none); `option` the word behind the colon in the map, e.g. "elderly" for "take:elderly".
    """

    action: str
    digits: str = ""
    option: str = ""


class KeysUnknown(Struct, frozen=True, tag="keys_unknown"):
    """A sequence that the key map does not know, as the map would write it, e.g. "7 confirm"."""

    keys: str


Command = ShowNumbers | ShowDigits | ShowResult | Beep
Event = KeyPressed | KeysUnknown
