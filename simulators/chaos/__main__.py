"""`python -m simulators.chaos --kills 2000 --state FILE`: halls under blows, until so many kills."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
from functools import partial
from pathlib import Path

from simulators.chaos.card import Card, NoCard
from simulators.chaos.packets import NoPackets, Packets
from simulators.chaos.run import run
from simulators.progress import Part, Progress

KILLS = 50
MOST_S = 600.0
NOT_HERE = 3


def main() -> int:
    """Exit code 1 when a promise was broken, 3 where no card can be mounted or no packets lost."""
    parser = argparse.ArgumentParser(prog="python -m simulators.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=2000, metavar="N", help="in all (2000)")
    parser.add_argument("--card", action="store_true", help="journals on an ext4 that dies too (root)")
    parser.add_argument("--packets", action="store_true", help="packets are lost too (see packets.py)")
    parser.add_argument("--state", type=Path, required=True, metavar="FILE", help="counts, to go on later")
    options = parser.parse_args()
    try:
        packets = Packets() if options.packets else None
        folder = options.state.resolve().with_suffix("")
        part = partial(_part, folder, options.card, packets, options.kills)
        return Progress(options.state, options.kills, "kills").run(part)
    except (NoCard, NoPackets) as error:
        sys.stderr.write(f"{error}\n")
        return NOT_HERE


def _part(folder: Path, on_card: bool, packets: Packets | None, kills: int, seed: int) -> Part:
    """One hall; its folder stays where it broke a promise."""
    place = folder / f"seed-{seed}"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    card = Card(place / "card.img", place / "data") if on_card else None
    if card is not None:
        card.insert()
    try:
        result = asyncio.run(run(place, seed, min(KILLS, kills), MOST_S, card, packets))
    finally:
        if card is not None:
            card.remove()
    broken = result.broken + result.late
    if not broken:
        shutil.rmtree(place)
    counts = {
        "presses": result.presses,
        "papers": result.papers,
        "calls seen": result.calls,
        "thanked": result.thanked,
        "lost": len(result.lost),
        "doubled": len(result.doubled),
        "wrong": len(result.wrong),
        "faults": sum(result.faults.values()),
        "power cuts": result.faults.get("power cut", 0),
        "losses of packets": sum(n for name, n in result.faults.items() if name.startswith("packets")),
    }
    return Part(max(result.kills, 1), counts, broken)  # one that got nowhere is not tried for ever


if __name__ == "__main__":
    sys.exit(main())
