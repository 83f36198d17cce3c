"""An evaluator on a line, to be pressed and looked at."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from simulators.device import Hand
from simulators.evaluator import interface_ff68 as ff68
from simulators.evaluator.model import EvaluatorModel, Lamp
from simulators.faults import REFUSE, WRONG_ADDRESS
from simulators.receivers import ReceiverFF68
from simulators.trouble import CannotBe, Order, Trouble
from simulators.twin import Twin

_FACES: Final = {
    Lamp.OFF: "○",
    Lamp.OPEN: "● 请您评价",
    Lamp.SENDING: "◐",
    Lamp.THANKS: "♥ 谢谢",
}


class EvaluatorTwin(Twin):
    """`press(grade)`; `is_open`, `is_thanking`; `thanked` counts acknowledged presses.

    `keypad` is the address of the keypad whose evaluate key it overhears, None for none.
    """

    kind = "evaluator"
    HANDS: ClassVar = {
        "press": Hand(("grade",), "a grade, 0 (bad) upwards"),
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
        self,
        address: int,
        *,
        keypad: int | None = None,
        grades: int = 4,
        name: str = "",
        repeat_s: float = 0.3,
        repeats_max: int = 10,
        open_s: float = 60.0,
        thanks_s: float = 3.0,
    ) -> None:
        super().__init__(name or f"evaluator-{address}")
        self.address = address
        self.keypad = keypad
        self.model = EvaluatorModel(
            self.faults,
            grades=grades,
            repeat_s=repeat_s,
            repeats_max=repeats_max,
            open_s=open_s,
            thanks_s=thanks_s,
        )
        self._receiver = ReceiverFF68()

    @property
    def is_open(self) -> bool:
        """Whether the lamp asks for a rating."""
        return self.model.lamp is Lamp.OPEN

    @property
    def is_thanking(self) -> bool:
        """Whether the pad says thank you."""
        return self.model.lamp is Lamp.THANKS

    @property
    def thanked(self) -> int:
        """How many presses were acknowledged."""
        return self.model.thanked

    def panel(self) -> str:
        return _FACES[self.model.lamp]

    def press(self, grade: int) -> None:
        """A citizen presses grade 0 (bad) upwards. Raises CannotBe for a key that is not there."""
        self.model.press(grade, self.clock_s())
        self.step(self.now_s)

    def look(self) -> dict[str, Any]:
        return {"lamp": self.model.lamp.value, "thanked": self.thanked}

    def check_trouble(self, name: str, order: Order) -> None:
        super().check_trouble(name, order)
        if order.key:
            self.model.check(_grade_of(order.key))

    def stick(self, order: Order) -> None:
        """A key stays down: the one named, or the last; else the next."""
        self.faults.stuck = True
        grade = _grade_of(order.key) if order.key else self.model.last
        if grade is not None:
            self.press(grade)

    def come_loose(self) -> None:
        """It comes up again."""
        self.faults.stuck = False

    def power_cut(self) -> None:
        self.model.power_cut()
        self.notice()

    def on_bytes(self, data: bytes) -> None:
        for heard in self._receiver.feed(data, self.now_s):
            if ff68.is_start(heard, self.address, self.keypad):
                self.model.open(self.now_s)
                continue
            grade = ff68.acknowledged_in(heard, self.address)
            if grade is not None:
                self.model.acknowledge(None if grade == ff68.NO_GRADE else grade, self.now_s)

    def on_time(self) -> None:
        grade = self.model.step(self.now_s)
        if grade is not None:
            wrong = self.faults.wrong_address
            self.say(ff68.frame_of(self.address if wrong is None else wrong, grade))

    def next_s(self) -> float | None:
        return self.model.next_s


def _grade_of(key: str) -> int:
    if not key.isascii() or not key.isdigit():
        raise CannotBe(f'the keys of a pad are its grades, 0 upwards, and not "{key}"')
    return int(key)
