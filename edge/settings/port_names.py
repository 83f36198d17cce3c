"""Names of serial ports that stay when adapters are plugged in another order.

The system links to each adapter by the socket it is plugged into (`by-path`) and, where the adapter has a
serial number, by that (`by-id`). Cheap adapters have none, so the socket goes first.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

SERIAL = Path("/dev/serial")
_COUNTED = re.compile(r"/dev/tty(?:[A-Z0-9]*USB|ACM)[0-9]+\Z")


def is_counted(url: str) -> bool:
    """Whether the name only says which adapter came first."""
    return _COUNTED.match(os.path.normpath(url)) is not None


def names_here() -> list[str]:
    """All lasting names of the adapters of this machine; those of sockets first."""
    return [str(link) for way in ("by-path", "by-id") for link in sorted((SERIAL / way).glob("*"))]


def lasting_names(url: str) -> list[str]:
    """The lasting names that lead to the adapter which has this name now."""
    device = os.path.realpath(url)
    return [name for name in names_here() if os.path.realpath(name) == device]
