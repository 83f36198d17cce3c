"""Who comes to a site's hall: when, for what, and how they behave; and which windows are open for them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random
from statistics import fmean

import pytest
from msgspec.structs import replace

from edge.settings.load import load_site
from edge.settings.model import Site
from edge.settings.people import Arrivals, People, ServiceTimes
from simulators.people.arrivals import Step, arrival_times, rate_at, steps_of
from simulators.people.citizen import Citizen, draw_citizens
from simulators.people.clerk import manners_of, service_times
from simulators.people.crew import crew, kinds_of, services_served, share_served

EXAMPLES = Path(__file__).parents[2] / "examples"
MONDAY_S = 1_704_067_200.0 - 8 * 3600.0  # 2024-01-01 00:00 at UTC+8
DAY_S = 86_400.0


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(EXAMPLES / "chaotian.toml")


def monday(site: Site, seed: int = 1, **options: object) -> list[Citizen]:
    return list(draw_citizens(site, seed, MONDAY_S, MONDAY_S + DAY_S, **options))  # type: ignore[arg-type]


def with_people(site: Site, **changes: object) -> Site:
    return replace(site, people=replace(site.people, **changes))


# --- arrivals ---------------------------------------------------------------------------------------


def test_a_step_lasts_until_the_next_and_the_last_over_midnight() -> None:
    steps = (Step(9 * 3600.0, 1.0), Step(12 * 3600.0, 2.0))
    hours = [0, 8.99, 9, 11.99, 12, 23.99]
    assert [rate_at(steps, hour * 3600.0) for hour in hours] == [2.0, 2.0, 1.0, 1.0, 2.0, 2.0]


def test_a_site_that_says_nothing_has_twenty_people_an_hour() -> None:
    assert steps_of(People()) == (Step(0.0, 20 / 3600.0),)


def test_arrivals_follow_the_profile_of_the_local_day() -> None:
    people = People(
        arrivals=(Arrivals(at="09:00", people_per_h=600), Arrivals(at="10:00", people_per_h=1200),
                  Arrivals(at="11:00", people_per_h=0))
    )  # fmt: skip
    times = list(arrival_times(Random(1), steps_of(people), MONDAY_S, MONDAY_S + DAY_S, 8 * 3600.0))
    hours = Counter(int((at_s - MONDAY_S) // 3600) for at_s in times)
    assert set(hours) == {9, 10}
    assert hours[9] == pytest.approx(600, abs=75)
    assert hours[10] == pytest.approx(1200, abs=105)
    assert times == sorted(times)


def test_a_scale_multiplies_the_rate_and_nothing_gives_nobody() -> None:
    steps = (Step(0.0, 0.5),)
    few = list(arrival_times(Random(1), steps, 0.0, 10_000.0, 0.0, scale=0.1))
    assert len(few) == pytest.approx(500, abs=70)
    assert list(arrival_times(Random(1), steps, 0.0, 10_000.0, 0.0, scale=0.0)) == []
    assert list(arrival_times(Random(1), (Step(0.0, 0.0),), 0.0, 10_000.0, 0.0)) == []


# --- citizens ---------------------------------------------------------------------------------------


def test_a_usual_monday_has_the_people_of_the_site_file(site: Site) -> None:
    citizens = monday(site)
    # 0.5 x 300 + 275 + 240 + 0.5 x 110 + 210 + 1.5 x 200 + 0.75 x 100 people
    assert len(citizens) == pytest.approx(1305, abs=110)
    assert all(citizen.queue for citizen in citizens)


def test_the_same_seed_brings_the_same_people(site: Site) -> None:
    assert monday(site, 5) == monday(site, 5)
    assert monday(site, 5) != monday(site, 6)


def test_people_come_while_the_hall_is_open(site: Site) -> None:
    hours = {(citizen.arrives_s - MONDAY_S) / 3600 for citizen in monday(site)}
    assert all(9 <= hour < 12 or 13.5 <= hour < 17 for hour in hours)
    sunday_s = MONDAY_S + 6 * DAY_S
    assert list(draw_citizens(site, 1, sunday_s, sunday_s + DAY_S)) == []


def test_shares_are_those_of_the_site_file(site: Site) -> None:
    many = [citizen for seed in range(8) for citizen in monday(site, seed)]
    count = len(many)
    of = {
        "tax": sum(citizen.queue == "tax" for citizen in many) / count,
        "ordinary": sum(citizen.priority == "ordinary" for citizen in many) / count,
        "no_show": sum(citizen.no_show for citizen in many) / count,
        "rates": sum(citizen.level > 0 for citizen in many) / count,
        "sent": sum(bool(citizen.sent_to) for citizen in many) / count,
        "held": sum(citizen.hold_s > 0 for citizen in many) / count,
        "appointment": sum(citizen.origin == "appointment" for citizen in many) / count,
    }
    expected = {
        "tax": 15 / 108, "ordinary": 0.76, "no_show": 0.05, "rates": 0.7, "sent": 0.02, "held": 0.03,
        "appointment": 0.04,
    }  # fmt: skip
    assert of == pytest.approx(expected, abs=0.015)


def test_grades_have_their_shares(site: Site) -> None:
    levels = Counter(citizen.level for seed in range(8) for citizen in monday(site, seed) if citizen.level)
    total = sum(levels.values())
    shares = [levels[level] / total for level in (5, 4, 3, 2, 1)]
    assert shares == pytest.approx([0.71, 0.20, 0.06, 0.02, 0.01], abs=0.015)


def test_patience_without_end_and_no_class_at_all(site: Site) -> None:
    calm = with_people(site, patience_min=0.0, classes={}, appointment_pct=0.0)
    assert {(citizen.patience_s, citizen.priority) for citizen in monday(calm)} == {
        (float("inf"), "ordinary")
    }


def test_only_services_that_are_wanted_bring_people_and_no_more_than_before(site: Site) -> None:
    some = monday(site, services=["id-renew", "marriage"])
    assert {citizen.service for citizen in some} == {"id-renew", "marriage"}
    everybody = [citizen for seed in range(8) for citizen in monday(site, seed)]
    wanted = sum(citizen.service in ("id-renew", "marriage") for citizen in everybody) / 8
    assert len(some) == pytest.approx(wanted, abs=4 * wanted**0.5)


def test_a_second_item_is_of_the_same_queue_and_takes_its_time(site: Site) -> None:
    queue_of = {one.id: one.queue for one in site.services}
    eager = with_people(site, more_items_pct=100.0)
    citizens = monday(eager)
    assert all(citizen.more_item != citizen.service for citizen in citizens)
    seconds = [citizen for citizen in citizens if citizen.more_item]
    assert all(queue_of[citizen.more_item] == citizen.queue for citizen in seconds)
    usual = fmean(citizen.service_s for citizen in monday(with_people(site, more_items_pct=0.0)))
    assert fmean(citizen.service_s for citizen in seconds) > 1.6 * usual


def test_nobody_is_sent_to_the_queue_he_stands_in(site: Site) -> None:
    moved = monday(with_people(site, transfer_pct=100.0))
    assert all(citizen.sent_to not in ("", citizen.queue) for citizen in moved)


# --- clerks -----------------------------------------------------------------------------------------


def test_service_times_are_the_services_own_or_those_of_all(site: Site) -> None:
    own = (
        ServiceTimes(service="marriage", mean_min=18.0, spread_pct=25.0),
        ServiceTimes(service="power-pay", shape="exponential"),
    )
    times = service_times(with_people(site, services=own, shape="lognormal", spread_pct=60.0))
    minutes = {one.id: one.service_min for one in site.services}
    marriage, power, renew = times["marriage"], times["power-pay"], times["id-renew"]
    assert (marriage.shape, marriage.mean_s, marriage.cv) == ("lognormal", 1080.0, 0.25)
    assert (power.shape, power.mean_s) == ("exponential", minutes["power-pay"] * 60)
    assert (renew.shape, renew.mean_s, renew.cv) == ("lognormal", minutes["id-renew"] * 60, 0.6)
    assert set(times) == set(minutes)


def test_a_clerk_gives_up_after_the_last_recall(site: Site) -> None:
    manners = manners_of(site.people)
    assert (manners.between.mean_s, manners.recalls, manners.no_show_s) == (15.0, 2, 120.0)


# --- windows ----------------------------------------------------------------------------------------


def test_as_many_windows_as_the_hall_has_are_the_hall(site: Site) -> None:
    assert crew(site, 55) == site.windows


@pytest.mark.parametrize("count", [1, 4, 8, 22, 40, 54])
def test_fewer_windows_are_some_of_the_hall(site: Site, count: int) -> None:
    windows = crew(site, count)
    assert len(windows) == count
    assert list(windows) == [window for window in site.windows if window in windows]


def test_each_kind_is_open_as_soon_as_there_are_windows_for_all(site: Site) -> None:
    kinds = kinds_of(site.windows)
    assert kinds_of(crew(site, len(kinds))).keys() == kinds.keys()
    assert share_served(site, crew(site, len(kinds))) == pytest.approx(1.0)


def test_few_windows_serve_those_who_are_most(site: Site) -> None:
    shares = [share_served(site, crew(site, count)) for count in (1, 4, 8, 16)]
    assert shares == sorted(shares)
    assert shares[0] > 0.2
    served = services_served(site, crew(site, 1))
    assert 0 < len(served) < len(site.services)


def test_more_windows_are_added_in_the_halls_mix(site: Site) -> None:
    windows = crew(site, 110)
    assert windows[:55] == site.windows
    assert [window.label for window in windows[55:]] == [f"{number}" for number in range(56, 111)]
    assert len({window.id for window in windows}) == 110
    doubled = {kind: 2 * len(of_kind) for kind, of_kind in kinds_of(site.windows).items()}
    assert {kind: len(of_kind) for kind, of_kind in kinds_of(windows).items()} == doubled


def test_a_hall_without_windows_is_none(site: Site) -> None:
    with pytest.raises(ValueError, match="at least one window"):
        crew(site, 0)
