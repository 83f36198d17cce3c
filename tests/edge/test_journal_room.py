"""The journal when room comes and goes, and when what is told of its work fails."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from edge import journal as journal_module
from edge.disk import FileDisk
from edge.journal import Journal, JournalError


def test_room_is_noticed_though_nobody_writes(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "PROBE_S", 0.01)
    room = [0]
    monkeypatch.setattr(FileDisk, "free_bytes", lambda disk: room[0])

    async def body() -> None:
        states: asyncio.Queue[str] = asyncio.Queue()
        journal = Journal(tmp_path / "j.db", on_storage=states.put_nowait)
        journal.open(asyncio.get_running_loop())
        journal._set_storage("full")
        await journal.run(lambda db: None)
        assert await states.get() == "full"
        room[0] = 1 << 30
        assert await states.get() == "ok"
        journal.close()

    run(body())


def test_a_report_that_fails_takes_no_other_with_it(run: Any, tmp_path: Path) -> None:
    async def body() -> None:
        loop = asyncio.get_running_loop()
        failures: list[Any] = []
        loop.set_exception_handler(lambda _, context: failures.append(context["exception"]))
        journal = Journal(tmp_path / "j.db")
        journal.open(loop)
        first: asyncio.Future[int] = loop.create_future()

        def bad(value: object, error: object) -> None:
            raise ZeroDivisionError

        blocker = journal.run(lambda db: None)
        journal.submit(lambda db: 1, bad)
        journal.submit(lambda db: 2, lambda value, error: first.set_result(value))
        await blocker
        assert await first == 2
        assert [type(failure) for failure in failures] == [ZeroDivisionError]
        journal.close()

    run(body())


def test_run_raises_what_the_work_raised_and_stands_being_given_up(run: Any, tmp_path: Path) -> None:
    async def body() -> None:
        journal = Journal(tmp_path / "j.db")
        with pytest.raises(JournalError, match="is not open"):
            journal.read(lambda db: None)
        journal.open(asyncio.get_running_loop())
        with pytest.raises(KeyError):
            await journal.run(lambda db: {}["x"])
        waiting = asyncio.ensure_future(journal.run(lambda db: None))
        await asyncio.wait([waiting], timeout=0)
        waiting.cancel()
        assert await journal.run(lambda db: 5) == 5
        journal.close()

    run(body())
