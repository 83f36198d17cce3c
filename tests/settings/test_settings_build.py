"""From the site file's words to the hall's catalogue: units, weeks, defaults."""

from __future__ import annotations

import pytest

from edge.hall.catalogue import Catalogue, PriorityClass
from edge.settings.catalogue import catalogue_of
from edge.settings.load import examine, parse_site
from edge.settings.values import seconds_of_day, span_seconds

MORNING = (32_400.0, 43_200.0)
NOON = (43_200.0, 50_400.0)


def catalogue(text: str) -> Catalogue:
    return catalogue_of(parse_site(text, "x"), version=1)


@pytest.mark.parametrize(
    ("keys", "week"),
    [
        ("", ()),
        ("stop_issue_min = 5", ()),
        ('weekdays = ["09:00-12:00"]', ((MORNING,),) * 5 + ((),) * 2),
        ('weekend = ["09:00-12:00"]', ((),) * 5 + ((MORNING,),) * 2),
        ('weekdays = ["09:00-12:00"]\ntuesday = []', ((MORNING,), (), *((MORNING,),) * 3, (), ())),
        ('sunday = ["09:00-12:00", "12:00-14:00"]', ((),) * 6 + ((MORNING, NOON),)),
    ],
)
def test_a_week_of_hours(good: str, keys: str, week: tuple[object, ...]) -> None:
    text = f"{good}[hours]\n{keys}\n"
    assert examine(text, "x").problems == ()
    assert catalogue(text).hours.weekly == week


def test_minutes_become_seconds(good: str) -> None:
    found = catalogue(
        good
        + '[hours]\nstop_issue_min = 20\nday_starts = "04:30"\nutc_offset_min = -60\n'
        + "[order]\nlongest_wait_min = 45\nrecall_missed = false\n"
        + "[appointments]\nearly_min = 10\nlate_min = 5\n"
    )
    assert (found.hours.stop_issue_s, found.hours.day_starts_s) == (1200.0, 16_200.0)
    assert (found.hours.utc_offset_s, found.order.longest_wait_s) == (-3600.0, 2700.0)
    assert (found.appointments.early_s, found.appointments.late_s) == (600.0, 300.0)
    assert not found.recall_missed
    assert found.services["photo"].service_s == 480.0


def test_without_classes_everybody_is_ordinary(good: str) -> None:
    ordinary = PriorityClass(id="ordinary", name="普通", name_en="Ordinary")
    assert catalogue(good).classes == {"ordinary": ordinary}


def test_order_of_the_file_is_kept(good: str) -> None:
    more = '[[services]]\nid = "a"\nname = "甲"\nqueue = "general"\ndepartment = "d"\n'
    found = catalogue(good + more + '[[departments]]\nid = "d"\nname = "某局"\n')
    assert list(found.services) == ["photo", "a"]
    assert (found.services["a"].department, found.services["photo"].department) == ("某局", "")


def test_times_of_day() -> None:
    assert seconds_of_day("23:59") == 86_340
    assert span_seconds("00:00-24:00") == (0, 86_400)
