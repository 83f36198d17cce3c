"""Fixtures that any test may use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from edge.broker import RunningBroker, mosquitto_path, start_broker


@pytest.fixture()
def mosquitto() -> Iterator[RunningBroker]:
    """A real Mosquitto on a free port of loopback."""
    if mosquitto_path() is None:
        pytest.skip("Mosquitto is not installed")
    with start_broker(kind="mosquitto") as broker:
        yield broker


@pytest.fixture(params=["mosquitto", "embedded"])
def any_broker(request: pytest.FixtureRequest) -> Iterator[RunningBroker]:
    """Each kind of broker that a hall can start by itself, in turn."""
    if request.param == "mosquitto" and mosquitto_path() is None:
        pytest.skip("Mosquitto is not installed")
    with start_broker(kind=request.param) as broker:
        yield broker
