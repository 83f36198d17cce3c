"""The power is cut after every write, sync, truncation and removal of a life: nothing told is lost."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

import apsw
import pytest

from edge import damage
from simulators.powercut.cuts import KEPT, Tally, cut_everywhere, live
from simulators.powercut.going_on import go_on
from simulators.powercut.office import OPENS_S
from simulators.powercut.recorder import Removed
from simulators.powercut.witness import STORES

LEAST = 5_000
"""Images that are looked at with every change."""


def test_nothing_told_is_lost_wherever_the_power_is_cut(folder: Path) -> None:
    life = live(folder / "life", 1, 8)
    witness = life.witness
    assert len(witness.numbers) >= 5
    assert len(witness.ratings) >= 2
    assert witness.forgotten, "old events were dropped"
    assert [op for op in witness.ops if isinstance(op, Removed)], "the log was taken into the file"
    tally = Tally()
    cut_everywhere(folder / "cut", life, 1, tally)
    assert tally.images == len(witness.ops) * 2 * len(KEPT)
    left = live(folder / "life", 2, 2, before=life.left(1))
    cut_everywhere(folder / "cut", left, 2, tally, names=("ext4",))
    assert tally.images >= LEAST
    assert tally.faults == []


def normal(db: apsw.Connection) -> None:
    db.pragma("synchronous", "NORMAL")


def delete(db: apsw.Connection) -> None:
    db.pragma("journal_mode", "DELETE")
    db.pragma("locking_mode", "NORMAL")  # else the file is not deleted but emptied
    db.pragma("user_version")


@pytest.mark.parametrize("spoil", [normal, delete])
def test_a_store_that_syncs_too_little_is_found_out(folder: Path, spoil: Any) -> None:
    life = live(folder / "life", 3, 2, spoil=spoil)
    tally = Tally()
    cut_everywhere(folder / "cut", life, 3, tally, names=("strict",))
    assert tally.kinds["lost"] > 100, tally


def test_an_alarm_without_a_reason_is_a_fault(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def alarmed(path: Path) -> apsw.Connection:
        logging.getLogger("hall.journal").warning("all is lost")
        return real(path)

    life = live(folder / "life", 5, 2)
    real = damage.connect
    monkeypatch.setattr(damage, "connect", alarmed)
    tally = Tally()
    cut_everywhere(folder / "cut", life, 5, tally, names=("ext4",))
    assert set(tally.kinds) == {"false alarm"}


def test_a_store_with_a_torn_row_is_set_aside_at_the_second_start_and_no_thread_is_left(folder: Path) -> None:
    life = live(folder / "life", 7, 2)
    db = apsw.Connection(str(folder / "life" / STORES[0]))
    db.execute("UPDATE meta SET value = 'torn' WHERE key = 'epoch'")
    db.close()
    after = go_on(folder / "life", life.witness.clocks[-1].what if life.witness.clocks else OPENS_S)
    assert after.fault == ""
    assert any("set aside as" in one for one in after.noticed)
    assert not [one for one in threading.enumerate() if one.name == "journal"]
