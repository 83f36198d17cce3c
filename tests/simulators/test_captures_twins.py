"""Every capture in tests/golden/captures, its host's side played to our twins.

A new one is dropped into that folder. Nothing else is needed: who speaks in it, and which keys were pressed,
is read from its bytes; lines with "!" do it where a capture has them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulators.bench.kinds import (
    EvaluatorSettings,
    KeypadSettings,
    PrinterSettings,
    StripSettings,
)
from simulators.bench.plan import BenchPlan, DevicePlan, PortPlan
from simulators.bench.thread import BenchThread
from simulators.bench.typed import done, understood
from simulators.capture.cast import Cast, Part, cast_of
from simulators.capture.ends import SerialEnd
from simulators.capture.format import Capture, Record
from simulators.capture.replay import Difference, Replay
from simulators.wires.framing import Framing

CAPTURES = sorted((Path(__file__).parents[1] / "golden" / "captures").glob("*.cap"))
PATIENCE_S = 20.0


def settings_of(part: Part, cast: Cast, keypads: list[int]) -> Any:
    match part.kind:
        case "keypad":
            return KeypadSettings(address=part.address, repeat_s=1.0)
        case "evaluator":
            return EvaluatorSettings(address=part.address, keypad=keypads[0] if keypads else -1, repeat_s=1.0)
        case "strip":
            return StripSettings(address=part.address, acks=part.address in cast.answering)
        case "printer":
            return PrinterSettings(speed_mm_s=0)


def bench_of(cast: Cast, folder: Path) -> BenchThread:
    keypads = [part.address for part in cast.parts if part.kind == "keypad"]
    devices = tuple(
        DevicePlan(id=part.name, kind=part.kind, port="line", settings=settings_of(part, cast, keypads))
        for part in cast.parts
    )
    return BenchThread(BenchPlan(ports=(PortPlan(id="line", url=str(folder / "line")),), devices=devices))


def play(records: list[Record], folder: Path) -> Difference | None:
    """The host's side of these records against our twins."""
    cast = cast_of(records)
    staged = cast.staged(records)
    cues = {id(record): given for record, given in staged}
    by_hand = any(record.way == "!" and not record.words.startswith("print ") for record in records)

    with bench_of(cast, folder) as bench:

        def hand(words: str) -> None:
            if not words.startswith("print "):
                bench.call(lambda inside: done(understood(words, inside), inside))

        def press(record: Record) -> None:
            for cue in [] if by_hand else cues[id(record)]:
                if cue.what in ("press", "grade"):
                    said = {"keys": cue.value} if cue.what == "press" else {"grade": cue.value}
                    bench.do(cue.part.name, "press", **said)

        end = SerialEnd(str(folder / "line"), Framing())
        try:
            run = Replay(end, "driver", patience_s=PATIENCE_S, hand=hand, expects=press)
            return run.run(record for record, _ in staged)
        finally:
            end.close()


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_our_twins_say_what_was_captured(path: Path, tmp_path: Path) -> None:
    capture = Capture(path)
    assert capture.head.get("source"), f'{path.name} does not say where it comes from: "# source ..."'
    difference = play(list(capture.records()), tmp_path)
    assert difference is None, f"{path.name}:{difference.line}: {difference.text}"


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_a_byte_that_a_twin_would_not_say_is_found(path: Path, tmp_path: Path) -> None:
    records = list(Capture(path).records())
    last = max(at for at, record in enumerate(records) if record.way == "<")
    data = records[last].data
    records[last] = records[last]._replace(data=data[:-1] + bytes([data[-1] ^ 1]))
    difference = play(records, tmp_path)
    assert difference is not None
    assert (difference.line, difference.expected, difference.got) == (
        records[last].line,
        data[-1] ^ 1,
        data[-1],
    )


def test_there_are_captures_of_each_dialect() -> None:
    kinds = {part.kind for path in CAPTURES for part in cast_of(Capture(path).records()).parts}
    assert kinds == {"keypad", "evaluator", "strip", "printer"}
