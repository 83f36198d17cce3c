"""What is told of one port's faults, and how long to wait before it is tried again.

Rules
1. A fault is logged once, with what to do. That nobody is at the far end is one fault, whether it shows as a
   hang-up, as a missing name or as a refused connection.
2. A fault is over when the port has stayed open for `STEADY_S`. Until then the waits grow and the same fault
   is not logged again: a cable that comes and goes is one fault.
3. A port that hung `WEDGED_MOST` times within `WEDGED_WITHIN_S` held up the whole node each time. It is set
   aside and tried again only every `SET_ASIDE_S`.
"""

from __future__ import annotations

from collections import deque

from devices.errors import LinkLost, Unplugged

BACKOFF_FIRST_S = 0.2
BACKOFF_MOST_S = 2.0
"""An adapter that is plugged in again is found within this and the time that opening takes."""
STEADY_S = 15.0
"""Longer than a port needs to notice that its far end takes nothing."""
WEDGED_MOST = 3
WEDGED_WITHIN_S = 1800.0
SET_ASIDE_S = 600.0


class Wedged(BaseException):
    """A port did not come back from a call, or did not do what was due. The text names it.

    No `except Exception` of a driver may swallow it.
    """


class Outage:
    """The faults of one port. Times are seconds of the monotonic clock."""

    def __init__(self) -> None:
        self._told = ""
        self._since_s = 0.0
        self._backoff_s = BACKOFF_FIRST_S
        self._wedges: deque[float] = deque(maxlen=WEDGED_MOST)

    @property
    def is_on(self) -> bool:
        """Whether there is a fault that is not over yet."""
        return bool(self._told)

    def is_set_aside(self, now_s: float) -> bool:
        """Whether the port hung too often to be tried soon."""
        return len(self._wedges) == WEDGED_MOST and now_s - self._wedges[0] <= WEDGED_WITHIN_S

    def lost(self, error: BaseException, now_s: float) -> bool:
        """The port was closed because of `error`. Returns whether this fault is new."""
        if isinstance(error, Wedged):
            self._wedges.append(now_s)
        if not self.is_on:
            self._since_s = now_s
        fault = self._fault(error, now_s)
        is_new, self._told = fault != self._told, fault
        return is_new

    def _fault(self, error: BaseException, now_s: float) -> str:
        """Faults with the same word are one."""
        match error:
            case Unplugged():
                return "unplugged"
            case Wedged():
                return "set aside" if self.is_set_aside(now_s) else "wedged"
            case _:
                return text_of(error)

    def wait_s(self, now_s: float) -> float:
        """How long to wait before the next try; longer each time."""
        if self.is_set_aside(now_s):
            return SET_ASIDE_S
        wait_s = self._backoff_s
        self._backoff_s = min(wait_s * 2, BACKOFF_MOST_S)
        return wait_s

    def over(self, opened_s: float) -> float:
        """The port has stayed open since `opened_s`. Returns how long it was away."""
        self._told = ""
        self._backoff_s = BACKOFF_FIRST_S
        return opened_s - self._since_s


def text_of(error: BaseException) -> str:
    """A fault of the far end in its own words; a defect with its kind."""
    return str(error) if isinstance(error, LinkLost | Wedged) else f"{type(error).__name__}: {error}"
