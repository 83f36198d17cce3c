"""Time averages of what changes in steps: people waiting, windows open, windows in use.

A meter counts from `from_s` to `to_s`. With `bin_s` it also keeps the average of each bin, for a plot.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Meter:
    """The integral over time of a value that is set when it changes."""

    from_s: float
    to_s: float
    bin_s: float = 0.0
    value: float = 0.0
    since_s: float = 0.0
    total: float = 0.0
    peak: float = 0.0
    bins: list[float] = field(default_factory=list)

    def set(self, value: float, now_s: float) -> None:
        """From `now_s` on it is `value`."""
        self.read(now_s)
        self.value = value
        if self.from_s <= now_s <= self.to_s:
            self.peak = max(self.peak, value)

    def read(self, now_s: float) -> None:
        """Book the value held up to `now_s`."""
        begin_s, end_s = max(self.since_s, self.from_s), min(now_s, self.to_s)
        if end_s > begin_s and self.value:
            self.total += self.value * (end_s - begin_s)
            if self.bin_s:
                self._book(begin_s, end_s)
        self.since_s = now_s

    def average(self) -> float:
        """Time average from `from_s` to `to_s`; ask after `read(to_s)` or later."""
        return self.total / (self.to_s - self.from_s)

    def _book(self, begin_s: float, end_s: float) -> None:
        index = int((begin_s - self.from_s) // self.bin_s)
        while begin_s < end_s:
            until_s = min(self.from_s + (index + 1) * self.bin_s, end_s)
            while len(self.bins) <= index:
                self.bins.append(0.0)
            self.bins[index] += self.value * (until_s - begin_s) / self.bin_s
            begin_s, index = until_s, index + 1
