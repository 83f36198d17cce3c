"""The FF 68 dialect of evaluators, sans I/O (docs/protocols.md 3.3; devices.frame_ff68 draws the frame).

```
 pad -> host   FF 68 03 03 68 ADDR 11 GRADE SUM 16     GRADE 00 bad, 01 fair, 02 good, 03 very good (, 04)
 host -> pad   FF 68 03 03 68 ADDR 01 GRADE SUM 16     acknowledged, the form "frame"
 host -> pad   68 02 02 68 ADDR 01 SUM 16              acknowledged, the form "short": no preamble, no grade
 host -> pad   FF 68 03 03 68 ADDR 01 0B SUM 16        start: ask for a rating
```
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from devices.errors import WireError
from devices.frame_ff68 import build, parse

FUNC_HOST: Final = 0x01
FUNC_GRADE: Final = 0x11
START_RATING: Final = 0x0B


class Grade(NamedTuple):
    """A pressed key, as the pad numbers its keys."""

    address: int
    value: int


def address_if_grade(frame: bytes) -> int | None:
    """The address of a whole frame that an evaluator sent, or None when another device did."""
    address, func, _ = parse(frame)
    return address if func == FUNC_GRADE else None


def decode(frame: bytes) -> Grade:
    """The grade in a whole frame. Raises WireError when it does not hold exactly one."""
    address, func, data = parse(frame)
    if func != FUNC_GRADE or len(data) != 1:
        raise WireError(f"evaluator {address}: no single grade in {frame.hex(' ')}")
    return Grade(address, data[0])


def encode_ack(grade: Grade, form: Literal["frame", "short"]) -> bytes:
    """The acknowledgement of a grade, in one of the two known forms."""
    if form == "short":
        return build(grade.address, FUNC_HOST)[1:]
    return build(grade.address, FUNC_HOST, bytes([grade.value]))


def encode_start(address: int) -> bytes:
    """The frame that starts an evaluation."""
    return build(address, FUNC_HOST, bytes([START_RATING]))
