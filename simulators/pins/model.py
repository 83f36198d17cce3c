"""A counter without a keypad: push buttons to ground and lamps. Data and rules; no bytes, no clock."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field

HISTORY_MAX = 1000
LONGEST_BOUNCE_S = 0.004  # cheap push buttons rest after some milliseconds


def bounce(seed: int, changes: int = 8) -> list[tuple[bool, float]]:
    """How a contact closes: (closed, how long it stays so), ending closed for good (0.0).

    The same seed bounces in the same way. `changes` is even: every closing but the last opens again.
    """
    rng = random.Random(seed)
    way = [(at % 2 == 0, rng.uniform(0.0002, LONGEST_BOUNCE_S)) for at in range(changes - changes % 2)]
    return [*way, (True, 0.0)]


@dataclass
class Panel:
    """Levels as they were last seen on the wires, by pin.

    `stuck` buttons never open again; of what is `cut` off nothing reaches the node, nor the other way.
    """

    inputs: dict[int, bool] = field(default_factory=dict)
    outputs: dict[int, bool] = field(default_factory=dict)
    stuck: set[int] = field(default_factory=set)
    cut: set[int] = field(default_factory=set)
    broken_lamps: set[int] = field(default_factory=set)
    history: deque[tuple[int, bool]] = field(default_factory=lambda: deque(maxlen=HISTORY_MAX))  # of outputs

    def saw_input(self, pin: int, high: bool) -> None:
        """The node watches this pin and finds it at that level."""
        self.inputs[pin] = high

    def saw_output(self, pin: int, high: bool) -> None:
        """The node drives this pin."""
        self.outputs[pin] = high
        self.history.append((pin, high))

    def lit(self, pin: int) -> bool:
        """Whether the lamp between this pin and ground shines."""
        return self.outputs.get(pin, False) and pin not in self.broken_lamps | self.cut

    def face(self) -> str:
        """What one sees at the counter."""
        buttons = [f"[{pin}]" + ("!" if pin in self.stuck else "") for pin in sorted(self.inputs)]
        lamps = [f"({pin} {'●' if self.lit(pin) else '○'})" for pin in sorted(self.outputs)]
        return " ".join([*buttons, *lamps])
