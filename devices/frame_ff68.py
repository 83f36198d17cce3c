"""The frame that FF 68 keypads and evaluators share (docs/protocols.md 3.1, two sources agree).

```
 FF  68  L  L  68  ADDR FUNC DATA ... SUM 16
 1   1   1  1  1   1    1    L-2      1   1      bytes; L + 7 in all
```
L, sent twice, counts ADDR, FUNC and DATA. SUM is the 8-bit sum of ADDR to the last of DATA. It is the
long frame of FT1.2 and M-Bus behind a preamble FF. One known host sends an acknowledgement without
the FF; only evaluators hear that one.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from devices.errors import WireError
from devices.framing import MORE, NOT_MINE, sum8

PREAMBLE: Final = 0xFF
START: Final = 0x68
END: Final = 0x16
MIN_BODY: Final = 2  # ADDR and FUNC
MAX_BODY: Final = 32  # the longest known body has 8 bytes; 30 typed digits are more than a clerk types
OVERHEAD: Final = 7


class Frame(NamedTuple):
    """What a frame says: `address` 0..255, `func` 0..255, `data` 0..30 bytes."""

    address: int
    func: int
    data: bytes


class Ff68Framer:
    """Finds FF 68 frames in what a host hears."""

    dialect = "ff68"
    longest = MAX_BODY + OVERHEAD

    def look(self, data: bytes) -> int:
        """Length of the frame at the front of `data`, or MORE, or NOT_MINE."""
        if not _could_start(data):
            return NOT_MINE
        if len(data) < 5 or len(data) < data[2] + OVERHEAD:
            return MORE
        whole = data[: data[2] + OVERHEAD]
        return len(whole) if whole[-2] == sum8(whole[5:-2]) and whole[-1] == END else NOT_MINE


def _could_start(data: bytes) -> bool:
    """Whether the head, as far as it is there, is the head of a frame."""
    head = data[:5]
    length = head[2] if len(head) > 2 else MIN_BODY
    wanted = bytes((PREAMBLE, START, length, length, START))
    return head == wanted[: len(head)] and MIN_BODY <= length <= MAX_BODY


def build(address: int, func: int, data: bytes = b"") -> bytes:
    """The bytes of a frame. Raises ValueError for a body longer than MAX_BODY or a number out of range."""
    body = bytes((address, func)) + data
    if len(body) > MAX_BODY:
        raise ValueError(f"body of {len(body)} bytes; FF 68 frames carry at most {MAX_BODY}")
    return bytes((PREAMBLE, START, len(body), len(body), START)) + body + bytes((sum8(body), END))


def parse(frame: bytes) -> Frame:
    """What a whole frame says. Raises WireError when `frame` is not exactly one frame."""
    if not frame or Ff68Framer().look(frame) != len(frame):
        raise WireError(f"not an FF 68 frame: {frame.hex(' ')}")
    return Frame(frame[5], frame[6], frame[7:-2])
