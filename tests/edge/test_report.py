"""A day as text, from a journal as it lies on the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edge.journal import JournalError
from edge.report import read_hall, report_text
from mqtt_bridge import messages as m


async def a_day(hall: Any) -> None:
    """Three numbers; one served and rated, one missed, one waiting."""
    await hall.open("1")
    for _ in range(3):
        await hall.number()
        hall.now_s += 60
    await hall.do(m.CallNext, window="1")
    hall.now_s += 30
    await hall.do(m.Begin, window="1")
    hall.now_s += 300
    await hall.do(m.AskRating, window="1")
    hall.send(m.Rated("east", "abcdef01-1", 5, "20261123-A001", "1", 5))
    await hall.ear.until(lambda: hall.ear.of(m.Receipt))
    await hall.do(m.CallNext, window="1")
    await hall.do(m.NoShow, window="1")


@pytest.mark.parametrize("clean", [True, False], ids=["stopped", "crashed"])
def test_a_day_is_told_from_its_journal(run: Any, office: Any, tmp_path: Path, clean: bool) -> None:
    async def body() -> None:
        async with office() as hall:
            await a_day(hall)
            if not clean:
                await hall.crash()

    run(body())
    text = report_text(tmp_path / "small-core.db")
    first, counts, waited, *_ = text.splitlines()
    assert first == "业务日 Business day 20261123"
    assert "issued 3   叫号 called 2   办结 served 1   过号 no-shows 1   等候 waiting 1" in counts
    assert waited.startswith("等候 waited: 2 x, mean ")
    assert "  普通: 2 x" in text
    assert "  社保: 2 x" in text
    assert "到窗 walked: 1 x, mean 0:30" in text
    assert "办理 served: 1 x, mean 5:00" in text
    assert "评价 ratings 1: 非常满意 1" in text
    assert "窗口 windows: 1 called" in text


def test_a_journal_that_was_not_closed_is_left_as_it_is(run: Any, office: Any, tmp_path: Path) -> None:
    left = {name: tmp_path / "left" / name for name in ("small-core.db", "small-core.db-wal")}
    (tmp_path / "left").mkdir()

    async def body() -> None:
        async with office() as hall:
            await a_day(hall)
            for name, file in left.items():  # as a kill leaves them
                file.write_bytes((tmp_path / name).read_bytes())

    run(body())
    before = [file.read_bytes() for file in left.values()]
    assert before[1], "the next start looks through it"
    assert "issued 3" in report_text(left["small-core.db"])
    assert [file.read_bytes() for file in left.values()] == before
    assert len(list((tmp_path / "left").iterdir())) == 2


def test_an_empty_day_is_told_too(run: Any, office: Any, tmp_path: Path) -> None:
    async def body() -> None:
        async with office():
            pass

    run(body())
    text = report_text(tmp_path / "small-core.db")
    assert "issued 0" in text
    assert "等候 waited: -" in text
    assert "窗口 windows: none called" in text
    assert "estimate: nobody had to wait" in text


def test_the_report_of_a_node_that_runs(run: Any, office: Any, tmp_path: Path) -> None:
    async def body() -> None:
        async with office() as one:
            await one.open("1")
            await one.number("pension")
            assert "取号 issued 1 " in report_text(tmp_path / "small-core.db")
            await one.number("pension")
            assert "取号 issued 2 " in report_text(tmp_path / "small-core.db")

    run(body())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "there is no journal"), (b"no database" * 200, "is damaged"), (b"", "is no journal")],
)
def test_what_is_no_journal_is_named(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    path = tmp_path / "other.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(JournalError, match=rf"other\.db.*{sentence}|{sentence}.*other\.db"):
        read_hall(path)
