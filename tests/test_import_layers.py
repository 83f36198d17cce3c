"""The rooms and the arrows between them: an import that is not drawn here fails."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("edge", "devices", "mqtt_bridge", "display", "simulators", "pytest_hall_edge")
STARTS_SIMULATORS = {"edge/cli.py"}

# room -> rooms of ours it may import
ARROWS = {
    "display": {"display"},
    "devices": {"devices", "display"},
    "mqtt_bridge": {"mqtt_bridge", "devices"},
    "edge": {"edge", "devices", "mqtt_bridge", "display"},
    "edge/hall": {"edge/hall"},
    "simulators": {"simulators"},
    "pytest_hall_edge": {"pytest_hall_edge"},  # lives in the processes of other people's tests
}

# people and days run the product's own rules and nodes; twins may not
PEOPLE_AND_DAYS = {
    "soak",
    "bench_page",
    "people",
    "demo",
    "simulate",
    "measure",
    "powercut",
    "chaos",
    "torture",
    "fuzz",
    "testing",
}

# the commands that start twins read files and end as the others do, and know nothing else of the product
BENCH_COMMANDS = ("simulators/sim/", "simulators/capture/")
BENCH_MAY_IMPORT = {
    "display.fonts",
    "edge.failure",
    "edge.settings.lines",
    "edge.settings.problems",
    "edge.settings.read",
    "edge.settings.toml_text",
    "edge.settings.words",
}

# third-party module -> the places that may import it
BORROWED = {
    "PIL": {"display", "devices/board", "devices/printer", "simulators"},
    "segno": {"display", "simulators"},
    "msgspec": {"display", "devices", "mqtt_bridge", "edge", "simulators"},
    "serial": {"devices/links.py", "simulators/wires/rfc2217_wire.py", "simulators/capture/ends.py"},
    "gpiozero": {"devices/pins.py"},
    "paho": {"mqtt_bridge/client.py", "simulators/demo/observer.py", "simulators/measure/bare.py"},
    "apsw": {
        "edge/damage.py",
        "edge/disk.py",
        "edge/journal.py",
        "edge/journal_book.py",
        "edge/look.py",
        "edge/store.py",
        "edge/outbox.py",
        "edge/ledger.py",
        "edge/alone_store.py",
        "edge/boots.py",
        "edge/meeting_store.py",
        "edge/rated.py",
        "edge/shown.py",
        "edge/standby",
        "simulators/chaos/audit.py",
        "simulators/measure",
        "simulators/powercut",
        "simulators/torture",
    },
    "iotcore": {"edge/broker.py"},
    "rich": {"edge/cli.py", "simulators/demo", "simulators/sim/console.py"},
    "atheris": {"simulators/fuzz/one.py"},
    "starlette": {"edge/web.py", "simulators/bench_page"},
    "uvicorn": {"edge/web.py"},
    "yaml": {"mqtt_bridge/asyncapi.py"},
    "pytest": {"pytest_hall_edge/plugin.py"},
}


def sources() -> list[Path]:
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


def room_of(name: str) -> str:
    """The room of a dotted module or of a path."""
    parts = name.replace("/", ".").split(".")
    return "edge/hall" if parts[:2] == ["edge", "hall"] else parts[0]


def allowed_rooms(relative: str) -> set[str]:
    parts = relative.removesuffix(".py").split("/")
    if parts[0] == "simulators" and len(parts) > 1 and parts[1] in PEOPLE_AND_DAYS:
        return {*ROOMS, "edge/hall"}
    allowed = set(ARROWS[room_of(relative)])
    if "edge" in allowed:
        allowed.add("edge/hall")
    if relative in STARTS_SIMULATORS:
        allowed.add("simulators")
    return allowed


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_import_is_an_arrow_drawn(path: Path) -> None:
    relative = path.relative_to(ROOT).as_posix()
    for module in imports(path):
        top = module.split(".")[0]
        if relative.startswith(BENCH_COMMANDS) and module in BENCH_MAY_IMPORT:
            continue
        if top in ROOMS:
            assert room_of(module) in allowed_rooms(relative), f"{relative} imports {module}"
        elif top not in sys.stdlib_module_names:
            places = BORROWED.get(top, set())
            assert any(relative.startswith(place) for place in places), f"{relative} imports {module}"


def test_the_bridge_takes_only_messages_from_devices() -> None:
    for path in (ROOT / "mqtt_bridge").rglob("*.py"):
        for module in imports(path):
            if module.startswith("devices"):
                assert module.endswith(".messages"), f"{path.name} imports {module}"


def test_the_rules_are_pure() -> None:
    impure = {
        "os",
        "sys",
        "io",
        "time",
        "random",
        "socket",
        "asyncio",
        "logging",
        "threading",
        "pathlib",
        "json",
    }
    for path in (ROOT / "edge" / "hall").rglob("*.py"):
        used = {module.split(".")[0] for module in imports(path)}
        assert not used & impure, f"{path.name} imports {used & impure}"


def test_packages_have_empty_init_files() -> None:
    inits = [path for path in sources() if path.name == "__init__.py"]
    assert inits
    for path in inits:
        assert path.read_text() == "", path


def test_the_check_itself_can_fail(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text("import simulators.demo\nfrom paho.mqtt import client\n")
    assert list(imports(file)) == ["simulators.demo", "paho.mqtt"]
    assert "simulators" not in allowed_rooms("devices/links.py")
    assert "simulators" in allowed_rooms("edge/cli.py")
