"""Cuts the power after every operation of a life, and looks at what may be left.

A life is recorded once; then, for each operation, eight images a model: nothing unsynced kept, everything
kept, six torn at random. A life may begin with what a cut left of an earlier one, and is cut again.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from simulators.powercut.days import Days
from simulators.powercut.disk import NAMES, Disk, Image, Kept, Names
from simulators.powercut.examine import Examiner, lay
from simulators.powercut.office import BOOT, NEXT_BOOT, OPENS_S, Office
from simulators.powercut.recorder import Recorder, Removed, Synced
from simulators.powercut.witness import STORES, Witness, last

KEPT: tuple[Kept, ...] = ("nothing", "everything", *(("some",) * 6))
LYING: tuple[Kept, ...] = ("nothing", "some", "some")
SYNCS_LOST = 5
BORNE = frozenset({"lost", "unknowable"})
"""What a medium that lies may cost: a loss that the log tells of, or that nothing left speaks of any more."""

Spoil = Callable[[Any], object]
"""Changes a connection so that it must lose something: a control."""


class Life(NamedTuple):
    """What was recorded: the files before it, the witness of all that came, the run of the machine."""

    before: Image
    witness: Witness
    boot: str

    def left(self, seed: int) -> Before:
        """What a cut somewhere in it left, for another life to begin with."""
        dice = random.Random(f"{seed}/left")
        cut = dice.randrange(len(self.witness.ops))
        disk = Disk(dice.choice(NAMES), self.before)
        for op in self.witness.ops[:cut]:
            disk.do(op)
        return Before(disk.image("some", dice), self.witness, cut)


class Before(NamedTuple):
    """A life's beginning: an image, and what was told before the cut that left it."""

    image: Image
    witness: Witness
    cut: int


@dataclass
class Tally:
    """Counts of one or many lives. `faults` names the first few of each kind that is not `borne`."""

    borne: frozenset[str] = frozenset()

    lives: int = 0
    cuts: int = 0
    images: int = 0
    distinct: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def add(self, where: str, faults: list[str]) -> None:
        """One more image."""
        self.images += 1
        for fault in faults:
            kind = fault.partition(":")[0]
            self.kinds[kind] += 1
            if self.kinds[kind] <= 5 and kind not in self.borne:
                self.faults.append(f"{where}: {fault}")


def live(
    folder: Path, seed: int, steps: int, before: Before | None = None, spoil: Spoil | None = None
) -> Life:
    """Record a life in `folder`: start, steps, a clean stop and a start in the middle, an end.

    It begins with nothing, or with what a cut left of another. `steps` is at least 2.
    """
    folder.mkdir(exist_ok=True)
    lay(folder, before.image if before else {})
    with Recorder(folder) as recorder:
        witness = Witness(recorder.ops)
        if before is not None:
            witness.inherit(before.witness, before.cut)
        now_s = last(witness.clocks, 0) or OPENS_S
        boot = NEXT_BOOT if before is not None else BOOT
        asyncio.run(_live(Office(folder, witness, now_s, boot=boot), random.Random(seed), steps, spoil))
    return Life(before.image if before else {}, witness, boot)


async def _live(office: Office, dice: random.Random, steps: int, spoil: Spoil | None) -> None:
    forget = dice.randrange(steps)
    for part in range(2):
        await office.start()
        if spoil is not None:
            office.core.read(spoil)
            office.east.read(spoil)
        days = Days(office, dice)
        await days.begin()
        for step in range(part * steps // 2, (part + 1) * steps // 2):
            await days.step()
            if step == forget:
                await days.a_day_long_ago()
        await office.stop()


def cut_everywhere(folder: Path, life: Life, seed: int, tally: Tally, names: Sequence[Names] = NAMES) -> None:
    """A cut after every operation of a life, eight images a model.

    The medium is honest: all must be there even for those who do not know that the power was cut.
    """
    examiner = Examiner(folder, life.witness, life.boot)
    tally.lives += 1
    disks = [Disk(one, life.before) for one in names]
    for cut, op in enumerate(life.witness.ops, start=1):
        tally.cuts += 1
        for model, disk in zip(names, disks, strict=True):
            disk.do(op)
            for order, kept in enumerate(KEPT):
                image = disk.image(kept, random.Random(f"{seed}/{cut}/{model}/{order}"))
                where = f"seed {seed}, cut {cut} after {type(op).__name__}, {model}, {kept} {order}"
                tally.add(where, examiner.faults(image, cut))
    tally.distinct += examiner.distinct


def lie_everywhere(folder: Path, life: Life, seed: int, tally: Tally, every: int = 1) -> None:
    """The same for a medium that lied about the last 1 to 5 syncs of a store, under each in turn.

    Three images of each; after every n-th operation.
    """
    examiner = Examiner(folder, life.witness, NEXT_BOOT)
    tally.lives += 1
    for store in STORES:
        _lie(examiner, store, life, seed, tally, every)
    tally.distinct += examiner.distinct


def _lie(examiner: Examiner, store: str, life: Life, seed: int, tally: Tally, every: int) -> None:
    disk = Disk("ext4", life.before)
    liars: deque[Disk] = deque(maxlen=SYNCS_LOST)  # the first has lost the most
    for cut, op in enumerate(life.witness.ops, start=1):
        tally.cuts += cut % every == 0
        mine = op.name.startswith(store)
        if mine and (isinstance(op, Synced) or (isinstance(op, Removed) and op.synced)):
            liars.append(disk.copy())
        disk.do(op)
        for lost, liar in enumerate(reversed(liars), start=1):
            liar.do(op, lies=mine)
            if cut % every:
                continue
            for order, kept in enumerate(LYING):
                image = liar.image(kept, random.Random(f"{seed}/{store}/{cut}/{lost}/{order}"))
                where = f"seed {seed}, cut {cut} after {type(op).__name__}, {lost} syncs of {store} lost"
                tally.add(f"{where}, {kept} {order}", examiner.faults_of_a_liar(image, cut))
