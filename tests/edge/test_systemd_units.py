"""The units in docs/systemd: whole, and as tight as they say. What systemd itself says of them counts."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNITS = Path(__file__).resolve().parents[2] / "docs" / "systemd"
DEBIANS_MOSQUITTO = Path("/lib/systemd/system/mosquitto.service")


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("systemd-analyze") is None:
        pytest.fail("systemd-analyze is not installed: `make test` installs it (package systemd)")
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)


def exposure(unit: Path) -> float:
    """The level of exposure, from 0 to 10."""
    done = analyze("security", "--offline=true", "--no-pager", str(unit))
    found = re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    return float(found[1])


@pytest.fixture()
def node(tmp_path: Path) -> Path:
    """The node's unit, with a program that is installed here."""
    text = (UNITS / "hall-node@.service").read_text()
    assert text.count("/opt/hall/bin/hall ") == 1
    unit = tmp_path / "hall-node@.service"
    unit.write_text(text.replace("/opt/hall/bin/hall ", f"{sys.executable} "))
    return unit


def with_drop_in(unit: Path, name: str) -> Path:
    folder = unit.with_name(unit.name + ".d")
    folder.mkdir()
    shutil.copy(UNITS / name, folder)
    return unit


@pytest.fixture()
def mosquitto(tmp_path: Path) -> Path:
    if not DEBIANS_MOSQUITTO.exists():
        pytest.fail("Debian's mosquitto.service is not here: `make test` installs it")
    return Path(shutil.copy(DEBIANS_MOSQUITTO, tmp_path))


def verified(unit: Path) -> str:
    """What systemd complains of."""
    done = analyze("verify", "--recursive-errors=no", str(unit))
    return done.stdout + done.stderr + (f"exit code {done.returncode}" if done.returncode else "")


def test_a_node_with_serial_ports_alone_is_as_tight_as_the_devices_allow(node: Path) -> None:
    assert verified(node) == ""
    assert exposure(node) <= 1.5


def test_pins_sound_and_a_screen_cost_little(node: Path) -> None:
    unit = with_drop_in(node, "pins-sound-screen.conf")
    assert verified(unit) == ""
    assert exposure(unit) <= 1.5
    told = analyze("security", "--offline=true", "--no-pager", str(unit)).stdout
    assert "char-fb:rw char-alsa:rw char-gpiochip:rw" in told, "the drop-in was read"


def test_debians_mosquitto_is_hardened_by_its_drop_in(mosquitto: Path) -> None:
    assert exposure(mosquitto) > 9
    unit = with_drop_in(mosquitto, "mosquitto-hall.conf")
    assert verified(unit) == ""
    assert exposure(unit) <= 2.5


def test_a_mistake_in_a_unit_would_be_seen(node: Path) -> None:
    node.write_text(node.read_text().replace("WatchdogSec=30", "WatchdogSec=often"))
    assert "ignoring: often" in verified(node)
    node.write_text(node.read_text().replace("PrivateUsers=yes", "").replace("ProtectClock=yes", ""))
    assert exposure(node) > 1.4


@pytest.mark.parametrize(
    "line",
    [
        "Type=notify",
        "WatchdogSec=30",
        "Restart=always",
        "RestartSec=2",
        "StartLimitIntervalSec=0",
        "StateDirectory=hall",
        "WorkingDirectory=%S/hall",
        "LimitNOFILE=256",
    ],
)
def test_a_node_is_started_again_for_ever(line: str) -> None:
    assert line in (UNITS / "hall-node@.service").read_text().splitlines()


def test_no_fault_ever_starts_the_whole_machine_anew() -> None:
    for path in UNITS.iterdir():
        assert not re.search(r"^(StartLimitAction|FailureAction|.*reboot.*)=", path.read_text(), re.MULTILINE)


def test_a_node_is_told_the_run_of_its_machine_which_its_unit_hides() -> None:
    """A power cut is told from a kill by it."""
    lines = (UNITS / "hall-node@.service").read_text().splitlines()
    assert {"ProcSubset=pid", "Environment=HALL_BOOT_ID=%b"} <= set(lines)
