"""The FF 68 dialect of counter keypads, sans I/O (docs/protocols.md 3.2; devices.frame_ff68 draws the frame).

```
 keypad -> host   FF 68 L L 68 ADDR FUNC DIGIT ... KEY SUM 16    DIGIT 00..09, at most 29; KEY 0A..13
 host -> keypad   the same bytes                                  echo: the keypad stops repeating
 host -> keypad   FF 68 L L 68 ADDR 02 PLACE ... SUM 16           PLACE 00..09, or 0A for a blank
 host -> keypad   FF 68 02 02 68 ADDR 03 SUM 16                   beep
```
FUNC of a keypad's own frames is 01 in the one table that names it, and no known host checks it; so any
FUNC is a keypad's but 02 and 03, which only hosts send, and 11, which is an evaluator's.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

from devices.errors import WireError
from devices.frame_ff68 import build, parse
from devices.keypad.messages import Beep, Command, ShowDigits, ShowNumbers, ShowResult

FUNC_KEYS: Final = 0x01
FUNC_SHOW: Final = 0x02
FUNC_BEEP: Final = 0x03
FUNC_GRADE: Final = 0x11
BLANK: Final = 0x0A
DARK: Final = "_" * 8  # no numbers on a display of unknown width: one place alone would be a result
PLACES_MAX: Final = 16  # twice the widest display seen; keeps a host's frame under 26 bytes

KEYS: Final = {
    0x0A: "start",
    0x0B: "evaluate",
    0x0C: "next",
    0x0D: "recall",
    0x0E: "cancel",
    0x0F: "confirm",  # also called "function"
    0x11: "line",  # the one-metre line, asked back behind
    0x12: "pause",
    0x13: "transfer",
}

DigitsForm: TypeAlias = Literal["waiting3_ticket3", "ticket_waiting"]


class Keys(NamedTuple):
    """What was typed: digits, then one key. A key without a name is "x" and its two hex digits."""

    address: int
    digits: str
    key: str


def address_if_keys(frame: bytes) -> int | None:
    """The address of a whole frame that a keypad sent, or None when another device did."""
    address, func, _ = parse(frame)
    return None if func in (FUNC_SHOW, FUNC_BEEP, FUNC_GRADE) else address


def decode(frame: bytes) -> Keys:
    """The keys in a whole frame. Raises WireError when it holds no key, or something else than digits."""
    address, _, data = parse(frame)
    if not data or data[-1] <= 9:
        raise WireError(f"keypad {address}: no function key in {frame.hex(' ')}")
    digits, key = data[:-1], data[-1]
    if any(digit > 9 for digit in digits):
        raise WireError(f"keypad {address}: a second function key in {frame.hex(' ')}")
    return Keys(address, "".join(str(digit) for digit in digits), KEYS.get(key, f"x{key:02x}"))


def encode(address: int, command: Command, form: DigitsForm = "waiting3_ticket3") -> bytes:
    """The frame of a command. Raises ValueError for digits that are none or too many."""
    match command:
        case ShowNumbers():
            return build(address, FUNC_SHOW, _places(_laid_out(command, form)))
        case ShowDigits():
            return build(address, FUNC_SHOW, _places(command.digits))
        case ShowResult():
            return build(address, FUNC_SHOW, bytes([1 if command.ok else 0]))
        case Beep():
            return build(address, FUNC_BEEP)


def _laid_out(numbers: ShowNumbers, form: DigitsForm) -> str:
    ticket = "".join(char for char in numbers.ticket if char in "0123456789")
    waiting = "" if numbers.waiting is None else str(min(max(numbers.waiting, 0), 999))
    if form == "waiting3_ticket3":
        return waiting.rjust(3, "_") + ticket[-3:].rjust(3, "_")
    return ticket[-8:] + "_" + waiting if ticket or waiting else DARK


def _places(digits: str) -> bytes:
    if len(digits) > PLACES_MAX or any(char not in "0123456789_" for char in digits):
        raise ValueError(f'a keypad shows at most {PLACES_MAX} of 0-9 and "_", not {digits!r}')
    return bytes(BLANK if char == "_" else int(char) for char in digits)
