"""A folder for one hall, for who must understand what went wrong in it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture()
def kept(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder that stays where the test fails; pytest's own are soon gone on a busy machine."""
    failed = request.session.testsfailed
    folder = Path(tempfile.mkdtemp(prefix="hall-chaos-"))
    yield folder
    if request.session.testsfailed == failed:
        shutil.rmtree(folder)
