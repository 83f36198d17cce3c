"""How the standby's copy is, said and logged when it changes: current, behind, away."""

from __future__ import annotations

import itertools
import logging
from typing import TYPE_CHECKING, Literal, TypeAlias

from edge.standby.waits import log
from mqtt_bridge import messages as m

if TYPE_CHECKING:
    from edge.publisher import Port

NO_END_MS = 4_102_444_800_000  # good until something else is said

State: TypeAlias = Literal["current", "behind", "away"]

_WORDS = {
    "current": (logging.INFO, "standby %s holds all of the journal"),
    "behind": (logging.WARNING, "standby %s does not hold all of the journal; it is being told"),
    "away": (logging.WARNING, "standby %s is away: nobody could take over now"),
}


class CopyState:
    """What is said of one standby in one epoch."""

    def __init__(self, port: Port, epoch: int, standby: str) -> None:
        self._port = port
        self._epoch = epoch
        self._standby = standby
        self._versions = itertools.count(1)
        self.state: State | None = None

    def change(self, state: State, lacks: int, copied_ms: int) -> None:
        """It is so now: it lacks so many commits, and had all until `copied_ms`."""
        if state == self.state:
            return
        self.state = state
        level, words = _WORDS[state]
        log.log(level, words, self._standby)
        behind = 0 if state == "current" else max(lacks, 1)
        version = next(self._versions)
        said = m.StandbyState(self._epoch, version, NO_END_MS, self._standby, state, behind, copied_ms)
        self._port.publish("state/standby", (), said)
