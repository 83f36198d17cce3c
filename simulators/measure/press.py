"""`press_to_strip`: from the key's bytes on the keypad's pty to the strip's frame whole on the strip's pty.

Ours: a node with keypad and strip, Mosquitto, and the coordinator's own process with its durable commit. The
floor: `bare_press`. One press of ours, one of the floor, in turn, some tens of milliseconds apart, which is
where delayed acknowledgements would show.

Keypad and strip hang on two ptys, since on one line the strip's text waits for the wire behind the keypad's
echo; what the wires add at 9600 baud is computed from the bytes, and told apart.
"""

from __future__ import annotations

import random
import time
from contextlib import ExitStack
from pathlib import Path

from mqtt_bridge import messages as m
from mqtt_bridge.payloads import encode
from simulators.keypad.twin import KeypadTwin
from simulators.measure.asking import Asker
from simulators.measure.bare_press import BarePress
from simulators.measure.figures import Bench
from simulators.measure.halls import CORE, Hall, SiteText
from simulators.measure.hops import Hops, trace
from simulators.measure.hops_picture import draw
from simulators.measure.outcome import Outcome, Row, Told, spread, times_floor
from simulators.measure.ptys import TwinPty, Watched, run_until
from simulators.strip.twin import StripTwin

WINDOWS = 55
WINDOW = "1"
SERVICES = ("s10", "s21")  # of the two queues that window 1 calls from
BAUD = 9600
BITS_A_BYTE = 10
KEY_BYTES = 10  # FF 68 03 03 68 ADDR 01 0C SUM 16
REPEAT_MS = 50  # the same key sooner is a repeat to the node
GAP_S = (0.026, 0.060)  # between a press of ours and one of the floor: twice that between two of ours
STRIP_S = 5.0
MOST_WAITING = 60
WARM_UP = 10


def site(folder: Path, windows: int = WINDOWS) -> SiteText:
    """The measured hall: the coordinator, and the node `east` with the devices of window 1."""
    text = SiteText(windows)
    text.node("east")
    for name in ("pad", "strip"):
        text.port(name, "east", str(folder / name))
    text.device("keypad-1", "keypad", "pad", window=WINDOW, address=1, repeat_ms=REPEAT_MS)
    text.device("strip-1", "strip", "strip", window=WINDOW, address=1, refresh_s=0)
    return text


class PressBench:
    """The measured hall, running. `press` gives seconds."""

    def __init__(self, folder: Path, text: SiteText | None = None) -> None:
        self._stack = ExitStack()
        self.keypad = KeypadTwin(1, repeat_s=STRIP_S)
        self.strip = StripTwin(1)
        self.ptys = [
            self._stack.enter_context(TwinPty(folder / "pad", [self.keypad])),
            self._stack.enter_context(TwinPty(folder / "strip", [self.strip])),
        ]
        self.hall = self._stack.enter_context(Hall(folder, text or site(folder)))
        self.listeners: list[Watched] = []
        self.started_s = 0.0
        self.waiting = 0

    def start(self) -> None:
        """Broker, coordinator, node, clerks; then a few presses that are not counted."""
        self.hall.start(CORE)
        self.asker = Asker(self.hall.broker.port)
        self.asker.open_windows((WINDOW,))
        self.hall.start("east")
        run_until(self.ptys, lambda: bool(self.strip.text), STRIP_S, "the strip stays dark")
        for _ in range(WARM_UP):
            self.press()
            self.rest(0.06)

    def press(self) -> float:
        """Call the next; until the strip shows the number."""
        if not self.waiting:
            self.asker.issue(MOST_WAITING, SERVICES)
            self.waiting = MOST_WAITING
            self.rest(0.2)
        before = self.strip.text
        self.started_s = time.monotonic()
        self.keypad.press("next")
        watched = [*self.ptys, *self.listeners]
        run_until(watched, lambda: self._called(before), STRIP_S, f"the strip shows {before!r} still")
        self.waiting -= 1
        return self.ptys[1].heard_s - self.started_s

    def _called(self, before: str) -> bool:
        return self.strip.text != before and self.strip.text.startswith("请")

    def rest(self, wait_s: float) -> None:
        """Let the twins live, and the broker's acknowledgements be read."""
        self.asker.client.pump(0.0)
        run_until(self.ptys, lambda: False, wait_s)

    def stop(self) -> None:
        """End all."""
        self._stack.close()


def measure(bench: Bench) -> Outcome:
    """Press by press in turn with the floor. Raises ChildFailed, TimeoutError."""
    folder = bench.room("press")
    ours, floor = PressBench(folder), BarePress(folder, *sizes())
    try:
        ours.start()
        times = _in_turn(ours, floor, bench.times(600, 20))
        hops = trace(ours, floor, bench.times(150, 5))
    finally:
        ours.stop()
        floor.stop()
    if bench.hops is not None:
        draw(hops, bench.hops)
    return _outcome(*times, hops)


def sizes() -> tuple[int, int]:
    """Bytes of a request and of a window's state, as ours sends them."""
    request = m.CallNext("0123456789ab-1234", 1_700_000_000_000, WINDOW)
    state = m.WindowState(
        epoch=29_000_000,
        version=1000,
        valid_until_ms=1_700_000_000_000,
        window=WINDOW,
        label=WINDOW,
        phase="calling",
        name="综合窗口",
        clerk="0001",
        visit="20240101-B001",
        ticket="B001",
        service="事项B0",
        called_ms=1_700_000_000_000,
        calls=1,
        waiting=30,
    )
    return len(encode(request)), len(encode(state))


def _in_turn(ours: PressBench, floor: BarePress, count: int) -> tuple[list[float], list[float]]:
    dice = random.Random(1)
    mine: list[float] = []
    bare: list[float] = []
    for _ in range(WARM_UP):
        floor.press()
    for _ in range(count):
        mine.append(ours.press() * 1000)
        ours.rest(dice.uniform(*GAP_S))
        bare.append(floor.press() * 1000)
        ours.rest(dice.uniform(*GAP_S))
    return mine, bare


def wire_ms(size: int) -> float:
    """How long so many bytes are on a line at 9600 baud."""
    return size * BITS_A_BYTE / BAUD * 1000


def strip_bytes(text: str) -> int:
    """Bytes of the frame of a text: head 6, check 1, and each character with its colour."""
    return 7 + sum(len(char.encode("gbk")) + 1 for char in text)


def _outcome(mine: list[float], bare: list[float], hops: Hops) -> Outcome:
    ours, floor = spread(mine), spread(bare)
    row = Row("press to strip", "ms", ours, floor)
    checks = (times_floor("median", row.ratio, 1.5), times_floor("p99", row.ratio_p99, 2.0))
    text = strip_bytes("请B001号到1号窗口")
    return Outcome(
        "press_to_strip",
        (Row(row.what, row.unit, ours, floor, checks),),
        (
            *(Told(f"of ours, {hop.what}", hop.ms, "ms") for hop in hops.ours),
            *(Told(f"of the floor, {hop.what}", hop.ms, "ms") for hop in hops.floor),
            Told("wire time of the key at 9600 baud, beside that", wire_ms(KEY_BYTES), "ms"),
            Told("wire time of the strip's text at 9600 baud, beside that", wire_ms(text), "ms"),
        ),
    )
