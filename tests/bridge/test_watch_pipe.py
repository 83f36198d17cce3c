"""`hall watch … | head`: a reader that has seen enough ends it without a word."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from edge.broker import RunningBroker

ROOT = Path(__file__).resolve().parents[2]


def test_a_reader_that_goes_away_ends_it_quietly(mosquitto: RunningBroker) -> None:
    from paho.mqtt import publish

    topic = "hall/1/minimal/east/life"
    life = '{"type":"life","state":"ready","instance":"x"}'
    publish.single(topic, life, qos=1, retain=True, hostname=mosquitto.host, port=mosquitto.port)
    command = [sys.executable, "-m", "edge", "watch", "--site", str(ROOT / "examples" / "minimal.toml")]
    command += ["--broker", f"{mosquitto.host}:{mosquitto.port}"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as child:
        assert child.stdout is not None and child.stderr is not None
        assert "life" in child.stdout.readline()
        child.stdout.close()
        while child.poll() is None:
            publish.single(topic, life, qos=1, hostname=mosquitto.host, port=mosquitto.port)
        said = child.stderr.read()
    assert child.returncode == 0
    assert "Traceback" not in said
    assert "BrokenPipe" not in said
