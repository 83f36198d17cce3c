"""`python -m simulators.chaos.replugs --goal 200 --state FILE`: a cable that comes as another port."""

from __future__ import annotations

import argparse
import asyncio
import os
import pty
import random
import shutil
import sys
import time
from functools import partial
from pathlib import Path

from simulators.chaos.run import ChaosHall, Result, suffer
from simulators.line import LineTwin
from simulators.progress import Part, Progress

NODE, LINE, DEVICE = "east", "east-line", "strip-1"
PULLED = f"pulled {LINE}"
TOGETHER = 20
"""Replugs in one hall."""
REOPEN_S = 3.0
PATIENCE_S = 30.0
PAUSE_S = 1.0
"""Between them at most: a visit takes about as long."""


class Adapter:
    """The adapter of a line. Plugged in again, it is another terminal under the same lasting name."""

    def __init__(self, line: LineTwin) -> None:
        self._line = line
        self._others: list[int] = []
        self.devices = {self.device()}

    def device(self) -> str:
        """The name that the system gave it."""
        return os.path.realpath(self._line.wire.url)

    def pull(self) -> None:
        """Out."""
        self._line.unplug()

    def plug_in(self) -> None:
        """In again; somebody else takes the number that was given back."""
        self._others += pty.openpty()
        self._line.replug()
        self.devices.add(self.device())

    def close(self) -> None:
        """Give all numbers back."""
        for descriptor in self._others:
            os.close(descriptor)


def descriptors(pid: int) -> int:
    """That a process holds."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


class Replugs:
    """The trouble of one hall, and its figures."""

    def __init__(self, count: int, dice: random.Random) -> None:
        self.waits_s: list[float] = []
        self.names = 0
        self.leaked = 0
        self._count = count
        self._dice = dice

    async def trouble(self, hall: ChaosHall) -> None:
        """Raises TimeoutError."""
        process = hall.processes.nodes[NODE]
        adapter = Adapter(next(one for one in hall.stage.lines if one.wire.url.endswith(LINE)))
        before = descriptors(process.pid)
        try:
            for _ in range(self._count):
                await asyncio.sleep(self._dice.uniform(0.0, PAUSE_S))
                await self._replug(hall, adapter)
        finally:
            adapter.close()
        self.leaked = descriptors(process.pid) - before
        self.names = len(adapter.devices) - 1

    async def _replug(self, hall: ChaosHall, adapter: Adapter) -> None:
        def is_lost() -> bool:
            return str(hall.observer.devices[DEVICE]["state"]) == "lost"

        hall.check()
        hall.nemesis.counts[PULLED] += 1
        adapter.pull()
        await hall.until(is_lost, PATIENCE_S, "a cable that was pulled is not noticed")
        adapter.plug_in()
        since_s = time.monotonic()
        await hall.until(lambda: not is_lost(), PATIENCE_S, "a cable that is back is not noticed")
        self.waits_s.append(time.monotonic() - since_s)

    def broken(self, result: Result) -> list[str]:
        """What is not as promised."""
        slow = [wait_s for wait_s in self.waits_s if wait_s > REOPEN_S]
        return [
            *result.broken,
            *([f"{self.leaked:+} descriptors"] if self.leaked else []),
            *(
                [f"open again after {max(slow):.1f} s; {result.load:.1f} wanted the processor"]
                if slow
                else []
            ),
        ]


def _part(folder: Path, goal: int, seed: int) -> Part:
    """One hall; its folder stays where it broke a promise."""
    place = folder / f"seed-{seed}"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    replugs = Replugs(min(TOGETHER, goal), random.Random(f"{seed}/replugs"))
    result = asyncio.run(suffer(place, seed, replugs.trouble))
    broken = replugs.broken(result)
    if not broken:
        shutil.rmtree(place)
    counts = {
        "under another name": replugs.names,
        "ms until open again, in all": round(sum(replugs.waits_s) * 1000),
        "presses": result.presses,
        "thanked": result.thanked,
        "lost": len(result.lost),
        "doubled": len(result.doubled),
        "wrong": len(result.wrong),
        "descriptors more": replugs.leaked,
    }
    return Part(max(result.faults.get(PULLED, 0), 1), counts, broken)  # not tried for ever


def main() -> int:
    """Exit code 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m simulators.chaos.replugs", description=__doc__)
    parser.add_argument("--goal", type=int, default=200, metavar="N", help="replugs in all (200)")
    parser.add_argument("--state", type=Path, required=True, metavar="FILE", help="counts, to go on later")
    options = parser.parse_args()
    folder = options.state.resolve().with_suffix("")
    return Progress(options.state, options.goal, "replugs").run(partial(_part, folder, options.goal))


if __name__ == "__main__":
    sys.exit(main())
