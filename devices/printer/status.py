"""What the status bits of an ESC/POS printer mean (docs/protocols.md 5.2), and what a technician is told.

bit     automatic status             DLE EOT n
n=1     byte 1: 08 offline           08 offline
n=2     byte 1: 20 cover             04 cover, 20 stopped by paper end, 40 error
n=3     byte 2: 04 recoverable, 08 cutter, 20 unrecoverable, 40 recovers by itself     the same
n=4     byte 3: 03 near end, 0C out  0C near end, 60 out
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from devices.base import DeviceHealth, LifeState


class Status(Struct, frozen=True):
    """What a printer said about itself."""

    offline: bool = False
    cover_open: bool = False
    paper_out: bool = False
    paper_low: bool = False
    cutter: bool = False
    recoverable: bool = False
    unrecoverable: bool = False
    too_hot: bool = False


Bits: TypeAlias = tuple[tuple[int, int, str], ...]

# (byte, mask, field); one bit of the mask is enough
AUTO_STATUS_BITS: Bits = (
    (0, 0x08, "offline"),
    (0, 0x20, "cover_open"),
    (1, 0x04, "recoverable"),
    (1, 0x08, "cutter"),
    (1, 0x20, "unrecoverable"),
    (1, 0x40, "too_hot"),
    (2, 0x03, "paper_low"),
    (2, 0x0C, "paper_out"),
)
DLE_EOT_BITS: Bits = (
    (0, 0x08, "offline"),
    (1, 0x04, "cover_open"),
    (1, 0x20, "paper_out"),
    (2, 0x04, "recoverable"),
    (2, 0x08, "cutter"),
    (2, 0x20, "unrecoverable"),
    (2, 0x40, "too_hot"),
    (3, 0x0C, "paper_low"),
    (3, 0x60, "paper_out"),
)

# Faults, the one to tell first: what a hand has to do first comes first.
FAULTS = (
    ("cover_open", "cover_open"),
    ("paper_out", "paper_out"),
    ("cutter", "cutter"),
    ("unrecoverable", "error"),
    ("recoverable", "error"),
    ("too_hot", "error"),
    ("offline", "offline"),
)
# In the middle of a ticket these stop the paper; "offline" alone may be a pressed feed key and passes.
STOPS_A_TICKET = frozenset(("cover_open", "paper_out", "cutter", "error"))

_TEXTS: dict[str, tuple[LifeState, str]] = {
    "": ("ready", ""),
    "paper_low": ("degraded", "The paper is near its end; have a new roll at hand."),
    "cover_open": ("degraded", "The printer's cover is open; close it."),
    "paper_out": ("degraded", "The printer is out of paper; put in a new roll."),
    "cutter": ("degraded", "The cutter is jammed; open the cover, clear it, close the cover."),
    "error": ("degraded", "The printer reports an error; switch it off and on, else call service."),
    "offline": ("degraded", "The printer says it is offline; look at its feed key and lamps."),
    "stalled": ("degraded", "The printer takes no data; check its power, cable and flow control."),
    "no_answer": (
        "degraded",
        "The printer does not answer; check power, cable and baud rate. If its model never answers, "
        "set answers = false.",
    ),
    "no_confirm": (
        "degraded",
        "The printer does not confirm tickets, so each counts as unknown. If its model cannot, "
        "set answers = false.",
    ),
    "gone": ("lost", "The printer stopped answering; check its power and cable."),
}


def from_auto_status(raw: bytes) -> Status:
    """The status in the four bytes of an automatic status."""
    return _read(raw, AUTO_STATUS_BITS)


def from_answers(raw: bytes) -> Status:
    """The status in the four answers to DLE EOT 1, 2, 3 and 4."""
    return _read(raw, DLE_EOT_BITS)


def _read(raw: bytes, bits: Bits) -> Status:
    return Status(**{field: True for index, mask, field in bits if raw[index] & mask})


def fault_of(status: Status) -> str:
    """Code of the fault that keeps the printer from printing, or ""."""
    return next((code for field, code in FAULTS if getattr(status, field)), "")


def health(code: str) -> DeviceHealth:
    """What to tell about a code of this file."""
    state, detail = _TEXTS[code]
    return DeviceHealth(state, "no_answer" if code == "gone" else code, detail)
