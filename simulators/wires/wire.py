"""The far end of a real wire, with twins behind it.

```
  driver ── /dir/line-1 -> /dev/pts/7 ══ pty master ── PtyWire ─────┐
  driver ── socket://127.0.0.1:9001 ════ TCP server ── TcpWire ─────┼─ Wire ── hears / send ── twins
  driver ── rfc2217://127.0.0.1:9002 ═══ TCP server ── Rfc2217Wire ─┘
```
A pty and a socket take any rate and deliver at once. A paced wire therefore takes the time itself, both ways,
and reads no further ahead than a serial port's own queue, so that the writes of a hasty driver wait as they
would. Any wire looks at what the driver has set: with another baud rate or parity bytes turn into rubbish.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from simulators.wires.air import Air
from simulators.wires.framing import Framing, rubbish

AHEAD_S: Final = 0.25  # what is read from the driver and still crossing; more waits in the driver's own queue
AHEAD_BYTES: Final = 4096  # the same on a wire that takes no time

Hears = Callable[[bytes], None]
Tap = Callable[[str, bytes], None]


class Wire:
    """What all kinds share: pace, counts, and being plugged in or not.

    `hears(data)` is called with what the driver sent, when it would have arrived. `strange` is how the
    driver has set its end, when that is not how this wire is; `on_strange` is called when it changes.
    `tap(way, data)` sees all that crosses: ">" from the driver, "<" to it. `on_open(count)` is told how many
    programs hold the driver's end, where that can be known.
    """

    def __init__(
        self, hears: Hears, framing: Framing = Framing(), *, paced: bool = True, shared: bool = False
    ) -> None:
        self.framing = framing
        self.strange: Framing | None = None
        self.lost_bytes = 0
        self.heard_bytes = 0
        self.said_bytes = 0
        self.tap: Tap | None = None
        self.on_strange: Callable[[], None] | None = None
        self.on_open: Callable[[int], None] | None = None
        self._hears = hears
        self._air = Air(framing.byte_s if paced else 0.0, shared=shared)
        self._ahead = max(int(AHEAD_S / framing.byte_s), 16) if paced else AHEAD_BYTES
        self._timer: asyncio.TimerHandle | None = None
        self._held = False
        self._reads = False

    @property
    def url(self) -> str:
        """What to write as the port's url in a site file."""
        raise TypeError("a wire is a pty, a TCP port or an RFC 2217 port")

    @property
    def is_plugged(self) -> bool:
        """Whether a driver can open it."""
        raise TypeError("a wire is a pty, a TCP port or an RFC 2217 port")

    def plug_in(self, url: str = "") -> None:
        """Let drivers open it, at `url` or where it was. Raises NameTaken.

        The name that an unclean stop left over is replaced.
        """
        raise TypeError("a wire is a pty, a TCP port or an RFC 2217 port")

    def unplug(self) -> None:
        """Pull it out: what a driver holds is dead, and the name is gone. Twice is fine."""
        raise TypeError("a wire is a pty, a TCP port or an RFC 2217 port")

    @property
    def is_sending(self) -> bool:
        """Whether bytes are still on their way."""
        return self._air.is_busy

    def share(self, on: bool) -> None:
        """Whether those who talk at the same time spoil each other's bytes, on a paced wire."""
        self._air.shared = on and bool(self._air.out.byte_s)

    def send(self, data: bytes, crossed: Hears = lambda data: None) -> None:
        """Put bytes on the wire; `crossed` is called with them when the last has crossed, as it then is.

        Nothing happens on an unplugged wire. What finds no room is lost and counted.
        """
        if self.is_plugged:
            self.lost_bytes += self._air.say(data, _now_s(), crossed)
            self._set_timer()

    def hold(self, on: bool) -> None:
        """Take no more bytes from the driver, or go on: what it writes waits at its own end."""
        self._held = on
        self._look_at_reading()

    def _came(self, data: bytes) -> None:
        """Bytes from the driver."""
        self._look_at_framing()
        self._air.come(data if self._is_understood() else rubbish(data), _now_s())
        self._set_timer()
        self._look_at_reading()

    def _on_time(self) -> None:
        self._timer = None
        released = self._air.release(_now_s())
        if released.to_driver:
            self._say(released.to_driver)
        if released.arrived:
            self.heard_bytes += len(released.arrived)
            self._tap(">", released.arrived)
            self._hears(released.arrived)
        for crossed, data in released.crossed:
            crossed(data)
        self._set_timer()
        self._look_at_reading()

    def _say(self, data: bytes) -> None:
        self._look_at_framing()
        self._tap("<", data)
        taken = self._give(data if self._is_understood() else rubbish(data))
        self.said_bytes += taken
        self.lost_bytes += len(data) - taken

    def _set_timer(self) -> None:
        due_s = self._air.due_s() if self.is_plugged else None
        if self._timer is not None and (due_s is None or due_s < self._timer.when()):
            self._timer.cancel()
            self._timer = None
        if due_s is not None and self._timer is None:
            self._timer = asyncio.get_running_loop().call_at(due_s, self._on_time)

    def _look_at_reading(self) -> None:
        wanted = self.is_plugged and not self._held and self._room() > 0
        if wanted != self._reads:
            self._reads = wanted
            self._read(wanted)

    def _room(self) -> int:
        """How many bytes may be taken from the driver now."""
        return self._ahead - len(self._air.inwards.pending)

    def _look_at_framing(self) -> None:
        there = self._their_framing()
        strange = None if there is None or there == self.framing else there
        if strange != self.strange:
            self.strange = strange
            if self.on_strange is not None:
                self.on_strange()

    def _is_understood(self) -> bool:
        return self.strange is None or self.framing.reads(self.strange)

    def _tap(self, way: str, data: bytes) -> None:
        if self.tap is not None:
            self.tap(way, data)

    def _opened(self, count: int) -> None:
        if self.on_open is not None:
            self.on_open(count)

    def _plugged_out(self) -> None:
        """What was on the wire is gone."""
        self._air.clear()
        self._reads = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # --- what each kind does in its own way ----------------------------------------------------------

    def _their_framing(self) -> Framing | None:
        """How the driver has set its end, or None where that cannot be known."""
        return None

    def _read(self, on: bool) -> None:
        """Take bytes from the driver and call `_came`, or stop that."""

    def _give(self, data: bytes) -> int:
        """Hand bytes to the driver; returns how many it took. Never waits."""
        raise TypeError("a wire is a pty, a TCP port or an RFC 2217 port")


def _now_s() -> float:
    return asyncio.get_running_loop().time()
