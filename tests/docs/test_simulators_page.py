"""docs/simulators.md says what the code does: keys of a bench file, faults and who can have them, events."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from edge.settings.words import default_of, described, meaning_of, shown
from simulators.announcer.twin import SpeakerTwin
from simulators.bench.happenings import EVENTS
from simulators.bench.kinds import KINDS
from simulators.bench.plan import PortPlan
from simulators.bench.ports import WirePort
from simulators.bench.requests import REQUESTS
from simulators.board.picture import PictureTwin
from simulators.board.twin import BoardTwin
from simulators.evaluator.twin import EvaluatorTwin
from simulators.keypad.twin import KeypadTwin
from simulators.pins.twin import ButtonTwin, LampTwin
from simulators.printer.twin import PrinterTwin
from simulators.strip.twin import StripTwin
from simulators.trouble import NAMES

ON_WIRES = (WirePort, KeypadTwin, EvaluatorTwin, StripTwin, PrinterTwin)
DEVICES = (*ON_WIRES, ButtonTwin, LampTwin, BoardTwin, PictureTwin, SpeakerTwin)
PAGE = "docs/simulators.md"


def rows(text: str, columns: int) -> list[list[str]]:
    """The rows of all tables of so many columns."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line[1:-1].split("|")] for line in lines]
    return [row for row in cells if len(row) == columns]


def test_every_fault_stands_there_with_who_can_have_it(read: Any) -> None:
    table = {row[0].strip("`"): row for row in rows(read(PAGE).text, 4) if row[0].strip("`") in NAMES}
    assert list(table) == list(NAMES)
    for name, (_, means, told, who) in table.items():
        having = {device.kind: device.TROUBLES[name] for device in DEVICES if name in device.TROUBLES}
        assert means.startswith(NAMES[name]), name
        takes = {word for trouble in having.values() for word in trouble.takes}
        if name != "replug":
            assert who.split(", ") == list(having), name
            assert takes <= set(re.findall(r"`(\w+)`", told)), name


def test_every_key_of_a_bench_file_stands_there(read: Any) -> None:
    text = read(PAGE).text
    for field in msgspec.structs.fields(PortPlan):
        default = default_of(field)
        usual = "needed" if default is msgspec.NODEFAULT else shown(default)
        if field.name == "url":
            continue
        row = f"| `{field.name}` | {meaning_of(field.type)} | {described(field.type)} | {usual} |"
        assert row in text, row
    for kind, row_of in KINDS.items():
        assert f"| `{kind}` | " in text
        for field in msgspec.structs.fields(row_of.settings):
            row = [f"`{field.name}`", meaning_of(field.type), described(field.type), shown(default_of(field))]
            assert f"| {' | '.join(row)} |" in text, row


@pytest.mark.parametrize("name", [*EVENTS, *REQUESTS])
def test_every_event_and_request_stands_there(read: Any, name: str) -> None:
    assert f"| `{name}` | " in read(PAGE).text


def test_the_program_of_the_page_runs(read: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for what it waits for: nobody shows A001 there."""
    (program,) = [fence.body for fence in read(PAGE).fences if fence.language == "python"]
    monkeypatch.chdir(tmp_path)
    exec(compile(program.replace('"A001" in strip.face', '"▌▐" in strip.face'), PAGE, "exec"), {})
    assert list((tmp_path / "bench").iterdir()) == []
