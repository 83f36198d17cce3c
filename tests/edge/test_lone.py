"""A site without a standby loads nothing of one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import asyncio, sys
from pathlib import Path
from edge import run_node
from edge.clock import HallClock
from edge.node import Node
from edge.plan import NodePlan
from edge.settings.load import parse_site
from mqtt_bridge.settings import BrokerAddress

async def start(toml, node):
    plan = NodePlan(toml, parse_site(toml, "x"), node, Path(sys.argv[3]), BrokerAddress(), HallClock())
    try:
        async with asyncio.timeout(0.2):
            await Node(plan).join()  # there is no broker: it waits
    except TimeoutError:
        pass

asyncio.run(start(Path(sys.argv[1]).read_text(), sys.argv[2]))
print(*(name for name in sys.modules if name.startswith("edge.standby")))
"""


@pytest.mark.parametrize(("node", "more", "loads"), [("core", "", False), ("core", "spare", True)])
def test_only_a_site_with_a_standby_loads_it(
    site_toml: str, tmp_path: Path, node: str, more: str, loads: bool
) -> None:
    toml = site_toml + (f'[standby]\nnode = "{more}"\nhost = "10.0.0.2"\n' if more else "")
    toml += f'[[nodes]]\nid = "{more}"\n' if more else ""
    site = tmp_path / "site.toml"
    site.write_text(toml, encoding="utf-8")
    loaded = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(site), node, str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout
    assert ("edge.standby.post" in loaded) == loads, loaded
