"""Tickets that wait for the printer, the one under way, and what became of the last ones."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable

from msgspec import Struct

from devices.printer.messages import Outcome, PrintResult

REMEMBERED = 64  # an order repeated by the bridge comes within seconds; a hall prints at most a few a minute


class Job(Struct, frozen=True):
    """One ticket ready to be sent: whole ESC/POS commands, the cut included."""

    name: str
    commands: tuple[bytes, ...]


class Jobs:
    """First come, first printed; bounded; each job gets exactly one result, said through `say`."""

    def __init__(self, most: int, hold_s: float, say: Callable[[PrintResult], None]) -> None:
        self._most = most
        self._hold_s = hold_s
        self._say = say
        self._waiting: deque[tuple[Job, float]] = deque()
        self._current: tuple[Job, float] | None = None
        self._results: OrderedDict[str, PrintResult] = OrderedDict()

    @property
    def busy(self) -> bool:
        """A job is under way."""
        return self._current is not None

    def submit(self, job: Job, now_s: float) -> None:
        """A job comes. The same name again prints nothing; it gets the same result, now or later."""
        past = self._results.get(job.name)
        if past is not None:
            self._say(past)
        elif self._has(job.name):
            return
        elif len(self._waiting) >= self._most:
            self.refuse(job, "queue_full")
        else:
            self._waiting.append((job, now_s))

    def refuse(self, job: Job, reason: str) -> None:
        """A job is not even tried."""
        self._result(job.name, "not_printed", reason)

    def next(self) -> Job | None:
        """The job whose turn it is; it is under way until `finish` or `put_back`."""
        if self._waiting:
            self._current = self._waiting.popleft()
            return self._current[0]
        return None

    def put_back(self) -> None:
        """Nothing of the job under way was sent: it waits on, first."""
        if self._current is not None:
            self._waiting.appendleft(self._current)
            self._current = None

    def finish(self, outcome: Outcome, reason: str = "") -> None:
        """The job under way, if there is one, is done with."""
        if self._current is not None:
            name, self._current = self._current[0].name, None
            self._result(name, outcome, reason)

    def due_s(self) -> float | None:
        """When the job that waited longest is too old."""
        first_s = min((came_s for _, came_s in self._waiting), default=None)
        return None if first_s is None else first_s + self._hold_s

    def expire(self, now_s: float, reason: str) -> None:
        """Refuse the jobs that waited too long."""
        old = [job for job, came_s in self._waiting if now_s >= came_s + self._hold_s]
        self._waiting = deque(entry for entry in self._waiting if now_s < entry[1] + self._hold_s)
        for job in old:
            self.refuse(job, reason)

    def refuse_all(self, reason: str) -> None:
        """Refuse whatever waits."""
        while self._waiting:
            self.refuse(self._waiting.popleft()[0], reason)

    def _has(self, name: str) -> bool:
        names = [job.name for job, _ in self._waiting]
        return name in names or (self._current is not None and self._current[0].name == name)

    def _result(self, name: str, outcome: Outcome, reason: str) -> None:
        made = PrintResult(name, outcome, reason)
        self._results[name] = made
        if len(self._results) > REMEMBERED:
            self._results.popitem(last=False)
        self._say(made)
