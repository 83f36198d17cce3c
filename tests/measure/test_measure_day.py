"""A day through machines is the same day as by the rules alone, and pictures cost what they should."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from edge.hall import commands as c
from edge.hall.hall import Event, Hall, Refused
from edge.run_node import read_site
from edge.settings.model import Site
from simulators.measure import day, picture
from simulators.measure.counters import Counters
from simulators.measure.figures import Bench
from simulators.people.citizen import draw_citizens
from simulators.people.clerk import manners_of
from simulators.people.crew import services_served
from simulators.simulate.floor import Floor
from simulators.simulate.site_days import plan_site

MORNING_S = 10.0 * 3600


@pytest.fixture(scope="module")
def site() -> Site:
    return read_site(day.SITE)


def floor_of(site: Site, kinds: Counter[str]) -> Floor:
    plan = plan_site(site, None, 1, 1)
    from_s = plan.days_s[0]
    people = draw_citizens(site, "test", from_s, from_s + 86_400, services_served(site, plan.windows))

    def listen(_hall: Hall, event: Event) -> None:
        kinds[type(event).__name__] += 1

    return Floor(plan.catalogue, people, manners_of(site.people), Random("test"), from_s, listen)


def test_presses_through_machines_make_the_same_day(site: Site) -> None:
    by_rules: Counter[str] = Counter()
    by_keys: Counter[str] = Counter()
    plain, through = floor_of(site, by_rules), floor_of(site, by_keys)
    counters = Counters(site, through.ground)
    for floor in (plain, through):
        floor.run(plan_site(site, None, 1, 1).days_s[0] + MORNING_S)
    assert by_rules["Called"] > 50
    assert by_keys == by_rules
    assert counters.counts["keys"] > by_keys["Called"] + by_keys["Begun"]
    # a pad of four keys has none for the worst grade: that one goes to the rules at once
    assert 0.9 * by_keys["RatingGiven"] < counters.counts["grades"] <= by_keys["RatingGiven"]
    assert counters.counts["frames"] > counters.counts["keys"]


def test_a_refusal_comes_back_through_the_keypad(site: Site) -> None:
    kinds: Counter[str] = Counter()
    floor = floor_of(site, kinds)
    counters = Counters(site, floor.ground)
    floor.run(plan_site(site, None, 1, 1).days_s[0] + 6 * 3600)
    window = next(device.window for device in site.devices if device.kind == "keypad" and device.window)
    before = counters.counts["frames"]
    with pytest.raises(Refused) as refusal:
        floor.ground.ask(c.Finish(window))
    assert refusal.value.code == "nobody_here"
    assert counters.counts["keys"] == 1
    assert counters.counts["frames"] >= before + 2  # the echo, and the sign of a refusal


def test_a_day_of_two_thousand_visits_is_counted(tmp_path: Path) -> None:
    outcome = day.measure(Bench(tmp_path, quick=True))
    (row,) = outcome.rows
    assert row.what == "a day of 2,000 visits"
    assert row.ours.median > 0
    told = {one.what: one.value for one in outcome.told}
    assert told["events"] > told["visits of the day that was run"] > 50


def test_pictures_are_drawn_and_copied(tmp_path: Path) -> None:
    outcome = picture.measure(Bench(tmp_path, quick=True))
    strip, row, queue = outcome.rows
    assert strip.floor is not None
    assert strip.ours.n == strip.floor.n == 100
    assert [check.unit for check in row.checks] == ["ms", "ms", "×"]
    ours, bare = (tmp_path / "picture" / name / "fb0" for name in ("ours", "bare"))
    assert any(ours.read_bytes())
    assert any(bare.read_bytes())
    assert queue.floor is not None
