"""`node`: how soon a node is there, what memory it holds, and what it costs while nothing happens.

The node has a printer, four keypads, four evaluators and four strips on a line, a board of 1920 x 1080 and an
announcer, all of them alive. Start is from exec to its word "ready" on the broker, with its devices open. The
floor of start and memory is a bare interpreter that imports the same third-party modules, as many as the node
was seen to load, and does nothing. Starts of ours and of the floor take turns.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from display.fonts import TEXT_FACE
from simulators.evaluator.twin import EvaluatorTwin
from simulators.keypad.twin import KeypadTwin
from simulators.measure.bare_import import BareImport, third_party
from simulators.measure.figures import Bench
from simulators.measure.halls import CORE, Hall, SiteText
from simulators.measure.mqtt_io import mqtt_io_told
from simulators.measure.outcome import Check, Outcome, Row, Spread, Told, spread, times_floor
from simulators.measure.ptys import TwinPty, run_until
from simulators.printer.twin import PrinterTwin
from simulators.strip.twin import StripTwin
from simulators.twin import Twin

NODE = "east"
PLACES = range(1, 5)
SETTLE_S = 5.0
IDLE_S = 60.0
"""A whole minute: the board's clock turns once in it, whenever it begins."""
MOST_MB = 60.0
MOST_IDLE_PCT = 0.5


class Idle(NamedTuple):
    """A node that nobody uses."""

    memory_mb: float
    peak_mb: float
    cpu_pct: float
    wakeups_s: float


class NodeBench:
    """The hall, the node's wires with twins behind them, and the coordinator."""

    def __init__(self, folder: Path) -> None:
        self.stack = ExitStack()
        line: list[Twin] = [KeypadTwin(number) for number in PLACES]
        line += [EvaluatorTwin(16 + number, keypad=number) for number in PLACES]
        line += [StripTwin(number) for number in PLACES]
        paper = PrinterTwin("printer", width_dots=576, font=TEXT_FACE)
        self.ptys = [
            self.stack.enter_context(TwinPty(folder / "line", line)),
            self.stack.enter_context(TwinPty(folder / "paper", [paper])),
        ]
        self.hall = self.stack.enter_context(Hall(folder, _site(folder)))
        self.hall.start(CORE)

    def start_s(self) -> float:
        """Exec to ready; the node is ended again."""
        child = self.hall.launch(NODE, bound=False)
        try:
            return self.hall.ready(child) - child.started_s
        finally:
            child.stop()

    def idle(self, settle_s: float, idle_s: float) -> Idle:
        """Start once more, leave it alone, and look."""
        child = self.hall.start(NODE)
        run_until(self.ptys, lambda: False, settle_s)
        before_s, cpu_s, woken = time.monotonic(), child.cpu_s(), child.wakeups()
        run_until(self.ptys, lambda: False, idle_s)
        passed_s = time.monotonic() - before_s
        return Idle(
            child.memory_mb(),
            child.peak_mb(),
            (child.cpu_s() - cpu_s) / passed_s * 100,
            (child.wakeups() - woken) / passed_s,
        )

    def imported(self) -> list[str]:
        """The third-party modules that the node loads."""
        command = self.hall.command(NODE)
        child = self.hall.launch(NODE, [command[0], "-X", "importtime", *command[1:]])
        try:
            self.hall.ready(child)
        finally:
            child.stop()
        return third_party(child.log)


def _site(folder: Path) -> SiteText:
    text = SiteText(windows=10)
    text.node(NODE)
    for port, url in (
        ("line", f"{folder}/line"),
        ("paper", f"{folder}/paper"),
        ("screen", f"file:{folder}/board.png"),
        ("voice", f"wav:{folder}/voice"),
    ):
        text.port(port, NODE, url)
    for number in PLACES:
        window = str(number)
        text.device(f"keypad-{number}", "keypad", "line", window=window, address=number)
        text.device(f"evaluator-{number}", "evaluator", "line", window=window, address=16 + number)
        text.device(f"strip-{number}", "strip", "line", window=window, address=number)
    text.device("printer", "printer", "paper")
    text.device("board", "board", "screen")
    text.device("voice", "announcer", "voice")
    return text


def measure(bench: Bench) -> Outcome:
    """Starts in turn, then the long look. Raises ChildFailed, TimeoutError."""
    ours = NodeBench(bench.room("node"))
    with ours.stack:
        floor = BareImport(ours.imported())
        mine, bare, bare_mb = [], [], []
        for _ in range(bench.times(9, 2)):
            mine.append(ours.start_s() * 1000)
            took_s, memory_mb = floor.start()
            bare.append(took_s * 1000)
            bare_mb.append(memory_mb)
        idle = ours.idle(bench.times(int(SETTLE_S), 1), bench.times(int(IDLE_S), 1))
        other = mqtt_io_told(bench, bench.times(int(IDLE_S), 1))
    return _outcome(spread(mine), spread(bare), spread(bare_mb), idle, other, floor.modules)


def _outcome(
    mine: Spread, bare: Spread, bare_mb: Spread, idle: Idle, other: Sequence[Told], modules: Sequence[str]
) -> Outcome:
    start = Row("exec to ready", "ms", mine, bare)
    memory = Row("memory, settled", "MB", spread([idle.memory_mb]), bare_mb)
    quiet = Row("CPU while idle", "% of a core", spread([idle.cpu_pct]))
    tops = sorted({name.partition(".")[0] for name in modules})
    return Outcome(
        "node",
        (
            _with(start, times_floor("median", start.ratio, 1.5)),
            _with(
                memory,
                times_floor("median", memory.ratio, 1.5),
                Check("memory", idle.memory_mb, MOST_MB, "MB"),
            ),
            _with(quiet, Check("idle", idle.cpu_pct, MOST_IDLE_PCT, "%")),
        ),
        (
            Told("memory at its peak", idle.peak_mb, "MB"),
            Told("wake-ups of the main thread while idle", idle.wakeups_s, "1/s"),
            *other,
        ),
        (
            f"floor: {len(modules)} modules of {', '.join(tops)}",
            "no device of this node is polled: the line is silent while nobody presses",
        ),
    )


def _with(row: Row, *checks: Check) -> Row:
    return Row(row.what, row.unit, row.ours, row.floor, checks)
