"""A citizen: takes a number, waits, goes where a screen or a voice asks for it, is served, rates, leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from display.board_view import BoardView
from simulators.evaluator.model import Lamp
from simulators.torture.person import FOREVER_S, Person, Script
from simulators.torture.place import Machine, Window
from simulators.torture.seen import Seen, Slip
from simulators.torture.world import World

PAPER_S = 12.0
"""Longest that anybody stands before a machine that does nothing."""
THANKS_S = 4.0
TRIES = 40
"""Presses before even the most patient gives up, with pauses between them that grow to minutes."""


class Wish(NamedTuple):
    """What a citizen comes for, and how they are."""

    keys: str
    service_s: float
    walk_s: float
    comes: bool  # when called
    grade: int  # -1: does not rate
    rating_s: float


class Lobby:
    """Where citizens are between machine and window: each is told when its number is called."""

    def __init__(self, seen: Seen, windows: dict[str, Window]) -> None:
        self.windows = windows
        self._waiting: dict[str, Citizen] = {}
        seen.on_strip.append(lambda label, _: self._called(windows[label].called, label))
        seen.on_voice.append(lambda _, word: self._called(word.ticket, word.label))
        seen.on_board.append(self._board)

    def _board(self, _: str, view: BoardView) -> None:
        for line in view.calls[:3]:
            self._called(line.ticket, line.window)

    def _called(self, number: str, label: str) -> None:
        citizen = self._waiting.get(number)
        if citizen is not None and self.windows[label].called == number:
            citizen.asked_to = label
            citizen.poke()

    def sit(self, number: str, citizen: Citizen) -> None:
        """Watch out for this number."""
        self._waiting[number] = citizen
        for label, window in self.windows.items():
            if window.called == number:
                citizen.asked_to = label

    def rise(self, number: str) -> None:
        """Not any more."""
        self._waiting.pop(number, None)


class Citizen(Person):
    """`number` once there is one; `asked_to`: the window that calls; `dismissed`: the clerk says goodbye."""

    def __init__(
        self, world: World, name: str, wish: Wish, seen: Seen, lobby: Lobby, machines: list[Machine],
        on_served: Callable[[str], None],
    ) -> None:  # fmt: skip
        super().__init__(world, name)
        self.wish = wish
        self.number = ""
        self.asked_to = ""
        self.dismissed = ""
        self._seen = seen
        self._lobby = lobby
        self._machines = machines
        self._on_served = on_served

    def life(self) -> Script:
        """From the door to the street."""
        yield from self._take_number()
        if not self.number or not self.wish.comes:
            return
        while True:
            self.asked_to = ""
            self._lobby.sit(self.number, self)
            while not self.asked_to:
                yield FOREVER_S
            self._lobby.rise(self.number)
            yield from self.wait(self.wish.walk_s)
            window = self._lobby.windows[self.asked_to]
            if window.citizen is None:
                yield from self._stand_before(window)
                if self.dismissed == "served":
                    self._on_served(self.number)
                    return
            else:
                yield from self.wait(10.0)

    # --- the ticket machine ----------------------------------------------------------------------------

    def _take_number(self) -> Script:
        pause_s = 5.0
        for _ in range(TRIES):
            machine = min(self._machines, key=lambda one: len(one.line))
            machine.line.append(self)
            while machine.line[0] is not self:
                yield FOREVER_S
            yield from self._press(machine)
            machine.leave()
            if self.number:
                return
            yield from self.wait(pause_s)
            pause_s = min(pause_s * 2, 300.0)

    def _press(self, machine: Machine) -> Script:
        machine.slot.clear()  # what others left is thrown away
        yield from self.wait(self.rng.uniform(1.0, 3.0))
        beeps = machine.keypad.model.beeps
        machine.press(self.wish.keys)
        end_s = self._world.now_s + PAPER_S
        while not machine.slot and machine.keypad.model.beeps == beeps and self._world.now_s < end_s:
            yield max(end_s - self._world.now_s, 0.01)
        if machine.slot:
            slip: Slip = machine.slot.popleft()
            self.number = slip.number

    # --- the window ------------------------------------------------------------------------------------

    def _stand_before(self, window: Window) -> Script:
        self.dismissed = ""
        self._world.tell(
            (self.number, window.label), "citizen of %s steps up to %s", self.number, window.label
        )
        window.citizen = self
        window.news()
        rated = False
        while not self.dismissed:
            yield FOREVER_S
            if window.pad.model.lamp is Lamp.OPEN and self.wish.grade >= 0 and not rated:
                rated = True
                yield from self._rate(window)

    def _rate(self, window: Window) -> Script:
        yield from self.wait(self.wish.rating_s)
        for _ in range(3):
            if self.dismissed:
                return
            thanked = window.pad.thanked
            self._seen.grade(window.label, self.wish.grade, self.number)
            window.pad.press(self.wish.grade)
            end_s = self._world.now_s + THANKS_S
            while window.pad.thanked == thanked and self._world.now_s < end_s:
                yield max(end_s - self._world.now_s, 0.01)
            if window.pad.thanked > thanked:
                return
