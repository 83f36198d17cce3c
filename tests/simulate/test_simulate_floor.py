"""Citizens and clerks in virtual time, a few at a time, read from the events of the rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest

from edge.hall import events as e
from edge.hall.calendar import Hours
from edge.hall.catalogue import Catalogue, NumberFormat, Queue, Service, Window
from edge.hall.hall import Event, Hall
from simulators.people.citizen import Citizen
from simulators.people.clerk import Manners
from simulators.people.distributions import NONE, Distribution
from simulators.simulate.floor import OVERTIME_S, Floor
from simulators.simulate.tally import Tally

MIDNIGHT_S = 1_704_067_200.0  # 2024-01-01 00:00, a Monday, UTC
HOUR_S = 3600.0

HALL = Catalogue(
    version=1,
    services={
        "tax": Service("tax", "办税", "tax"),
        "refund": Service("refund", "退税", "tax"),
        "pension": Service("pension", "社保", "social"),
    },
    queues={
        "tax": Queue("tax", "税务", NumberFormat("A")),
        "social": Queue("social", "社保", NumberFormat("B")),
    },
    windows={
        "w1": Window("w1", "1", queues=("tax",)),
        "w2": Window("w2", "2", queues=("social",)),
    },
    classes={},
    hours=Hours(utc_offset_s=0.0),
)
MANNERS = Manners(NONE, recall_after_s=40.0, recalls=2)


class Watched:
    """A floor with its events, as (seconds since the start, kind, window)."""

    def __init__(
        self,
        citizens: Sequence[Citizen],
        catalogue: Catalogue = HALL,
        manners: Manners = MANNERS,
        start_s: float = MIDNIGHT_S,
    ) -> None:
        self.events: list[Event] = []
        self.start_s = start_s
        self.floor = Floor(catalogue, iter(citizens), manners, Random(1), start_s, self._listen)

    def _listen(self, hall: Hall, event: Event) -> None:
        self.events.append(event)

    def story(self, *kinds: type[Event]) -> list[tuple[float, str, str]]:
        """What happened at windows, or of `kinds` alone."""
        return [
            (event.at_s - self.start_s, type(event).__name__, getattr(event, "window", ""))
            for event in self.events
            if isinstance(event, kinds or (*_AT_WINDOW,))
        ]

    def run(self, seconds: float = HOUR_S) -> Watched:
        self.floor.run(self.start_s + seconds)
        return self


_AT_WINDOW = (
    e.Called,
    e.Recalled,
    e.Begun,
    e.Missed,
    e.Held,
    e.Resumed,
    e.Transferred,
    e.ItemAdded,
    e.Finished,
)


def somebody(after_s: float, service_s: float = 100.0, **changes: object) -> Citizen:
    citizen = Citizen(MIDNIGHT_S + after_s, "tax", "tax", service_s)
    return replace(citizen, **changes)  # type: ignore[arg-type]


def test_who_comes_to_an_idle_window_is_called_at_once_and_the_next_waits() -> None:
    people = [somebody(10.0, walk_s=5.0), somebody(20.0)]
    assert Watched(people).run().story() == [
        (10.0, "Called", "w1"),
        (15.0, "Begun", "w1"),
        (115.0, "Finished", "w1"),
        (115.0, "Called", "w1"),
        (115.0, "Begun", "w1"),
        (215.0, "Finished", "w1"),
    ]


def test_a_clerk_takes_a_while_between_two_visits() -> None:
    slow = Manners(Distribution("constant", 7.0))
    calls = Watched([somebody(0.0), somebody(1.0)], manners=slow).run().story(e.Called)
    assert calls == [(0.0, "Called", "w1"), (107.0, "Called", "w1")]


@pytest.mark.parametrize("gone", [{"no_show": True}, {"patience_s": 50.0}])
def test_who_has_gone_is_called_three_times_and_missed(gone: dict[str, object]) -> None:
    watched = Watched([somebody(0.0), somebody(1.0, **gone)]).run()
    assert watched.story()[3:] == [
        (100.0, "Called", "w1"),
        (140.0, "Recalled", "w1"),
        (180.0, "Recalled", "w1"),
        (220.0, "Missed", "w1"),
    ]
    assert watched.floor.clerks.gave_up == ("patience_s" in gone)


def test_patience_that_lasts_until_the_call_is_enough() -> None:
    watched = Watched([somebody(0.0), somebody(1.0, patience_s=99.5)]).run()
    assert watched.floor.clerks.gave_up == 0
    assert len(watched.story(e.Finished)) == 2


def test_a_visit_put_aside_goes_on_before_the_next_call() -> None:
    people = [somebody(0.0, hold_s=30.0), somebody(1.0), somebody(2.0)]
    assert Watched(people).run().story(e.Called, e.Held, e.Resumed, e.Finished) == [
        (0.0, "Called", "w1"),
        (50.0, "Held", "w1"),
        (50.0, "Called", "w1"),
        (150.0, "Finished", "w1"),
        (150.0, "Resumed", "w1"),
        (200.0, "Finished", "w1"),
        (200.0, "Called", "w1"),
        (300.0, "Finished", "w1"),
    ]


def test_who_comes_back_to_an_idle_clerk_goes_on_at_once() -> None:
    story = Watched([somebody(0.0, hold_s=30.0)]).run().story(e.Held, e.Resumed, e.Finished)
    assert story == [(50.0, "Held", "w1"), (80.0, "Resumed", "w1"), (130.0, "Finished", "w1")]


def test_a_visit_sent_on_has_its_second_half_at_the_other_window() -> None:
    story = Watched([somebody(0.0, sent_to="social")]).run().story(e.Called, e.Transferred, e.Finished)
    assert story == [
        (0.0, "Called", "w1"),
        (50.0, "Transferred", "w1"),
        (50.0, "Called", "w2"),
        (100.0, "Finished", "w2"),
    ]


def test_once_served_nobody_leaves_before_the_second_half() -> None:
    people = [somebody(0.0, sent_to="social", patience_s=60.0)]
    people.insert(0, somebody(0.0, service_s=300.0, service="pension", queue="social"))
    watched = Watched(people).run()
    assert watched.story(e.Called, e.Missed)[1:] == [(0.0, "Called", "w1"), (300.0, "Called", "w2")]
    assert len(watched.story(e.Finished)) == 2


def test_waits_are_counted_to_the_second() -> None:
    tally = Tally(MIDNIGHT_S, MIDNIGHT_S + HOUR_S, lambda at_s: int((at_s - MIDNIGHT_S) // 60))
    people = [somebody(0.0, walk_s=5.0), somebody(20.0), somebody(90.0, no_show=True)]
    Floor(HALL, iter(people), MANNERS, Random(1), MIDNIGHT_S, tally.listen).run(MIDNIGHT_S + HOUR_S)
    tally.close(MIDNIGHT_S + HOUR_S)
    waits = tally.queues["tax"]
    assert list(waits.all_s) == [0.0, 85.0, 115.0]
    assert (waits.batches.counts, waits.batches.sums) == ([2, 1], [85.0, 115.0])
    assert (waits.issued, waits.missed, waits.had_to_wait.sums) == (3, 1, [1.0, 1.0])
    assert tally.waiting.total == 200.0
    assert tally.busy.total == 105.0 + 100.0 + 120.0
    assert tally.window_busy["w1"].total == tally.busy.total
    assert tally.foretold.count == 2


def test_a_second_item_is_told_in_the_middle_of_the_visit() -> None:
    story = Watched([somebody(0.0, more_item="refund")]).run().story(e.ItemAdded, e.Finished)
    assert story == [(50.0, "ItemAdded", "w1"), (100.0, "Finished", "w1")]


def test_a_rating_comes_after_the_visit() -> None:
    watched = Watched([somebody(0.0, level=4, rating_s=6.0)]).run()
    assert [(type(event), event.at_s - MIDNIGHT_S) for event in watched.events[-3:]] == [
        (e.RatingAsked, 100.0),
        (e.Finished, 100.0),
        (e.RatingGiven, 106.0),
    ]


def test_of_two_idle_clerks_the_one_idle_longest_calls() -> None:
    two = replace(HALL, windows={**HALL.windows, "w3": Window("w3", "3", queues=("tax",))})
    calls = Watched([somebody(0.0), somebody(200.0), somebody(400.0)], two).run().story(e.Called)
    assert [window for _, _, window in calls] == ["w1", "w3", "w1"]


# --- hours ------------------------------------------------------------------------------------------

OFFICE = replace(HALL, hours=Hours(weekly=(((9 * HOUR_S, 12 * HOUR_S),),) * 7, utc_offset_s=0.0))


def test_windows_open_with_the_hall_and_close_when_nobody_waits() -> None:
    watched = Watched([somebody(9 * HOUR_S + 60.0)], OFFICE).run(24 * HOUR_S)
    assert watched.story(e.LoggedIn) == [(9 * HOUR_S, "LoggedIn", "w1"), (9 * HOUR_S, "LoggedIn", "w2")]
    assert {(at_s, window) for at_s, _, window in watched.story(e.LoggedOut)} == {
        (12 * HOUR_S, "w1"),
        (12 * HOUR_S, "w2"),
    }


def test_who_comes_before_the_hall_opens_gets_no_number() -> None:
    watched = Watched([somebody(8 * HOUR_S)], OFFICE).run(24 * HOUR_S)
    assert watched.floor.turned_away == {"hall_closed": 1}
    assert watched.story(e.Called) == []


def test_after_closing_those_with_a_number_are_called_for_half_an_hour() -> None:
    people = [somebody(12 * HOUR_S - 10.0, service_s=1200.0) for _ in range(4)]
    watched = Watched(people, OFFICE).run(24 * HOUR_S)
    calls = [at_s - 12 * HOUR_S for at_s, _, _ in watched.story(e.Called)]
    assert calls == [-10.0, 1190.0]
    assert OVERTIME_S == 1800.0
    assert watched.story(e.LoggedOut)[-1] == (12 * HOUR_S + 2390.0, "LoggedOut", "w1")


def test_a_window_waits_for_the_paper_before_it_closes() -> None:
    people = [somebody(12 * HOUR_S - 10.0, hold_s=200.0)]
    watched = Watched(people, OFFICE).run(24 * HOUR_S)
    assert watched.story(e.Finished) == [(12 * HOUR_S + 290.0, "Finished", "w1")]
    assert watched.story(e.LoggedOut)[-1] == (12 * HOUR_S + 290.0, "LoggedOut", "w1")


def test_those_who_wait_over_noon_are_called_in_the_afternoon() -> None:
    spans = ((9 * HOUR_S, 12 * HOUR_S), (13.5 * HOUR_S, 17 * HOUR_S))
    noon = replace(HALL, hours=Hours(weekly=(spans,) * 7, utc_offset_s=0.0))
    people = [somebody(12 * HOUR_S - 10.0, service_s=2000.0) for _ in range(2)]
    calls = Watched(people, noon).run(24 * HOUR_S).story(e.Called)
    assert [at_s for at_s, _, _ in calls] == [12 * HOUR_S - 10.0, 13.5 * HOUR_S]


def test_a_change_of_day_in_an_open_hall_disturbs_nobody_whose_queue_keeps() -> None:
    keeping = {key: replace(queue, overnight="keep") for key, queue in HALL.queues.items()}
    catalogue = replace(HALL, queues=keeping)  # type: ignore[arg-type]
    people = [somebody(24 * HOUR_S - 10.0 + index) for index in range(3)]
    watched = Watched(people, catalogue).run(25 * HOUR_S)
    calls = [at_s - 24 * HOUR_S for at_s, _, _ in watched.story(e.Called)]
    assert calls == [-10.0, 90.0, 190.0]


def test_a_change_of_day_that_sends_people_home_leaves_the_clerks_at_work() -> None:
    people = [somebody(24 * HOUR_S - 10.0 + index) for index in range(3)]
    people.append(somebody(24 * HOUR_S + 500.0))
    tally = Tally(MIDNIGHT_S, MIDNIGHT_S + 48 * HOUR_S, lambda at_s: 0)
    watched = Watched(people)
    floor = Floor(HALL, iter(people), MANNERS, Random(1), MIDNIGHT_S, tally.listen)
    floor.run(MIDNIGHT_S + 25 * HOUR_S)
    calls = [at_s - 24 * HOUR_S for at_s, _, _ in watched.run(25 * HOUR_S).story(e.Called)]
    assert calls == [-10.0, 500.0]
    assert (tally.waiting.value, tally.busy.value) == (0.0, 0.0)
    assert floor.clerks.guests == {}  # those sent home are forgotten
    assert (tally.all.issued, list(tally.all.all_s)) == (4, [0.0, 0.0])
