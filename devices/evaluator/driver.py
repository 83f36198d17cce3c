"""An evaluator pad on a line: grades out, thanks in when the node has kept them."""

from __future__ import annotations

from devices.base import Emit, Message
from devices.errors import WireError
from devices.evaluator import wire_ff68
from devices.evaluator.machine import Do, EvaluatorMachine
from devices.evaluator.messages import CloseRating, OpenRating, Thank
from devices.evaluator.settings import EvaluatorSettings
from devices.frame_ff68 import Ff68Framer
from devices.line_device import LineDevice, Outbox


class Evaluator(LineDevice):
    """Emits Graded, RatingLapsed and DeviceHealth; takes OpenRating, CloseRating and Thank.

    A pad speaks only when a key is pressed, so "ready" means that its port is open. A question does not
    outlive the port: nobody could withdraw it meanwhile, and who hears "ready" asks again.
    """

    def __init__(self, name: str, settings: EvaluatorSettings, emit: Emit) -> None:
        super().__init__(name, Ff68Framer(), emit)
        self._settings = settings
        self._machine = EvaluatorMachine(settings)

    @property
    def strays(self) -> int:
        """Grades that nobody had asked for, since the start."""
        return self._machine.strays

    def owns(self, frame: bytes) -> bool:
        return wire_ff68.address_if_grade(frame) == self._settings.address

    def opened(self, outbox: Outbox, now_s: float) -> None:
        super().opened(outbox, now_s)
        self._do(self._machine.close(now_s))
        self.tell_health("ready")

    def heard(self, frame: bytes, now_s: float) -> None:
        grade = wire_ff68.decode(frame)
        try:
            self._do(self._machine.grade(grade.value, now_s))
        except KeyError:
            raise WireError(f"grade {grade.value} has no level; see the setting grades") from None

    def due_s(self) -> float | None:
        return self._machine.due_s

    def step(self, now_s: float) -> None:
        self._do(self._machine.step(now_s))

    def handle(self, message: Message, now_s: float) -> None:
        match message:
            case OpenRating():
                self._do(self._machine.open(message.token, now_s))
            case CloseRating():
                self._do(self._machine.close(now_s))
            case Thank():
                self._do(self._machine.thank(message.token, now_s))
            case _:
                super().handle(message, now_s)

    def _do(self, do: Do) -> None:
        address = self._settings.address
        if do.ack is not None:
            self.answer(wire_ff68.encode_ack(wire_ff68.Grade(address, do.ack), self._settings.ack))
        if do.start:
            self.post("start", wire_ff68.encode_start(address))
        if do.tell is not None:
            self.tell(do.tell)
