"""Tickets that wait for the printer, and what became of the last ones."""

from __future__ import annotations

from collections import OrderedDict, deque

from msgspec import Struct

from devices.printer.messages import Outcome, PrintResult

REMEMBERED = 64  # an order repeated by the bridge comes within seconds; a hall prints at most a few a minute


class Job(Struct, frozen=True):
    """One ticket ready to be sent: whole ESC/POS commands, the cut included."""

    name: str
    commands: tuple[bytes, ...]


class JobQueue:
    """First come, first printed; bounded; each job gets exactly one result."""

    def __init__(self, most: int, hold_s: float) -> None:
        self._most = most
        self._hold_s = hold_s
        self._waiting: deque[tuple[Job, float]] = deque()
        self._results: OrderedDict[str, PrintResult] = OrderedDict()

    def __len__(self) -> int:
        return len(self._waiting)

    def past(self, name: str) -> PrintResult | None:
        """The result of a job that was done a short while ago."""
        return self._results.get(name)

    def holds(self, name: str) -> bool:
        """The job waits already."""
        return any(job.name == name for job, _ in self._waiting)

    def add(self, job: Job, now_s: float) -> bool:
        """False when there is no room."""
        if len(self._waiting) >= self._most:
            return False
        self._waiting.append((job, now_s))
        return True

    def take(self) -> tuple[Job, float] | None:
        """The job whose turn it is, and when it came."""
        return self._waiting.popleft() if self._waiting else None

    def put_back(self, job: Job, came_s: float) -> None:
        """A job of which nothing was sent waits on, first."""
        self._waiting.appendleft((job, came_s))

    def due_s(self) -> float | None:
        """When the job that waited longest is too old."""
        first_s = min((came_s for _, came_s in self._waiting), default=None)
        return None if first_s is None else first_s + self._hold_s

    def expired(self, now_s: float) -> list[Job]:
        """Takes out the jobs that waited too long."""
        old = [job for job, came_s in self._waiting if now_s >= came_s + self._hold_s]
        self._waiting = deque(entry for entry in self._waiting if now_s < entry[1] + self._hold_s)
        return old

    def result(self, name: str, outcome: Outcome, reason: str) -> PrintResult:
        """Makes and remembers the result of a job."""
        made = PrintResult(name, outcome, reason)
        self._results[name] = made
        if len(self._results) > REMEMBERED:
            self._results.popitem(last=False)
        return made
