"""`.ci/debian-packages`: installs what is missing where it may, and else names it and stops."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

SCRIPT = (Path(__file__).resolve().parents[1] / ".ci" / "debian-packages").read_text()
NOBODY = 65_534


def run(*packages: str, tools: Path) -> subprocess.CompletedProcess[str]:
    """As an ordinary user, with stand-ins for the system's tools that come first on the path."""
    return subprocess.run(
        ["sh", "-s", *packages],
        input=SCRIPT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": f"{tools}:/usr/bin:/bin"},
        user=NOBODY if os.getuid() == 0 else None,
    )


def stand_in(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_an_ordinary_user_is_told_what_to_install(shared_folder: Path) -> None:
    stand_in(shared_folder, "sudo", "exit 1")
    done = run("bash", "no-such-package", "nor-this-one", tools=shared_folder)
    assert done.returncode == 1
    assert "The tests need these Debian packages: no-such-package nor-this-one\n" in done.stdout
    assert "apt-get install no-such-package nor-this-one" in done.stdout


def test_nothing_is_done_where_all_is_there(shared_folder: Path) -> None:
    done = run("bash", "coreutils", tools=shared_folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_sudo_installs_what_is_missing_and_nothing_else(shared_folder: Path) -> None:
    stand_in(shared_folder, "sudo", '[ "$1" = -n ] && shift; [ "$1" = true ] || echo "as root: $*"')
    done = run("bash", "no-such-package", tools=shared_folder)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "as root: apt-get update -qq",
        "as root: apt-get install -y -qq --no-install-recommends no-such-package",
    ]
