"""Whether what a screen shows is the hall's state, or how old it is.

Rules
1. A state is current while the living coordinator of its own epoch is heard. A living coordinator says all
   its states anew, so its word alone counts then, and not the clock of a node that may be wrong.
2. Without a current state for `stale_s`, what was shown last is stale: it says of when it is, and is no call.
   That is the last moment at which it was known to be true.
3. A stale state is over after its `valid_until_ms`: nothing of it is shown, only that there is none.
"""

from __future__ import annotations

from collections.abc import Callable

from edge.desks.base import Host
from mqtt_bridge.messages import State


class Freshness:
    """Of one screen. `changed` is called when something becomes stale or over by the passing of time."""

    def __init__(self, host: Host, stale_s: Callable[[], float], changed: Callable[[], None]) -> None:
        self._host = host
        self._stale_s = stale_s
        self._changed = changed
        self._epoch = 0
        self._state: State | None = None
        self._silences = 0
        self._began_ms = host.now_ms()
        self._known_ms = self._told_ms = 0
        self.unknown = True  # nothing was ever current
        self.current = False
        self.stale = False
        self._wait()

    def link(self, epoch: int) -> None:
        """The living coordinator's epoch; 0 without one."""
        self._epoch = epoch
        self._judge()

    def hear(self, state: State) -> None:
        """A newer state of the screen."""
        self._state = state
        self.told(state)
        self._judge()

    def told(self, state: State) -> None:
        """A coordinator lived when it said this, also of something else."""
        self._told_ms = max(self._told_ms, state.at_ms)

    @property
    def over(self) -> bool:
        """Whether a stale state is worth nothing any more, or there is none."""
        return self._state is None or self._host.now_ms() > self._state.valid_until_ms

    @property
    def since_ms(self) -> int:
        """Hall time at which the state was last known to be true."""
        return max(self._known_ms, self._told_ms) or self._began_ms

    def _judge(self) -> None:
        was_current = self.current
        self.current = self._state is not None and self._state.epoch == self._epoch
        if self.current:
            self.stale = self.unknown = False
        elif was_current:
            self._known_ms = self._host.now_ms()
            self._wait()

    def _wait(self) -> None:
        self._silences += 1
        silence = self._silences
        self._host.after(self._stale_s(), lambda: self._lapse(silence))

    def _lapse(self, silence: int) -> None:
        if self.current or silence != self._silences:
            return
        self.stale = True
        if not self.over and self._state is not None:
            self._host.later((self._state.valid_until_ms - self._host.now_ms()) / 1000 + 1, self._changed)
        self._changed()
