"""How long to wait before the next try. Pure."""

from __future__ import annotations

import random

FIRST_S = 0.2  # a broker that restarts is back within a second
LONGEST_S = 5.0  # hundreds of nodes knocking this often do a broker no harm
STEADY_S = 10.0  # what held so long starts the waits anew; what broke sooner does not


class Backoff:
    """Waits that double up to `LONGEST_S`, each cut by a random part: nodes must not march in step."""

    def __init__(self, rng: random.Random) -> None:
        """Give a seeded `rng` to repeat the waits."""
        self._rng = rng
        self._failures = 0

    def restart(self) -> None:
        """Something else is tried now: begin with short waits."""
        self._failures = 0

    def wait_s(self, lasted_s: float) -> float:
        """The wait after a try that ended now and `lasted_s` seconds after it began."""
        if lasted_s >= STEADY_S:
            self._failures = 0
        wait_s = min(LONGEST_S, FIRST_S * 2.0 ** min(self._failures, 16))
        self._failures += 1
        return wait_s * self._rng.uniform(0.5, 1.0)
