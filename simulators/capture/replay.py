"""Plays one side of a capture against whatever is at the other end, and finds the first byte that differs.

Rules
1. What the other side said in the capture is waited for and compared byte by byte; how it is cut into reads
   does not matter.
2. What our side said is sent when everything before it has come, and as long after it as in the capture, or
   `speed` times sooner.
3. Of a capture of any length, some hundred bytes are kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from simulators.capture.dialects import NAMES, dialect_of
from simulators.capture.ends import End, EndGone
from simulators.capture.format import Record

Side = Literal["device", "driver"]

KEPT_BYTES: Final = 256
SHOWN_BEFORE, SHOWN_AFTER = 16, 8
AFTERWARDS_S: Final = 0.3  # for what else comes
_SAYS: Final[dict[Side, str]] = {"device": "<", "driver": ">"}
_OTHER: Final[dict[Side, Side]] = {"device": "driver", "driver": "device"}


@dataclass(frozen=True)
class Difference:
    """The first byte that differs. `offset` counts the other side's bytes from 0, `line` is the capture's.

    `expected` is None where nothing more should have come, `got` where nothing came.
    """

    line: int
    offset: int
    expected: int | None
    got: int | None
    text: str


class Replay:
    """One run. `hand` is told what a hand did, `expects` is given each record before it is waited for."""

    def __init__(
        self,
        end: End,
        side: Side,
        *,
        speed: float = 1.0,
        patience_s: float = 5.0,
        hand: Callable[[str], None] = lambda words: None,
        expects: Callable[[Record], None] = lambda record: None,
    ) -> None:
        """`speed` 0 sends at once."""
        self.sent = 0
        self.compared = 0
        self._end = end
        self._side: Side = side
        self._speed = speed
        self._patience_s = patience_s
        self._hand = hand
        self._expects = expects
        self._came = bytearray()  # and not compared yet
        self._before = bytearray()  # compared last
        self._line = 0

    def run(self, records: Iterable[Record]) -> Difference | None:
        """The first difference, or None. Raises EndGone where our own end fails."""
        rest = iter(records)
        since_s = time.monotonic()
        for record in rest:
            self._line = record.line
            if record.way == "!":
                self._hand(record.words)
            elif record.way == _SAYS[self._side]:
                self._pause(record.wait_s or 0.0, since_s)
                self._end.write(record.data)
                self.sent += len(record.data)
            elif difference := self._compare(record, rest):
                return difference
            since_s = since_s if record.wait_s is None else time.monotonic()
        return self._too_much()

    def _pause(self, wait_s: float, since_s: float) -> None:
        if self._speed:
            time.sleep(max(since_s + wait_s / self._speed - time.monotonic(), 0.0))

    def _compare(self, record: Record, rest: Iterable[Record]) -> Difference | None:
        self._expects(record)
        left = record.data
        while left:
            same = self._same_as(left)
            self._before += left[:same]
            self.compared += same
            left = left[same:]
            if left and self._came:
                return self._difference(left[0], self._came.pop(0), left + self._rest_of(rest))
            if left and not self._more():
                return self._difference(left[0], None, left + self._rest_of(rest))
        del self._before[:-KEPT_BYTES]
        return None

    def _same_as(self, wanted: bytes) -> int:
        """Take as many bytes of what came as are the same."""
        most = min(len(self._came), len(wanted))
        same = most
        if self._came[:most] != wanted[:most]:
            same = next(at for at in range(most) if self._came[at] != wanted[at])
        del self._came[:same]
        return same

    def _more(self) -> bool:
        """Wait for more of the other side; whether it came."""
        try:
            self._came += self._end.read(self._patience_s)
        except EndGone:
            return False
        return bool(self._came)

    def _rest_of(self, rest: Iterable[Record]) -> bytes:
        """What the capture has next of the other side, as far as it matters."""
        found = b""
        for record in rest:
            if record.way == _SAYS[_OTHER[self._side]]:
                found += record.data
            if len(found) >= KEPT_BYTES:
                break
        return found

    def _what_else_comes(self) -> bytes:
        end_s = time.monotonic() + AFTERWARDS_S
        while time.monotonic() < end_s and len(self._came) < KEPT_BYTES:
            try:
                self._came += self._end.read(max(end_s - time.monotonic(), 0.0))
            except EndGone:
                break
        return bytes(self._came[:KEPT_BYTES])

    def _too_much(self) -> Difference | None:
        """Bytes after the last of the capture."""
        more = self._what_else_comes()
        if not more:
            return None
        del self._came[:1]
        return self._difference(None, more[0], b"")

    def _difference(self, expected: int | None, got: int | None, wanted: bytes) -> Difference:
        came = b"" if got is None else bytes([got]) + self._what_else_comes()
        who = _OTHER[self._side]
        there = f"{expected:02X}" if expected is not None else "nothing more"
        here = f"{got:02X}" if got is not None else f"nothing in {self._patience_s:g} s"
        lines = [
            f"byte {self.compared} of the {who} differs: expected {there}, got {here}",
            f"  expected {self._shown(wanted)}",
            f"  got      {self._shown(came)}",
            *self._of_dialects(wanted, came),
        ]
        return Difference(self._line, self.compared, expected, got, "\n".join(lines))

    def _shown(self, data: bytes) -> str:
        before = bytes(self._before[-SHOWN_BEFORE:]).hex(" ").upper()
        after = data[1 : 1 + SHOWN_AFTER].hex(" ").upper()
        return f"{before} [{data[:1].hex().upper() or '--'}] {after}".strip()

    def _of_dialects(self, wanted: bytes, came: bytes) -> list[str]:
        """Whether it is another dialect altogether."""
        way = _SAYS[_OTHER[self._side]]
        before = bytes(self._before)
        here = dialect_of(before + wanted, way)
        there = dialect_of(came, way)
        if here and not came and not before:
            return [
                f"  the capture speaks {NAMES[here]} there: who knows another dialect, "
                "has another address or another baud rate, says nothing"
            ]
        if here and there and here != there:
            return [
                f"  wrong dialect: the capture speaks {NAMES[here]} there, and what came is {NAMES[there]}"
            ]
        return []
