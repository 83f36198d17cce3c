"""A clerk: looks at strip and keypad, presses keys, serves whoever stands there with the right paper."""

from __future__ import annotations

from simulators.evaluator.model import Lamp
from simulators.torture.person import Person, Script
from simulators.torture.place import Window
from simulators.torture.world import World

LOOK_S = 5.0
"""How long a clerk looks at the panels after a press: longer than a press lives."""
RECALL_S = 40.0
RECALLS = 2
NOBODY_S = 600.0
"""With nobody waiting by the keypad, a clerk tries all the same so often: the digits may be old."""
RATING_S = 25.0


class Clerk(Person):
    """One clerk at one window, until `goes_home`."""

    def __init__(self, world: World, window: Window, badge: str, targets: list[str]) -> None:
        super().__init__(world, f"clerk {window.label}")
        self.goes_home = False
        self._window = window
        self._badge = badge
        self._targets = targets  # labels of windows to send people to
        window.clerk = self

    def work(self) -> Script:
        """Do what the strip says is to be done here."""
        while not self.goes_home:
            window = self._window
            text = window.strip.text
            if window.called:
                yield from self._called(window.called)
            elif window.serving:
                yield from self._serve(window.serving)
            elif "暂未开放" in text or not text:
                yield from self._press(f"{self._badge} confirm")
            elif "暂停" in text:
                yield from self.wait(self.rng.uniform(20.0, 120.0))
                yield from self._press("2 confirm")
            else:
                yield from self._next()

    def _press(self, keys: str) -> Script:
        """Press, and look until strip or pad change, the keypad complains, or nothing happens."""
        window = self._window
        face, beeps = self._face(), window.beeps
        window.press(keys)
        end_s = self._world.now_s + LOOK_S
        while self._world.now_s < end_s and self._face() == face and window.beeps == beeps:
            yield max(end_s - self._world.now_s, 0.01)
        if self._face() == face:
            yield from self.wait(self.rng.uniform(2.0, 12.0))

    def _face(self) -> tuple[object, object]:
        return self._window.strip.text, self._window.pad.model.lamp

    def _next(self) -> Script:
        """Call the next; now and then something else."""
        if self._window.citizen is not None:
            self._send_away()
        if self.rng.random() < 0.02:
            yield from self._press("pause")
            return
        end_s = self._world.now_s + NOBODY_S
        while not self._window.waiting and self._world.now_s < end_s and not self._window.called:
            yield max(end_s - self._world.now_s, 0.01)
        if self._window.called or self.goes_home:
            return
        yield from self._press("next")

    def _called(self, number: str) -> Script:
        """Wait for whoever was called; call again, and give up."""
        for again in range(RECALLS + 1):
            if again:
                yield from self._press("recall")
            yield from self._look_out(number)
            if self._window.called != number or self._is_here(number):
                break
        if self._is_here(number):
            yield from self._serve(number)
        elif self._window.called == number and not self.goes_home:
            yield from self._press("6 confirm")

    def _look_out(self, number: str) -> Script:
        end_s = self._world.now_s + RECALL_S
        while self._world.now_s < end_s and self._window.called == number and not self.goes_home:
            if self._is_here(number):
                return
            if self._window.citizen is not None:
                self._send_away()
            yield max(end_s - self._world.now_s, 0.01)

    def _is_here(self, number: str) -> bool:
        citizen = self._window.citizen
        return citizen is not None and citizen.number == number

    def _send_away(self, how: str = "sent away") -> None:
        citizen = self._window.citizen
        if citizen is not None:
            citizen.dismissed = how
            citizen.poke()
            self._window.citizen = None

    # --- serving -----------------------------------------------------------------------------------------

    def _serve(self, number: str) -> Script:
        window, citizen = self._window, self._window.citizen
        if citizen is None or citizen.number != number:
            yield from self._nobody_here(number)
            return
        if window.called and self.rng.random() < 0.7:
            yield from self._press("start")
        yield from self.wait(citizen.wish.service_s)
        chance = self.rng.random()
        if chance < 0.06:
            yield from self._put_aside(number)
            return
        if chance < 0.12:
            target = self.rng.choice(self._targets)
            yield from self._press(f"{target} transfer")
            if window.serving != number and window.called != number:
                self._send_away("sent on")
            return
        yield from self._rating()
        self._send_away("served")
        if self.rng.random() < 0.5:
            yield from self._press("cancel")
        else:
            yield from self._press("next")

    def _nobody_here(self, number: str) -> Script:
        """The strip says that somebody is served who is not here (any more)."""
        yield from self.wait(3.0)
        if not self._is_here(number) and self._window.serving == number:
            yield from self._press("cancel")

    def _put_aside(self, number: str) -> Script:
        window = self._window
        yield from self._press("0 confirm")
        if window.serving == number or window.called == number:
            return  # it did not work
        yield from self.wait(self.rng.uniform(10.0, 60.0))
        for _ in range(20):
            yield from self._press("3 confirm")
            if window.serving == number:
                return

    def _rating(self) -> Script:
        window = self._window
        for _ in range(2):
            yield from self._press("evaluate")
            if window.pad.model.lamp is Lamp.OPEN:
                break
        citizen = window.citizen
        if citizen is None:
            return
        thanked, end_s = window.pad.thanked, self._world.now_s + RATING_S
        while self._world.now_s < end_s and window.pad.thanked == thanked and window.citizen is citizen:
            if window.pad.model.lamp is Lamp.OFF:
                return
            yield max(end_s - self._world.now_s, 0.01)
