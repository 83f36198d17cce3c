"""The wire that a url names."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from simulators.wires.framing import Framing
from simulators.wires.pty_wire import PtyWire
from simulators.wires.tcp_wire import TcpWire
from simulators.wires.wire import Hears

AnyWire: TypeAlias = PtyWire | TcpWire


def wire_at(
    url: str | Path, hears: Hears, framing: Framing = Framing(), *, paced: bool = True, shared: bool = False
) -> AnyWire:
    """The wire for a path, `socket://host:port` or `rfc2217://host:port`, not started yet."""
    scheme = str(url).partition("://")[0]
    if scheme == "rfc2217":
        from simulators.wires.rfc2217_wire import Rfc2217Wire  # loads pyserial

        return Rfc2217Wire(str(url), hears, framing, paced=paced, shared=shared)
    if scheme == "socket":
        return TcpWire(str(url), hears, framing, paced=paced, shared=shared)
    return PtyWire(url, hears, framing, paced=paced, shared=shared)
