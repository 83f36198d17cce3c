"""The wire that a url names."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from simulators.wires.framing import Framing
from simulators.wires.pty_wire import PtyWire
from simulators.wires.tcp_wire import TcpWire
from simulators.wires.wire import Hears

AnyWire: TypeAlias = PtyWire | TcpWire


def check_url(url: str) -> None:
    """Raises ValueError, with a sentence, for a url that names no place for a wire."""
    if not url.isprintable():
        raise ValueError("a url has no control characters")
    scheme, colon, place = url.partition("://")
    if colon and scheme in ("socket", "rfc2217"):
        host, _, port = place.rpartition(":")
        if not host or not (port.isascii() and port.isdigit()) or int(port) > 65_535:
            raise ValueError(f'the url "{url}" needs a host and a port, as {scheme}://127.0.0.1:9001 has')


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
