"""Projects of other people, tested by a pytest of their own as they would start it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

CHILD_S = 100


class Project:
    """A folder with a project in it. `mark` stands in the environment of all that its tests start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mark = f"HALL_EDGE_TEST={uuid.uuid4().hex}"
        self.started: list[subprocess.Popen[str]] = []

    def write(self, name: str, text: str = "") -> None:
        """A file of the project."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        """`python -m pytest`, in the folder."""
        name, _, value = self.mark.partition("=")
        child = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no", *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "160", **environ, name: value},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's job may ignore it
        )
        self.started.append(child)
        return child

    def run(self, *arguments: str, **environ: str) -> str:
        """What it said, once it has ended and left nothing behind."""
        said, _ = self.start(*arguments, **environ).communicate(timeout=CHILD_S)
        assert not self.left(), said
        return said

    def left(self) -> list[int]:
        """Processes that the tests started, themselves too, and that have not ended."""
        found = []
        for place in Path("/proc").glob("[0-9]*/environ"):
            try:
                if self.mark.encode() in place.read_bytes().split(b"\0"):
                    found.append(int(place.parent.name))
            except OSError:
                continue  # it has ended meanwhile, or is not ours
        return found


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """An empty one."""
    if not entry_points(group="pytest11", name="hall_edge"):
        pytest.fail(
            "this hall-edge was installed before it had a pytest plugin: `make test` installs it again"
        )
    made = Project(tmp_path)
    made.write("pytest.ini", "[pytest]\naddopts = --strict-markers\n")
    yield made
    for child in made.started:
        if child.poll() is None:
            child.kill()
            child.communicate()


@pytest.fixture
def outcome() -> Callable[[str], Any]:
    """The last line of what a pytest said, without times."""
    return lambda said: said.rstrip().splitlines()[-1].strip("= ").rpartition(" in ")[0]
