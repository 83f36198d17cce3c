"""`hall journal`: what a technician sees of a journal, and that looking changes nothing."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from edge import damage, store
from edge.cli import run as hall
from edge.hall.events import EVENTS
from edge.journal_words import WORDS, class_name
from edge.look import look, read_events
from edge.outbox import Outbox
from edge.store import PAGE_BYTES
from mqtt_bridge import messages as m
from mqtt_bridge.contract import CHANNELS, tag

GOLDEN = Path(__file__).parents[1] / "golden" / "journal" / "schema_1.sql"


class Nowhere:
    connected = False

    def send_record(self, record: m.Record | m.Records) -> bool:
        return False


async def a_morning(office: Any) -> None:
    await office.open("1", "2")
    for service in ("pension", "invoice", "pension"):
        office.now_s += 600
        await office.number(service)
    office.coordinator._keeper.snapshot()
    await office.settle()
    await office.do(m.CallNext, window="1")
    office.send(m.Printed("east", "abcdef01-1", 5, "20261123-A001", "A001", "printed"))
    office.send(m.Rated("east", "abcdef01-2", 5, "20261123-A001", "1", 2))
    await office.ear.until(lambda: m.Receipt("abcdef01", 2) in office.ear.of(m.Receipt))
    box = Outbox(office.journal, Nowhere(), asyncio.get_running_loop(), "core")
    box.start()
    for record in (
        m.Issued("", "", int(office.now_s * 1000), "20261123-X501", "X501", "pension"),
        m.Rated("", "", int(office.now_s * 1000), "20261123-A001", "1", 2),
    ):
        box.keep(record, lambda error: None)
    await office.settle()
    box.receipt(m.Receipt(office.journal.generation, 1))
    box.stop()
    await office.settle()


@pytest.fixture()
def journal(run: Any, new_office: Any, tmp_path: Path) -> Path:
    """The journal of a coordinator that had a morning and was stopped."""

    async def body() -> None:
        office = new_office()
        await office.start()
        await a_morning(office)
        await office.stop()

    run(body())
    return tmp_path / "small-core.db"


@pytest.fixture()
def said(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[str], str]]:
    """`said("check", path)`: exit code, lines, and what went to the error output."""

    def call(*arguments: Any) -> tuple[int, list[str], str]:
        code = hall(["journal", *map(str, arguments)])
        out = capsys.readouterr()
        return code, out.out.splitlines(), out.err

    return call


def change(journal: Path, work: str, *values: Any) -> None:
    db = apsw.Connection(str(journal))
    db.execute(work, values)
    db.close()


# --- check ----------------------------------------------------------------------------------------------


def test_a_sound_journal_says_so(journal: Path, said: Any) -> None:
    code, lines, _ = said("check", journal)
    assert code == 0
    assert lines[0] == str(journal)
    assert lines[1].startswith("✓ 完整性 integrity: sound, schema 2, store ")
    assert lines[2] == "✓ 事件 events: 12, 1 to 12, none is missing"
    assert lines[3] == "✓ 重放 replay: events 9 to 12 make the snapshot of 12"
    assert lines[4] == "✓ 重放 replay: the events after 12 can be played"
    assert lines[5] == "✓ 记录 records: 2, 1 to 2, none is missing"
    assert lines[6].startswith("! 记录 records: 1 without a receipt")
    assert lines[7] == "✓ 收件 inbox: east (abcdef01) up to 2"
    assert lines[8] == "in order: nothing is to be done"


def test_looking_changes_nothing(journal: Path, said: Any) -> None:
    before = journal.read_bytes()
    for part in ("check", "show", "export"):
        assert said(part, journal)[0] == 0
        assert journal.read_bytes() == before


@pytest.mark.parametrize(
    ("work", "line"),
    [
        ("DELETE FROM events WHERE seq IN (3, 5, 6)", "✗ 事件 events: 9, 1 to 12, missing 3, 5-6"),
        (
            "UPDATE events SET body = replace(body, 'A001', 'A009') WHERE seq = 12",
            "✗ 重放 replay: event 12 of the journal cannot be read by this release",
        ),
        (
            "UPDATE snapshots SET body = replace(body, 'A002', 'A008') WHERE seq = 12",
            "✗ 重放 replay: events 9 to 12 do not make the snapshot of 12",
        ),
        ("UPDATE events SET kind = 'Teleported' WHERE seq = 4", "✗ 事件 events: event 4 (Teleported) cannot"),
        ("UPDATE events SET body = x'ff' WHERE seq = 4", "✗ 完整性 integrity: events 4: "),
        ("DELETE FROM outbox WHERE seq = 1", ""),
        ("UPDATE outbox SET body = '{}' WHERE seq = 2", "✗ 记录 records: record 2 cannot be read"),
        ("INSERT INTO outbox (seq, at_ms, body) SELECT 7, 5, body FROM outbox WHERE seq = 2", "missing 3-6"),
        ("INSERT INTO set_aside VALUES (1, 5, x'ff')", "! 记录 records: 1 cannot be read and were set aside"),
        ("INSERT INTO unread (body) VALUES (x'7b7d')", "! 记录 records: 1 of a newer release are kept"),
        (
            "INSERT INTO inbox VALUES ('east', 'abcdef01', 9)",
            "! 收件 inbox: east (abcdef01) up to 2, 1 beyond",
        ),
        ("DROP TABLE inbox_mark", "✗ 收件 inbox: no such table: inbox_mark"),
    ],
)
def test_what_is_wrong_is_named(journal: Path, said: Any, work: str, line: str) -> None:
    change(journal, work)
    code, lines, _ = said("check", journal)
    assert code == int(line.startswith("✗") or line.startswith("missing"))
    assert any(line in one for one in lines), lines
    if code:
        assert [one.split(":")[0] for one in lines if one.startswith("→")], "and what to do"
    else:
        assert lines[-1] == "in order: nothing is to be done"


def test_a_page_that_is_gone_is_a_fault_and_the_rest_is_looked_at(journal: Path, said: Any) -> None:
    db = apsw.Connection(str(journal))
    page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'outbox'").get
    db.close()
    with journal.open("r+b") as file:
        file.seek((page - 1) * PAGE_BYTES)
        file.write(b"\xa5" * PAGE_BYTES)
    code, lines, _ = said("check", journal)
    assert code == 1
    assert any(one.startswith("✗ 记录 records: ") for one in lines), lines
    assert "✓ 事件 events: 12, 1 to 12, none is missing" in lines


def test_what_is_no_journal_or_newer_is_told_in_a_sentence(journal: Path, tmp_path: Path, said: Any) -> None:
    (tmp_path / "empty.db").write_bytes(b"")
    (tmp_path / "rubbish.db").write_bytes(b"no database" * 200)
    assert said("check", tmp_path / "empty.db")[2] == f"hall journal: {tmp_path}/empty.db is no journal\n"
    assert "is damaged" in said("check", tmp_path / "rubbish.db")[2]
    assert said("show", tmp_path / "none.db")[2] == f"hall journal: there is no journal {tmp_path}/none.db\n"

    change(journal, "PRAGMA user_version = 99")
    assert (
        "has schema 99, this release knows 2: look into it with the newer release" in said("show", journal)[2]
    )


def test_an_older_journal_is_looked_at_as_it_would_become(tmp_path: Path, said: Any) -> None:
    path = tmp_path / "old.db"
    db = apsw.Connection(str(path))
    db.execute(GOLDEN.read_text(encoding="utf-8"))
    db.close()
    before = path.read_bytes()
    code, lines, _ = said("check", path)
    assert (code, lines[2]) == (0, "✓ 事件 events: 19, 1 to 19, none is missing")
    assert path.read_bytes() == before


def test_a_damaged_one_beside_it_is_named(journal: Path, said: Any) -> None:
    aside = journal.with_name(journal.name + ".damaged-20261123-090000")
    aside.write_bytes(journal.read_bytes())
    _, lines, _ = said("check", journal)
    assert any(line.startswith(f"! 受损 damaged: {aside.name} lies beside it; copy it") for line in lines)
    assert said("check", aside)[0] == 0, "and it can be looked at too"


def test_site_and_node_name_it_too(journal: Path, said: Any) -> None:
    code, lines, _ = said("check", "small/core", "--data", journal.parent)
    assert (code, lines[0]) == (0, str(journal))
    assert "small-east.db" in said("check", "small/east", "--data", journal.parent)[2]


# --- while the node runs --------------------------------------------------------------------------------

WRITER = """
import pathlib, secrets, sys, time
from edge.store import connect, prepare
path = pathlib.Path(sys.argv[1])
db = connect(path)
prepare(db, path, secrets.token_hex)
db.log_pages = 100
body = "cast(json_quote(hex(randomblob(300))) AS BLOB)"
work = f"INSERT INTO events (at_ms, kind, body) VALUES (1, 'x', {body})"
for count in range(10**9):
    with db:
        for _ in range(3):
            db.execute(work)
    if count == 50:
        print("writes", flush=True)
    time.sleep(0.003)  # of a node that is busier than any hall
"""


@pytest.fixture()
def busy(tmp_path: Path) -> Iterator[Path]:
    """A journal that another process holds for itself, and writes three events at a time."""
    path = tmp_path / "busy.db"
    with subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, text=True) as writer:
        try:
            assert writer.stdout is not None and writer.stdout.readline() == "writes\n"
            yield path
        finally:
            writer.kill()


def test_what_is_looked_into_is_the_journal_after_one_commit_while_its_node_writes(busy: Path) -> None:
    def work(db: apsw.Connection) -> int:
        assert list(damage.problems(db)) == []
        assert db.execute("SELECT max(seq) - count(*) FROM events").get == 0
        return int(db.execute("SELECT count(*) FROM events").get)

    counts = [look(busy, work) for _ in range(20)]
    assert counts == sorted(counts) and counts[-1] > counts[0] > 0
    assert not any(count % 3 for count in counts), "three are one commit"


def test_a_log_that_is_begun_anew_between_the_two_copies_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "one.db"
    db = store.connect(path)
    store.prepare(db, path, lambda count: "ab" * count)
    copyfile = shutil.copyfile

    def node_goes_on(source: Path, target: Path) -> None:
        copyfile(source, target)
        monkeypatch.setattr(shutil, "copyfile", copyfile)
        db.execute("INSERT INTO events VALUES (1, 1, 'x', x'31')")
        db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        db.execute("INSERT INTO inbox VALUES ('east', 'abcdef01', 1)")

    monkeypatch.setattr(shutil, "copyfile", node_goes_on)
    both = "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM inbox)"
    assert look(path, lambda copy: copy.execute(both).get) == (1, 1)
    db.close()


def test_the_journal_of_a_node_that_runs_is_looked_into_and_the_node_goes_on(
    run: Any, office: Any, tmp_path: Path
) -> None:
    async def body() -> None:
        async with office() as one:
            await a_morning(one)
            hall = "import sys; from edge.cli import run; sys.exit(run(sys.argv[1:]))"
            for part, words in (
                ("check", "nothing is to be done"),
                ("show", "叫号 Called A001"),
                ("export", "{"),
            ):
                done = subprocess.run(
                    [sys.executable, "-c", hall, "journal", part, tmp_path / "small-core.db"],
                    capture_output=True,
                    text=True,
                    check=True,
                )
                assert words in done.stdout, done.stdout
            await one.number("pension")
            assert one.coordinator.acting

    run(body())


# --- show -----------------------------------------------------------------------------------------------


def test_each_row_is_a_line_in_the_halls_own_words(journal: Path, said: Any) -> None:
    code, lines, _ = said("show", journal)
    assert code == 0
    assert lines[0] == "出件 outbox: 2 records, receipts were noted up to 1"
    assert lines[1] == "收件 inbox: east (abcdef01) has its receipt up to 2"
    lines = lines[2:]
    assert len(lines) == 14
    issued = next(line for line in lines if "NumberIssued B001" in line)
    assert issued.startswith("#7       2026-11-23 09:20:")
    assert "取号 NumberIssued B001" in issued and "税务 发票 普通" in issued
    assert any("叫号 Called A001 1号窗口 how=next" in line for line in lines)
    assert any("评价 RatingGiven A001 1号窗口 2 不满意" in line for line in lines)
    assert any(line.startswith("r1 ") and "脱机取号记录 Issued X501 养老金" in line for line in lines)
    kept = next(line for line in lines if line.startswith("r2 "))
    assert "评价记录 Rated A001" in kept and kept.endswith("(未回执 no receipt)")
    times = [line[9:28] for line in lines]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        (["--visit", "B001"], ["NumberIssued"]),
        (
            ["--visit", "20261123-A001"],
            ["NumberIssued", "Called", "PrintMarked", "Begun", "RatingGiven", "Rated"],
        ),
        (["--kind", "Called"], ["Called"]),
        (["--kind", "叫号", "--kind", "ratinggiven"], ["Called", "RatingGiven"]),
        (["--since", "09:25", "--kind", "NumberIssued"], ["NumberIssued"]),
        (["--since", "2026-11-23T09:15", "--kind", "NumberIssued"], ["NumberIssued"] * 2),
        (["--since", "2026-11-23", "--kind", "NumberIssued"], ["NumberIssued"] * 3),
        (["--since", "2026-11-24"], []),
    ],
)
def test_only_what_is_asked_for(journal: Path, said: Any, options: list[str], kinds: list[str]) -> None:
    code, lines, _ = said("show", journal, *options)
    assert code == 0
    assert sorted(line.split()[4] for line in lines) == sorted(kinds), lines


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--kind", "Caled"], "no kind 'Caled'; did you mean \"Called\"?"),
        (["--since", "noon"], "--since takes 09:30, 2026-11-23 or 2026-11-23T09:30, and not 'noon'"),
        (["--since", "2026-13-40"], "--since takes"),
    ],
)
def test_a_filter_that_means_nothing_is_named(
    journal: Path, said: Any, options: list[str], text: str
) -> None:
    code, lines, error = said("show", journal, *options)
    assert (code, lines) == (2, [])
    assert text in error


def test_every_event_and_record_has_its_word() -> None:
    records = {class_name(tag(kind)) for kind in CHANNELS["record"].types} - {"Records"}
    assert set(WORDS) == {*EVENTS, *records}


def test_what_moves_the_cursor_is_not_printed(journal: Path, said: Any) -> None:
    change(journal, "UPDATE events SET body = replace(body, '101', '\\u001b[2J') WHERE kind = 'LoggedIn'")
    _, lines, _ = said("show", journal, "--kind", "LoggedIn")
    assert any("clerk=·[2J" in line for line in lines)


def test_a_row_that_is_no_json_is_shown_as_such(journal: Path, said: Any) -> None:
    change(journal, "UPDATE outbox SET body = x'ff00' WHERE seq = 2")
    _, lines, _ = said("show", journal)
    assert any(line.startswith("r2 ") and "garbled=2" in line for line in lines)


# --- export ---------------------------------------------------------------------------------------------


def test_export_is_all_of_it_as_json_lines(journal: Path, said: Any) -> None:
    change(journal, "INSERT INTO set_aside VALUES (9, 5, x'ff')")
    change(journal, 'INSERT INTO unread (body) VALUES (\'{"type":"weighed"}\')')
    code, lines, _ = said("export", journal)
    assert code == 0
    rows = [json.loads(line) for line in lines]
    assert rows[0]["journal"]["schema"] == 2
    events = [row["event"] for row in rows if "event" in row]
    stored = read_events(journal)
    assert [(one["seq"], one["at_ms"], one["kind"]) for one in events] == [one[:3] for one in stored]
    assert [one["body"] for one in events] == [json.loads(one.body) for one in stored]
    records = [row["record"] for row in rows if "record" in row]
    assert [(one["seq"], one["receipted"], one["body"]["type"]) for one in records] == [
        (1, True, "issued"),
        (2, False, "rated"),
    ]
    assert [row for row in rows if "unread" in row] == [{"unread": {"seq": 1, "body": {"type": "weighed"}}}]
    assert [row for row in rows if "set_aside" in row] == [
        {"set_aside": {"seq": 9, "body": {"base64": "/w=="}}}
    ]
    assert any("养老金" in line for line in lines), "Chinese as it is"


def test_of_a_damaged_one_all_that_can_be_read(journal: Path, said: Any) -> None:
    db = apsw.Connection(str(journal))
    page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'events'").get
    db.close()
    with journal.open("r+b") as file:
        file.seek((page - 1) * PAGE_BYTES)
        file.write(b"\xa5" * PAGE_BYTES)
    code, lines, error = said("export", journal)
    assert code == 1
    assert "is damaged" in error
    assert [json.loads(line)["record"]["seq"] for line in lines if "record" in line] == [1, 2]
