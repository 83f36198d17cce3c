"""What a peer costs in the same place: mqtt-io with one serial stream, where it is installed.

mqtt-io polls its serial ports; at 10 ms it answers about as soon as a node does. It is asked for by
`--mqtt-io PYTHON`, the interpreter of an environment of its own.
"""

from __future__ import annotations

import os
import pty
import time
from pathlib import Path

from edge.broker import start_broker
from simulators.measure.children import Child
from simulators.measure.figures import Bench
from simulators.measure.outcome import Told

START_S = 3.0
READ_INTERVAL_S = 0.01
_CONFIG = """\
mqtt:
  host: 127.0.0.1
  port: {port}
  topic_prefix: peer
stream_modules:
  - name: wire
    module: serial
    device: {device}
    baud: 9600
    read_interval: {interval}
"""


def mqtt_io_told(bench: Bench, idle_s: float) -> list[Told]:
    """Its memory and idle CPU; nothing where it is not asked for. Raises ChildFailed when it does not run."""
    if bench.mqtt_io is None:
        return []
    master, slave = pty.openpty()
    try:
        with start_broker() as broker:
            config = bench.folder / "mqtt-io.yml"
            config.write_text(
                _CONFIG.format(port=broker.port, device=os.ttyname(slave), interval=READ_INTERVAL_S)
            )
            return _watch(bench.mqtt_io, config, bench.folder / "mqtt-io.log", idle_s)
    finally:
        os.close(master)
        os.close(slave)


def _watch(interpreter: Path, config: Path, log: Path, idle_s: float) -> list[Told]:
    with Child("mqtt-io", [str(interpreter), "-m", "mqtt_io", str(config)], log) as child:
        time.sleep(START_S)
        child.check()
        before_s, cpu_s = time.monotonic(), child.cpu_s()
        time.sleep(idle_s)
        child.check()
        passed_s = time.monotonic() - before_s
        return [
            Told("mqtt-io with one serial stream polled each 10 ms: memory", child.memory_mb(), "MB"),
            Told(
                "mqtt-io, the same: CPU while idle", (child.cpu_s() - cpu_s) / passed_s * 100, "% of a core"
            ),
        ]
