"""Which desks a node has, from what is plugged into it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from devices.button.settings import ButtonSettings
from devices.keypad.settings import KeypadSettings
from edge.desks.base import Desk
from edge.desks.board import BoardDesk
from edge.desks.directory import Directory
from edge.desks.tickets import PrinterDesk, TicketDesk, TicketHost
from edge.desks.voice import VoiceDesk
from edge.desks.window import WindowDesk
from edge.settings.build import NodePart
from edge.settings.model import Device


def desks_of(
    host: TicketHost, part: NodePart, instance: str, directory: Callable[[], Directory]
) -> dict[str, Desk]:
    """Each device's desk, by the device's name."""
    desks: dict[str, Desk] = {}
    counters: dict[str, dict[str, str]] = {}
    for device in part.devices:
        if device.window and not _takes_numbers(device.settings):
            counters.setdefault(device.window, {})[device.id] = device.kind
    for window, there in counters.items():
        desks.update(dict.fromkeys(there, WindowDesk(host, window, there, directory)))
    for device in part.devices:
        if device.kind == "board":
            desks[device.id] = BoardDesk(host, device.id, device.windows, device.queues, directory)
        elif device.kind == "announcer":
            desks[device.id] = VoiceDesk(host, device.id, device.windows)
        elif _takes_numbers(device.settings):
            printer, has_display = _printer_of(device, part), device.kind == "keypad"
            desk = TicketDesk(host, device.id, printer, instance, directory, has_display=has_display)
            _add_ticket_desk(desks, desk)
    return desks


def _add_ticket_desk(desks: dict[str, Desk], desk: TicketDesk) -> None:
    """Several panels may share a printer; it answers the one whose job it was."""
    desks[desk.panel] = desk
    if desk.printer:
        shared = desks.setdefault(desk.printer, PrinterDesk())
        if isinstance(shared, PrinterDesk):
            shared.panels.append(desk)


def _printer_of(device: Device, part: NodePart) -> str:
    """The printer a panel names, or the only one of its node."""
    printers = [one.id for one in part.devices if one.kind == "printer"]
    return device.printer or (printers[0] if len(printers) == 1 else "")


def _takes_numbers(settings: Any) -> bool:
    match settings:
        case KeypadSettings():
            return settings.use == "tickets"
        case ButtonSettings():
            return "take" in (settings.action, settings.long_action)
        case _:
            return False
