"""What the model of a disk lets a power cut leave."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import apsw
import pytest

from simulators.powercut.disk import SECTOR, Disk
from simulators.powercut.recorder import Created, Recorder, Removed, Synced, Truncated, Wrote

DICE = random.Random(1)


def disk_after(*ops: Any, names: Any = "ext4", lies: bool = False) -> Disk:
    disk = Disk(names)
    for op in ops:
        disk.do(op, lies=lies)
    return disk


def test_what_was_synced_is_there_and_what_was_not_may_be() -> None:
    disk = disk_after(Created("a", False), Wrote("a", 0, b"old"), Synced("a"), Wrote("a", 1, b"NEW"))
    assert disk.image("nothing", DICE) == {"a": b"old"}
    assert disk.image("everything", DICE) == {"a": b"oNEW"}


def test_a_write_is_torn_in_sectors_and_touches_nothing_beside_it() -> None:
    old, new = b"o" * 3 * SECTOR, b"n" * 2 * SECTOR
    disk = disk_after(Created("a", False), Wrote("a", 0, old), Synced("a"), Wrote("a", 100, new))
    seen = {disk.image("some", random.Random(seed))["a"] for seed in range(200)}
    assert {len(content) for content in seen} == {3 * SECTOR}
    assert all(content[:100] == old[:100] for content in seen)
    assert all(content[100 + 2 * SECTOR :] == old[100 + 2 * SECTOR :] for content in seen)
    pieces = {content[SECTOR : 2 * SECTOR] for content in seen}
    assert {b"o" * SECTOR, b"n" * SECTOR} < pieces, "old and new"
    assert len(pieces) > 2, "and rubbish"


def test_a_file_cut_short_may_be_as_long_as_before() -> None:
    disk = disk_after(Created("a", False), Wrote("a", 0, b"long"), Synced("a"), Truncated("a", 1))
    assert disk.image("nothing", DICE) == {"a": b"long"}
    assert disk.image("everything", DICE) == {"a": b"l"}
    assert {disk.image("some", random.Random(seed))["a"] for seed in range(50)} == {b"long", b"l"}


def test_names_by_the_strict_model_wait_for_their_folder() -> None:
    ops = [Created("db", False), Created("log", True), Synced("log"), Removed("log", False), Synced("db")]
    assert disk_after(*ops, names="strict").image("nothing", DICE) == {"db": b"", "log": b""}
    assert disk_after(*ops, names="ext4").image("nothing", DICE) == {"db": b""}
    ops[3] = Removed("log", True)
    assert disk_after(*ops, names="strict").image("nothing", DICE) == {"db": b""}


def test_names_by_ext4_are_kept_in_their_order() -> None:
    disk = disk_after(Created("a", False), Created("b", False))
    seen = {tuple(disk.image("some", random.Random(seed))) for seed in range(50)}
    assert seen == {(), ("a",), ("a", "b")}


def test_a_lie_keeps_nothing() -> None:
    ops = (Created("a", True), Wrote("a", 0, b"x"), Synced("a"))
    assert disk_after(*ops, lies=True).image("nothing", DICE) == {}


def test_a_copy_goes_its_own_way() -> None:
    disk = disk_after(Created("a", True), Wrote("a", 0, b"x"))
    other = disk.copy()
    other.do(Synced("a"))
    assert (disk.image("nothing", DICE), other.image("nothing", DICE)) == ({}, {"a": b"x"})


def test_the_recorder_notes_what_sqlite_does_and_only_in_its_folder(tmp_path: Path) -> None:
    with Recorder(tmp_path / "in") as recorder:
        for name in ("in", "out"):
            (tmp_path / name).mkdir()
            db = apsw.Connection(str(tmp_path / name / "x.db"))
            db.execute("CREATE TABLE t (a)")
            db.close()
    kinds = [(type(op).__name__, op.name) for op in recorder.ops]
    assert kinds[0] == ("Created", "x.db")
    assert ("Wrote", "x.db-journal") in kinds
    assert kinds[-1] == ("Removed", "x.db-journal")
    disk = disk_after(*recorder.ops)
    assert disk.image("everything", DICE) == {"x.db": (tmp_path / "in" / "x.db").read_bytes()}


def test_after_the_recorder_nothing_is_noted(tmp_path: Path) -> None:
    with Recorder(tmp_path) as recorder:
        pass
    apsw.Connection(str(tmp_path / "x.db")).execute("CREATE TABLE t (a)")
    assert recorder.ops == []


@pytest.mark.parametrize("kept", ["nothing", "everything", "some"])
def test_the_same_dice_give_the_same_image(kept: Any) -> None:
    disk = disk_after(Created("a", True), Wrote("a", 0, b"x" * 5000), Truncated("a", 700))
    assert disk.image(kept, random.Random(7)) == disk.image(kept, random.Random(7))
