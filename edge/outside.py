"""All that a node takes from outside: time, chance, and what lies at its edges. One place, to be given.

Rules, desks, journal and bridge draw no time and no chance of their own (tests/test_nothing_hidden.py). So a
whole hall can run in one process in virtual time, the same in each run: `hall torture` gives each node a
world of its making.
"""

from __future__ import annotations

import os
import random
import secrets
import socket
import time
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct, field

from edge.disk import Disk, FileDisk
from edge.ports import Runners, runners_of
from mqtt_bridge.client import Connection
from mqtt_bridge.link import Dial

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boot_id() -> str:
    """The present run of this machine's kernel: as its service manager says, or the kernel itself.

    Where neither does, each process counts as one: to take a kill for a power cut costs a few numbers.
    """
    if told := os.environ.get("HALL_BOOT_ID", ""):  # the unit's own: it hides /proc/sys
        return told
    try:
        return BOOT_ID.read_text(encoding="ascii").strip().replace("-", "")
    except OSError:
        return secrets.token_hex(16)


class Outside(Struct, frozen=True):
    """The world of one node; by default the real one.

    `system_s`: the system clock. `token(n)`: n bytes of chance as hex; names of runs, claims and stores.
    `rng` spreads waits. `disk(path)`: what lies below the journal. `dial`: connections to the broker.
    `runners`: the ports with their devices. `boot`: names the present run of the machine (`boots.py`).
    """

    system_s: Callable[[], float] = time.time
    token: Callable[[int], str] = secrets.token_hex
    rng: random.Random = field(default_factory=random.Random)
    host: str = field(default_factory=socket.gethostname)
    disk: Callable[[Path], Disk] = FileDisk
    dial: Dial = Connection
    runners: Runners = runners_of
    boot: str = field(default_factory=boot_id)

    def system_ms(self) -> int:
        """The system clock as Unix milliseconds."""
        return int(self.system_s() * 1000)
