"""The halls that are measured do the work that is counted."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

from edge.look import read_events, read_file
from simulators.measure import drain, growth, node, press_load, visits
from simulators.measure.asking import Asker, Refusal
from simulators.measure.children import Child, ChildFailed, environment, python
from simulators.measure.figures import Bench
from simulators.measure.halls import CORE, SITE, Hall, SiteText
from simulators.measure.machine import file_system
from simulators.measure.mqtt_io import mqtt_io_told


def events_of(journal: Path) -> Counter[str]:
    return Counter(event.kind for event in read_events(journal))


def test_whole_visits_are_made_and_committed(tmp_path: Path) -> None:
    bench = visits.VisitsBench(tmp_path, windows=10, lanes=5)
    try:
        assert bench.run(20) > 0
        steps, disk_bytes = bench.record()
        journal = bench.hall.data / f"{SITE}-{CORE}.db"
    finally:
        bench.stop()
    found = events_of(journal)
    assert found["Called"] == found["Finished"] == found["RatingGiven"] == 20 + visits.RECORDED
    assert [step.asked.payload.partition('","')[0].rpartition('"')[2] for step in steps] == [
        "take_number",
        "call_next",
        "finish",
        "rated",
    ]
    assert all(any("/answer/" in sent.topic for sent in step.said) for step in steps[:3])
    assert any("/receipt/" in sent.topic for sent in steps[3].said)
    assert any(sent.retain and "/state/window/" in sent.topic for sent in steps[1].said)
    assert disk_bytes >= 0


def test_visits_have_floor_and_target(tmp_path: Path) -> None:
    outcome = visits.measure(Bench(tmp_path, quick=True))
    (row,) = outcome.rows
    assert row.floor is not None
    assert row.checks[0].sense == "at least"
    assert {told.what for told in outcome.told} >= {"written to disk a visit, one at a time"}


def test_a_refusal_ends_the_measure(tmp_path: Path) -> None:
    with Hall(tmp_path, SiteText(10)) as hall:
        hall.start(CORE)
        asker = Asker(hall.broker.port)
        with pytest.raises(Refusal, match="unknown_service"):
            asker.issue(1, ("nothing",))


def test_a_start_is_ready_by_its_own_word(tmp_path: Path) -> None:
    with Hall(tmp_path, SiteText(10)) as hall:
        lives: list[bytes] = []
        former = hall.client("former", lambda _topic, payload: lives.append(payload))
        former.subscribe(f"hall/1/{SITE}/{CORE}/life")
        hall.start(CORE).stop()
        former.until(lambda: any(b'"ready"' in life for life in lives), "the node's life is not heard", 10)
        ended = hall.launch(CORE, [sys.executable, "-c", ""])
        former.publish(f"hall/1/{SITE}/{CORE}/life", next(life for life in lives if b'"ready"' in life))
        former.until(lambda: former.unanswered == 0, "the broker does not answer", 10)
        with pytest.raises(ChildFailed, match="ended by itself"):
            hall.ready(ended)


def test_every_record_of_a_drained_journal_is_receipted(tmp_path: Path) -> None:
    bench = drain.DrainBench(tmp_path, 120)
    try:
        bodies = bench.prepare()
        assert bench.run() > 0
        assert bench.peak_mb > 10
        data = tmp_path / "data"
    finally:
        bench.stop()
    assert len(bodies) == 120
    marks = read_file(data / f"{SITE}-{CORE}.db").marks
    assert [up_to for (source, _), up_to in marks.items() if source == drain.NODE] == [120]
    assert events_of(data / f"{SITE}-{CORE}.db")["PrintMarked"] == 60


def test_a_journal_is_aged_without_harm(tmp_path: Path) -> None:
    case = growth.Case("aged", tmp_path, windows=10)
    case.look(10)
    before = read_file(case.journal)
    count = len(read_events(case.journal))
    growth.age(case.journal, count + 500)
    after = read_file(case.journal)
    assert len(read_events(case.journal)) == count + 500
    assert [event.seq for event in read_events(case.journal)] == list(range(1, count + 501))
    assert after.snapshot_seq == before.snapshot_seq + 500
    assert after.snapshot == before.snapshot
    case.look(10)
    assert len(case.looks) == 2
    assert events_of(case.journal)["RatingGiven"] >= 40


def test_a_node_is_started_looked_at_and_left_alone(tmp_path: Path) -> None:
    outcome = node.measure(Bench(tmp_path, quick=True))
    assert [row.what for row in outcome.rows] == ["exec to ready", "memory, settled", "CPU while idle"]
    start, memory, idle = outcome.rows
    assert start.floor is not None
    assert start.floor.median > 10  # ms: no interpreter starts sooner
    assert start.ours.median > 10
    assert memory.ours.median > 10
    assert idle.ours.median >= 0
    assert "paho" in outcome.notes[0]


def test_a_peer_is_measured_only_when_asked_for(tmp_path: Path) -> None:
    assert mqtt_io_told(Bench(tmp_path), 1.0) == []


def test_the_load_works_and_its_screens_are_redrawn(tmp_path: Path) -> None:
    outcome = press_load.measure(Bench(tmp_path, quick=True))
    (row,) = outcome.rows
    assert row.floor is not None
    assert row.ours.n == row.floor.n == 10
    folder = tmp_path / "press-load"
    assert events_of(folder / "data" / f"{SITE}-{CORE}.db")["Begun"] > 2
    screens = sorted((folder / "screens").glob("board-*/fb0"))
    assert len(screens) == press_load.BOARDS
    assert all(any(screen.read_bytes()) for screen in screens)


def test_a_child_that_ends_is_told_with_its_last_words(tmp_path: Path) -> None:
    with Child(
        "nobody", python("edge", "node", "--site", "/no.toml", "--node", "x"), tmp_path / "log"
    ) as child:
        hall_error = None
        while hall_error is None:
            try:
                child.check()
            except ChildFailed as error:
                hall_error = str(error)
    assert "nobody ended by itself" in hall_error
    assert "/no.toml" in hall_error
    child.stop()


def test_children_compile_their_modules_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert "PYTHONDONTWRITEBYTECODE" not in environment()
    assert "PATH" in environment()


def test_the_file_system_is_named(tmp_path: Path) -> None:
    assert file_system(Path("/proc")) == "proc"
    assert file_system(tmp_path) not in ("unknown", "proc")
