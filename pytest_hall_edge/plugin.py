"""Simulated devices of a service hall as pytest fixtures, for any project: docs/testing-with-hall-edge.md.

Every run of pytest loads this file. It imports nothing until a fixture is used, and of hall-edge nothing but
this package ever.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from pytest_hall_edge.devices import Evaluator, Keypad, Line, Printer, Strip
    from pytest_hall_edge.hall import Broker, Hall
    from pytest_hall_edge.host import Host

TWINS = ("keypad", "evaluator", "strip", "printer", "line")
PORT_KEYS = ("url", "baud", "data_bits", "parity", "stop_bits", "paced", "collisions")


class _Tells(Protocol):
    def report(self) -> str: ...


_OPENED = pytest.StashKey[list[tuple[str, _Tells]]]()


def pytest_configure(config: pytest.Config) -> None:
    """The markers."""
    config.addinivalue_line(
        "markers",
        "hall_twin(name, **settings): how the fixture `name` is set, by the keys of a bench file: address=5",
    )
    config.addinivalue_line("markers", "hall_site(path): the site file of the `hall` fixture, from rootdir")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that failed is told with the face of each device and the last bytes both ways."""
    report = yield
    if report.failed and call.when != "teardown":
        told = getattr(call.excinfo.value, "told_of", None) if call.excinfo else None
        for name, opened in item.stash.get(_OPENED, []):
            if told is not opened:
                report.sections.append((f"hall-edge: {name}", opened.report()))
    return report


@pytest.fixture(scope="session")
def _hall_edge_host() -> Iterator[Host]:
    from pytest_hall_edge.host import Host

    with Host() as host:
        yield host


@pytest.fixture
def keypad(request: pytest.FixtureRequest) -> Iterator[Keypad]:
    """A counter keypad (FF 68, address 3): `keypad.url`, `keypad.press("next")`, `keypad.shown`.

    In a test that uses `line` too, it hangs there; else on a pty of its own.
    """
    yield from _device(request, "keypad")


@pytest.fixture
def evaluator(request: pytest.FixtureRequest) -> Iterator[Evaluator]:
    """A rating pad (FF 68, address 131): `evaluator.url`, `evaluator.press(3)`, `evaluator.lamp`.

    In a test that uses `line` too, it hangs there, and overhears the keypad's evaluate key.
    """
    yield from _device(request, "evaluator")


@pytest.fixture
def strip(request: pytest.FixtureRequest) -> Iterator[Strip]:
    """A window strip (A0 90, address 3): `strip.url`, `strip.wait("A001")`, `strip.text`.

    In a test that uses `line` too, it hangs there; else on a pty of its own.
    """
    yield from _device(request, "strip")


@pytest.fixture
def printer(request: pytest.FixtureRequest) -> Iterator[Printer]:
    """A ticket printer (ESC/POS): `printer.url`, `printer.next_ticket().text`, `printer.fault("cover")`."""
    yield from _device(request, "printer")


@pytest.fixture
def line(request: pytest.FixtureRequest) -> Iterator[Line]:
    """One RS-485 line with keypad, evaluator and strip: `line.url`, `line.keypad`, `line.strip`."""
    from pytest_hall_edge.devices import Line

    settings = {name: _settings(request, name) for name in TWINS}
    beside = {"keypad": settings["keypad"].get("address", 3)}
    devices = [
        _table("keypad", "line", settings["keypad"]),
        _table("evaluator", "line", {**beside, **settings["evaluator"]}),
        _table("strip", "line", settings["strip"]),
    ]
    host: Host = request.getfixturevalue("_hall_edge_host")
    with host.bench({"ports": [{"id": "line", **settings["line"]}], "devices": devices}) as bench:
        _tell_of(request, "line", bench)
        yield Line(bench, "line")


@pytest.fixture
def hall_broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """An MQTT broker on loopback: `hall_broker.url`, `.host`, `.port`; `.stop()` and `.start()` make trouble.

    Mosquitto where it is installed, else the one that comes with hall-edge (MQTT 3.1.1).
    """
    from pytest_hall_edge.hall import Broker

    host: Host = request.getfixturevalue("_hall_edge_host")
    with host.opened("broker", port=0) as made:
        yield Broker(host, made)


@pytest.fixture
def hall(request: pytest.FixtureRequest) -> Iterator[Hall]:
    """A whole running hall: broker, nodes, twins. `hall.url` is its broker, `hall["keypad"].press("next")`.

    It has one window (keypad, evaluator, strip) and one ticket machine (tickets, printer); `hall_site`
    names another.
    """
    from pytest_hall_edge.hall import Hall

    mark = request.node.get_closest_marker("hall_site")
    site = str(request.config.rootpath / mark.args[0]) if mark else ""
    host: Host = request.getfixturevalue("_hall_edge_host")
    with host.opened("hall", site=site) as made:
        running = Hall(made)
        _tell_of(request, "hall", running)
        yield running


def _device(request: pytest.FixtureRequest, name: str) -> Iterator[Any]:
    """On the line that the test uses too, or alone."""
    from pytest_hall_edge.devices import Line, device_of

    if name != "printer" and "line" in request.fixturenames:
        line = request.getfixturevalue("line")
        if isinstance(line, Line):  # and not a fixture of that name of somebody else
            yield getattr(line, name)
            return
    settings = _settings(request, name)
    port = {key: value for key, value in settings.items() if key in PORT_KEYS}
    own = {key: value for key, value in settings.items() if key not in PORT_KEYS}
    cable = f"{name}-cable"
    tables = {"ports": [{"id": cable, **port}], "devices": [_table(name, cable, own)]}
    host: Host = request.getfixturevalue("_hall_edge_host")
    with host.bench(tables) as bench:
        _tell_of(request, name, bench)
        yield device_of(bench, name)


def _table(name: str, port: str, settings: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "kind": name, "port": port, **settings}


def _settings(request: pytest.FixtureRequest, name: str) -> dict[str, Any]:
    """Of all `hall_twin` markers for `name`, the nearest to the test wins."""
    settings: dict[str, Any] = {}
    for mark in reversed(list(request.node.iter_markers("hall_twin"))):
        if len(mark.args) != 1 or mark.args[0] not in TWINS:
            raise pytest.UsageError(
                f"hall_twin names one fixture ({', '.join(TWINS)}), and not {mark.args!r}"
            )
        if mark.args[0] == name:
            settings.update(mark.kwargs)
    return settings


def _tell_of(request: pytest.FixtureRequest, name: str, opened: _Tells) -> None:
    request.node.stash.setdefault(_OPENED, []).append((name, opened))
