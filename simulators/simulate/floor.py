"""A hall in virtual time: citizens and clerks act on the rules, and nothing else decides.

    floor = Floor(catalogue, citizens, manners, rng, start_s, listener)
    floor.run(until_s)

Every action is a command to `edge.hall.decide`, every change a fold of its events, told to `listener` after
it. A refusal is taken as people take it: who gets no number goes home; a clerk does without.

Rules:
1. A clerk who is free takes back a held visit whose citizen has returned, else calls the next, else waits.
   Of several who wait, the one idle longest calls.
2. The windows open with the hall. When it closes, clerks go on calling those who hold a number for
   `OVERTIME_S` at most; a visit once begun is finished.
3. A citizen who has gone is called as often as the clerk's manners say, and is then missed.
4. Begin is pressed when the citizen stands at the window, and a rating asked at the end of each visit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from edge.hall import commands as c
from edge.hall import events as e
from edge.hall.catalogue import Catalogue
from edge.hall.hall import Event, Hall, Refused, decide, fold, next_due_s
from edge.hall.order import line_keys
from simulators.people.citizen import Citizen
from simulators.people.clerk import Manners
from simulators.simulate.agenda import Agenda

OVERTIME_S = 1800.0  # after closing
_FOREVER = float("inf")

Listener = Callable[[Hall, Event], None]


@dataclass(slots=True)
class Guest:
    """A citizen with a number."""

    citizen: Citizen
    rest_s: float  # service still to be done
    halfway: bool  # what interrupts the visit in the middle is still to come

    @property
    def is_new(self) -> bool:
        """Not served yet: may have gone."""
        return self.rest_s == self.citizen.service_s


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
        self.hall = Hall()
        self.agenda = Agenda(start_s)
        self.guests: dict[str, Guest] = {}
        self.turned_away: Counter[str] = Counter()
        self.gave_up = 0
        self._citizens = citizens
        self._manners = manners
        self._rng = rng
        self._listener = listener
        self._idle: dict[str, float] = {}  # window -> since; oldest first
        self._back: dict[str, list[str]] = {window: [] for window in catalogue.windows}
        self._calls_until_s = _FOREVER
        self._do(c.ApplyCatalogue(catalogue))
        self._expect_tick()
        self._expect_citizen()

    def run(self, until_s: float) -> None:
        """Let the hall live until `until_s`."""
        self.agenda.run(until_s)

    def _do(self, command: c.Command) -> bool:
        """Have it decided and folded; False when it is refused."""
        try:
            events = decide(self.hall, command, self.agenda.now_s)
        except Refused:
            return False
        for event in events:
            self._take(event)
        return True

    def _take(self, event: Event) -> None:
        fold(self.hall, event)
        self._listener(self.hall, event)
        kind = type(event)
        if kind is e.HoursTurned:
            self._hours_turned()
        elif kind is e.LoggedOut:
            self._idle.pop(event.window, None)  # type: ignore[union-attr]
        elif kind is e.DayStarted:
            self.guests = {visit: guest for visit, guest in self.guests.items() if visit in self.hall.visits}

    # -- the hall's hours ------------------------------------------------------------------------------

    def _expect_tick(self) -> None:
        self.agenda.at(next_due_s(self.hall, self.agenda.now_s), self._tick)

    def _tick(self) -> None:
        self._do(c.Tick())
        self._expect_tick()

    def _hours_turned(self) -> None:
        if self.hall.open:
            self._calls_until_s = _FOREVER
            self.agenda.after(0.0, self._open_windows)
        else:
            self._calls_until_s = self.agenda.now_s + OVERTIME_S
            self.agenda.after(0.0, self._free_all)
            self.agenda.at(self._calls_until_s, self._free_all)

    def _open_windows(self) -> None:
        for window, state in self.hall.windows.items():
            if not state.clerk:
                self._do(c.Login(window, f"clerk-{window}"))
                self._free(window)

    def _free_all(self) -> None:
        for window in list(self._idle):
            self._free(window)

    # -- citizens --------------------------------------------------------------------------------------

    def _expect_citizen(self) -> None:
        citizen = next(self._citizens, None)
        if citizen is not None:
            self.agenda.at(citizen.arrives_s, self._arrive, citizen)

    def _arrive(self, citizen: Citizen) -> None:
        self._expect_citizen()
        command = c.TakeNumber(citizen.service, citizen.priority, citizen.origin, citizen.appointment_s)
        try:
            events = decide(self.hall, command, self.agenda.now_s)
        except Refused as refusal:
            self.turned_away[refusal.code] += 1
            return
        for event in events:
            self._take(event)
            if isinstance(event, e.NumberIssued):
                halfway = bool(citizen.more_item or citizen.hold_s or citizen.sent_to)
                self.guests[event.visit] = Guest(citizen, citizen.service_s, halfway)
                self._wake(event.visit)

    def _wake(self, visit_id: str) -> None:
        """Somebody waits: the clerk idle longest of those who may call."""
        if not self._idle:
            return
        visit = self.hall.visits[visit_id]
        lines = [self.hall.lines[key] for key in line_keys(visit.queue, visit.accepted, visit.bound)]
        able = {window for line in lines for window in line.windows}
        waking = next((window for window in self._idle if window in able), None)
        if waking is not None:
            self._free(waking)

    def _is_gone(self, guest: Guest) -> bool:
        citizen = guest.citizen
        waited_s = self.agenda.now_s - citizen.arrives_s
        return guest.is_new and (citizen.no_show or waited_s > citizen.patience_s)

    # -- clerks ----------------------------------------------------------------------------------------

    def _free(self, window: str) -> None:
        """The clerk at `window` is free."""
        self._idle.pop(window, None)
        if not self.hall.windows[window].clerk or self._take_back(window):
            return
        if self.agenda.now_s < self._calls_until_s and self._call(window):
            return
        closing = not self.hall.open and not self.hall.windows[window].held
        if closing or self.agenda.now_s >= self._calls_until_s:
            self._do(c.Logout(window))
        else:
            self._idle[window] = self.agenda.now_s

    def _take_back(self, window: str) -> bool:
        """Resume a held visit whose citizen has returned."""
        while self._back[window]:
            visit = self._back[window].pop(0)
            if visit in self.hall.windows[window].held:
                self._do(c.ResumeHeld(window, self.hall.visits[visit].number))
                self._serve(window, visit)
                return True
        return False

    def _call(self, window: str) -> bool:
        if not self._do(c.CallNext(window)):
            return False
        visit = self.hall.windows[window].visit
        guest = self.guests[visit]
        if self._is_gone(guest):
            self.gave_up += not guest.citizen.no_show
            self.agenda.after(self._manners.recall_after_s, self._recall, window, visit, 0)
        else:
            self.agenda.after(guest.citizen.walk_s, self._begin, window, visit)
        return True

    def _is_here(self, window: str, visit: str) -> bool:
        """False once a change of day ended the visit."""
        return self.hall.windows[window].visit == visit

    def _recall(self, window: str, visit: str, recalls: int) -> None:
        if not self._is_here(window, visit):
            return
        if recalls < self._manners.recalls:
            self._do(c.Recall(window))
            self.agenda.after(self._manners.recall_after_s, self._recall, window, visit, recalls + 1)
        else:
            self._do(c.NoShow(window))
            self._leave(window, visit)

    def _begin(self, window: str, visit: str) -> None:
        if self._is_here(window, visit):
            self._do(c.Begin(window))
            self._serve(window, visit)

    def _serve(self, window: str, visit: str) -> None:
        guest = self.guests[visit]
        if guest.halfway:
            guest.rest_s = guest.citizen.service_s / 2
            self.agenda.after(guest.rest_s, self._interrupt, window, visit)
        else:
            self.agenda.after(guest.rest_s, self._finish, window, visit)

    def _interrupt(self, window: str, visit: str) -> None:
        """Half of the service is done: a second item, a paper to copy, or the rest at another window."""
        if not self._is_here(window, visit):
            return
        guest = self.guests[visit]
        guest.halfway = False
        citizen = guest.citizen
        if citizen.more_item:
            self._do(c.AddItem(window, citizen.more_item))
        if citizen.sent_to and self._do(c.Transfer(window, to_queue=citizen.sent_to)):
            self._wake(visit)
            self._pause(window)
        elif citizen.hold_s and self._do(c.Hold(window)):
            self.agenda.after(citizen.hold_s, self._return, window, visit)
            self._pause(window)
        else:
            self._serve(window, visit)

    def _return(self, window: str, visit: str) -> None:
        """A citizen comes back with the copied paper."""
        self._back[window].append(visit)
        if window in self._idle:
            self._free(window)

    def _finish(self, window: str, visit: str) -> None:
        if not self._is_here(window, visit):
            return
        guest = self.guests[visit]
        if guest.citizen.level and self._do(c.AskRating(window)):
            rating = c.Rate(visit, window, guest.citizen.level)
            self.agenda.after(guest.citizen.rating_s, self._rate, rating)
        self._do(c.Finish(window))
        self._leave(window, visit)

    def _rate(self, rating: c.Rate) -> None:
        self._do(rating)

    def _leave(self, window: str, visit: str) -> None:
        del self.guests[visit]
        self._pause(window)

    def _pause(self, window: str) -> None:
        """The time a clerk takes before the next call."""
        between = self._manners.between
        if between.mean_s:
            self.agenda.after(between.sample(self._rng), self._free, window)
        else:
            self._free(window)
