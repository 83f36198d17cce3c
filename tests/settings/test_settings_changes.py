"""What a running hall can take of a new site file, in sentences."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edge.settings.changes import Changes, changes
from edge.settings.load import parse_site

Spoilt = Callable[[str, str], str]

LIVE = {
    "new_service": (
        "[[windows]]",
        '[[services]]\nid = "copy"\nname = "复印"\nqueue = "general"\n[[windows]]',
        ['service "copy" is new'],
    ),
    "service_renamed": (
        'name = "照相"',
        'name = "拍照"\nservice_min = 3',
        ['service "photo" changes: name, service_min'],
    ),
    "service_gone_and_new": (
        'id = "photo"',
        'id = "foto"',
        ['service "foto" is new', 'service "photo" goes'],
    ),
    "window": ('label = "1"', 'label = "01"', ['window "1" changes: label']),
    "hours": (
        "[[nodes]]",
        '[hours]\nweekdays = ["09:00-12:00"]\nstop_issue_min = 5\n[[nodes]]',
        ["[hours] changes: weekdays, stop_issue_min"],
    ),
    "order": ("[[nodes]]", '[order]\nrule = "alternating"\n[[nodes]]', ["[order] changes: rule"]),
    "notice": (
        "[[nodes]]",
        '[[notices]]\ntext = "你好"\n[[nodes]]',
        ["notices: 1 instead of 0, or other words"],
    ),
    "class": (
        "[[nodes]]",
        '[[priority_classes]]\nid = "ordinary"\nname = "普通"\n[[nodes]]',
        ['priority class "ordinary" is new'],
    ),
    "site_name": ('name = "小厅"', 'name = "大厅"', ["[site] name changes"]),
    "people": ("[[nodes]]", "[people.ratings]\nsatisfied = 1\n[[nodes]]", ["[people] changes: satisfied"]),
}

RESTART = {
    "site": (
        'id = "small"',
        'id = "other"',
        ['the site is "other" and not "small": this is another hall\'s file'],
    ),
    "broker": (
        "[[nodes]]",
        "[broker]\nport = 1884\n[[nodes]]",
        ["[broker] changes: port: start all nodes again"],
    ),
    "port": (
        'url = "/dev/serial/by-path/one"',
        'url = "/dev/serial/by-path/two"\nbaud = 19200',
        ['port "line" changes: url, baud: start its node again'],
    ),
    "device_settings": (
        "address = 1",
        "address = 2\nrepeat_ms = 700",
        ['device "keypad-1" changes: address, repeat_ms: start its node again'],
    ),
    "new_node": (
        "[[ports]]",
        '[[nodes]]\nid = "east"\n[[ports]]',
        ['node "east" is new: start its node again'],
    ),
}


def between(old: str, new: str) -> Changes:
    return changes(parse_site(old, "old"), parse_site(new, "new"))


@pytest.mark.parametrize("name", sorted(LIVE))
def test_a_running_hall_takes(good: str, spoilt: Spoilt, name: str) -> None:
    old, new, said = LIVE[name]
    found = between(good, spoilt(old, new))
    assert (list(found.live), found.restart, found.can_apply) == (said, (), True)


@pytest.mark.parametrize("name", sorted(RESTART))
def test_a_running_hall_does_not_take(good: str, spoilt: Spoilt, name: str) -> None:
    old, new, said = RESTART[name]
    found = between(good, spoilt(old, new))
    assert (found.live, list(found.restart), found.can_apply) == ((), said, False)


def test_the_same_file_changes_nothing(good: str) -> None:
    assert between(good, good + "# a comment\n") == Changes()


def test_who_logs_in_is_no_change_of_the_hall(good: str, spoilt: Spoilt) -> None:
    console = spoilt(
        "[[nodes]]", '[broker]\nusername = "console"\npassword_file = "/etc/hall/console"\n[[nodes]]'
    )
    assert between(good, console) == Changes()


def test_another_coordinator(good: str) -> None:
    two = good + '[[nodes]]\nid = "east"\n'
    found = between(two, two.replace('coordinator = "core"', 'coordinator = "east"'))
    assert found.restart == ('the coordinator moves to node "east": start both nodes again',)


def test_another_order_of_services(good: str) -> None:
    one, two = (f'[[services]]\nid = "{name}"\nname = "复印"\nqueue = "general"\n' for name in "ab")
    assert between(good + one + two, good + two + one).live == ("services stand in another order",)
