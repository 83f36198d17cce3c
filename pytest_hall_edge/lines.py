"""Lines of JSON over a socket: one request, one answer."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any, Final

PATIENCE_S: Final = 60.0  # a request that is not told to wait is done at once, also on a busy machine


def exchange(link: socket.socket, said: dict[str, Any], wait_s: float = 0.0) -> dict[str, Any]:
    """Ask, and wait for the answer: for a request that itself waits, `wait_s` longer. Raises OSError."""
    link.sendall(json.dumps(said).encode() + b"\n")
    return read_line(link, wait_s)


def read_line(link: socket.socket, wait_s: float = 0.0) -> dict[str, Any]:
    """The next line. Raises OSError, also where the other side is gone."""
    link.settimeout(PATIENCE_S + wait_s)
    data = bytearray()
    while not data.endswith(b"\n"):
        more = link.recv(65_536)
        if not more:
            raise ConnectionError("the other side is gone")
        data += more
    answer: dict[str, Any] = json.loads(data)
    return answer


def ask_once(path: Path, said: dict[str, Any], wait_s: float = 0.0) -> dict[str, Any]:
    """One request on a connection of its own, so that any thread may ask at any time. Raises OSError."""
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(str(path))
        return exchange(link, said, wait_s)
