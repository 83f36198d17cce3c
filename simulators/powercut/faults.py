"""Lives on a disk that fails: what was told is kept, the rest refused, and room is enough to go on."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from edge import journal, outbox
from mqtt_bridge import messages as m
from simulators.powercut.cuts import KEPT
from simulators.powercut.days import Days
from simulators.powercut.disk import Disk
from simulators.powercut.examine import Examiner
from simulators.powercut.failing import FailingDisk, ScarceDisk
from simulators.powercut.office import Office
from simulators.powercut.witness import STORES, Witness

STEPS_MOST = 60
"""In a life whose disk fails; far more than it takes to reach any of the first writes."""
AFTER = 3
"""Things that people try after the failure."""
ROOM_S = 10.0
VISIT = "20261123-A001"
"""Any."""


class Outcome(NamedTuple):
    """What came of one fault, or of many on one disk. `refusals` is what people were told."""

    faults: int
    refusals: int
    broken: tuple[str, ...]


# --- errors: the process is to end ---------------------------------------------------------------------


def fail_once(folder: Path, seed: int, nth: int) -> Outcome:
    """A life whose disk fails at its n-th operation and stays so; then every image of what may be left."""
    (folder / "life").mkdir(parents=True)
    with FailingDisk(folder / "life") as disk:
        witness = Witness(disk.ops)
        office = Office(folder / "life", witness, disk=lambda path: ScarceDisk(path, disk))
        broken, refusals = asyncio.run(_fail(office, disk, random.Random(seed), nth))
    examiner = Examiner(folder / "images", witness)
    left = Disk("ext4")
    for op in witness.ops:
        left.do(op)
    for order, kept in enumerate(KEPT):
        image = left.image(kept, random.Random(f"{seed}/{nth}/{order}"))
        broken += [f"{kept} {order}: {fault}" for fault in examiner.faults(image, len(witness.ops))]
    return Outcome(1, refusals, tuple(f"operation {nth}: {one}" for one in broken))


async def _fail(office: Office, disk: FailingDisk, dice: random.Random, nth: int) -> tuple[list[str], int]:
    await office.start()
    days = Days(office, dice)
    await days.begin()
    disk.fail_at(nth)
    for _ in range(STEPS_MOST):
        await days.act()
        if office.failed:  # a checkpoint that fails is tried again by the next commit, which fails too
            break
    found, refusals = await _tried(office)
    office.let_go()
    if not office.failed:
        found.append("its journals say that nothing failed")
    return found, refusals


async def _tried(office: Office) -> tuple[list[str], int]:
    """What comes of presses and grades on a store that failed: refusals, and nothing else."""
    refused: list[tuple[str, bool]] = []
    for store in sorted(office.failed):  # others may fail meanwhile
        refused += [(store, await _is_refused(office, store)) for _ in range(AFTER)]
    broken = [f"{store} accepted something after its disk failed" for store, no in refused if not no]
    return broken, sum(no for _, no in refused)


async def _is_refused(office: Office, store: str) -> bool:
    if store == STORES[0]:
        return (await office.ask(m.TakeNumber, service="pension")).code != "ok"
    return await office.keep(m.Shown("", "", office.at_ms(), VISIT, "1", "strip-1", 1, True)) is not None


# --- a full disk: people are refused until there is room ------------------------------------------------


def fill_often(folder: Path, seed: int, times: int) -> Outcome:
    """One life whose disk fills up again and again, each time a few writes later, and has room again."""
    (folder / "life").mkdir(parents=True)
    with FailingDisk(folder / "life") as disk, _hurried():
        witness = Witness(disk.ops)
        office = Office(folder / "life", witness, disk=lambda path: ScarceDisk(path, disk))
        broken, refusals = asyncio.run(_fill(office, disk, random.Random(seed), times))
        left = Disk("ext4")
        for op in witness.ops:
            left.do(op)
    examiner = Examiner(folder / "images", witness)
    image = left.image("nothing", random.Random(seed))
    broken += examiner.faults(image, len(witness.ops))
    return Outcome(times, refusals, tuple(broken))


async def _fill(office: Office, disk: FailingDisk, dice: random.Random, times: int) -> tuple[list[str], int]:
    await office.start()
    days = Days(office, dice)
    await days.begin()
    broken: list[str] = []
    refusals = 0
    for nth in range(times):
        disk.fill(nth)
        seen = disk.refused
        refused = await _press_until_refused(office, days)
        refusals += refused
        if not refused:
            broken.append(f"full after {nth} writes: nobody was refused, {disk.refused - seen} writes failed")
        disk.make_room()
        broken += [f"full after {nth} writes: {one}" for one in await _goes_on(office)]
    await office.stop()
    return broken, refusals


async def _press_until_refused(office: Office, days: Days) -> int:
    """People go on until somebody is refused, by the coordinator or at a pad."""
    for _ in range(STEPS_MOST):
        await days.act()
        answer = await office.ask(m.TakeNumber, service="pension")
        if answer.code != "ok" and await _is_refused(office, STORES[1]):
            return 2
    return 0


async def _goes_on(office: Office) -> list[str]:
    """With room again, everything is taken again, by the same process."""
    try:
        async with asyncio.timeout(ROOM_S):
            while {office.core.storage, office.east.storage} != {"ok"}:
                await asyncio.sleep(0.01)
            while (await office.ask(m.TakeNumber, service="pension")).code == "storage_full":
                await asyncio.sleep(0.01)  # the hall is being read again
        await office.settle()
    except TimeoutError:
        return [f"it did not go on within {ROOM_S:g} s of room"]
    return []


@contextlib.contextmanager
def _hurried() -> Iterator[None]:
    """Room is looked for, and records are sent again, after hundredths of a second.

    Without an end to its doubling the wait would outlast the test's patience where a disk is full for long,
    as it does on a busy machine.
    """
    usual = journal.PROBE_S, outbox.RESEND_FIRST_S, outbox.RESEND_MOST_S
    journal.PROBE_S, outbox.RESEND_FIRST_S, outbox.RESEND_MOST_S = 0.02, 0.02, 0.1
    try:
        yield
    finally:
        journal.PROBE_S, outbox.RESEND_FIRST_S, outbox.RESEND_MOST_S = usual
