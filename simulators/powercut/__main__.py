"""`python -m simulators.powercut cuts --goal 100000 --state FILE`; or `lies`, `kills`, `faults`."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from functools import partial
from pathlib import Path

from simulators.powercut.cuts import BORNE, Tally, cut_everywhere, lie_everywhere, live
from simulators.powercut.faults import fail_once, fill_often
from simulators.powercut.killed import kill_many
from simulators.progress import Part, Progress

STEPS = 16
KILLS = 100
FILLS = 10
MEMORY = Path("/dev/shm")


def main() -> int:
    """Exit code 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m simulators.powercut", description=__doc__)
    parser.add_argument(
        "what", choices=PARTS, help="cuts; cuts of a medium that lied; kills of a process; disks that fail"
    )
    parser.add_argument("--goal", type=int, required=True, metavar="N", help="images or kills in all")
    parser.add_argument("--state", type=Path, required=True, metavar="FILE", help="counts, to go on later")
    options = parser.parse_args()
    log = logging.getLogger("hall")
    log.addHandler(logging.NullHandler())
    log.propagate = False  # what the product says of an image is an answer here
    unit, part = PARTS[options.what]
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        return Progress(options.state, options.goal, unit).run(partial(part, Path(folder)))


def _cuts(folder: Path, seed: int) -> Part:
    """A life from nothing, and one that begins with what a cut left of it."""
    tally = Tally()
    life = live(folder / "life", seed, STEPS)
    cut_everywhere(folder / "cut", life, seed, tally)
    left = live(folder / "life", seed, STEPS, before=life.left(seed))
    cut_everywhere(folder / "cut", left, seed, tally)
    return _part(tally)


def _lies(folder: Path, seed: int) -> Part:
    tally = Tally(BORNE)
    lie_everywhere(folder / "cut", live(folder / "life", seed, STEPS // 2), seed, tally)
    return _part(tally)


def _part(tally: Tally) -> Part:
    counts = {"lives": tally.lives, "cuts": tally.cuts, "distinct stores": tally.distinct, **tally.kinds}
    return Part(tally.images, counts, tally.faults)


def _kills(folder: Path, seed: int) -> Part:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        toll = kill_many(Path(place), seed, KILLS)
    return Part(toll.kills, {"numbers told": toll.numbers, "ratings told": toll.ratings}, toll.broken)


def _faults(folder: Path, seed: int) -> Part:
    """An error at the operation of this number, and a disk that fills up so many writes later and later."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        failed = fail_once(Path(place) / "fail", seed, seed)
        filled = fill_often(Path(place) / "fill", seed, FILLS)
    refusals = failed.refusals + filled.refusals
    return Part(failed.faults + filled.faults, {"refusals": refusals}, failed.broken + filled.broken)


PARTS = {
    "cuts": ("images", _cuts),
    "lies": ("images", _lies),
    "kills": ("kills", _kills),
    "faults": ("faults", _faults),
}


if __name__ == "__main__":
    sys.exit(main())
