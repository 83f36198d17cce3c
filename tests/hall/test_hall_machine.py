"""Whatever clerks, citizens, managers and clocks do: the promises hold after every step."""

from __future__ import annotations

import random
from dataclasses import replace

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from edge.hall import commands as c
from edge.hall import state as s
from edge.hall import views
from edge.hall.catalogue import (
    Alone,
    Catalogue,
    Hours,
    NumberFormat,
    Order,
    PriorityClass,
    Queue,
    Service,
    Window,
)
from edge.hall.hall import EVENTS, Facts, Hall, Refused, decide, fold, next_due_s, restore, snapshot
from edge.hall.report import day_report

SERVICES = ("plain", "shared", "other", "ghost")
WINDOWS = ("w1", "w2", "wc", "ghost")
NUMBERS = tuple(f"{prefix}{count}" for prefix in "AB" for count in range(1, 10))
ALONE = tuple(f"{prefix}{count:03}" for prefix in "ZA" for count in range(4, 12))
PRESSES = ("press-1", "press-2", "press-3")
SHIFT = ((8 * 3600.0, 12 * 3600.0), (13 * 3600.0, 17 * 3600.0))
NOON_S = 1_704_686_400.0

window_names = st.sampled_from(WINDOWS)
numbers = st.sampled_from(NUMBERS)
services = st.sampled_from(SERVICES)
taking = st.builds(
    c.TakeNumber,
    service=services,
    priority=st.sampled_from(("ordinary", "fast", "ghost")),
    items=st.lists(services, max_size=1).map(tuple),
    request=st.sampled_from(("", "", *PRESSES)),
)
calling = st.builds(c.CallNext, window_names)
plain_acts = (c.Recall, c.Begin, c.NoShow, c.Hold, c.Finish, c.ResumeHeld, c.AskRating)
commands = st.one_of(
    taking,
    taking,
    calling,
    calling,
    st.builds(c.CallNumber, window_names, st.one_of(numbers, st.sampled_from(ALONE))),
    st.builds(c.LeaseNumbers, st.sampled_from(("north", "south", "ghost")), st.integers(0, 30)),
    st.builds(c.Withdraw, st.sampled_from(PRESSES)),
    st.builds(c.MarkMaybePrinted, st.sampled_from("ZA"), st.integers(1, 20), st.integers(1, 20)),
    *(st.builds(kind, window_names) for kind in plain_acts),
    st.builds(c.ResumeHeld, window_names, numbers),
    st.builds(c.Transfer, window_names, to_window=window_names),
    st.builds(c.Transfer, window_names, to_queue=st.sampled_from(("qa", "qb", "ghost", ""))),
    st.builds(c.AddItem, window_names, services),
    st.builds(c.AskRating, window_names, services),
    st.builds(c.Login, window_names, st.sampled_from(("w1", "w2", "wc", "new", ""))),
    *(st.builds(kind, window_names) for kind in (c.Logout, c.PauseWindow, c.ResumeWindow)),
)
orders = st.sampled_from((Order(), Order("alternating", 2), Order(longest_wait_s=900.0)))


def hall_of(order: Order, version: int, always_open: bool) -> Catalogue:
    services = (
        Service("plain", "P", "qa", service_s=60.0),
        Service("shared", "S", "qa", service_s=90.0, accepted=True),
        Service("other", "O", "qb", service_s=120.0, accepted=True),
    )
    queues = (
        Queue("qa", "A", NumberFormat("A", 1, reset="carry"), overnight="keep"),
        Queue("qb", "B", NumberFormat("B", 1), daily_limit=9),
    )
    windows = (
        Window("w1", "1", queues=("qa",)),
        Window("w2", "2", queues=("qa", "qb")),
        Window("wc", "3", queues=("qb",), comprehensive=True, rates_items=True),
    )
    classes = (PriorityClass("ordinary", "普通"), PriorityClass("fast", "优先", 4.0))
    return Catalogue(
        version,
        {item.id: item for item in services},
        {item.id: item for item in queues},
        {item.id: item for item in windows},
        {item.id: item for item in classes},
        order=order,
        alone=Alone({"north": "Z", "south": "A"}, numbers=20, block=10, first=5),  # "A" is a queue's, too
        hours=Hours() if always_open else Hours(weekly=(SHIFT,) * 7, stop_issue_s=600.0),
    )


def without(table, name):
    return {key: value for key, value in table.items() if key != name}


class HallMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.hall, self.now_s = Hall(), NOON_S
        self.replay = Hall()
        self.issued: set[str] = set()
        self.do(c.ApplyCatalogue(hall_of(Order(), 1, True)))
        for window in WINDOWS[:3]:
            self.do(c.Login(window, window))

    def do(self, command: c.Command) -> list[object]:
        before = snapshot(self.hall)
        try:
            events = decide(self.hall, command, self.now_s)
        except Refused:
            events = []
        assert snapshot(self.hall) == before
        for event in events:
            self.check(event)
            fold(self.hall, event)
            self.held_are_at_their_windows()
            text = msgspec.json.encode(event)
            fold(self.replay, msgspec.json.decode(text, type=EVENTS[type(event).__name__]))
        return events

    def check(self, event: object) -> None:
        """What must hold between an event and the hall it is about to change."""
        name = type(event).__name__
        if name in ("NumberIssued", "IssuedAlone"):
            assert event.visit not in self.issued
            assert event.number not in self.hall.numbers
            self.issued.add(event.visit)
        if name == "Called":
            visit = self.hall.visits[event.visit]
            assert visit.state in (s.WAITING, s.HELD, s.MISSED)
            assert visit.window == event.window or s.may_call(self.hall, event.window, visit)

    @rule(seconds=st.floats(0, 4000))
    def time_passes(self, seconds):
        self.now_s += seconds

    @rule()
    def tick_when_due(self):
        self.now_s = next_due_s(self.hall, self.now_s)
        self.do(c.Tick())

    @rule(back_s=st.sampled_from((1.0, 3600.0, 100_000.0, 400_000.0)))
    def clock_jumps_back(self, back_s):
        self.now_s -= back_s

    @rule(
        by_s=st.sampled_from((-400_000.0, -90_000.0, -3600.0, 60.0, 3600.0, 90_000.0)),
        long_s=st.floats(0, 9000),
    )
    def clock_is_set(self, by_s, long_s):
        """Of a node that has run for `long_s` with a clock nobody trusted, or, for 0, with a good one."""
        alive = {visit.id for visit in self.hall.visits.values() if visit.state in s.LIVE}
        since_s = self.now_s - long_s if long_s and by_s > 0 else 0.0
        self.now_s += by_s
        self.do(c.SetClock(by_s, since_s))
        if not since_s:
            assert alive == {visit.id for visit in self.hall.visits.values() if visit.state in s.LIVE}

    @rule(steps=st.lists(st.tuples(commands, st.floats(0, 300)), max_size=20))
    def work_goes_on(self, steps):
        for command, seconds in steps:
            self.do(command)
            self.now_s += seconds

    @precondition(lambda self: self.issued)
    @rule(data=st.data(), window=window_names, level=st.integers(0, 6), item=st.sampled_from((*SERVICES, "")))
    def rate(self, data, window, level, item):
        visit = data.draw(st.sampled_from(sorted(self.issued)))
        events = self.do(c.Rate(visit, window, level, item))
        again = self.do(c.Rate(visit, window, 5, item))
        assert not (events and again)

    @precondition(lambda self: self.issued)
    @rule(data=st.data(), outcome=st.sampled_from(("printed", "not_printed", "unknown", "burnt")))
    def print_outcome(self, data, outcome):
        visit = data.draw(st.sampled_from(sorted(self.issued)))
        self.do(c.MarkPrinted(visit, visit.split("-")[1], outcome))

    @rule(
        number=st.sampled_from(ALONE), service=services, age_s=st.sampled_from((-60.0, 0.0, 900.0, 1e5, 2e9))
    )
    def a_ticket_comes_that_was_issued_alone(self, number, service, age_s):
        issued_s = self.now_s - age_s
        day = self.hall.day if age_s < 1e5 else "19700101"
        merging = c.MergeIssued(f"{day}-{number}", number, service, "ordinary", issued_s)
        self.do(merging)
        assert not [event for event in self.do(merging) if type(event).__name__ == "IssuedAlone"]

    @rule(unheard_s=st.sampled_from((0.0, 60.0, 4000.0, 100_000.0)))
    def another_takes_over(self, unheard_s):
        self.do(c.PassOver(unheard_s))

    @rule(order=orders, always_open=st.booleans())
    def apply(self, order, always_open):
        self.do(c.ApplyCatalogue(hall_of(order, self.hall.catalogue.version + 1, always_open)))

    @rule(what=st.sampled_from((("services", "other"), ("windows", "w2"), ("queues", "qb"))))
    def apply_less(self, what):
        gone, name = what
        now, version = self.hall.catalogue, self.hall.catalogue.version + 1
        less = replace(now, version=version, **{gone: without(getattr(now, gone), name)})
        if name == "qb":
            less = replace(less, services=without(less.services, "other"))
        self.do(c.ApplyCatalogue(less))

    @invariant()
    def a_ticket_is_at_one_window(self):
        here = [state.visit for state in self.hall.windows.values() if state.visit]
        assert len(here) == len(set(here))
        states = {visit.id for visit in self.hall.visits.values() if visit.state in s.AT_WINDOW}
        assert set(here) == states

    @invariant()
    def held_are_at_their_windows(self):
        held = {visit: window for window, state in self.hall.windows.items() for visit in state.held}
        assert held == {v.id: v.window for v in self.hall.visits.values() if v.state == s.HELD}
        assert len(held) == sum(len(state.held) for state in self.hall.windows.values())

    @invariant()
    def waiting_counts_are_those_who_wait(self):
        waiting = [visit for visit in self.hall.visits.values() if visit.state == s.WAITING]
        for window in self.hall.catalogue.windows:
            expected = sum(s.may_call(self.hall, window, visit) for visit in waiting)
            assert views.window_view(self.hall, window).waiting == expected
            assert views.waiting_by_window(self.hall)[window] == expected

    @invariant()
    def replaying_the_events_gives_the_same_hall(self):
        assert self.replay == self.hall
        assert self.replay.lines == self.hall.lines

    @invariant()
    def a_snapshot_gives_the_same_hall(self):
        text = msgspec.json.encode(snapshot(self.hall))
        again = restore(msgspec.json.decode(text, type=Facts))
        assert again == self.hall
        assert (again.numbers, again.clerks, again.routes) == (
            self.hall.numbers,
            self.hall.clerks,
            self.hall.routes,
        )

    def check_all(self):
        self.a_ticket_is_at_one_window()
        self.waiting_counts_are_those_who_wait()
        self.replaying_the_events_gives_the_same_hall()
        self.a_snapshot_gives_the_same_hall()
        self.views_and_report_can_always_be_drawn()

    @invariant()
    def views_and_report_can_always_be_drawn(self):
        queues = tuple(self.hall.catalogue.queues)
        for view in views.queue_views(self.hall, queues, self.now_s):
            assert 0 <= view.wait_low_s <= view.wait_high_s <= views.LONGEST_TOLD_S
        report = day_report(self.hall, self.now_s)
        assert report.issued == len(self.hall.visits)


def some_command(randomly: random.Random) -> c.Command:
    """A command of a busy hall: people come and are called more often than all else happens."""
    window, other, number = randomly.choice(WINDOWS[:3]), randomly.choice(WINDOWS), randomly.choice(NUMBERS)
    service = randomly.choice(SERVICES[:3])
    acts = (c.Begin, c.Begin, c.NoShow, c.Hold, c.Hold, c.Finish, c.ResumeHeld, c.AskRating, c.Recall)
    leaving = (c.Logout, c.PauseWindow, c.ResumeWindow)
    makers = {
        lambda: c.TakeNumber(service, randomly.choice(("ordinary", "fast"))): 30,
        lambda: c.CallNext(window): 25,
        lambda: randomly.choice(acts)(window): 20,
        lambda: c.CallNumber(window, number): 6,
        lambda: c.ResumeHeld(window, number): 3,
        lambda: c.Transfer(window, to_window=other): 4,
        lambda: c.Transfer(window, to_queue=randomly.choice(("qa", "qb"))): 2,
        lambda: c.AddItem(window, service): 4,
        lambda: c.Login(window, randomly.choice(("w1", "w2", "wc", "new"))): 6,
        lambda: randomly.choice(leaving)(window): 3,
        lambda: c.Rate(f"20240101-{number}", window, 5): 2,
        lambda: c.Tick(): 1,
    }
    return randomly.choices(list(makers), list(makers.values()))[0]()


@pytest.mark.parametrize("seed", range(12))
def test_random_days(seed):
    """Long days, which a state machine's short examples do not reach."""
    randomly, day = random.Random(seed), HallMachine()
    for step in range(300):
        day.do(some_command(randomly))
        day.now_s += randomly.choice((1.0, 60.0, 300.0))
        if randomly.random() < 0.01:
            day.now_s += randomly.choice((-3600.0, 86_400.0))
        if randomly.random() < 0.02:
            day.apply(Order(), randomly.random() < 0.5)
        if step % 10 == 0:
            day.check_all()


HallMachine.TestCase.settings = settings(max_examples=80, stateful_step_count=15, deadline=None)
TestHallMachine = HallMachine.TestCase
