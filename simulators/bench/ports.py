"""The ports of a bench. A wire is a device too: it has a face, and can be unplugged or full of noise."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from typing import Any, ClassVar, Final

from simulators.bench.happenings import News
from simulators.bench.plan import PortPlan
from simulators.device import Device
from simulators.line import LineTwin
from simulators.trouble import CannotBe, Order, Trouble
from simulators.twin import Twin
from simulators.wires.at import check_url
from simulators.wires.openings import holders
from simulators.wires.pty_wire import PtyWire

RECENT_MAX: Final = 200  # bursts that crossed last, for who wants to see them afterwards
BURST_GAP_S: Final = 0.02  # a silence as long ends a burst
BURST_MAX_BYTES: Final = 512
_A_WIRE: Final = "it is a wire: what its devices can have is theirs; a wire has unplug and noise"


class WirePort(Device):
    """A pty, TCP or RFC 2217 port with its twins."""

    kind = "port"
    TROUBLES: ClassVar = {
        "unplug": Trouble(lambda port, order: port.unplug(order.url), lambda port: port.replug(), ("url",)),
        "noise": Trouble(
            lambda port, order: port.begin_noise(order), lambda port: port.end_noise(), ("seed", "every_s")
        ),
    }
    CANNOT: ClassVar = dict.fromkeys(
        ("power_off", "late", "garbled", "cut_frame", "silent", "busy", "refuse", "stuck_key"), _A_WIRE
    )

    def __init__(self, plan: PortPlan, twins: list[Twin], news: News) -> None:
        super().__init__(plan.id)
        self.line = LineTwin(
            plan.url, twins, framing=plan.framing, paced=plan.paced, collisions=plan.collisions
        )
        self._bursts = _Bursts(self._burst)
        self.holders = 0
        self._opened_last = 0
        self._news = news
        self._next_url = ""
        self._noise: asyncio.TimerHandle | None = None
        self._asking: set[asyncio.Task[None]] = set()
        self.line.wire.tap = self._bursts.crossed
        self.line.wire.on_open = self._opened
        self.line.on_strange = self._framed

    @property
    def url(self) -> str:
        """Where software opens it."""
        return self.line.url

    @property
    def recent(self) -> list[tuple[float, str, bytes]]:
        """What crossed last, a burst an entry: when it began on the loop's clock, which way, the bytes."""
        self._bursts.end()
        return list(self._bursts.recent)

    @property
    def face(self) -> str:
        wire = self.line.wire
        if not wire.is_plugged:
            return f"{self.url} (拔出)"
        words = ["", "已打开", f"!! {self.holders} 个程序同时打开"][min(self.holders, 2)]
        strange = f"!! {wire.framing.differences(wire.strange)}" if wire.strange else ""
        return " ".join(part for part in (self.url, str(wire.framing), words, strange) if part)

    def look(self) -> dict[str, Any]:
        wire = self.line.wire
        return {
            "url": self.url,
            "plugged": wire.is_plugged,
            "framing": str(wire.framing),
            "driver_framing": str(wire.strange or wire.framing),
            "holders": self.holders,
            "heard_bytes": wire.heard_bytes,
            "said_bytes": wire.said_bytes,
            "lost_bytes": wire.lost_bytes,
        }

    async def start(self) -> None:
        """Raises NameTaken."""
        await self.line.start()

    async def stop(self) -> None:
        """Take it away. Twice is fine."""
        self.end_noise()
        self._bursts.end()
        for task in self._asking:
            task.cancel()
        await self.line.stop()

    # --- trouble -------------------------------------------------------------------------------------

    def check_trouble(self, name: str, order: Order) -> None:
        super().check_trouble(name, order)
        there, here = order.url.rpartition("://")[0], self.url.rpartition("://")[0]
        if order.url and there != here:
            what = f"{here}:// port" if here else "pty"
            raise CannotBe(f"{self.name} is a {what} and cannot come back at {order.url}")
        try:
            check_url(order.url)
        except ValueError as error:
            raise CannotBe(str(error)) from error

    def unplug(self, next_url: str = "") -> None:
        """The adapter is out; it will come back at `next_url`, or where it was."""
        self._next_url = next_url
        self.holders = 0
        self.line.unplug()

    def come_back_at(self, url: str) -> None:
        """It will come back there."""
        self._next_url = url

    def replug(self) -> None:
        """It is back. Raises NameTaken."""
        self.line.replug(self._next_url)

    def begin_noise(self, order: Order) -> None:
        """Rubbish onto the wire, again and again."""
        self.end_noise()
        self._make_noise(random.Random(order.seed), order.every_s)

    def end_noise(self) -> None:
        """Quiet again. Twice is fine."""
        if self._noise is not None:
            self._noise.cancel()
            self._noise = None

    def _make_noise(self, die: random.Random, every_s: float) -> None:
        self.line.noise(die.randbytes(die.randint(1, 6)))
        loop = asyncio.get_running_loop()
        self._noise = loop.call_later(every_s, self._make_noise, die, every_s)

    # --- news ----------------------------------------------------------------------------------------

    def _burst(self, way: str, data: bytes) -> None:
        self._news.tell("bytes", self.name, way=way, hex=data.hex(" ").upper())
        self.notice()

    def _framed(self) -> None:
        wire = self.line.wire
        there = wire.strange or wire.framing
        self._news.tell(
            "framing", self.name, set=str(there), own=str(wire.framing), understood=wire.framing.reads(there)
        )
        self.notice()

    def _opened(self, count: int) -> None:
        fewer = count < self._opened_last
        self._opened_last = count
        wire = self.line.wire
        if isinstance(wire, PtyWire) and (count > 1 or (count and fewer)):
            task = asyncio.get_running_loop().create_task(self._ask_who(wire, count, fewer))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
        else:
            self._are_open(count)

    async def _ask_who(self, wire: PtyWire, count: int, fewer: bool) -> None:
        """Two programs on one pty take each other's bytes: say which they are, if they are two.

        Where some have gone it may be that all have: closings in the same instant come as one.
        """
        who = await asyncio.to_thread(holders, str(wire.path.resolve()))
        if self._opened_last != count:
            return  # meanwhile others came or went
        if fewer and not who:
            wire.nobody_holds()
        elif len(who) <= 1:
            self._are_open(1)
        else:
            self._are_open(count, who=who)

    def _are_open(self, count: int, **more: Any) -> None:
        self.holders = count
        self._news.tell("open", self.name, count=count, **more)
        self.notice()


class _Bursts:
    """Bytes that cross one after the other, joined until a silence or until the other side speaks."""

    def __init__(self, told: Callable[[str, bytes], None]) -> None:
        self.recent: deque[tuple[float, str, bytes]] = deque(maxlen=RECENT_MAX)
        self._told = told
        self._way = ""
        self._data = bytearray()
        self._from_s = self._last_s = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def crossed(self, way: str, data: bytes) -> None:
        """Some more bytes."""
        loop = asyncio.get_running_loop()
        if way != self._way or len(self._data) + len(data) > BURST_MAX_BYTES:
            self.end()
        if not self._data:
            self._way, self._from_s = way, loop.time()
        self._data += data
        self._last_s = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(BURST_GAP_S, self._on_time)

    def _on_time(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        if loop.time() < self._last_s + BURST_GAP_S:
            self._timer = loop.call_at(self._last_s + BURST_GAP_S, self._on_time)
        else:
            self.end()

    def end(self) -> None:
        """What has crossed is a burst. Twice is fine."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._data:
            data, self._data = bytes(self._data), bytearray()
            self.recent.append((self._from_s, self._way, data))
            self._told(self._way, data)
