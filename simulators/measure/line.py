"""`line`: how soon a key is echoed on a full line at 9600 baud, and whether any echo comes too late.

Sixteen keypads, sixteen evaluators and sixteen strips hang on one line of a node. On the idle line one key is
pressed at a time, in turn with the floor: the same line before a bare process that writes back what it reads.
On the busy line sixteen clerks and their citizens do a visit each 8 s. Times are from the key's first bit to
the last bit of its echo; the keys and echoes themselves take `wire time` of that.
"""

from __future__ import annotations

import os
import random
import select
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from edge.broker import tied
from simulators.evaluator.twin import EvaluatorTwin
from simulators.keypad.twin import KeypadTwin
from simulators.measure.asking import Asker
from simulators.measure.children import python
from simulators.measure.figures import Bench
from simulators.measure.halls import CORE, Hall, SiteText
from simulators.measure.lanes import SERVICES
from simulators.measure.outcome import Check, Outcome, Row, Spread, Told, spread
from simulators.measure.paced import Echo, PacedLine
from simulators.strip.twin import StripTwin
from simulators.twin import Twin

NODE = "east"
PLACES = range(1, 17)
EVALUATORS_FROM = 32
KEY_BYTES = 10  # FF 68 03 03 68 ADDR 01 KEY SUM 16
BEYOND_MS = 3.0
VISIT_S = 8.0
PRESS_EVERY_S = 0.12
FLOOR = "bare"


class LineBench:
    """The hall with its line, and the bare line."""

    def __init__(self, folder: Path) -> None:
        self.stack = ExitStack()
        self.keypads = [KeypadTwin(number) for number in PLACES]
        self.evaluators = [EvaluatorTwin(EVALUATORS_FROM + number, keypad=number) for number in PLACES]
        strips = [StripTwin(number) for number in PLACES]
        twins: list[Twin] = [*self.keypads, *self.evaluators, *strips]
        self.line = self.stack.enter_context(PacedLine(folder / "line", twins))
        self.bare_keypad = KeypadTwin(1)
        self.bare = self.stack.enter_context(PacedLine(folder / FLOOR, [self.bare_keypad]))
        self._echoer(folder / FLOOR)
        self.hall = self.stack.enter_context(Hall(folder, _site(folder)))
        self.hall.start(CORE)
        self.asker = Asker(self.hall.broker.port)
        self.asker.open_windows(tuple(str(number) for number in PLACES))
        self.hall.start(NODE)
        self.line.run(time.monotonic() + 3.0)

    def _echoer(self, path: Path) -> None:
        command = tied(python("simulators.measure.line", str(path)))
        process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
        self.stack.callback(process.communicate)
        self.stack.callback(process.terminate)
        if process.stdout is not None:
            process.stdout.readline()

    def idle(self, count: int) -> tuple[list[Echo], list[Echo]]:
        """One key at a time on an idle line, ours and bare in turn."""
        first = len(self.line.echoes)
        for number in range(count):
            _press(self.line, self.keypads[number % len(self.keypads)])
            _press(self.bare, self.bare_keypad)
        return self.line.echoes[first:], self.bare.echoes

    def busy(self, lasts_s: float) -> list[Echo]:
        """Visits at all windows at once."""
        first, dice = len(self.line.echoes), random.Random(1)
        self.asker.issue(int(lasts_s / VISIT_S + 2) * len(PLACES), SERVICES)
        end_s = time.monotonic() + lasts_s
        for place in range(len(PLACES)):
            self._visit(place, time.monotonic() + dice.uniform(0.1, VISIT_S), end_s)
        while time.monotonic() < end_s:
            self.line.run(min(time.monotonic() + 1.0, end_s))
            self.asker.client.pump(0.0)
        return self.line.echoes[first:]

    def _visit(self, place: int, when_s: float, end_s: float) -> None:
        """Call, ask for a rating, be rated, and again."""
        if when_s > end_s:
            return
        keypad, evaluator = self.keypads[place], self.evaluators[place]
        self.line.at(when_s, lambda: keypad.press("next"))
        self.line.at(when_s + VISIT_S / 2, lambda: keypad.press("evaluate"))
        self.line.at(when_s + VISIT_S * 3 / 4, lambda: evaluator.press(3))
        self.line.at(when_s + VISIT_S, lambda: self._visit(place, when_s + VISIT_S, end_s))


def _press(line: PacedLine, keypad: KeypadTwin) -> None:
    keypad.press("line")  # a key without a meaning here: echoed, and then refused
    line.run(time.monotonic() + PRESS_EVERY_S)


def _site(folder: Path) -> SiteText:
    text = SiteText(windows=len(PLACES))
    text.node(NODE)
    text.port("line", NODE, str(folder / "line"), baud=9600)
    for number in PLACES:
        window = str(number)
        text.device(f"keypad-{number}", "keypad", "line", window=window, address=number)
        text.device(
            f"evaluator-{number}", "evaluator", "line", window=window, address=EVALUATORS_FROM + number
        )
        text.device(f"strip-{number}", "strip", "line", window=window, address=number)
    return text


def measure(bench: Bench) -> Outcome:
    """The idle line in turn with the floor, then the busy line. Raises ChildFailed, TimeoutError, Refusal."""
    ours = LineBench(bench.room("line"))
    with ours.stack:
        idle, bare = ours.idle(bench.times(100, 3))
        before_s, before = time.monotonic(), ours.line.bytes_host + ours.line.bytes_twins
        busy = ours.busy(bench.times(40, 4))
        passed_s = time.monotonic() - before_s
        used = (ours.line.bytes_host + ours.line.bytes_twins - before) * ours.line.byte_s / passed_s
        return _outcome(ours, idle, bare, busy, used, bench.keypad_limit_ms)


def _outcome(
    ours: LineBench, idle: list[Echo], bare: list[Echo], busy: list[Echo], used: float, limit_ms: float
) -> Outcome:
    wire_ms = ours.line.wire_s(KEY_BYTES) * 1000
    beyond = spread(_answer_ms(echo) - wire_ms for echo in idle)
    beyond_busy = spread(_answer_ms(echo) - wire_ms - echo.in_flight_s * 1000 for echo in busy)
    late = sum(_answer_ms(echo) > limit_ms for echo in (*idle, *busy))
    given_up = sum(keypad.model.given_up for keypad in ours.keypads)
    repeated = sum(keypad.model.sent - keypad.model.echoed for keypad in ours.keypads)
    noise_ms = spread(_answer_ms(echo) - wire_ms for echo in bare).p99
    idle_checks = _checks("beyond wire", beyond, noise_ms)
    busy_checks = _checks("beyond wire and frame", beyond_busy, noise_ms)
    in_flight = spread(echo.in_flight_s * 1000 for echo in busy)
    return Outcome(
        "line",
        (
            Row("key to echo, idle", "ms", _whole(idle, wire_ms), _whole(bare, wire_ms), idle_checks),
            Row("key to echo, busy", "ms", _whole(busy, wire_ms), _whole(bare, wire_ms), busy_checks),
            Row("answers too late", "", spread([late]), None, (Check("late", late, 0, ""),)),
        ),
        (
            Told("wire time of a key and its echo, in all of these", 2 * wire_ms, "ms"),
            Told("reaction of the node beyond the wire, idle, median", beyond.median, "ms"),
            Told("reaction beyond wire and frame in flight, busy, median", beyond_busy.median, "ms"),
            Told("the bare process beyond the wire, p99", noise_ms, "ms"),
            Told("frame in flight before the echo, busy, longest", in_flight.p99, "ms"),
            Told("keys pressed on the busy line", len(busy), ""),
            Told("the line was in use, both ways together", used * 100, "%"),
            Told("keys sent twice", repeated, ""),
            Told("keys given up", given_up, ""),
            Told("an echo is late after", limit_ms, "ms"),
        ),
    )


def _checks(what: str, beyond: Spread, noise_ms: float) -> tuple[Check, Check]:
    """At most 3 ms; the bad end is allowed what this machine added to the bare line's, too."""
    return (
        Check(f"{what}, median", beyond.median, BEYOND_MS, "ms"),
        Check(f"{what}, p99 less the floor's", beyond.p99 - noise_ms, BEYOND_MS, "ms"),
    )


def _answer_ms(echo: Echo) -> float:
    """From the key's last bit to the last bit of its echo."""
    return (echo.answered_s - echo.came_s) * 1000


def _whole(echoes: list[Echo], wire_ms: float) -> Spread:
    return spread(_answer_ms(echo) + wire_ms for echo in echoes)


def _echo(path: str) -> None:
    """The bare process: a whole key is written back."""
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    os.set_blocking(fd, False)
    came = b""
    while True:
        select.select([fd], [], [])
        came += os.read(fd, KEY_BYTES)
        if len(came) >= KEY_BYTES:
            os.write(fd, came[:KEY_BYTES])
            came = came[KEY_BYTES:]


if __name__ == "__main__":
    _echo(sys.argv[1])
