"""The clerks of all windows, and what happens at a window from a call to the end of a visit.

Rules:
1. A clerk who is free takes back a held visit whose citizen has returned, else calls the next, else waits.
   Of several who wait, the one idle longest calls.
2. A citizen who has gone is called as often as the clerk's manners say, and is then missed.
3. Begin is pressed when the citizen stands at the window. Who will rate is asked at the end of the visit;
   the question that others leave open changes nothing.
4. A refusal is taken as people take it: the clerk does without.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from edge.hall import commands as c
from edge.hall.order import line_keys
from simulators.people.citizen import Citizen
from simulators.people.clerk import Manners
from simulators.simulate.ground import Ground

FOREVER = float("inf")


@dataclass(slots=True)
class Guest:
    """A citizen with a number."""

    citizen: Citizen
    rest_s: float  # service still to be done
    halfway: bool  # what interrupts the visit in the middle is still to come

    @classmethod
    def of(cls, citizen: Citizen) -> Guest:
        """One who has just taken a number."""
        halfway = bool(citizen.more_item or citizen.hold_s or citizen.sent_to)
        return cls(citizen, citizen.service_s, halfway)

    def is_gone(self, now_s: float) -> bool:
        """Whether nobody answers the call; once served, people stay."""
        citizen = self.citizen
        is_new = self.rest_s == citizen.service_s
        return is_new and (citizen.no_show or now_s - citizen.arrives_s > citizen.patience_s)


class Clerks:
    """`guests` are all who hold a number, by visit; `gave_up` counts the called who were tired of waiting.

    After `calls_until_s` nobody is called any more, and whoever is free goes home.
    """

    def __init__(self, ground: Ground, manners: Manners, rng: Random) -> None:
        self.guests: dict[str, Guest] = {}
        self.gave_up = 0
        self.calls_until_s = FOREVER
        self._ground, self._manners, self._rng = ground, manners, rng
        self._hall, self._agenda = ground.hall, ground.agenda
        self._idle: dict[str, None] = {}  # windows, idle longest first
        self._back: dict[str, list[str]] = {}  # visits whose citizens have returned, by window

    def wake(self, visit_id: str) -> None:
        """Somebody waits: the clerk idle longest of those who may call."""
        if not self._idle:
            return
        visit = self._hall.visits[visit_id]
        lines = [self._hall.lines[key] for key in line_keys(visit.queue, visit.accepted, visit.bound)]
        able = {window for line in lines for window in line.windows}
        waking = next((window for window in self._idle if window in able), None)
        if waking is not None:
            self.free(waking)

    def free_all(self) -> None:
        """Every idle clerk looks again: the hours have turned."""
        for window in list(self._idle):
            self.free(window)

    def free(self, window: str) -> None:
        """The clerk at `window` is free."""
        self._idle.pop(window, None)
        state, calling = self._hall.windows[window], self._agenda.now_s < self.calls_until_s
        if not state.clerk or self._take_back(window) or (calling and self._call(window)):
            return
        if calling and (self._hall.open or state.held):
            self._idle[window] = None
        else:
            self._ground.do(c.Logout(window))

    def _take_back(self, window: str) -> bool:
        """Resume a held visit whose citizen has returned."""
        returned = self._back.get(window, [])
        while returned:
            visit = returned.pop(0)
            if visit in self._hall.windows[window].held:
                self._ground.do(c.ResumeHeld(window, self._hall.visits[visit].number))
                self._serve(window, visit)
                return True
        return False

    def _call(self, window: str) -> bool:
        if not self._ground.do(c.CallNext(window)):
            return False
        visit = self._hall.windows[window].visit
        guest = self.guests[visit]
        if guest.is_gone(self._agenda.now_s):
            self.gave_up += not guest.citizen.no_show
            self._agenda.after(self._manners.recall_after_s, self._recall, window, visit, 0)
        else:
            self._agenda.after(guest.citizen.walk_s, self._begin, window, visit)
        return True

    def _is_here(self, window: str, visit: str) -> bool:
        """False once a change of day ended the visit."""
        return self._hall.windows[window].visit == visit

    def _recall(self, window: str, visit: str, recalls: int) -> None:
        if not self._is_here(window, visit):
            return
        if recalls < self._manners.recalls:
            self._ground.do(c.Recall(window))
            self._agenda.after(self._manners.recall_after_s, self._recall, window, visit, recalls + 1)
        else:
            self._ground.do(c.NoShow(window))
            self._leave(window, visit)

    def _begin(self, window: str, visit: str) -> None:
        if self._is_here(window, visit):
            self._ground.do(c.Begin(window))
            self._serve(window, visit)

    def _serve(self, window: str, visit: str) -> None:
        guest = self.guests[visit]
        if guest.halfway:
            guest.rest_s = guest.citizen.service_s / 2
            self._agenda.after(guest.rest_s, self._interrupt, window, visit)
        else:
            self._agenda.after(guest.rest_s, self._finish, window, visit)

    def _interrupt(self, window: str, visit: str) -> None:
        """Half of the service is done: a second item, the rest at another window, or a paper to copy."""
        if not self._is_here(window, visit):
            return
        guest = self.guests[visit]
        guest.halfway = False
        citizen = guest.citizen
        if citizen.more_item:
            self._ground.do(c.AddItem(window, citizen.more_item))
        if citizen.sent_to and self._ground.do(c.Transfer(window, to_queue=citizen.sent_to)):
            self.wake(visit)
            self._rest(window)
        elif citizen.hold_s and self._ground.do(c.Hold(window)):
            self._agenda.after(citizen.hold_s, self._return, window, visit)
            self._rest(window)
        else:
            self._serve(window, visit)

    def _return(self, window: str, visit: str) -> None:
        """A citizen comes back with the copied paper."""
        self._back.setdefault(window, []).append(visit)
        if window in self._idle:
            self.free(window)

    def _finish(self, window: str, visit: str) -> None:
        if not self._is_here(window, visit):
            return
        citizen = self.guests[visit].citizen
        if citizen.level and self._ground.do(c.AskRating(window)):
            rating = c.Rate(visit, window, citizen.level)
            self._agenda.after(citizen.rating_s, self._rate, rating)
        self._ground.do(c.Finish(window))
        self._leave(window, visit)

    def _rate(self, rating: c.Rate) -> None:
        self._ground.do(rating)

    def _leave(self, window: str, visit: str) -> None:
        del self.guests[visit]
        self._rest(window)

    def _rest(self, window: str) -> None:
        """The time a clerk takes before the next call."""
        between = self._manners.between
        if between.mean_s:
            self._agenda.after(between.sample(self._rng), self.free, window)
        else:
            self.free(window)
