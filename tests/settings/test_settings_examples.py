"""The shipped site files load, say nothing, and are the halls they claim to be."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from devices.keypad.settings import KeypadSettings
from edge.hall.catalogue import Alone
from edge.settings.build import node_part
from edge.settings.catalogue import catalogue_of
from edge.settings.load import examine_file, load_site
from edge.settings.model import Site

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def chaotian() -> Site:
    return load_site(EXAMPLES / "chaotian.toml")


@pytest.mark.parametrize("name", ["minimal.toml", "chaotian.toml"])
def test_examples_are_without_errors_and_warnings(name: str) -> None:
    assert examine_file(EXAMPLES / name).problems == ()


def test_minimal_is_one_window_one_printer_and_its_own_broker() -> None:
    site = load_site(EXAMPLES / "minimal.toml")
    assert (site.site.coordinator, site.broker.embedded) == ("hall", True)
    assert [window.id for window in site.windows] == ["1"]
    assert [device.kind for device in site.devices] == ["printer", "button", "keypad"]
    part = node_part(site, "hall")
    assert (part.ports, part.devices) == (site.ports, site.devices)
    assert [device.id for device in part.on_port("pins")] == ["take-number"]


def test_chaotian_is_the_hall_that_was_published(chaotian: Site) -> None:
    accepting = {service.department for service in chaotian.services if service.accepted}
    assert len(chaotian.windows) == 55
    assert [window.id for window in chaotian.windows if window.comprehensive] == list("1234567")
    assert (len(chaotian.departments), len(accepting)) == (32, 25)
    assert 150 <= len(chaotian.services) <= 250
    assert 14 <= len(chaotian.queues) <= 20
    assert sum(service.accepted for service in chaotian.services) > len(chaotian.services) / 2
    assert all(service.name_en and service.code for service in chaotian.services)


def test_chaotian_classes_are_those_of_the_ticket_machines(chaotian: Site) -> None:
    rates = {one.id: one.rate for one in chaotian.priority_classes}
    assert {"ordinary", "elderly", "disabled", "military", "pre-reviewed"} <= set(rates)
    assert min(rates.values()) == rates["ordinary"] == 1


def test_every_window_of_chaotian_has_strip_evaluator_and_something_to_call_with(chaotian: Site) -> None:
    at = {window.id: Counter[str]() for window in chaotian.windows}
    for device in chaotian.devices:
        if device.window:
            at[device.window][device.kind] += 1
    usual = Counter({"keypad": 1, "evaluator": 1, "strip": 1})
    on_pins = Counter({"button": 1, "lamp": 1, "evaluator": 1, "strip": 1})
    assert at.pop("55") == on_pins
    assert list(at.values()) == [usual] * 54


def test_each_device_of_chaotian_belongs_to_exactly_one_node(chaotian: Site) -> None:
    parts = [node_part(chaotian, node.id) for node in chaotian.nodes]
    assert [part.node.id for part in parts] == [
        "core",
        "window-east",
        "window-west",
        "window-south",
        "window-north",
        "hall",
    ]
    assert sorted(device.id for part in parts for device in part.devices) == sorted(
        device.id for device in chaotian.devices
    )


def test_chaotian_mixes_both_makers_of_pads(chaotian: Site) -> None:
    settings = [d.settings for d in chaotian.devices if isinstance(d.settings, KeypadSettings)]
    assert Counter((one.use, one.map) for one in settings) == {
        ("window", None): 28,
        ("window", "hallquefront"): 26,
        ("tickets", None): 3,
    }


def test_catalogue_of_chaotian(chaotian: Site) -> None:
    catalogue = catalogue_of(chaotian, version=7)
    teacher = catalogue.services["teacher-certificate"]
    assert (teacher.name, teacher.department) == ("教师资格认定", "区教育局")
    assert (teacher.queue, teacher.service_s, teacher.accepted) == ("general", 540.0, True)
    assert catalogue.queues["tax"].number.prefix == "C"
    assert catalogue.windows["1"].comprehensive
    assert catalogue.hours.weekly[0] == ((32_400.0, 43_200.0), (48_600.0, 61_200.0))
    assert catalogue.hours.weekly[5] == ()
    assert (catalogue.hours.day_starts_s, catalogue.hours.stop_issue_s) == (14_400.0, 900.0)
    assert (catalogue.version, catalogue.order.longest_wait_s) == (7, 5400.0)
    assert catalogue.appointments.priority == "appointment"
    assert catalogue.alone == Alone({"core": "X"}, numbers=1200, block=20, first=501)


def test_people_of_chaotian_come_where_somebody_serves_them(chaotian: Site) -> None:
    served = {queue for window in chaotian.windows for queue in window.queues}
    assert {queue for queue, weight in chaotian.people.queues.items() if weight} <= served
    assert chaotian.people.arrivals[-1].people_per_h == 0


def test_a_node_that_is_not_there(chaotian: Site) -> None:
    with pytest.raises(KeyError, match="window-up"):
        node_part(chaotian, "window-up")
