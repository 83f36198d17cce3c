"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any


def machine(folder: Path) -> dict[str, Any]:
    """Cores, processor, releases, and the file system that holds the journals."""
    from edge.release import VERSION

    return {
        "cores": len(os.sched_getaffinity(0)),
        "machine": platform.machine(),
        "system": platform.release(),
        "python": platform.python_version(),
        "release": VERSION,
        "disk": file_system(folder),
        "load": round(os.getloadavg()[0], 2),
    }


def file_system(folder: Path) -> str:
    """Kind of the file system of a folder, such as "ext4"; on "tmpfs" a commit costs nothing."""
    best, kind = "", "unknown"
    for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines():
        point, found = line.split()[1:3]
        if f"{folder.resolve()}/".startswith(f"{point.rstrip('/')}/") and len(point) >= len(best):
            best, kind = point, found
    return kind
