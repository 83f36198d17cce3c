"""Fixtures that any test may use."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from edge.broker import RunningBroker, mosquitto_path, start_broker

settings.register_profile("hall", settings.default, deadline=None)  # a busy machine is no defect
settings.load_profile("hall")


@pytest.fixture()
def mosquitto() -> Iterator[RunningBroker]:
    """A real Mosquitto on a free port of loopback."""
    if mosquitto_path() is None:
        pytest.fail("Mosquitto is not installed: `make test` installs it")
    with start_broker(kind="mosquitto") as broker:
        yield broker


@pytest.fixture(params=["mosquitto", "embedded"])
def any_broker(request: pytest.FixtureRequest) -> Iterator[RunningBroker]:
    """Each kind of broker that a hall can start by itself, in turn."""
    if request.param == "mosquitto" and mosquitto_path() is None:
        pytest.fail("Mosquitto is not installed: `make test` installs it")
    with start_broker(kind=request.param) as broker:
        yield broker


@pytest.fixture()
def shared_folder() -> Iterator[Path]:
    """A folder that every user may look into; pytest's own are for one user alone."""
    with tempfile.TemporaryDirectory(prefix="hall-test-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
