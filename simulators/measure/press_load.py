"""`press_under_load`: the way of a press while 55 windows work and 20 boards and their strips are redrawn.

The bench of `press_to_strip`, and beside it a node with twenty framebuffers of 1920 x 1080, a node with the
strips of the other windows, and their clerks (`load`). All of that shares this machine's cores with what is
measured; in a hall every screen has a Pi of its own. The floor is measured in turn, with the load at rest.
"""

from __future__ import annotations

import random
from contextlib import ExitStack
from pathlib import Path

from simulators.measure.bare_press import BarePress
from simulators.measure.children import Child, python
from simulators.measure.figures import Bench
from simulators.measure.halls import SiteText
from simulators.measure.load import VISIT_S
from simulators.measure.outcome import Outcome, Row, Told, spread, times_floor
from simulators.measure.press import GAP_S, WARM_UP, WINDOWS, PressBench, sizes
from simulators.measure.press import site as idle_site

BOARDS = 20
LINES = {"line-1": range(2, 29), "line-2": range(29, WINDOWS + 1)}
LOADED_S = 3.0  # until boards are drawn and people are called
MOST_P99 = 5.0


def site(folder: Path) -> SiteText:
    """The hall of `press_to_strip` with the screens of all windows and twenty boards."""
    text = idle_site(folder)
    text.node("screens")
    for board in range(1, BOARDS + 1):
        text.port(f"board-{board}", "screens", f"file:{folder}/board-{board}.png")
        text.device(f"board-{board}", "board", f"board-{board}")
    text.node("strips")
    for line, windows in LINES.items():
        text.port(line, "strips", str(folder / line), baud=115_200)
        for number in windows:
            keys = {"window": str(number), "address": number, "acks": False, "refresh_s": 0}
            text.device(f"strip-{number}", "strip", line, **keys)
    return text


class Rest:
    """Everything that makes the load. `work` and `rest` switch it."""

    def __init__(self, ours: PressBench, folder: Path) -> None:
        """Starts all. Raises ChildFailed, TimeoutError."""
        hall = ours.hall
        lines = [str(folder / line) for line in LINES]
        load = python("simulators.measure.load", str(hall.broker.port), str(WINDOWS), *lines)
        self._load = Child("load", load, folder / "load.log")
        hall.children["load"] = self._load
        screens = python("simulators.measure.screens", str(folder / "screens"), *hall.command("screens")[3:])
        self._children = [self._load, hall.start("screens", screens), hall.start("strips")]

    def work(self) -> None:
        """Let them work."""
        for child in self._children:
            child.check()
            child.go_on()

    def rest(self) -> None:
        """Hold them where they are."""
        for child in self._children:
            child.hold()


def measure(bench: Bench) -> Outcome:
    """A round under load, a round of the floor at rest, in turn. Raises ChildFailed, TimeoutError."""
    folder = bench.room("press-load")
    ours = PressBench(folder, site(folder))
    with ExitStack() as stack:
        stack.callback(ours.stop)
        floor = stack.enter_context(BarePress(folder, *sizes()))
        ours.start()
        rest = Rest(ours, folder)
        stack.callback(rest.work)
        ours.rest(LOADED_S)
        return _in_turn(ours, floor, rest, bench)


def _in_turn(ours: PressBench, floor: BarePress, rest: Rest, bench: Bench) -> Outcome:
    dice = random.Random(1)
    mine: list[float] = []
    bare: list[float] = []
    for _ in range(bench.times(6, 1)):
        rest.work()
        ours.rest(1.0)
        for _ in range(bench.times(80, 10)):
            mine.append(ours.press() * 1000)
            ours.rest(2 * dice.uniform(*GAP_S))
        rest.rest()
        ours.rest(0.2)
        for number in range(bench.times(60, 10) + WARM_UP):
            took_ms = floor.press() * 1000
            bare += [took_ms] if number >= WARM_UP else []
            ours.rest(dice.uniform(*GAP_S))
    row = Row("press to strip, loaded", "ms", spread(mine), spread(bare))
    return Outcome(
        "press_under_load",
        (Row(row.what, row.unit, row.ours, row.floor, (times_floor("p99", row.ratio_p99, MOST_P99),)),),
        (
            Told("visits of the other windows", (WINDOWS - 1) / VISIT_S, "1/s"),
            Told("boards of 1920 x 1080, all on this machine", BOARDS, ""),
        ),
    )
