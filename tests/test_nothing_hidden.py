"""Time and chance come in as arguments: what draws its own cannot be repeated from a seed, nor tested."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# module -> what may be used of it: pure functions of their arguments
PURE = {
    "time": {"strftime", "gmtime", "localtime"},
    "random": {"Random"},
    "secrets": set(),
    "uuid": set(),
    "socket": None,
    "datetime": {"timedelta", "timezone"},
}

# where a node takes them in, and commands that are processes of their own
DOORS = {
    "edge/outside.py",
    "edge/clock.py",
    "edge/run_node.py",
    "edge/console.py",
    "edge/watch.py",
    "edge/broker.py",
    "edge/voice.py",
    "edge/doctor/certificates.py",
    "edge/doctor/machine.py",
    "edge/doctor/ports.py",
}

# a default that a node replaces: file -> names used there
DEFAULTS = {
    "edge/journal.py": {"secrets.token_hex"},
    "mqtt_bridge/bridge.py": {"time.time_ns"},
    "mqtt_bridge/keeper.py": {"random.Random()"},
}

# edges of pins get their time in the pin library's thread (docs/architecture.md, Clocks)
DEVICES_DOORS = {"devices/pins.py", "devices/pins_socket.py"}


def core() -> list[Path]:
    rooms = ("edge", "mqtt_bridge", "devices")
    paths = [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]
    return [path for path in paths if path.relative_to(ROOT).as_posix() not in DOORS | DEVICES_DOORS]


def hidden(tree: ast.AST) -> Iterator[str]:
    """Names of time and chance that are used, e.g. "time.time", "random.Random()" for one without a seed."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in PURE and PURE[node.module] is not None:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node) == "random.Random()":
            yield "random.Random()"
        elif isinstance(node, ast.Attribute):
            module, name = ast.unparse(node.value), node.attr
            pure = PURE.get(module)
            if (pure is not None and name not in pure) or (module, name) == ("socket", "gethostname"):
                yield f"{module}.{name}"
            elif ast.unparse(node) == "os.urandom":
                yield "os.urandom"


@pytest.mark.parametrize("path", core(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_core_draws_no_time_and_no_chance_of_its_own(path: Path) -> None:
    found = set(hidden(ast.parse(path.read_text(encoding="utf-8"))))
    allowed = DEFAULTS.get(path.relative_to(ROOT).as_posix(), set())
    assert found <= allowed, f"take {sorted(found - allowed)} as an argument: see edge/outside.py"


def test_the_check_itself_can_fail() -> None:
    text = """
import random, secrets, socket, time, os
from time import monotonic
random.Random(); random.random(); secrets.token_hex(4); socket.gethostname(); time.time(); os.urandom(3)
"""
    assert set(hidden(ast.parse(text))) == {
        "time.monotonic",
        "random.Random()",
        "random.random",
        "secrets.token_hex",
        "socket.gethostname",
        "time.time",
        "os.urandom",
    }


def test_what_is_pure_passes() -> None:
    text = """
import random, socket, time
random.Random(7); time.strftime("%H", time.gmtime(0)); socket.socket()
def f(rng: random.Random) -> None: ...
"""
    assert not set(hidden(ast.parse(text)))
