"""A keypad's FF 68 bytes, written from the byte tables (docs/protocols.md 3.2).

Key codes: digits 00 to 09; 0A start, 0B evaluate, 0C next, 0D recall, 0E cancel, 0F confirm, 11 line,
12 pause, 13 transfer. From the host: the same bytes back, 02 digits (0A blank), 03 beep.
"""

from __future__ import annotations

from typing import Final

from simulators.keypad.model import Press
from simulators.receivers import HeardFF68

KEY_CODES: Final = {
    "start": 0x0A,
    "evaluate": 0x0B,
    "next": 0x0C,
    "recall": 0x0D,
    "cancel": 0x0E,
    "confirm": 0x0F,
    "line": 0x11,
    "pause": 0x12,
    "transfer": 0x13,
}
_KEY_NAMES: Final = {code: name for name, code in KEY_CODES.items()}


def frame_of(address: int, press: Press) -> bytes:
    """What the keypad puts on the wire for a press."""
    body = [address, 0x01, *map(int, press.digits), KEY_CODES[press.key]]
    size = len(body)
    return bytes([0xFF, 0x68, size, size, 0x68, *body, sum(body) % 256, 0x16])


def press_in(heard: HeardFF68) -> Press | None:
    """The press in a keypad's own frame or its echo, or None."""
    if heard.func != 0x01 or not heard.data or heard.data[-1] not in _KEY_NAMES:
        return None
    if any(code > 9 for code in heard.data[:-1]):
        return None
    return Press("".join(map(str, heard.data[:-1])), _KEY_NAMES[heard.data[-1]])


def digits_in(heard: HeardFF68) -> str:
    """The places of a FUNC 02 frame; a code the display has no picture for shows "?"."""
    return "".join(str(code) if code <= 9 else {0x0A: "_"}.get(code, "?") for code in heard.data)
