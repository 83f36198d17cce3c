"""The time that bytes take on a line, and what becomes of those that meet. No clock: time is an argument.

```
             say ─> out ──────────────> to the driver        two ways that do not disturb each other, or,
  twins <── arrived ── in <───── come ── from the driver     `shared`, one pair of wires for everybody
```
Each byte takes `byte_s`; what is put behind others waits for them. On shared wires nobody waits: bytes that
are under way at the same time are heard by all as their AND (0 wins on the wire), and the driver, which
cannot hear while it sends, misses what overlaps with its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

OUT_MAX_BYTES: Final = 4096  # said and not yet on the wire: four seconds at 9600 baud
GROUP_S: Final = 0.004  # bytes are handed on in groups of about four at 9600 baud
_EARLY_S: Final = 1e-6  # of a timer

Crossed = Callable[[bytes], None]


class Way:
    """Bytes in one direction. Positions count the bytes since the beginning."""

    def __init__(self, byte_s: float) -> None:
        self.byte_s = byte_s
        self.pending = bytearray()
        self.gone = 0  # position of the first pending byte
        self._from_s = 0.0  # when that byte began

    def put(self, data: bytes | bytearray, now_s: float) -> None:
        """Behind what is pending; at once where nothing is."""
        if not self.pending:
            self._from_s = max(self._from_s, now_s)
        self.pending += data

    def due_s(self) -> float | None:
        """When the next group has crossed, or None."""
        if not self.pending:
            return None
        return self._from_s + min(len(self.pending) * self.byte_s, max(GROUP_S, self.byte_s))

    def release(self, now_s: float) -> bytes:
        """What has crossed by now."""
        count = len(self.pending)
        if self.byte_s:
            count = min(count, int((now_s - self._from_s + _EARLY_S) / self.byte_s))
        data = bytes(self.pending[:count])
        del self.pending[:count]
        self.gone += count
        self._from_s += count * self.byte_s
        return data


class _Mark(NamedTuple):
    """A frame on the way out: when position `end` has gone, the neighbours have heard it."""

    start: int
    end: int
    crossed: Crossed


class Released(NamedTuple):
    """What has crossed: to the driver, to all twins, and to the neighbours of the twin that spoke."""

    to_driver: bytes
    arrived: bytes
    crossed: list[tuple[Crossed, bytes]]


class Air:
    """All that is under way on one line."""

    def __init__(self, byte_s: float, *, shared: bool = False) -> None:
        self.shared = shared and bool(byte_s)
        self.out = Way(byte_s)
        self.inwards = Way(byte_s)
        self._kept = bytearray()  # gone out, but part of a frame that has not gone whole
        self._marks: deque[_Mark] = deque()
        self._deaf: deque[range] = deque()  # positions of the way out that the driver cannot hear

    @property
    def is_busy(self) -> bool:
        """Whether anything is on the wire."""
        return bool(self.out.pending or self.inwards.pending)

    def say(self, data: bytes, now_s: float, crossed: Crossed) -> int:
        """A twin speaks; `crossed` is called with what the others heard. Returns how many bytes are lost."""
        said = bytearray(data)
        over = self._spoil(said) if self.shared else 0
        room = max(OUT_MAX_BYTES - len(self.out.pending), 0)
        start = self.out.gone + (0 if self.shared else len(self.out.pending))
        rest = said[over : over + room]
        self.out.put(rest, now_s)
        if over or rest:
            self._marks.append(_Mark(start, start + over + len(rest), crossed))
        return len(said) - over - len(rest)

    def come(self, data: bytes, now_s: float) -> None:
        """The driver speaks."""
        spoilt = bytearray(data)
        if self.shared:
            ahead, out = len(self.inwards.pending), self.out.pending
            both = range(ahead, min(ahead + len(spoilt), len(out)))
            for at in both:
                spoilt[at - ahead] = out[at] = spoilt[at - ahead] & out[at]
            self._deafen(both)
        self.inwards.put(spoilt, now_s)

    def due_s(self) -> float | None:
        """When `release` has something, or None."""
        times = [time for time in (self.out.due_s(), self.inwards.due_s()) if time is not None]
        return min(times, default=None)

    def release(self, now_s: float) -> Released:
        """All that has crossed by now."""
        start = self.out.gone
        data = self.out.release(now_s)
        self._kept += data
        crossed: list[tuple[Crossed, bytes]] = []
        while (mark := self._next_gone()) is not None:
            base = self.out.gone - len(self._kept)
            crossed.append((mark.crossed, bytes(self._kept[mark.start - base : mark.end - base])))
        oldest = min((mark.start for mark in self._marks), default=self.out.gone)
        del self._kept[: len(self._kept) - max(self.out.gone - oldest, 0)]
        return Released(self._audible(start, data), self.inwards.release(now_s), crossed)

    def clear(self) -> None:
        """The cable is out: all that was under way is gone."""
        self.out.pending.clear()
        self.inwards.pending.clear()
        self._kept.clear()
        self._marks.clear()
        self._deaf.clear()

    def _next_gone(self) -> _Mark | None:
        """A frame that has gone whole, taken out of the marks."""
        for mark in self._marks:
            if mark.end <= self.out.gone:
                self._marks.remove(mark)
                return mark
        return None

    def _spoil(self, said: bytearray) -> int:
        """Lay what is said over what is under way; returns how much of it lies over the way out."""
        out, inwards = self.out.pending, self.inwards.pending
        for at in range(min(len(said), max(len(out), len(inwards)))):
            for way in (out, inwards):
                said[at] &= way[at] if at < len(way) else 0xFF
            for way in (out, inwards):
                if at < len(way):
                    way[at] = said[at]
        self._deafen(range(min(len(said), len(inwards))))
        return min(len(said), len(out))

    def _deafen(self, ahead: range) -> None:
        if ahead:
            self._deaf.append(range(self.out.gone + ahead.start, self.out.gone + ahead.stop))

    def _audible(self, start: int, data: bytes) -> bytes:
        """What the driver hears of the bytes from position `start`."""
        while self._deaf and self._deaf[0].stop <= start:
            self._deaf.popleft()
        if not self._deaf:
            return data
        return bytes(
            byte for at, byte in enumerate(data, start) if not any(at in deaf for deaf in self._deaf)
        )
