"""The watchdog is fed while everything moves, and by nothing else; what stands still is named once."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.journal import Journal
from edge.notify import Notify
from edge.starts import STARTS_MOST, WITHIN_S, Starts
from edge.watchdog import BEAT_S, Watchdog

WATCHDOG_S = 30.0


class Ear:
    """The service manager's socket."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self.environ = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": str(int(WATCHDOG_S * 1e6))}

    def heard(self) -> list[str]:
        """What was said since the last look."""
        words = []
        while True:
            try:
                words.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return words

    def fed(self) -> int:
        return self.heard().count("WATCHDOG=1")

    def close(self) -> None:
        self._socket.close()


@pytest.fixture()
def ear(tmp_path: Path) -> Iterator[Ear]:
    ear = Ear(str(tmp_path / "notify"))
    yield ear
    ear.close()


class Guard:
    """Notes how it is armed, in place of the alarm of the process."""

    def __init__(self) -> None:
        self.armed: list[float] = []

    def arm(self, within_s: float) -> None:
        self.armed.append(within_s)


class Bench:
    """A watchdog in virtual time; the node is the test."""

    def __init__(self, loop: Any, notify: Notify) -> None:
        self.loop = loop
        self.stands_still = ""
        self.looked = 0
        self.sentence = "4 ports open, broker connected"
        self.journal_answers = True
        self.asked: list[Callable[[], None]] = []
        self.guard = Guard()
        self.watchdog = Watchdog(self, notify, self.guard, loop)  # type: ignore[arg-type]

    def look(self) -> str:
        self.looked += 1
        return self.stands_still

    def ask_journal(self, answer: Callable[[], None]) -> None:
        self.asked.append(answer)
        if self.journal_answers:
            self.loop.call_soon(answer)

    def status(self) -> str:
        return self.sentence

    def lives(self, seconds: float) -> None:
        self.loop.call_later(seconds, self.loop.stop)
        self.loop.run_forever()


@pytest.fixture()
def bench(virtual_loop: Any, ear: Ear) -> Bench:
    return Bench(virtual_loop, Notify(ear.environ))


def test_a_node_that_moves_is_fed_at_a_third_of_the_time(bench: Bench, ear: Ear) -> None:
    bench.watchdog.start()
    assert ear.heard() == ["STATUS=4 ports open, broker connected", "READY=1"]
    bench.lives(101)
    assert ear.heard() == ["WATCHDOG=1"] * 11
    assert bench.guard.armed == [15.0] * 11, "a beat that is half a beat late sets the guard off"
    bench.sentence = "broker away"
    bench.lives(20)
    assert ear.heard() == ["STATUS=broker away", "WATCHDOG=1", "WATCHDOG=1"]
    bench.watchdog.stop()
    assert (ear.heard(), bench.guard.armed[-1]) == (["STOPPING=1"], 0)
    bench.lives(100)
    assert ear.heard() == []


def test_a_bridge_that_stands_still_is_not_fed_and_named_once(
    bench: Bench, ear: Ear, caplog: pytest.LogCaptureFixture
) -> None:
    bench.watchdog.start()
    bench.lives(5)
    assert ear.fed() == 1
    bench.stands_still = "the link to the broker"
    with caplog.at_level(logging.WARNING):
        bench.lives(100)
    assert ear.fed() == 0
    assert caplog.messages == ["standing still: the link to the broker"]
    bench.stands_still = ""
    bench.lives(10)
    assert ear.fed() == 1


def test_a_journal_that_does_not_answer_is_asked_once_and_feeds_when_it_does(
    bench: Bench, ear: Ear, caplog: pytest.LogCaptureFixture
) -> None:
    bench.watchdog.start()
    bench.lives(5)
    ear.heard()
    bench.journal_answers = False
    with caplog.at_level(logging.WARNING):
        bench.lives(100)
    assert ear.fed() == 0
    assert len(bench.asked) == 2, "its queue does not fill up with questions"
    assert caplog.messages == ["standing still: the journal: its disk does not answer"]
    bench.asked[-1]()
    assert ear.fed() == 1


def test_the_last_food_is_never_older_than_the_fault(bench: Bench, ear: Ear) -> None:
    """So the service manager's own time is the bound, and no beat is added to it."""
    bench.watchdog.start()
    bench.lives(10.5)
    bench.journal_answers = False
    ear.heard()
    bench.lives(WATCHDOG_S)
    assert ear.fed() == 0


def test_a_real_journals_thread_proves_itself_and_writes_nothing(virtual_loop: Any, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "a.db")
    journal.open(virtual_loop)
    wal = tmp_path / "a.db-wal"
    before = (wal.stat().st_size, wal.stat().st_mtime_ns)
    journal.submit(lambda _db: None, lambda _value, _error: virtual_loop.stop())
    virtual_loop.run_forever()
    assert (wal.stat().st_size, wal.stat().st_mtime_ns) == before
    held, answers = threading.Event(), []
    journal.submit(lambda _db: held.wait(), lambda _value, _error: None)
    journal.submit(lambda _db: None, lambda _value, _error: (answers.append(1), virtual_loop.stop()))
    virtual_loop.call_later(60, virtual_loop.stop)
    virtual_loop.run_forever()
    assert answers == [], "a thread that hangs in its work does not answer"
    held.set()
    virtual_loop.run_forever()
    assert answers == [1]
    journal.close()


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": "/nowhere/notify"}])
def test_without_a_service_manager_it_beats_all_the_same(virtual_loop: Any, environ: dict[str, str]) -> None:
    bench = Bench(virtual_loop, Notify(environ))
    bench.watchdog.start()
    bench.lives(BEAT_S * 5 + 1)
    assert bench.looked == 6


def test_a_watchdog_meant_for_another_process_is_not_ours(ear: Ear) -> None:
    assert Notify({**ear.environ, "WATCHDOG_PID": str(os.getpid() + 1)}).watchdog_s == 0
    assert Notify({**ear.environ, "WATCHDOG_PID": str(os.getpid())}).watchdog_s == WATCHDOG_S


def test_an_abstract_socket_is_found() -> None:
    ear = Ear(f"@hall-test-{os.getpid()}")
    Notify(ear.environ).ready()
    assert ear.heard() == ["READY=1"]
    ear.close()


def test_starts_without_an_end_are_counted_and_soon_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "node.starts"
    for count in range(STARTS_MOST + 1):
        starts = Starts(path)
        starts.note(1000.0 + count)
        assert (starts.trouble != "") == (count >= STARTS_MOST)
    assert starts.trouble == f"broke down {STARTS_MOST} times within 10 minutes: its log says why"
    later = Starts(path)
    later.note(1004.0 + WITHIN_S)
    assert later.trouble == ""


def test_a_clean_end_and_a_clock_set_back_and_rubbish_count_nothing(tmp_path: Path) -> None:
    path = tmp_path / "node.starts"
    for count in range(STARTS_MOST + 1):
        Starts(path).note(9000.0 + count)
    after = Starts(path)
    after.note(1000.0)
    assert after.trouble == ""
    after.clean_end()
    assert not path.exists()
    path.write_text("never")
    again = Starts(path)
    again.note(1.0)
    assert again.trouble == ""
    nowhere = Starts(tmp_path / "missing" / "node.starts")
    nowhere.note(1.0)
    nowhere.clean_end()
