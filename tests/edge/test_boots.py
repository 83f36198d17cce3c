"""The run of a machine: as its service manager says, as its kernel says, else each process is one."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from edge import boots, outside
from edge.outside import boot_id


def test_the_kernel_says_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HALL_BOOT_ID", raising=False)
    kernel = tmp_path / "boot_id"
    kernel.write_text("0d6b2f5e-8a3c-4f0e-9a55-0f2f5b8f6c11\n")
    monkeypatch.setattr(outside, "BOOT_ID", kernel)
    assert boot_id() == "0d6b2f5e8a3c4f0e9a550f2f5b8f6c11", "as %b of a unit writes it"


def test_the_service_manager_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALL_BOOT_ID", "0d6b2f5e8a3c4f0e9a550f2f5b8f6c11")
    assert boot_id() == "0d6b2f5e8a3c4f0e9a550f2f5b8f6c11"


def test_where_nobody_says_it_no_two_processes_are_of_one_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HALL_BOOT_ID", raising=False)
    monkeypatch.setattr(outside, "BOOT_ID", tmp_path / "hidden")
    assert boot_id() != boot_id()


@pytest.mark.parametrize(
    ("marked", "boot", "was_cut"), [("", "b", False), ("b", "b", False), ("a", "b", True), ("a", "", True)]
)
def test_a_mark_of_another_run_is_a_cut(marked: str, boot: str, was_cut: bool) -> None:
    assert boots.was_cut(marked, boot) is was_cut


def test_each_user_of_a_store_has_a_mark_of_its_own() -> None:
    db = apsw.Connection("")
    db.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value)")
    boots.mark("coordinator", "a")(db)
    boots.mark("outbox", "b")(db)
    assert (boots.marked(db, "coordinator"), boots.marked(db, "outbox")) == ("a", "b")
    boots.unmark("outbox")(db)
    assert (boots.marked(db, "coordinator"), boots.marked(db, "outbox")) == ("a", "")
