"""What a bench is made of, and what shall go wrong on it: plain data, from a file, an option or a program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from simulators.bench.kinds import KINDS, Family
from simulators.device import a
from simulators.trouble import Order
from simulators.wires.at import check_url
from simulators.wires.framing import Framing

Name = Annotated[
    str,
    Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}\Z", extra={"is": 'a name of a-z, 0-9 and "-", at most 32'}),
]
Url = Annotated[str, Meta(min_length=1, max_length=200)]

# family of devices -> what the url of their port begins with, "" for a path
SCHEMES: Final[dict[Family, tuple[str, ...]]] = {
    "wire": ("", "socket://", "rfc2217://"),
    "pins": ("mock-gpio:",),
    "screen": ("framebuffer:", "file:"),
    "sound": ("wav:",),
}


class PortPlan(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[[ports]]`: what devices hang on. The keys about bytes matter to wires alone."""

    id: Annotated[Name, Meta(description="named by devices")]
    url: Annotated[Url, Meta(description="where software opens it")]
    baud: Annotated[int, Meta(ge=50, le=4_000_000), Meta(description="its rate")] = 9600
    data_bits: Annotated[Literal[7, 8], Meta(description="of a byte; a pty carries 8 only")] = 8
    parity: Annotated[Literal["N", "E", "O"], Meta(description="none, even, odd; a pty carries N only")] = "N"
    stop_bits: Annotated[Literal[1, 2], Meta(description="of a byte")] = 1
    paced: Annotated[bool, Meta(description="bytes take their time on the wire")] = True
    collisions: Annotated[bool, Meta(description="those who talk at once spoil each other's bytes")] = False

    def __post_init__(self) -> None:
        if self.scheme == "" and ":" in self.url.partition("/")[0]:
            known = ", ".join(one for schemes in SCHEMES.values() for one in schemes if one)
            raise ValueError(f'the url "{self.url}" is no path and does not begin with {known}')
        if self.scheme == "file:" and not Path(self.place).parent.name:
            raise ValueError(f'the url "{self.url}" names no folder of its own: file:FOLDER/board.png')
        check_url(self.url)
        if self.scheme == "" and (self.parity, self.data_bits) != ("N", 8):
            raise ValueError("a pty carries 8N only; for parity let the url be rfc2217://127.0.0.1:0")

    @property
    def framing(self) -> Framing:
        """How bytes travel."""
        return Framing(self.baud, self.data_bits, self.parity, self.stop_bits)

    @property
    def scheme(self) -> str:
        """`socket://`, `framebuffer:` and so on; "" for a path."""
        known = [one for schemes in SCHEMES.values() for one in schemes if one and self.url.startswith(one)]
        return known[0] if known else ""

    @property
    def place(self) -> str:
        """The url without what it begins with."""
        return self.url[len(self.scheme) :]


def misfit(kind: str, port: PortPlan) -> str:
    """Why a device of this kind cannot hang on a port, or ""."""
    schemes = SCHEMES[KINDS[kind].family]
    if port.scheme in schemes:
        return ""
    return f"{a(kind)} cannot hang on {port.url}; use {' or '.join(one or 'a path' for one in schemes)}"


class DeviceHead(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[[devices]]`: one twin. These keys are common; its kind adds its own."""

    id: Annotated[Name, Meta(description="its name")]
    kind: Annotated[str, Meta(min_length=1, max_length=32), Meta(description="what it is")]
    port: Annotated[Name, Meta(description="id of the port it hangs on")]


class DevicePlan(DeviceHead, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A device with the settings of its kind."""

    settings: Struct


class BenchPlan(Struct, frozen=True, kw_only=True):
    """A bench. The ids of ports and devices differ, from each other too."""

    ports: tuple[PortPlan, ...]
    devices: tuple[DevicePlan, ...]


class FaultPlan(Struct, frozen=True, kw_only=True):
    """One fault of a script: begins `at_s` after the start, and is mended `for_s` later; 0 = never."""

    at_s: float
    device: str
    fault: str
    for_s: float = 0.0
    order: Order = Order()
