"""Where people stand: windows with their twins, and ticket machines with the line before them."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from simulators.evaluator.twin import EvaluatorTwin
from simulators.keypad.twin import KeypadTwin
from simulators.printer.twin import PrinterTwin
from simulators.strip.twin import StripTwin
from simulators.torture.person import Person
from simulators.torture.seen import CALL, SERVING, Press, Seen, Slip
from simulators.torture.wires import Wire

if TYPE_CHECKING:
    from simulators.torture.citizen import Citizen


class Window:
    """A counter: what stands on it, the clerk behind it, the citizen before it."""

    def __init__(
        self, seen: Seen, label: str, keypad: KeypadTwin, pad: EvaluatorTwin, strip: StripTwin
    ) -> None:
        self.label = label
        self.keypad = keypad
        self.pad = pad
        self.strip = strip
        self.clerk: Person | None = None
        self.citizen: Citizen | None = None
        self.wire: Wire | None = None
        self._seen = seen

    def news(self) -> None:
        """Something here looks different."""
        if self.clerk is not None:
            self.clerk.poke()
        if self.citizen is not None:
            self.citizen.poke()

    def press(self, keys: str) -> None:
        """The clerk presses."""
        self._seen.pressed(self.label, keys)
        self.keypad.press(keys)

    @property
    def called(self) -> str:
        """The number that the strip asks here, or ""."""
        found = CALL.fullmatch(self.strip.text)
        return found[1] if found else ""

    @property
    def serving(self) -> str:
        """The number that is served here by the strip, or ""."""
        found = SERVING.fullmatch(self.strip.text)
        return found[1] if found else ""

    @property
    def beeps(self) -> int:
        """How often the keypad complained."""
        return self.keypad.model.beeps

    @property
    def waiting(self) -> int:
        """How many wait, by the digits of the keypad; 1 where it does not say."""
        digits = self.keypad.shown[:3].strip("_")
        return int(digits) if digits.isascii() and digits.isdigit() else 1


class Machine:
    """A ticket machine: keys, a slot, and a line of people of which the first may press."""

    def __init__(self, seen: Seen, name: str, keypad: KeypadTwin, printer: PrinterTwin) -> None:
        self.name = name
        self.keypad = keypad
        self.printer = printer
        self.line: deque[Person] = deque()
        self.slot: deque[Slip] = deque()
        self._seen = seen
        seen.on_slip.append(self._slip)

    def _slip(self, slip: Slip) -> None:
        if slip.machine == self.name:
            self.slot.append(slip)

    def news(self) -> None:
        """Something here looks different."""
        if self.line:
            self.line[0].poke()

    def press(self, keys: str) -> None:
        """Whoever stands first presses."""
        self._seen.pressed(self.name, keys)
        self.keypad.press(keys)

    def leave(self) -> None:
        """The first goes away; the next steps up."""
        self.line.popleft()
        if self.line:
            self.line[0].poke()


def last_press(presses: list[Press]) -> float:
    """When a place was last pressed at."""
    return presses[-1].at_s if presses else -1e9
