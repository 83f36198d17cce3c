"""Breaks a call of a port that does not come back, so that its port alone is opened again.

All ports of a node are called on one loop: a call that hangs would stop every one of them. The loop has to
arm this guard again and again; when it does not, the alarm comes, and the call that hangs ends with `Wedged`.
What hangs outside of a port, or in the system where no signal reaches it, is the service manager's to end.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType

from edge.outage import Wedged


class Guard:
    """Knows which port is being called. `install` and `arm` belong to the main thread of a process."""

    def __init__(self) -> None:
        self._inside = ""

    def call(self, port: str, action: Callable[[float], None], now_s: float) -> None:
        """`action(now_s)` of a port, which may lead to one of another. Raises Wedged, or what it raises."""
        outer, self._inside = self._inside, port
        try:
            action(now_s)
        finally:
            self._inside = outer

    def install(self) -> None:
        """Take SIGALRM."""
        signal.signal(signal.SIGALRM, self._alarm)

    def arm(self, within_s: float) -> None:
        """The alarm comes every so many seconds, until it is armed again. 0: not at all."""
        signal.setitimer(signal.ITIMER_REAL, within_s, within_s)

    def _alarm(self, _number: int, frame: FrameType | None) -> None:
        if self._inside:
            raise Wedged(f"port {self._inside}: a call of it did not come back{_place(frame)}")


def _place(frame: FrameType | None) -> str:
    """Where in the drivers it hangs."""
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith("devices."):
            return f" ({module}, line {frame.f_lineno})"
        frame = frame.f_back
    return ""
