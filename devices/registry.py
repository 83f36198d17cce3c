"""Which driver serves which kind of device: one row a kind, loaded when the first of it is built.

A port is built from the kinds of the devices that hang on it. Kinds of one family share a port; a port of
any other kind carries one device.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from msgspec import Struct

from devices.base import Emit, Port
from devices.line_settings import LineSettings
from devices.links import Link, open_link


class PortSpec(NamedTuple):
    """What a site file says of a port: its name, where it is and how bytes travel on it."""

    name: str
    wire: LineSettings


class DeviceSpec(NamedTuple):
    """What a site file says of a device: `settings` is the Struct of its kind."""

    name: str
    kind: str
    dialect: str
    settings: Struct


Opener: TypeAlias = Callable[..., Link]
_Build: TypeAlias = Callable[[PortSpec, Sequence[DeviceSpec], Emit, Opener], Port]

# kind, dialect -> the driver of a device that shares a serial line
LINE_DRIVERS = {
    ("keypad", "ff68"): "devices.keypad.driver:Keypad",
    ("evaluator", "ff68"): "devices.evaluator.driver:Evaluator",
    ("strip", "a090"): "devices.strip.driver:Strip",
}
PIN_KINDS = ("button", "lamp")


def build_port(port: PortSpec, devices: Sequence[DeviceSpec], emit: Emit, opener: Opener = open_link) -> Port:
    """The port with all its devices; `opener` opens what bytes travel on, and has `open_link`'s signature.

    Raises ValueError for devices that cannot share it, or are unknown.
    """
    kinds = {device.kind for device in devices}
    if kinds <= {kind for kind, _ in LINE_DRIVERS}:
        return _line(port, devices, emit, opener)
    if kinds <= set(PIN_KINDS):
        return _pins(port, devices, emit)
    build = _ALONE.get(devices[0].kind)
    if build is None or len(devices) != 1:
        names = ", ".join(f"{device.name} ({device.kind})" for device in devices)
        raise ValueError(f"port {port.name}: no driver for {names} on one port")
    return build(port, devices, emit, opener)


def _load(path: str) -> Any:
    module, name = path.split(":")
    return getattr(importlib.import_module(module), name)


def _line(port: PortSpec, devices: Sequence[DeviceSpec], emit: Emit, opener: Opener) -> Port:
    from devices.line import LinePort

    drivers = [
        _load(LINE_DRIVERS[device.kind, device.dialect])(device.name, device.settings, emit)
        for device in devices
    ]
    return LinePort(port.name, port.wire, drivers, opener, emit=emit)


def _pins(port: PortSpec, devices: Sequence[DeviceSpec], emit: Emit) -> Port:
    from devices.pins_port import PinsPort

    of_kind: dict[str, dict[str, Any]] = {kind: {} for kind in PIN_KINDS}
    for device in devices:
        of_kind[device.kind][device.name] = device.settings
    return PinsPort(port.name, port.wire.url, of_kind["button"], of_kind["lamp"], emit)


def _printer(port: PortSpec, devices: Sequence[DeviceSpec], emit: Emit, opener: Opener) -> Port:
    from devices.printer.driver import PrinterPort

    (device,) = devices
    settings: Any = device.settings
    return PrinterPort(port.name, device.name, port.wire.url, settings, emit, port.wire.baud, opener)


def _board(port: PortSpec, devices: Sequence[DeviceSpec], emit: Emit, opener: Opener) -> Port:
    from devices.board.driver import BoardPort

    (device,) = devices
    settings: Any = device.settings
    return BoardPort(port.name, port.wire.url, device.name, settings, emit)


def _announcer(port: PortSpec, devices: Sequence[DeviceSpec], emit: Emit, opener: Opener) -> Port:
    from devices.announcer.driver import AnnouncerPort

    (device,) = devices
    settings: Any = device.settings
    return AnnouncerPort(port.name, port.wire.url, device.name, settings, emit)


_ALONE: dict[str, _Build] = {"printer": _printer, "board": _board, "announcer": _announcer}
