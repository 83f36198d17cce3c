"""A demonstration of a real hall's site file runs on a broker of its own, without that hall's keys."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from edge.settings.load import load_site
from simulators.demo.own_broker import on_its_own_broker
from simulators.testing.halls import USUAL, open_hall

BROKER = """
[broker]
host = "10.0.0.2"
port = 8883
keepalive_s = 20
username = "core"
password_file = "/nonexistent/secret"
ca_file = "/nonexistent/ca.crt"
certificate_file = "/nonexistent/node.crt"
key_file = "/nonexistent/node.key"
"""


@pytest.fixture()
def real(tmp_path: Path) -> Path:
    """A site file with all that only the hall's own machines have."""
    file = tmp_path / "real.toml"
    file.write_text(f"\ufeff{USUAL.read_text()}{BROKER}", encoding="utf-8")
    return file


def test_a_file_without_keys_is_used_as_it_is(tmp_path: Path) -> None:
    assert on_its_own_broker(load_site(USUAL), USUAL, tmp_path) == USUAL


def test_the_copy_is_the_same_hall(real: Path, tmp_path: Path) -> None:
    site = load_site(real)
    copy = load_site(on_its_own_broker(site, real, tmp_path))
    assert (copy.broker.host, copy.broker.keepalive_s) == ("10.0.0.2", 20)
    assert (copy.broker.port, copy.broker.username, copy.broker.ca_file) == (1883, "", "")
    assert (copy.devices, copy.windows, copy.ports) == (site.devices, site.windows, site.ports)


def test_such_a_hall_runs(real: Path, tmp_path: Path) -> None:
    async def body() -> None:
        async with AsyncExitStack() as stack:
            await open_hall(stack, tmp_path / "at", str(real))

    asyncio.run(body())
