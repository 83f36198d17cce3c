"""A keypad on a line, to be pressed and looked at."""

from __future__ import annotations

from typing import Any, ClassVar

from simulators.device import Hand
from simulators.faults import REFUSE, WRONG_ADDRESS
from simulators.keypad import interface_ff68 as ff68
from simulators.keypad.model import KEYS, KeypadModel, Press
from simulators.receivers import ReceiverFF68
from simulators.trouble import Order, Trouble
from simulators.twin import Twin


class KeypadTwin(Twin):
    """`press("next")`, `press("6 confirm")`, `press("1024 next")`; `shown` is what the digits say."""

    kind = "keypad"
    HANDS: ClassVar = {
        "press": Hand(("keys",), f"digits and a function key: {', '.join(KEYS)}"),
        "power_cut": Hand((), "its power blinks"),
    }
    TROUBLES: ClassVar = {
        **Twin.TROUBLES,
        "refuse": REFUSE,
        "wrong_address": WRONG_ADDRESS,
        "stuck_key": Trouble(lambda twin, order: twin.stick(order), lambda twin: twin.come_loose(), ("key",)),
    }
    CANNOT: ClassVar = {"no_ack": "it acknowledges nothing; silent makes it say nothing"}

    def __init__(
        self, address: int, *, name: str = "", repeat_s: float = 0.25, repeats_max: int = 12
    ) -> None:
        super().__init__(name or f"keypad-{address}")
        self.address = address
        self.model = KeypadModel(self.faults, repeat_s, repeats_max)
        self._receiver = ReceiverFF68()

    @property
    def shown(self) -> str:
        """The digits, "_" for a blank place, "" before the first."""
        return self.model.shown

    @property
    def is_busy(self) -> bool:
        """Whether a press still waits for its echo."""
        return self.model.is_busy

    def panel(self) -> str:
        digits = self.model.shown.replace("_", " ")
        return f"[{digits}]" + ("…" if self.is_busy else "") + ("♪" * min(self.model.beeps, 3))

    def press(self, keys: str) -> None:
        """Type digits and a function key. Raises ValueError for keys that the keypad has not."""
        self.model.press(_press_of(keys), self.clock_s())
        self.step(self.now_s)

    def look(self) -> dict[str, Any]:
        return {
            "shown": self.shown,
            "beeps": self.model.beeps,
            "busy": self.is_busy,
            "echoed": self.model.was_echoed and not self.is_busy,
        }

    def check_trouble(self, name: str, order: Order) -> None:
        super().check_trouble(name, order)
        if order.key:
            self.model.check(_press_of(order.key))

    def stick(self, order: Order) -> None:
        """A key stays down: the one named, or the last; else the next."""
        self.faults.stuck = True
        last = self.model.last
        keys = order.key or (f"{last.digits} {last.key}".strip() if last else "")
        if keys and not self.is_busy:
            self.press(keys)

    def come_loose(self) -> None:
        """It comes up again."""
        self.faults.stuck = False

    def power_cut(self) -> None:
        self.model.power_cut()
        self.notice()

    def on_bytes(self, data: bytes) -> None:
        for heard in self._receiver.feed(data, self.now_s):
            if heard.address != self.address:
                continue
            press = ff68.press_in(heard)
            if press is not None:
                self.model.echo(press, self.now_s)
            elif heard.func == 0x02:
                self.model.show(ff68.digits_in(heard))
            elif heard.func == 0x03:
                self.model.beep()
        self.on_time()

    def on_time(self) -> None:
        press = self.model.step(self.now_s)
        if press is not None:
            wrong = self.faults.wrong_address
            self.say(ff68.frame_of(self.address if wrong is None else wrong, press))

    def next_s(self) -> float | None:
        return self.model.next_s


def _press_of(keys: str) -> Press:
    digits, _, key = keys.rpartition(" ")
    return Press(digits, key)
