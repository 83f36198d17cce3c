"""What a day costs a memory card: bytes and syncs of each store, one visit at a time as in a quiet hall.

Bytes to the block layer are the pages of the system's cache that were dirty at a sync, whole: that is what
goes to the card, whatever part of them was written. What a file system adds for itself is not in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from mqtt_bridge import messages as m
from simulators.powercut.office import Office
from simulators.powercut.recorder import Op, Recorder, Synced, Wrote
from simulators.powercut.witness import STORES, Witness

CACHE_PAGE = 4096


class Wear(NamedTuple):
    """Of one store: promises it keeps (a request accepted, a record), and what they cost it."""

    accepted: int
    syncs: int
    written: int  # bytes, as SQLite writes them
    to_disk: int  # bytes, as they go to the block layer

    @property
    def syncs_each(self) -> float:
        """Syncs for one promise."""
        return self.syncs / self.accepted

    @property
    def bytes_each(self) -> float:
        """Bytes to the block layer for one promise."""
        return self.to_disk / self.accepted


def wear(folder: Path, visits: int) -> dict[str, Wear]:
    """By store, over so many visits; what starting and stopping costs is left out."""
    folder.mkdir(exist_ok=True)
    with Recorder(folder) as recorder:
        counts = asyncio.run(_day(Office(folder, Witness(recorder.ops), watched=False), visits))
        first, accepted = counts
        ops = recorder.ops[first:]
    return {
        store: _wear(accepted[store], [op for op in ops if op.name.startswith(store)]) for store in STORES
    }


async def _day(office: Office, visits: int) -> tuple[int, dict[str, int]]:
    """Where in the operations the day began, and the promises kept by each store until its end."""
    await office.start()
    await office.ask(m.Login, window="1", clerk="101")
    await office.settle()
    first = len(office.witness.ops)
    accepted = dict.fromkeys(STORES, 0)
    core, east = STORES
    for _ in range(visits):
        asked, kept = await _visit(office)
        accepted[core] += asked + kept
        accepted[east] += kept
    last = len(office.witness.ops)
    await office.stop()
    del office.witness.ops[last:]
    return first, accepted


async def _visit(office: Office) -> tuple[int, int]:
    """From the number to the rating; requests accepted, records kept."""
    slip = (await office.ask(m.TakeNumber, service="pension")).slip
    if slip is None:
        raise RuntimeError("no number")
    now_ms = office.at_ms()
    records: list[m.Record] = [m.Printed("", "", now_ms, slip.visit, slip.number, "printed")]
    records.append(m.Shown("", "", now_ms, slip.visit, "1", "strip-1", 1, True))
    records.append(m.Rated("", "", now_ms, slip.visit, "1", 5))
    printed, shown, rated = records
    steps: tuple[type[m.Ask] | m.Record, ...] = (
        printed,
        m.CallNext,
        shown,
        m.Begin,
        m.AskRating,
        rated,
        m.Finish,
    )
    for step in steps:
        await (office.ask(step, window="1") if isinstance(step, type) else office.keep(step))
        await office.settle()
    return 1 + len(steps) - len(records), len(records)


def _wear(accepted: int, ops: Iterable[Op]) -> Wear:
    dirty: set[tuple[str, int]] = set()
    syncs = written = to_disk = 0
    for op in ops:
        match op:
            case Wrote(name, offset, data):
                written += len(data)
                end = offset + len(data) - 1
                dirty |= {(name, page) for page in range(offset // CACHE_PAGE, end // CACHE_PAGE + 1)}
            case Synced(name):
                syncs += 1
                synced = {one for one in dirty if one[0] == name}
                to_disk += len(synced) * CACHE_PAGE
                dirty -= synced
    return Wear(accepted, syncs, written, to_disk)
