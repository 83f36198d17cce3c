"""What a twin on a wire is: a device that hears bytes and says bytes.

A twin is a model (behaviour, no bytes) behind an interface (bytes, no behaviour). It owns no clock: whoever
hosts it calls `hear` with what is on the wire and `step` when `due_s` has come, with seconds of any clock
that does not go back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import ClassVar, Final

from simulators.device import NOTES_MAX, Device
from simulators.faults import ON_A_WIRE, Faults
from simulators.trouble import Trouble
from simulators.wires.framing import Framing

HELD_MAX_BYTES: Final = 4096  # heard while it is busy; more is lost
LATE_MAX: Final = 256  # frames on their way from a late device; more are lost


class Twin(Device):
    """Base of the twins on a line. `say` is set by the host; bytes said before that are lost.

    `strange` is how the driver has set its port, where that is not how this line is.
    """

    TROUBLES: ClassVar[dict[str, Trouble]] = dict(ON_A_WIRE)

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.faults = Faults()
        self.log: deque[str] = deque(maxlen=NOTES_MAX)
        self.now_s = 0.0
        self.strange: Framing | None = None
        self._own = Framing()
        self._host: Callable[[Twin, bytes], None] | None = None
        self._wake: Callable[[], None] | None = None
        self._clock: Callable[[], float] | None = None
        self._late: deque[tuple[float, bytes]] = deque(maxlen=LATE_MAX)
        self._held = bytearray()

    @property
    def face(self) -> str:
        """What a person in front of it sees, in one line."""
        if self.faults.away:
            return "(断电)" if self.faults.dead else "(未接线)"
        if self.strange is None:
            return self.panel()
        warning = f"!! {self._own.differences(self.strange)}"
        return f"{self.panel()} {warning}" if self._own.reads(self.strange) else warning

    def panel(self) -> str:
        """The face of a device that works."""
        return ""

    @property
    def is_full(self) -> bool:
        """Whether it can take no more bytes: its host then lets the driver wait."""
        return False

    def hosted(
        self,
        host: Callable[[Twin, bytes], None],
        wake: Callable[[], None] | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        """Given to a host: `host(twin, data)` puts bytes on its wire, `wake()` looks at `due_s` again.

        `clock()` is the host's time when somebody presses a key; without it, the time of the last call.
        """
        self._host, self._wake, self._clock = host, wake, clock

    def set_strange(self, own: Framing, there: Framing | None) -> None:
        """The driver has set its port to `there`, this line being `own`; None: as it should."""
        self._own, self.strange = own, there
        self.note(f"driver speaks {there or own}" + (f", this line {own}" if there else ""))
        self.notice()

    def clock_s(self) -> float:
        """The host's time."""
        if self._clock is not None:
            self.now_s = self._clock()
        return self.now_s

    def hear(self, data: bytes, now_s: float) -> None:
        """Bytes on the wire, from the host or from a neighbour."""
        self.now_s = now_s
        if not self.faults.away:
            self.take_in(data)
        self.notice()

    def take_in(self, data: bytes) -> None:
        """Bytes that reach it; a busy device puts them by."""
        if self.faults.busy:
            self._held += data[: HELD_MAX_BYTES - len(self._held)]
            return
        held, self._held = bytes(self._held), bytearray()
        self.on_bytes(held + data)

    def step(self, now_s: float) -> None:
        """Let time pass."""
        self.now_s = now_s
        while self._late and self._late[0][0] <= now_s:
            self._put(self._late.popleft()[1])
        self.on_time()
        self.notice()

    def due_s(self) -> float | None:
        """When `step` has work to do, or None."""
        times = [self.next_s(), self._late[0][0] if self._late else None]
        return min((time for time in times if time is not None), default=None)

    def on_bytes(self, data: bytes) -> None:
        """What the interface makes of bytes."""

    def on_time(self) -> None:
        """What the model does as time passes."""

    def next_s(self) -> float | None:
        """When the model has something to do."""
        return None

    def say(self, frame: bytes) -> None:
        """Put a frame on the wire, with whatever is wrong with this device."""
        data = self.faults.spoil(frame)
        if not data:
            return
        if self.faults.late_s:
            self._late.append((self.now_s + self.faults.late_s, data))
        else:
            self._put(data)

    def note(self, text: str) -> None:
        """One line into the twin's log."""
        self.log.append(text)

    def power_cut(self) -> None:
        """Its power blinks: what it showed and had to say is gone."""

    def powered_again(self) -> None:
        """Power is back after it was off."""
        self.faults.dead = False
        self._held.clear()
        self._late.clear()
        self.power_cut()

    def mend(self, name: str) -> None:
        self.clock_s()
        super().mend(name)
        if name == "busy" and self._held and not self.faults.away:
            self.take_in(b"")
        self.notice()

    def notice(self) -> None:
        """Something may have changed: wake whoever waits for it, and the host."""
        super().notice()
        if self._wake is not None:
            self._wake()

    def _put(self, data: bytes) -> None:
        if self._host is not None:
            self._host(self, data)
