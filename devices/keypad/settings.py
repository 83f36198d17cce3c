"""Settings of a counter keypad."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from devices.keypad.keymap import KeyMap, MapName

Address = Annotated[int, Meta(ge=0, le=255)]


class KeypadSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One keypad.

    `map` is a ready-made key map and `keys` changes it entry by entry (devices.keypad.keymap).
    `digits` is how FUNC 02 lays out numbers: "waiting3_ticket3" is always six places, "ticket_waiting" is
    the ticket, a blank, and the count.
    `repeat_ms`: a keypad is taken to repeat a frame until it hears its echo; the same frame within this
    time of the last one is echoed again and not acted on again.
    `result_s`, `query_s`: how long the display holds a result or an answer before the numbers come back.
    `refresh_s`: the numbers are sent again at this pace, because a keypad forgets them when its power blinks,
    and a dark display says that the hall is not there. 0: never.
    """

    address: Address
    use: Literal["window", "tickets"] = "window"
    map: MapName | None = None
    keys: dict[Annotated[str, Meta(max_length=40)], Annotated[str, Meta(max_length=48)]] = field(
        default_factory=dict
    )
    digits: Literal["waiting3_ticket3", "ticket_waiting"] = "waiting3_ticket3"
    repeat_ms: Annotated[int, Meta(ge=50, le=5000)] = 600
    result_s: Annotated[int, Meta(ge=1, le=60)] = 2
    query_s: Annotated[int, Meta(ge=1, le=300)] = 10
    refresh_s: Annotated[int, Meta(ge=0, le=3600)] = 60

    def __post_init__(self) -> None:
        self.key_map()

    def key_map(self) -> KeyMap:
        """The key map these settings mean. Raises ValueError for an entry that makes no sense."""
        base: MapName = "tickets" if self.use == "tickets" else "callsystem"
        return KeyMap(self.map or base, self.keys)
