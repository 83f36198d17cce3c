"""Every capture in tests/golden/captures, its devices' side played to our drivers.

What the host showed in a capture is read with the twins' eyes, given to our drivers as commands, and must
come out of them as the same bytes. A ticket is what a line "! print {...}" says; without one, the printer's
driver is not asked to print. "# driver why" leaves out a capture whose host does what ours does not.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from devices.base import Message
from devices.evaluator.messages import Graded, OpenRating, Thank
from devices.evaluator.settings import EvaluatorSettings
from devices.keypad.messages import Beep, ShowDigits, ShowNumbers
from devices.keypad.settings import KeypadSettings
from devices.line_settings import LineSettings
from devices.printer.messages import PrintSlip, Ticket
from devices.printer.settings import PrinterSettings
from devices.registry import DeviceSpec, PortSpec, build_port
from devices.strip.messages import Segment, ShowRom, ShowText
from devices.strip.settings import StripSettings
from simulators.capture.cast import Cast, Cue, Part, cast_of
from simulators.capture.ends import PtyEnd
from simulators.capture.format import Capture, Record
from simulators.capture.replay import Difference, Replay
from simulators.wires.framing import Framing

CAPTURES = sorted((Path(__file__).parents[1] / "golden" / "captures").glob("*.cap"))
DIALECTS = {"keypad": "ff68", "evaluator": "ff68", "strip": "a090", "printer": "escpos"}
SIX_PLACES = re.compile(r"(_{0,3}\d{0,3}){2}(?<=^.{6})")
PATIENCE_S = 20.0


def spec_of(part: Part, cast: Cast) -> DeviceSpec:
    starts = any(cue.what == "start" and cue.part == part for cue in cast.cues)
    settings: Any = {
        "keypad": lambda: KeypadSettings(address=part.address),
        "evaluator": lambda: EvaluatorSettings(
            address=part.address,
            grades=(1, 2, 3, 4, 5),
            ack="short" if part.address in cast.short_acks else "frame",
            send_open=starts,
            repeat_ms=50,
        ),
        "strip": lambda: StripSettings(
            address=part.address, acks=part.address in cast.answering, reply_ms=5000
        ),
        "printer": lambda: PrinterSettings(),
    }[part.kind]()
    return DeviceSpec(part.name, part.kind, DIALECTS[part.kind], settings)


class Stage:
    """Our drivers at one end of a pty, the capture's devices at the other."""

    def __init__(self, pump: Any, cast: Cast) -> None:
        self.pump = pump
        self.cast = cast
        self.digits: dict[Part, str] = {}
        self.tasks: set[asyncio.Task[None]] = set()

    def told(self, cues: list[Cue]) -> None:
        """A frame of the host is due: tell our drivers what it takes."""
        for cue in cues:
            if cue.what == "thank":
                self.tasks.add(asyncio.ensure_future(self.thank(cue.part)))
            elif cue.what == "digits" and self.digits.get(cue.part) == cue.value:
                pass  # a keypad's driver shows the numbers again by itself after a typed one
            elif cue.what in ("digits", "beep", "start", "text", "rom"):
                self.pump.handle(cue.part.name, command_of(cue))
            if cue.what == "digits":
                self.digits[cue.part] = cue.value

    async def thank(self, part: Part) -> None:
        thanks = sum(cue.what == "thank" and cue.part == part for cue in self.cast.cues)
        await self.pump.until(lambda: self.pump.said(part.name, Graded), PATIENCE_S)
        self.pump.handle(part.name, Thank(self.pump.said(part.name, Graded)[-1].token))
        if thanks > len(self.pump.said(part.name, Graded)):
            self.pump.handle(part.name, OpenRating("again"))

    def hand(self, words: str) -> None:
        name, _, ticket = words.partition(" ")
        if name == "print":
            job = f"job-{len(self.tasks)}"
            self.pump.handle("printer", PrintSlip(job, msgspec.json.decode(ticket, type=Ticket)))


def command_of(cue: Cue) -> Message:
    match cue.what:
        case "digits" if SIX_PLACES.fullmatch(cue.value):
            waiting, ticket = cue.value[:3].replace("_", ""), cue.value[3:].replace("_", "")
            return ShowNumbers(int(waiting) if waiting else None, ticket)
        case "digits":
            return ShowDigits(cue.value)
        case "beep":
            return Beep()
        case "start":
            return OpenRating("asked")
        case "text":
            return ShowText(tuple(Segment(piece.text, piece.colour) for piece in cue.value), "text")
    return ShowRom("rom")


async def play(stage: Stage, records: list[Record], path: Path) -> Difference | None:
    loop = asyncio.get_running_loop()
    end = PtyEnd(str(path), Framing())
    parts = stage.cast.parts
    staged = stage.cast.staged(records)
    cues = {id(record): given for record, given in staged}
    port = build_port(
        PortSpec("line", LineSettings(url=str(path))),
        [spec_of(part, stage.cast) for part in parts],
        stage.pump.emit,
    )

    def on_loop(work: Callable[[Any], None]) -> Callable[[Any], None]:
        return lambda what: loop.call_soon_threadsafe(work, what) and None

    def replayed() -> Difference | None:
        assert end.wait_for_driver(PATIENCE_S)
        expects = on_loop(lambda record: stage.told(cues[id(record)]))
        run = Replay(end, "device", patience_s=PATIENCE_S, hand=on_loop(stage.hand), expects=expects)
        return run.run(record for record, _ in staged)

    async with stage.pump:
        stage.pump.drive(port)
        for part in parts:
            if part.kind == "evaluator" and not any(cue.what == "start" for cue in stage.cast.cues):
                stage.pump.handle(part.name, OpenRating("first"))
        try:
            return await asyncio.to_thread(replayed)
        finally:
            end.close()


def is_for_us(path: Path) -> bool:
    """Whether its host does what ours does: a printer's host must say what ticket it prints."""
    capture = Capture(path)
    records = list(capture.records())
    prints = any(record.words.startswith("print ") for record in records)
    has_printer = any(part.kind == "printer" for part in cast_of(records).parts)
    return "driver" not in capture.head and (prints or not has_printer)


@pytest.mark.parametrize("path", [*filter(is_for_us, CAPTURES)], ids=lambda path: path.stem)
def test_our_drivers_say_what_was_captured(pump: Any, path: Path, tmp_path: Path) -> None:
    records = list(Capture(path).records())
    cast = cast_of(records)
    difference = asyncio.run(play(Stage(pump, cast), records, tmp_path / "line"))
    assert difference is None, f"{path.name}:{difference.line}: {difference.text}"


def test_a_byte_that_a_driver_would_not_say_is_found(pump: Any, tmp_path: Path) -> None:
    records = list(Capture(CAPTURES[-1]).records())
    cast = cast_of(records)
    last = max(at for at, record in enumerate(records) if record.way == ">")
    data = records[last].data
    records[last] = records[last]._replace(data=data[:-1] + bytes([data[-1] ^ 1]))
    difference = asyncio.run(play(Stage(pump, cast), records, tmp_path / "line"))
    assert difference is not None
    assert (difference.line, difference.got) == (records[last].line, data[-1])
