"""A hall of real processes whose packets are lost on the way, in a network namespace of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 4
NO_PACKETS = 3

LOSES = """
import socket, sys
from simulators.chaos.packets import NoPackets, Packets
try:
    packets = Packets()
except NoPackets as error:
    sys.exit(f"no: {error}")
with socket.create_server(("127.0.0.1", 0)) as server:
    port = server.getsockname()[1]
    for ways in ["up"], ["down"], ["up", "down"]:
        packets.lose(port, 100, *ways)
        try:
            socket.create_connection(("127.0.0.1", port), 0.1).close()
            sys.exit(f"{ways}: arrived")
        except TimeoutError:
            pass
        packets.lose(port, 40, *ways)
        packets.heal(port)
        socket.create_connection(("127.0.0.1", port), 10).close()
"""


def test_all_packets_of_a_way_can_be_lost_and_none() -> None:
    done = subprocess.run([sys.executable, "-c", LOSES], capture_output=True, text=True, check=False)
    if done.stderr.startswith("no: "):
        pytest.skip(f"NOT TESTED HERE: no packets are lost: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr


@pytest.mark.timeout(400)
def test_nothing_is_lost_though_packets_are(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    command = [sys.executable, "-m", "simulators.chaos", "--packets", "--kills", str(KILLS)]
    done = subprocess.run([*command, "--state", str(state)], capture_output=True, text=True, check=False)
    if done.returncode == NO_PACKETS:
        pytest.skip(f"NOT TESTED HERE: no packets are lost: {done.stderr.strip()}")
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(state.read_text())
    assert found["broken"] == []
    assert found["done"] >= KILLS
    assert found["counts"]["losses of packets"] >= 2
    assert found["counts"]["thanked"] >= 1
