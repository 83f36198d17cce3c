"""People of a torture day: each a script that waits for time to pass or for something to happen before them.

A script is a generator; `yield seconds` waits so long, and is answered True when somebody poked the person
before that (a screen changed, somebody came), False when the time is over.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias

from simulators.torture.world import Entry, World

Script: TypeAlias = Generator[float, bool, None]
FOREVER_S = 1e9


class Person:
    """Somebody with a script."""

    def __init__(self, world: World, name: str) -> None:
        self.name = name
        self.rng = world.rng(f"person/{name}")
        self._world = world
        self._script: Script | None = None
        self._timer: Entry | None = None
        self._is_poked = True  # before the script begins there is nothing to look up for

    def act(self, script: Script, after_s: float = 0.0) -> None:
        """Begin with a script."""
        self._script = script
        self._timer = self._world.after(after_s, self._go, None)

    @property
    def is_done(self) -> bool:
        """Whether the script is over."""
        return self._script is None

    def poke(self) -> None:
        """Something changed before this person, who looks up in a moment."""
        if self._script is not None and not self._is_poked:
            self._is_poked = True
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._world.after(self.rng.uniform(0.05, 0.4), self._go, True)

    def _go(self, answer: bool | None) -> None:
        if self._script is None:
            return
        self._is_poked = False
        try:
            wait_s = self._script.send(answer) if answer is not None else next(self._script)
        except StopIteration:
            self._script = None
            return
        self._timer = self._world.after(wait_s, self._go, False) if wait_s < FOREVER_S else None

    def wait(self, seconds: float) -> Script:
        """Let time pass, whatever happens."""
        end_s = self._world.now_s + seconds
        while self._world.now_s < end_s - 1e-6:
            yield end_s - self._world.now_s
