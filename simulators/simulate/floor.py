"""A hall in virtual time: citizens and clerks act on the rules, and nothing else decides.

    floor = Floor(catalogue, citizens, manners, rng, start_s, listener)
    floor.run(until_s)

Rules:
1. Every action is a command to `edge.hall.decide`, every change a fold of its events, told to `listener`
   after it. Who is refused a number goes home.
2. The windows open with the hall. When it closes, clerks go on calling those who hold a number for
   `OVERTIME_S` at most; a visit once begun is finished.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random

from edge.hall import commands as c
from edge.hall import events as e
from edge.hall.catalogue import Catalogue
from edge.hall.hall import Event, Hall, Refused, next_due_s
from simulators.people.citizen import Citizen
from simulators.people.clerk import Manners
from simulators.simulate.clerks import FOREVER, Clerks, Guest
from simulators.simulate.ground import Ground, Listener

OVERTIME_S = 1800.0  # after closing


class Floor:
    """One hall with its people. `turned_away` counts refused numbers by the code of the refusal."""

    def __init__(
        self,
        catalogue: Catalogue,
        citizens: Iterator[Citizen],
        manners: Manners,
        rng: Random,
        start_s: float,
        listener: Listener,
    ) -> None:
        self.ground = Ground(start_s)
        self.clerks = Clerks(self.ground, manners, rng)
        self.turned_away: Counter[str] = Counter()
        self._agenda, self._hall, self._citizens = self.ground.agenda, self.ground.hall, citizens
        self.ground.listeners += [listener, self._listen]
        self.ground.do(c.ApplyCatalogue(catalogue))
        self._expect_tick()
        self._expect_citizen()

    @property
    def now_s(self) -> float:
        """Virtual time, Unix seconds."""
        return self._agenda.now_s

    def run(self, until_s: float) -> None:
        """Let the hall live until `until_s`."""
        self._agenda.run(until_s)

    def _listen(self, hall: Hall, event: Event) -> None:
        if isinstance(event, e.HoursTurned):
            self._hours_turned()
        elif isinstance(event, e.DayStarted):
            guests = self.clerks.guests
            self.clerks.guests = {visit: guests[visit] for visit in guests if visit in hall.visits}

    def _expect_tick(self) -> None:
        self._agenda.at(next_due_s(self._hall, self._agenda.now_s), self._tick)

    def _tick(self) -> None:
        self.ground.do(c.Tick())
        self._expect_tick()

    def _hours_turned(self) -> None:
        if self._hall.open:
            self.clerks.calls_until_s = FOREVER
            self._agenda.after(0.0, self._open_windows)
        else:
            self.clerks.calls_until_s = self._agenda.now_s + OVERTIME_S
            self._agenda.after(0.0, self.clerks.free_all)
            self._agenda.after(OVERTIME_S, self.clerks.free_all)

    def _open_windows(self) -> None:
        for window, state in self._hall.windows.items():
            if not state.clerk and self.ground.do(c.Login(window, f"clerk-{window}")):
                self.clerks.free(window)

    def _expect_citizen(self) -> None:
        citizen = next(self._citizens, None)
        if citizen is not None:
            self._agenda.at(citizen.arrives_s, self._arrive, citizen)

    def _arrive(self, citizen: Citizen) -> None:
        self._expect_citizen()
        command = c.TakeNumber(citizen.service, citizen.priority, citizen.origin, citizen.appointment_s)
        try:
            events = self.ground.ask(command)
        except Refused as refusal:
            self.turned_away[refusal.code] += 1
            return
        visit = next(event.visit for event in events if isinstance(event, e.NumberIssued))
        self.clerks.guests[visit] = Guest.of(citizen)
        self.clerks.wake(visit)
