"""A hall in virtual time and the only way to act on it: a command decided, its events folded, all told."""

from __future__ import annotations

from collections.abc import Callable

from edge.hall import commands as c
from edge.hall.hall import Event, Hall, Refused, decide, fold
from simulators.simulate.agenda import Agenda

Listener = Callable[[Hall, Event], None]


class Ground:
    """`listeners` hear each event after it was folded, in their order."""

    def __init__(self, start_s: float) -> None:
        self.hall = Hall()
        self.agenda = Agenda(start_s)
        self.listeners: list[Listener] = []

    def ask(self, command: c.Command) -> list[Event]:
        """Have it done now. Raises `Refused`."""
        events = decide(self.hall, command, self.agenda.now_s)
        for event in events:
            fold(self.hall, event)
            for listen in self.listeners:
                listen(self.hall, event)
        return events

    def do(self, command: c.Command) -> bool:
        """Have it done now; False when it is refused."""
        try:
            self.ask(command)
        except Refused:
            return False
        return True
