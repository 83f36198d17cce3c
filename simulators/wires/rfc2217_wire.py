"""A serial port behind RFC 2217: TCP with the port's settings in telnet options, parity among them."""

from __future__ import annotations

import asyncio
import struct
from typing import Any, Final, cast

from serial import rfc2217

from simulators.wires.framing import Framing
from simulators.wires.tcp_wire import TcpWire

OPTION_MAX_BYTES: Final = 64  # the longest of RFC 2217 has six
_NOT_RFC2217 = (AttributeError, KeyError, TypeError, ValueError, struct.error)


class _FarPort:
    """What pyserial's PortManager believes to be a serial port: the settings that the driver asks for."""

    def __init__(self, framing: Framing) -> None:
        self.baudrate, self.bytesize, self.parity, self.stopbits = framing
        self.xonxoff = self.rtscts = self.rts = self.dtr = self.break_condition = False
        self.cts = self.dsr = self.cd = True
        self.ri = False

    def reset_input_buffer(self) -> None:
        """A wire keeps nothing."""

    def reset_output_buffer(self) -> None:
        """A wire keeps nothing."""


class Rfc2217Wire(TcpWire):
    """A server at `rfc2217://host:port` for one driver at a time."""

    scheme = "rfc2217"
    _port_there: _FarPort | None = None
    _manager: rfc2217.PortManager | None = None

    def came_in(self, transport: asyncio.Transport) -> bool:
        if not super().came_in(transport):
            return False
        self._port_there = _FarPort(self.framing)
        self._manager = rfc2217.PortManager(cast(Any, self._port_there), cast(Any, transport))
        return True

    def went(self, transport: asyncio.Transport) -> None:
        if transport is self._client:
            self._port_there = self._manager = None
        super().went(transport)

    def came(self, data: bytes) -> None:
        """Bytes and telnet options; whoever sends something else is seen off."""
        manager = self._manager
        if manager is None:
            return
        try:
            plain = b"".join(manager.filter(data))
        except _NOT_RFC2217:
            plain = b""
            self._see_off()
        if len(manager.suboption or b"") > OPTION_MAX_BYTES:
            self._see_off()
        if plain:
            self._came(plain)
        else:
            self._look_at_framing()

    def _see_off(self) -> None:
        if self._client is not None:
            self._client.abort()

    def _their_framing(self) -> Framing | None:
        there = self._port_there
        if there is None:
            return self.strange  # as it was when it was last heard of
        return Framing(there.baudrate, there.bytesize, there.parity, there.stopbits)

    def _give(self, data: bytes) -> int:
        return len(data) if super()._give(data.replace(b"\xff", b"\xff\xff")) else 0
