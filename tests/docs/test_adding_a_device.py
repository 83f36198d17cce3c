"""docs/adding-a-device.md works: its device is added to a copy of the source, tested, and runs in a hall."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = "docs/adding-a-device.md"
ROOMS = ("edge", "devices", "mqtt_bridge", "display", "simulators", "docs", "examples")
FILES = ("pyproject.toml", "setup.cfg", "Makefile", "README.md", "README.zh-CN.md", "CHANGELOG.md", "LICENSE")
TESTS = (
    "conftest.py",
    "test_import_layers.py",
    "devices/conftest.py",
    "docs/conftest.py",
    "docs/test_readmes_alike.py",
    "docs/hall_with_a_tally.py",
    "fuzz/test_decoders_fuzzed.py",
    "settings/conftest.py",
    "settings/test_settings_report.py",
)
UNWANTED = shutil.ignore_patterns("__pycache__", "node_modules", "pictures")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory, read: Any) -> Path:
    """A copy of the source with the device of the page."""
    root = tmp_path_factory.mktemp("copy")
    for room in ROOMS:
        shutil.copytree(ROOT / room, root / room, ignore=UNWANTED)
    for name in (*FILES, *(f"tests/{name}" for name in TESTS)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    for fence in read(PAGE).fences:
        if fence.label:
            follow(root / fence.label, fence.language, fence.body)
    for folder in (root / "devices", root / "simulators"):
        for new in (each for each in folder.iterdir() if each.is_dir()):
            (new / "__init__.py").touch()
    settings = run(root, "-m", "edge.settings.reference")
    (root / "docs" / "settings.md").write_text(settings, encoding="utf-8")
    return root


def follow(path: Path, language: str, body: str) -> None:
    """Write a new file, or change an old one as a block of `diff` says."""
    if language != "diff":
        assert not path.exists(), f"{path.name} is not new"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body, encoding="utf-8")
        return
    lines = body.splitlines()
    assert all(line[:1] in ("+", "-", " ") for line in lines)
    old = "".join(f"{line[1:]}\n" for line in lines if line[0] != "+")
    new = "".join(f"{line[1:]}\n" for line in lines if line[0] != "-")
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path.name} does not hold, just once:\n{old}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def run(root: Path, *arguments: str) -> str:
    """What `python ARGUMENTS` says, run in the copy with the copy's own packages."""
    own = {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=root,
        env=os.environ | own,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def labels(page: Any) -> list[str]:
    return [fence.label for fence in page.fences if fence.label]


def test_the_page_has_all_parts(read: Any) -> None:
    found = labels(read(PAGE))
    parts = ("messages", "wire_modbus", "machine", "driver", "settings")
    wanted = {f"devices/tally/{part}.py" for part in parts}
    wanted |= {f"simulators/tally/{part}.py" for part in ("model", "interface_modbus", "twin")}
    assert wanted <= set(found)
    assert any(path.startswith("tests/golden/tally/") for path in found)


@pytest.mark.timeout(240)
def test_its_tests_pass(copy: Path, read: Any) -> None:
    own = [path for path in labels(read(PAGE)) if re.match(r"tests/.*test_\w+\.py", path)]
    assert len(own) == 5
    old = ["tests/docs/test_readmes_alike.py", "tests/settings/test_settings_report.py"]
    said = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", *own, *old)
    assert re.search(r"\d+ passed", said)
    assert not re.search(r"failed|skipped|error", said)


def test_its_decoders_are_in_the_table_and_stand_spoilt_bytes(copy: Path) -> None:
    command = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/fuzz", "-k", "tally or left_out")
    said = run(copy, *command)
    assert int(re.search(r"(\d+) passed", said)[1]) == 3


def test_its_imports_are_arrows_drawn(copy: Path) -> None:
    said = run(
        copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_import_layers.py", "-k", "tally"
    )
    assert int(re.search(r"(\d+) passed", said)[1]) >= 11


@pytest.mark.timeout(240)
def test_it_is_clean(copy: Path, read: Any) -> None:
    python = [path for path in labels(read(PAGE)) if path.endswith(".py")]
    run(copy, "-m", "ruff", "check", "--no-cache", *python)
    run(copy, "-m", "ruff", "format", "--no-cache", "--check", *python)
    code = [path for path in dict.fromkeys(python) if not path.startswith("tests/")]
    run(copy, "-m", "mypy", "--cache-dir", str(copy / ".mypy"), *code)


def site_with_it(root: Path, page: Any) -> Path:
    """examples/minimal.toml, always open, with the device of the page."""
    (device,) = (fence.body for fence in page.fences if fence.language == "toml")
    minimal = (root / "examples" / "minimal.toml").read_text(encoding="utf-8")
    site = root / "site.toml"
    site.write_text(re.sub(r"^weekdays = .*\n", "", minimal, flags=re.MULTILINE) + device, encoding="utf-8")
    return site


def test_hall_check_knows_it(copy: Path, read: Any) -> None:
    said = run(copy, "-m", "edge", "check", str(site_with_it(copy, read(PAGE))))
    assert "tally modbus: one source" in said


def test_it_counts_who_waits_in_a_running_hall(copy: Path, read: Any, tmp_path: Path) -> None:
    run(copy, "tests/docs/hall_with_a_tally.py", str(site_with_it(copy, read(PAGE))), str(tmp_path))
