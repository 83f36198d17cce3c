"""The stage of a demonstration: a twin for each device of a site, at the other end of its node's wires.

`wires/<port>` is what a node opens in place of the port's URL; the twins' sides stand behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec import Struct

from display.fonts import TEXT_FACE
from edge.ports import wire_url
from edge.settings.model import Device, Port, Site
from simulators.announcer.twin import SpeakerTwin
from simulators.bench.bench import Bench
from simulators.bench.kinds import (
    AnnouncerSettings,
    BoardSettings,
    EvaluatorSettings,
    KeypadSettings,
    PinSettings,
    PrinterSettings,
    StripSettings,
)
from simulators.bench.plan import BenchPlan, DevicePlan, PortPlan
from simulators.board.picture import PictureTwin
from simulators.evaluator.twin import EvaluatorTwin
from simulators.keypad.twin import KeypadTwin
from simulators.line import LineTwin
from simulators.pins.interface_socket import PinsTwin
from simulators.pins.twin import ButtonTwin
from simulators.printer.twin import PrinterTwin
from simulators.strip.twin import StripTwin


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


class Stage:
    """All twins of a site, started and stopped together: a bench whose wires are those of the nodes."""

    def __init__(self, site: Site, wires: Path, paced: bool = True, papers_max: int | None = None) -> None:
        """`papers_max`: how many papers each printer keeps; all, where that is None."""
        self.site = site
        self.wires = wires
        self.bench = Bench(bench_of(site, wires, paced=paced), TEXT_FACE, papers_max)
        self.places = {window.id: Place(window.id, window.label) for window in site.windows}
        self.machines: list[Machine] = []
        self.printers = {
            name: twin for name, twin in self.bench.devices.items() if isinstance(twin, PrinterTwin)
        }
        self.boards = {
            name: twin for name, twin in self.bench.devices.items() if isinstance(twin, PictureTwin)
        }
        self.speakers = {
            name: twin for name, twin in self.bench.devices.items() if isinstance(twin, SpeakerTwin)
        }
        for device in site.devices:
            self._stand(device, self.bench.devices.get(device.id))

    @property
    def lines(self) -> list[LineTwin]:
        """The serial ports' far ends."""
        return [port.line for port in self.bench.ports.values()]

    async def start(self) -> None:
        """Make the wires and switch the twins on."""
        await self.bench.start()

    async def stop(self) -> None:
        """Take everything away."""
        await self.bench.stop()

    def _stand(self, device: Device, twin: object) -> None:
        """Put a device where people find it."""
        settings: Any = device.settings
        place = self.places.get(device.window)
        match twin:
            case KeypadTwin() if settings.use == "tickets":
                printer = device.printer or self._printer_beside(device)
                self.machines.append(Machine(twin, settings, self.printers[printer], printer))
            case KeypadTwin() if place is not None:
                place.keypad, place.keypad_settings = twin, settings
            case EvaluatorTwin() if place is not None:
                place.evaluator, place.evaluator_settings = twin, settings
            case StripTwin() if place is not None:
                place.strip = twin
            case ButtonTwin() if place is not None:
                place.button, place.button_pin = twin.pins, twin.pin

    def _printer_beside(self, panel: Device) -> str:
        """The only printer of the panel's node."""
        node = {port.id: port.node for port in self.site.ports}
        return next(
            one.id
            for one in self.site.devices
            if one.kind == "printer" and node[one.port] == node[panel.port]
        )


def bench_of(site: Site, wires: Path, *, paced: bool) -> BenchPlan:
    """A twin for each device of a site that has one, `wires/<port>` for each port."""
    devices = [plan for device in site.devices if (plan := _plan_of(device)) is not None]
    hung = {one.port for one in devices}
    ports = [_port_of(port, wires, paced) for port in site.ports if f"port-{port.id}" in hung]
    return BenchPlan(ports=tuple(ports), devices=tuple(devices))


def _port_of(port: Port, wires: Path, paced: bool) -> PortPlan:
    url = wire_url(port.url, wires / port.id)
    name = f"port-{port.id}"
    return PortPlan(id=name, url=url, baud=port.baud, stop_bits=port.stop_bits, paced=paced)


def _plan_of(device: Device) -> DevicePlan | None:
    """The twin of a device; None for a kind that has none."""
    settings: Any = device.settings
    match device.kind:
        case "keypad":
            own: Struct = KeypadSettings(address=settings.address)
        case "evaluator":
            own = EvaluatorSettings(address=settings.address, grades=len(settings.grades))
        case "strip":
            own = StripSettings(address=settings.address)
        case "printer":
            own = PrinterSettings(width_dots=settings.width_dots, speed_mm_s=0)
        case "button" | "lamp":
            own = PinSettings(pin=settings.pin)
        case "board":
            own = BoardSettings()
        case "announcer":
            own = AnnouncerSettings()
        case _:
            return None
    return DevicePlan(id=device.id, kind=device.kind, port=f"port-{device.port}", settings=own)
