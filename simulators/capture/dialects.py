"""Which dialect some bytes are, as far as they show it: to say so when a replay meets another one."""

from __future__ import annotations

from typing import Final

from simulators.receivers import ReceiverA090, ReceiverFF68

NAMES: Final = {"ff68": "FF 68", "a090": "A0 90", "escpos": "ESC/POS"}
_COMMANDS: Final = (
    b"\x1b@",
    b"\x1ba",
    b"\x1c&",
    b"\x1d!",
    b"\x1da",
    b"\x1dV",
    b"\x1d(k",
    b"\x1dv0",
    b"\x10\x04",
)
_STATUS_MASK, _STATUS = 0x93, (0x10, 0x12)  # automatic and real-time status of a printer


def dialect_of(data: bytes, way: str) -> str:
    """A key of NAMES, or "" where the bytes show none. `way` is "<" from the device, ">" to it."""
    weights = {"ff68": _ff68(data), "a090": _a090(data), "escpos": _escpos(data, way)}
    best = max(weights, key=lambda name: weights[name])
    return best if weights[best] else ""


def _ff68(data: bytes) -> int:
    return sum(len(heard.data) + 8 for heard in ReceiverFF68().feed(data, 0.0))


def _a090(data: bytes) -> int:
    whole = sum(len(heard.data) + 7 for heard in ReceiverA090().feed(data, 0.0))
    answers = sum(
        5
        for at in range(len(data) - 4)
        if data[at : at + 2] == b"\xa0\x90" and data[at + 3 : at + 5] == b"\xa5\xaa"
    )
    return whole + answers


def _escpos(data: bytes, way: str) -> int:
    if way == ">":
        return 2 * sum(data.count(command) for command in _COMMANDS)
    is_status = bool(data) and all(byte & _STATUS_MASK in _STATUS or byte in (0, 3, 12, 15) for byte in data)
    return len(data) if is_status else 0
