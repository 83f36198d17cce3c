"""The journal: grouped, in order, all or nothing, safe from kills and full disks."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import apsw
import pytest

from edge.hall.reserve import SETTLE
from edge.journal import Journal, JournalError, StorageFull


def insert(value: int) -> Callable[[apsw.Connection], int]:
    def work(db: apsw.Connection) -> int:
        db.execute("INSERT INTO events VALUES (?, 0, 'test', x'')", (value,))
        return value

    return work


def values(db: apsw.Connection) -> list[int]:
    return [row[0] for row in db.execute("SELECT seq FROM events ORDER BY seq")]


def commit(journal: Journal, work: Callable[[apsw.Connection], Any]) -> Awaitable[Any]:
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def done(value: Any, error: Exception | None) -> None:
        future.set_result(value) if error is None else future.set_exception(error)

    journal.submit(work, done)
    return future


def run(path: Path, body: Callable[[Journal], Awaitable[None]]) -> None:
    async def main() -> None:
        journal = Journal(path)
        journal.open(asyncio.get_running_loop())
        try:
            await body(journal)
        finally:
            journal.close()

    asyncio.run(main())


def test_results_come_back_in_order(tmp_path: Path) -> None:
    async def body(journal: Journal) -> None:
        results = await asyncio.gather(*(commit(journal, insert(i)) for i in range(1, 501)))
        assert results == list(range(1, 501))
        assert await commit(journal, values) == list(range(1, 501))

    run(tmp_path / "j.db", body)


def test_a_failing_piece_takes_back_only_itself(tmp_path: Path) -> None:
    def half(db: apsw.Connection) -> None:
        insert(2)(db)
        raise ValueError("no")

    async def body(journal: Journal) -> None:
        first, second, third = (commit(journal, work) for work in (insert(1), half, insert(3)))
        assert await first == 1
        with pytest.raises(ValueError, match="no"):
            await second
        assert await third == 3
        assert await commit(journal, values) == [1, 3]

    run(tmp_path / "j.db", body)


def test_the_generation_stays_with_the_file(tmp_path: Path) -> None:
    seen = []

    async def body(journal: Journal) -> None:
        seen.append(journal.generation)

    run(tmp_path / "a.db", body)
    run(tmp_path / "a.db", body)
    run(tmp_path / "b.db", body)
    assert seen[0] == seen[1] != seen[2]
    assert len(seen[0]) == 8


def test_the_commit_is_synced_and_the_log_is_wal(tmp_path: Path) -> None:
    async def body(journal: Journal) -> None:
        assert await commit(journal, lambda db: db.pragma("synchronous")) == 2
        assert await commit(journal, lambda db: db.pragma("journal_mode")) == "wal"

    run(tmp_path / "j.db", body)


def test_a_second_process_is_refused_by_name(tmp_path: Path) -> None:
    async def body(journal: Journal) -> None:
        await commit(journal, insert(1))
        with pytest.raises(JournalError, match=r"j\.db is in use"):
            Journal(tmp_path / "j.db").open(asyncio.get_running_loop())

    run(tmp_path / "j.db", body)


def test_full_database_fails_loudly_and_recovers(tmp_path: Path) -> None:
    states: list[str] = []

    async def body(journal: Journal) -> None:
        journal._on_storage = states.append
        pages = await commit(journal, lambda db: db.pragma("max_page_count", 1))
        with pytest.raises(StorageFull, match="disk full"):
            await commit(journal, lambda db: db.execute("INSERT INTO snapshots VALUES (1, zeroblob(100000))"))
        assert journal.storage == "full"
        await commit(journal, lambda db: db.pragma("max_page_count", pages * 1000))
        assert await commit(journal, insert(1)) == 1
        assert journal.storage == "ok"

    run(tmp_path / "j.db", body)
    assert states == ["reserve", "full", "ok"]


FULL_DISK = """
import asyncio, os, sys
from pathlib import Path
from edge.journal import Journal, StorageFull
folder = Path(sys.argv[1])
async def main():
    journal = Journal(folder / "j.db")
    loop = asyncio.get_running_loop()
    journal.open(loop)
    async def put(i):
        future = loop.create_future()
        work = lambda db: db.execute("INSERT INTO events VALUES (?, 0, 'x', zeroblob(3000))", (i,))
        journal.submit(work, lambda v, e: future.set_result(e))
        return await future
    accepted, seen = [], []
    for i in range(1, 5000):
        error = await put(i)
        if not seen or seen[-1] != journal.storage:
            seen.append(journal.storage)
        if error is not None:
            break
        accepted.append(i)
    room = folder / "filler"
    assert seen == ["ok", "reserve", "full"], seen
    rows = journal.read(lambda db: [r[0] for r in db.execute("SELECT seq FROM events ORDER BY seq")])
    assert rows == accepted, (len(rows), len(accepted))
    room.unlink()
    assert await put(9000) is None
    assert journal.storage == "ok"
    journal.close()
    print("accepted", len(accepted))
(folder / "filler").write_bytes(bytes(5 << 20))
asyncio.run(main())
"""


def test_a_full_disk_uses_the_reserve_then_refuses_and_loses_nothing(tmp_path: Path) -> None:
    script = tmp_path / "child.py"
    script.write_text(FULL_DISK)
    disk = tmp_path / "disk"
    disk.mkdir()
    command = 'mount -t tmpfs -o size=12m tmpfs "$1" && exec "$2" "$3" "$1"'
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", command, "sh", disk, sys.executable, script],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[1]) > 300


KILLED = """
import asyncio, sys
from pathlib import Path
from edge.journal import Journal
async def main():
    journal = Journal(Path(sys.argv[1]))
    loop = asyncio.get_running_loop()
    journal.open(loop)
    def put(i):
        row = "INSERT INTO events VALUES (NULL, ?, 'x', x'')"
        work = lambda db: db.execute(row, (i,)) and db.last_insert_rowid()
        journal.submit(work, lambda seq, error: (print(seq, flush=True), put(i + 1)))
    for i in range(5):
        put(i * 100000)
    await asyncio.Event().wait()
asyncio.run(main())
"""


def test_what_was_reported_survives_a_kill(tmp_path: Path) -> None:
    script = tmp_path / "child.py"
    script.write_text(KILLED)
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    for round_ in range(3):
        with subprocess.Popen(
            [sys.executable, script, tmp_path / "j.db"], stdout=subprocess.PIPE, text=True, env=env
        ) as child:
            assert child.stdout is not None
            reported = [int(child.stdout.readline()) for _ in range(200)]
            os.kill(child.pid, signal.SIGKILL)
            reported += [int(line) for line in child.stdout if line.endswith("\n")]
        db = apsw.Connection(str(tmp_path / "j.db"))
        kept = set(values(db))
        db.close()
        assert set(reported) <= kept, f"round {round_}"
        assert len(set(reported)) == len(reported)


def test_what_is_settled_is_committed_often_and_alone(tmp_path: Path) -> None:
    async def body(journal: Journal) -> None:
        lots: list[int] = []
        real = journal._commit
        journal._commit = lambda lot: (lots.append(len(lot)), real(lot))[1]  # type: ignore[method-assign]
        settled: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        began, goes_on = threading.Event(), threading.Event()
        journal.submit(lambda db: (began.set(), goes_on.wait()), lambda value, error: None)
        began.wait()  # what comes now waits together
        journal.submit(insert(1), lambda value, error: None)
        journal.submit(insert(2), lambda value, error: None)
        journal.settle(values, lambda value, error: settled.set_result((value, error)))
        journal.submit(insert(3), lambda value, error: None)
        goes_on.set()
        assert await settled == ([1, 2], None)
        assert await commit(journal, values) == [1, 2, 3]
        assert lots[: 2 + SETTLE + 1] == [1, 2, *[1] * SETTLE, 1]

    run(tmp_path / "j.db", body)


def test_what_failed_once_is_not_settled(tmp_path: Path) -> None:
    async def body(journal: Journal) -> None:
        times = itertools.count()

        def work(_: Any) -> None:
            if next(times) == 2:
                raise ValueError("no")

        settled: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        journal.settle(work, lambda value, error: settled.set_result(error))
        assert str(await settled) == "no"
        assert next(times) == SETTLE

    run(tmp_path / "j.db", body)
