"""`visits_per_s`: whole visits the coordinator sustains, each event committed before it is answered.

One visit is take, call, finish and rate. Ours: the coordinator's process, Mosquitto, a client of 50 lanes.
The floor: the same messages between bare paho clients (`bare_visits`). Rounds of ours and of the floor take
turns. What a visit costs the disk is told apart: at full pace, where commits are shared, and one visit at a
time, where each event has a commit of its own, as in a hall at its usual pace.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from simulators.measure.asking import Asker
from simulators.measure.bare_visits import BareVisits, Recorder, Step
from simulators.measure.children import Child
from simulators.measure.figures import Bench
from simulators.measure.halls import CORE, Hall, SiteText
from simulators.measure.lanes import LANES, Lanes
from simulators.measure.outcome import Outcome, Row, Told, share_of_floor, spread

WINDOWS = 55
RECORDED = 20  # visits, one at a time


class VisitsBench:
    """A hall of `windows` windows with its coordinator alone. `run` gives visits a second."""

    def __init__(self, folder: Path, windows: int, lanes: int = LANES) -> None:
        """Starts it. Raises ChildFailed, TimeoutError."""
        self._stack = ExitStack()
        site = SiteText(windows)
        self.hall = self._stack.enter_context(Hall(folder, site))
        try:
            self.core: Child = self.hall.start(CORE)
            self.asker = Asker(self.hall.broker.port)
            self.lanes = Lanes(self.asker, site.windows[:lanes])
        except BaseException:
            self.stop()
            raise

    def run(self, count: int) -> float:
        """Visits a second over `count` visits."""
        return count / self.lanes.run(count)

    def record(self) -> tuple[list[Step], float]:
        """The messages of a quiet visit, and the bytes it costs the disk."""
        recorder = Recorder(self.hall)
        before = self.core.disk()
        for _ in range(RECORDED):
            self.lanes.run(1)
        after = self.core.disk()
        return recorder.visit(), (after.to_disk - before.to_disk) / RECORDED

    def stop(self) -> None:
        """End it."""
        self._stack.close()


def measure(bench: Bench) -> Outcome:
    """Round by round in turn with the floor. Raises ChildFailed, TimeoutError, Refusal."""
    folder = bench.room("visits")
    ours = VisitsBench(folder, WINDOWS)
    with ExitStack() as stack:
        stack.callback(ours.stop)
        visit, quiet_bytes = ours.record()
        floor = stack.enter_context(BareVisits(folder, visit))
        return _in_turn(ours, floor, visit, quiet_bytes, bench)


def _in_turn(
    ours: VisitsBench, floor: BareVisits, visit: list[Step], quiet_bytes: float, bench: Bench
) -> Outcome:
    count, rounds = bench.times(400, 20), bench.times(7, 2)
    ours.run(count)
    floor.run(count, LANES)
    mine, bare = [], []
    before = ours.core.disk()
    for _ in range(rounds):
        mine.append(ours.run(count))
        bare.append(count / floor.run(count, LANES))
    busy_bytes = (ours.core.disk().to_disk - before.to_disk) / (count * rounds)
    row = Row("whole visits", "1/s", spread(mine, "more"), spread(bare, "more"))
    row = Row(row.what, row.unit, row.ours, row.floor, (share_of_floor("median", row.ratio, 0.5),))
    messages = sum(1 + len(step.said) for step in visit)
    payload = sum(
        len(sent.payload.encode()) + len(sent.topic) for step in visit for sent in (step.asked, *step.said)
    )
    return Outcome(
        "visits_per_s",
        (row,),
        (
            Told("written to disk a visit, at that pace", busy_bytes / 1000, "kB"),
            Told("written to disk a visit, one at a time", quiet_bytes / 1000, "kB"),
            Told("MQTT messages a visit", messages, ""),
            Told("their topics and payloads", payload / 1000, "kB"),
        ),
    )
