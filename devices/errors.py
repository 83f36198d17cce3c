"""Errors of the device layer.

Rule: a fault of the far end (a cable, a port, wrong bytes) is a `DeviceError`; a fault of the caller
(an unknown message, a value out of range) is the builtin exception that Python users expect.
"""

from __future__ import annotations


class DeviceError(Exception):
    """Root of everything that can go wrong at the far end of a wire."""


class LinkLost(DeviceError, OSError):  # noqa: N818 - a state of the world, named as people say it
    """A port could not be opened, or vanished while open. The text names port and cause."""


class Unplugged(LinkLost):
    """Nobody is at the far end: no adapter, no device, no answer. It may come back at any moment."""


class WireError(DeviceError, ValueError):
    """Bytes that are no frame of this dialect. Decoders resynchronise after raising or counting it."""
