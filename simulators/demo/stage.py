"""The stage of a demonstration: a twin for each device of a site, at the other end of its node's wires.

`wires/<port>` is what a node opens in place of the port's URL; the twins' sides stand behind it.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from display.fonts import TEXT_FACE
from edge.settings.model import Device, Port, Site
from simulators.evaluator.twin import EvaluatorTwin
from simulators.keypad.twin import KeypadTwin
from simulators.line import LineTwin
from simulators.pins.interface_socket import PinsTwin
from simulators.printer.twin import PrinterTwin
from simulators.strip.twin import StripTwin
from simulators.twin import Twin


@dataclass
class Place:
    """What stands at one window. `settings` are the site file's, by device."""

    window: str
    label: str
    keypad: KeypadTwin | None = None
    keypad_settings: Any = None
    evaluator: EvaluatorTwin | None = None
    evaluator_settings: Any = None
    strip: StripTwin | None = None
    button: PinsTwin | None = None
    button_pin: int = 0


@dataclass
class Machine:
    """A ticket machine: keys, and the printer whose slot is beside them."""

    keypad: KeypadTwin
    settings: Any
    printer: PrinterTwin
    printer_name: str


@dataclass
class Stage:
    """All twins of a site, started and stopped together."""

    site: Site
    wires: Path
    paced: bool = True
    places: dict[str, Place] = field(default_factory=dict)
    machines: list[Machine] = field(default_factory=list)
    printers: dict[str, PrinterTwin] = field(default_factory=dict)
    _lines: list[LineTwin] = field(default_factory=list)
    _pins: list[PinsTwin] = field(default_factory=list)
    _stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    def __post_init__(self) -> None:
        self.places = {window.id: Place(window.id, window.label) for window in self.site.windows}
        panels: list[tuple[Device, KeypadTwin]] = []
        for port in self.site.ports:
            self._build(port, [one for one in self.site.devices if one.port == port.id], panels)
        for device, keypad in panels:
            printer = device.printer or self._printer_beside(device)
            self.machines.append(Machine(keypad, device.settings, self.printers[printer], printer))

    @property
    def lines(self) -> tuple[LineTwin, ...]:
        """The serial ports' far ends."""
        return tuple(self._lines)

    def _printer_beside(self, panel: Device) -> str:
        """The only printer of the panel's node."""
        node = {port.id: port.node for port in self.site.ports}
        return next(
            one.id
            for one in self.site.devices
            if one.kind == "printer" and node[one.port] == node[panel.port]
        )

    def _build(self, port: Port, devices: list[Device], panels: list[tuple[Device, KeypadTwin]]) -> None:
        if any(device.kind in ("button", "lamp") for device in devices):
            self._build_pins(port, devices)
            return
        twins = [twin for device in devices if (twin := self._twin(device, panels)) is not None]
        if twins:
            line = LineTwin(self.wires / port.id, twins, port.baud, paced=self.paced)
            self._lines.append(line)

    def _build_pins(self, port: Port, devices: list[Device]) -> None:
        pins = PinsTwin(f"{self.wires / port.id}.sock")
        self._pins.append(pins)
        for device in devices:
            settings: Any = device.settings
            if device.kind == "button" and device.window:
                place = self.places[device.window]
                place.button, place.button_pin = pins, settings.pin

    def _twin(self, device: Device, panels: list[tuple[Device, KeypadTwin]]) -> Twin | None:
        settings: Any = device.settings
        match device.kind:
            case "keypad":
                return self._keypad(device, settings, panels)
            case "evaluator":
                return self._evaluator(device, settings)
            case "strip":
                place = self.places[device.window]
                place.strip = StripTwin(settings.address, name=device.id)
                return place.strip
            case "printer":
                twin = PrinterTwin(device.id, width_dots=settings.width_dots, font=TEXT_FACE)
                self.printers[device.id] = twin
                return twin
            case _:
                return None

    def _keypad(self, device: Device, settings: Any, panels: list[tuple[Device, KeypadTwin]]) -> KeypadTwin:
        twin = KeypadTwin(settings.address, name=device.id)
        if settings.use == "tickets":
            panels.append((device, twin))
        else:
            place = self.places[device.window]
            place.keypad, place.keypad_settings = twin, settings
        return twin

    def _evaluator(self, device: Device, settings: Any) -> EvaluatorTwin:
        place = self.places[device.window]
        twin = EvaluatorTwin(settings.address, name=device.id, grades=len(settings.grades))
        place.evaluator, place.evaluator_settings = twin, settings
        return twin

    async def start(self) -> None:
        """Make the wires and switch the twins on."""
        self.wires.mkdir(parents=True, exist_ok=True)
        for line in self._lines:
            await self._stack.enter_async_context(line)
        for pins in self._pins:
            await self._stack.enter_async_context(pins)

    async def stop(self) -> None:
        """Take everything away."""
        await self._stack.aclose()
