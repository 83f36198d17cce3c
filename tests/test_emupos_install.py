"""`.ci/emupos`: without a Python that emupos runs on, it says so, leaves a note and stops nobody."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent.parent / ".ci" / "emupos"
TOOLS = ("sh", "mkdir", "rm", "dirname", "tee")


def test_without_that_python_the_tests_are_told_to_be_skipped(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found
        (tools / tool).symlink_to(found)
    place = tmp_path / "venv" / "emupos"
    done = subprocess.run(
        ["sh", SCRIPT, place],
        env={"PATH": str(tools), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("NOT RUN: emupos needs Python 3.13")
    assert place.with_suffix(".none").read_text() == done.stdout
    assert not place.exists()
