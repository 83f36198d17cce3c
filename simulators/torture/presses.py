"""What the hall does was asked for a moment ago, once: presses at windows and ticket machines.

Each press is used up by what it led to. A press at a ticket machine that was given up, and for which the
machine gave a number of its own, has no other: that one is taken back before anybody is called by it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from simulators.torture.book import Book, Visit, label_of
from simulators.torture.seen import Press, Seen, Slip
from simulators.torture.site import SERVICES
from simulators.torture.world import World

ASKED_S = 14.0
"""A press lives 4 s; one late by a wrong clock is asked once more; a slow disk takes some seconds."""
SURE_S = 5.5
"""The same where clocks are known to be right, and nothing else takes its time."""
TOLD_S = 30.0
"""So long after its machine is heard again the hall knows that a press was given up."""

# what happens at a window -> the keys that ask for it; what else makes it happen has none
ASKED_BY = {
    "Recalled": ("recall",),
    "Missed": ("6 confirm",),
    "Held": ("0 confirm",),
    "Resumed": ("3 confirm",),
    "RatingAsked": ("evaluate",),
    "WindowPaused": ("pause",),
    "WindowResumed": ("2 confirm",),
}


class Two(NamedTuple):
    """A press at a machine that led to two numbers: the hall's, of `visit`, and the one that came out."""

    press: Press
    visit: str
    paper: str


class Presses:
    """Breaks the run at the first event that nobody asked for, or too long ago.

    `is_sure(press, learned_s)`: whether nothing between this place and the books takes its time, also if
    clocks were last compared at `learned_s`. `told_for_s(press)`: how long the hall has heard the place of a
    press that its node has lived through.
    """

    def __init__(
        self,
        world: World,
        seen: Seen,
        book: Book,
        is_sure: Callable[[Press, float], bool],
        told_for_s: Callable[[Press], float],
    ) -> None:
        self._world = world
        self._seen = seen
        self._book = book
        self._is_sure = is_sure
        self._told_for_s = told_for_s
        self._used: dict[str, set[int]] = {}  # by place: presses that were acted on
        self._last: dict[str, Press] = {}  # by place: the last of these
        self._numbers: dict[Press, str] = {}  # visits that the hall gave for presses at machines
        self._two: dict[str, Two] = {}  # by visit
        seen.on_slip.append(self._slip)
        book.on_event.append(self._event)

    def _event(self, kind: str, event: dict[str, Any]) -> None:
        label = label_of(event.get("window", ""))
        match kind:
            case "NumberIssued":
                self._issued(event["visit"], event["number"], SERVICES[event["service"]][1])
            case "Called":
                self._called(event["visit"])
                self._use(label, kind, "next".__eq__ if event["how"] == "next" else _calls_a_number)
            case "LoggedIn":
                self._use(label, kind, lambda keys: keys.endswith("confirm") and len(keys) > len("0 confirm"))
            case "Transferred":
                self._use(label, kind, lambda keys: keys.endswith("transfer"))
            case "Begun" if event["pressed"]:
                self._use(label, kind, "start".__eq__)
            case _ if kind in ASKED_BY:
                self._use(label, kind, ASKED_BY[kind].__contains__)

    # --- presses are used up ---------------------------------------------------------------------------

    def _use(self, label: str, kind: str, fits: Callable[[str], bool]) -> None:
        """The last press that fits and was not used yet is what asked for this."""
        at = self._fitting(label, fits)
        if at < 0:
            self._world.breaks("press", (label,), f"{kind} at window {label}, and nobody pressed for it")
        else:
            self._take(label, at, f"{kind} at window {label}")

    def _fitting(self, place: str, fits: Callable[[str], bool]) -> int:
        """Behind the last that was used, an earlier one may still be on its way, unless it was refused."""
        presses, used = self._seen.presses.get(place, []), self._used.get(place, set())
        last = max(used, default=-1)
        for at in range(len(presses) - 1, -1, -1):
            if at < last and self._world.now_s - presses[at].at_s > ASKED_S:
                break
            is_over = at < last and self._complained_between(presses[at], presses[at + 1])
            if at not in used and not is_over and fits(presses[at].keys):
                return at
        return -1

    def _take(self, place: str, at: int, what: str) -> Press:
        press = self._seen.presses[place][at]
        self._used.setdefault(place, set()).add(at)
        age_s, before = self._world.now_s - press.at_s, self._last.get(place)
        self._last[place] = press
        learned_s = before.at_s if before is not None and self._was_answered(before, press) else -1.0
        if age_s > (SURE_S if self._is_sure(press, learned_s) else ASKED_S):
            text = f"{what} comes {age_s:.0f} s after {press.keys!r} was pressed"
            self._world.breaks("press", (place,), text)
        return press

    def _was_answered(self, press: Press, next_one: Press) -> bool:
        """Whether its place heard the answer to it: it did not complain, and had time to."""
        is_old = next_one.at_s - press.at_s > SURE_S
        return is_old and not self._complained_between(press, next_one)

    def _complained_between(self, press: Press, next_one: Press) -> bool:
        complaints = reversed(self._seen.complaints.get(press.place, ()))
        last_s = next((at_s for at_s in complaints if at_s < next_one.at_s), -1.0)
        return last_s > press.at_s

    # --- presses at ticket machines --------------------------------------------------------------------

    def _issued(self, visit: str, number: str, code: str) -> None:
        """Of all machines the one where such a press was last is taken for it."""
        found = [(self._fitting(one, lambda keys: keys.startswith(code)), one) for one in self._machines()]
        found = [(at, place) for at, place in found if at >= 0]
        if not found:
            self._world.breaks("press", (number,), f"{number} is issued, and nobody pressed for it")
            return
        at, place = max(found, key=lambda one: self._seen.presses[one[1]][one[0]].at_s)
        press = self._take(place, at, f"the number {number} of {place}")
        self._numbers[press] = visit

    def _machines(self) -> list[str]:
        return [place for place in self._seen.presses if place.startswith("machine")]

    def _slip(self, slip: Slip) -> None:
        """One that the hall did not issue: what it issued for the same press, if anything, is over."""
        presses = self._seen.presses.get(slip.machine)
        if not presses or slip.is_copy or slip.visit in self._book.visits:
            return
        visit = self._numbers.get(presses[-1])
        if visit is not None:
            self._two[visit] = Two(presses[-1], visit, slip.number)

    def _called(self, visit: str) -> None:
        two = self._two.get(visit)
        if two is not None and self._told_for_s(two.press) > TOLD_S:
            self._was_given_up(self._book.visits[visit], two)

    def at_the_end(self) -> None:
        """No number waits of which nobody has the paper."""
        for two in self._two.values():
            visit = self._book.visits[two.visit]
            if visit.state == "waiting" and self._told_for_s(two.press) > TOLD_S:
                self._was_given_up(visit, two)

    def _was_given_up(self, visit: Visit, two: Two) -> None:
        if not visit.printed and not any(slip.visit == visit.id for slip in self._seen.slips):
            text = f"{two.press.place} gave {two.paper}, and for the same press {visit.number} stands in line"
            self._world.breaks("press", (visit.number, two.paper, two.press.place), text)


def _calls_a_number(keys: str) -> bool:
    return "next" in keys
