"""The floor of a node's start: a bare interpreter that imports the same third-party modules and waits."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from simulators.measure.children import ChildFailed, environment

ROOMS = ("edge", "devices", "mqtt_bridge", "display", "simulators")
_LINE = re.compile(r"import time:\s+\d+ \|\s+\d+ \|\s+(\S+)")


def third_party(log: Path) -> list[str]:
    """Modules in the output of `python -X importtime` that are neither Python's own nor ours."""
    names = _LINE.findall(log.read_text(encoding="utf-8", errors="replace"))
    borrowed = dict.fromkeys(name for name in names if _is_borrowed(name.partition(".")[0]))
    return [name for name in borrowed if _is_there(name)]


def _is_borrowed(top: str) -> bool:
    return top not in sys.stdlib_module_names and top not in ROOMS and not top.startswith("_")


def _is_there(name: str) -> bool:
    """Python lists what it looked for in vain, too."""
    try:
        return importlib.util.find_spec(name) is not None
    except ImportError:
        return False


class BareImport:
    """Starts that interpreter as often as wanted."""

    def __init__(self, modules: Sequence[str]) -> None:
        """Raises ChildFailed when there are none: then nothing would be measured."""
        if not modules:
            raise ChildFailed("the node was not seen to import anything")
        self.modules = tuple(modules)
        self._program = f"import {', '.join(modules)}\nimport sys\nprint(flush=True)\nsys.stdin.read()\n"

    def start(self) -> tuple[float, float]:
        """Seconds from exec to the last import done, and its memory then, in MB. Raises ChildFailed."""
        started_s = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-c", self._program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(),
        )
        with process:
            came = process.stdout.readline() if process.stdout else b""
            took_s = time.monotonic() - started_s
            if not came:
                raise ChildFailed("the bare interpreter cannot import what the node imports")
            return took_s, _memory_mb(process.pid)


def _memory_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0
