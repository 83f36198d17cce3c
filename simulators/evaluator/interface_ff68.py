"""An evaluator's FF 68 bytes, written from the byte tables (docs/protocols.md 3.3).

Pad to host: FUNC 11, one grade. Host to pad: FUNC 01 with the grade, or FUNC 01 with nothing, both an
acknowledgement; FUNC 01 with 0B, start. The keypad beside it, at its own address, sends FUNC 01 with 0B
as last key when the clerk asks for a rating; the pad overhears that.
"""

from __future__ import annotations

from typing import Final

from simulators.receivers import HeardFF68

ASK_KEY: Final = 0x0B
NO_GRADE: Final = -1


def frame_of(address: int, grade: int) -> bytes:
    """What the pad puts on the wire for a pressed grade."""
    body = bytes([address, 0x11, grade])
    return b"\xff\x68\x03\x03\x68" + body + bytes([sum(body) & 0xFF, 0x16])


def is_start(heard: HeardFF68, address: int, keypad: int | None) -> bool:
    """Whether a frame opens the pad: the host's start, or the keypad's key alone."""
    return heard.address in (address, keypad) and heard.func == 0x01 and heard.data == bytes([ASK_KEY])


def acknowledged_in(heard: HeardFF68, address: int) -> int | None:
    """The grade acknowledged, NO_GRADE where none is named, None when this is no acknowledgement."""
    if heard.address != address or heard.func != 0x01 or len(heard.data) > 1:
        return None
    if not heard.data:
        return NO_GRADE
    return heard.data[0] if heard.data[0] < ASK_KEY else None
