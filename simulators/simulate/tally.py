"""What happened, counted from the events of the rules alone.

Rules:
1. Counted are tickets issued in the measured time. A wait is from the number to its first call; whether
   anybody still stood there to hear it is counted apart, as in the hall's own day report.
2. An estimate is judged by those who had to wait, were called in turn and could be told something.
3. `batch_of` gives the batch of a time of issue: a slice of a long run, or a day.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from edge.hall import events as e
from edge.hall import state as s
from edge.hall.hall import Event, Hall
from simulators.simulate.confidence import Batches
from simulators.simulate.meter import Meter


@dataclass(slots=True)
class Waits:
    """Waits of one group, seconds."""

    issued: int = 0
    missed: int = 0
    batches: Batches = field(default_factory=Batches)
    had_to_wait: Batches = field(default_factory=Batches)  # 1 for a wait of more than 0, else 0
    all_s: array[float] = field(default_factory=lambda: array("d"))

    def add(self, batch: int, wait_s: float) -> None:
        """One more was called."""
        self.batches.add(batch, wait_s)
        self.all_s.append(wait_s)
        self.had_to_wait.add(batch, float(wait_s > 0.0))


@dataclass(slots=True)
class Foretold:
    """Sums over those who waited: squared errors in s^2 of each estimate, waits in s."""

    count: int = 0
    wait_s: float = 0.0
    told_sq: float = 0.0
    plain_sq: float = 0.0
    forward_sq: float = 0.0
    in_range: int = 0  # told ranges that held

    def add(self, foretold: e.Prediction, wait_s: float) -> None:
        """One more was called after `wait_s`."""
        self.count += 1
        self.wait_s += wait_s
        self.told_sq += (wait_s - foretold.told_s) ** 2
        self.plain_sq += (wait_s - foretold.plain_s) ** 2
        self.forward_sq += (wait_s - foretold.forward_s) ** 2
        self.in_range += foretold.low_s <= wait_s <= foretold.high_s

    def relative(self, squared_error: float) -> float | None:
        """Mean squared error over the squared mean wait; None when nobody waited."""
        return squared_error * self.count / self.wait_s**2 if self.wait_s else None

    def rms_s(self, squared_error: float) -> float | None:
        """Root of the mean squared error; None when nobody waited."""
        return math.sqrt(squared_error / self.count) if self.count else None


class Tally:
    """Listens to a floor. The meters hold the time averages of people waiting, windows open and in use."""

    def __init__(
        self, from_s: float, to_s: float, batch_of: Callable[[float], int], bin_s: float = 0.0
    ) -> None:
        self.all = Waits()
        self.classes: dict[str, Waits] = {}
        self.queues: dict[str, Waits] = {}
        self.foretold = Foretold()
        self.ratings: Counter[int] = Counter()
        self.arrivals: Counter[int] = Counter()  # by bin
        self.waiting = Meter(from_s, to_s, bin_s)
        self.open = Meter(from_s, to_s, bin_s)
        self.busy = Meter(from_s, to_s, bin_s)
        self.window_open: dict[str, Meter] = {}
        self.window_busy: dict[str, Meter] = {}
        self.last_end_s: dict[int, float] = {}  # when the last visit of each batch ended
        self._from_s, self._to_s, self._bin_s = from_s, to_s, bin_s
        self._batch_of = batch_of

    def listen(self, hall: Hall, event: Event) -> None:
        """One event, already folded into `hall`."""
        action = _ACTIONS.get(type(event))
        if action is not None:
            action(self, hall, event)

    def close(self, now_s: float) -> None:
        """Book what stands until `now_s`."""
        windows = (*self.window_open.values(), *self.window_busy.values())
        for meter in (self.waiting, self.open, self.busy, *windows):
            meter.read(now_s)

    def _begin_use(self, window: str, at_s: float) -> None:
        self.busy.set(self.busy.value + 1, at_s)
        self._of(self.window_busy, window).set(1.0, at_s)

    def _end_use(self, window: str, at_s: float) -> None:
        self.busy.set(self.busy.value - 1, at_s)
        self._of(self.window_busy, window).set(0.0, at_s)

    def _of(self, meters: dict[str, Meter], window: str) -> Meter:
        meter = meters.get(window)
        if meter is None:
            meter = meters[window] = Meter(self._from_s, self._to_s)
        return meter

    def _groups(self, visit: s.Visit) -> tuple[Waits, ...]:
        """The groups a ticket is counted in; none when it was not issued in the measured time."""
        if not self._from_s <= visit.issued_s < self._to_s:
            return ()
        return (
            self.all,
            self.classes.setdefault(visit.priority, Waits()),
            self.queues.setdefault(visit.queue, Waits()),
        )

    def _issued(self, hall: Hall, event: e.NumberIssued) -> None:
        self.waiting.set(self.waiting.value + 1, event.at_s)
        for waits in self._groups(hall.visits[event.visit]):
            waits.issued += 1
        if self._bin_s:
            self.arrivals[int((event.at_s - self._from_s) // self._bin_s)] += 1

    def _called(self, hall: Hall, event: e.Called) -> None:
        self.waiting.set(self.waiting.value - 1, event.at_s)
        self._begin_use(event.window, event.at_s)
        visit = hall.visits[event.visit]
        groups = self._groups(visit)
        if not groups or sum(visit.calls.values()) > 1:
            return
        wait_s = event.at_s - visit.issued_s
        batch = self._batch_of(visit.issued_s)
        for waits in groups:
            waits.add(batch, wait_s)
        if wait_s > 0.0 and visit.prediction.told_s >= 0.0:
            self.foretold.add(visit.prediction, wait_s)

    def _missed(self, hall: Hall, event: e.Missed) -> None:
        self._left(hall, event)
        for waits in self._groups(hall.visits[event.visit]):
            waits.missed += 1

    def _left(self, hall: Hall, event: e.Missed | e.Held | e.Finished) -> None:
        self._end_use(event.window, event.at_s)
        self.last_end_s[self._batch_of(event.at_s)] = event.at_s

    def _transferred(self, hall: Hall, event: e.Transferred) -> None:
        self._end_use(event.window, event.at_s)
        self.waiting.set(self.waiting.value + 1, event.at_s)

    def _resumed(self, hall: Hall, event: e.Resumed) -> None:
        self._begin_use(event.window, event.at_s)

    def _logged_in(self, hall: Hall, event: e.LoggedIn) -> None:
        self.open.set(self.open.value + 1, event.at_s)
        self._of(self.window_open, event.window).set(1.0, event.at_s)

    def _logged_out(self, hall: Hall, event: e.LoggedOut) -> None:
        self.open.set(self.open.value - 1, event.at_s)
        self._of(self.window_open, event.window).set(0.0, event.at_s)

    def _rated(self, hall: Hall, event: e.RatingGiven) -> None:
        self.ratings[event.level] += 1

    def _day_started(self, hall: Hall, event: e.DayStarted) -> None:
        """Who waited may have been sent home."""
        waiting = sum(visit.state == s.WAITING for visit in hall.visits.values())
        self.waiting.set(waiting, event.at_s)


_ACTIONS: dict[type[Event], Callable[[Tally, Hall, Any], None]] = {
    e.NumberIssued: Tally._issued,
    e.Called: Tally._called,
    e.Missed: Tally._missed,
    e.Held: Tally._left,
    e.Finished: Tally._left,
    e.Transferred: Tally._transferred,
    e.Resumed: Tally._resumed,
    e.LoggedIn: Tally._logged_in,
    e.LoggedOut: Tally._logged_out,
    e.RatingGiven: Tally._rated,
    e.DayStarted: Tally._day_started,
}
