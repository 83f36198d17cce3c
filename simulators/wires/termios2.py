"""How a terminal line is set, with any baud rate: Linux's `termios2`, which Python's termios does not know.

```
 c_iflag c_oflag c_cflag c_lflag  c_line c_cc   c_ispeed c_ospeed
 4       4       4       4        1      19     4        4         bytes
```
"""

from __future__ import annotations

import fcntl
import struct
import termios
from typing import Final

from simulators.wires.framing import Framing

_TCGETS2: Final = 0x802C542A
_TCSETS2: Final = 0x402C542B
_CBAUD: Final = 0o010017
_BOTHER: Final = 0o010000
_LAYOUT: Final = struct.Struct("=4IB19s2I")


def framing_of(fd: int) -> Framing:
    """Baud rate and stop bits. A pty's data bits and parity are always 8N: it carries no others."""
    flags = _LAYOUT.unpack(fcntl.ioctl(fd, _TCGETS2, bytes(_LAYOUT.size)))
    return Framing(flags[7], 8, "N", 2 if flags[2] & termios.CSTOPB else 1)


def set_framing(fd: int, framing: Framing) -> None:
    """Baud rate and stop bits."""
    flags = list(_LAYOUT.unpack(fcntl.ioctl(fd, _TCGETS2, bytes(_LAYOUT.size))))
    flags[2] = flags[2] & ~_CBAUD & ~termios.CSTOPB | getattr(termios, f"B{framing.baud}", _BOTHER)
    flags[2] |= termios.CSTOPB if framing.stop_bits > 1 else 0
    flags[6] = flags[7] = framing.baud
    fcntl.ioctl(fd, _TCSETS2, _LAYOUT.pack(*flags))
