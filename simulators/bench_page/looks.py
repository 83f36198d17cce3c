"""What a page is told of a device: plain values, small, and the same as long as it looks the same."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import Any, Final

from display.strip import Segment, draw_strip
from simulators.announcer.twin import SpeakerTwin
from simulators.bench.ports import WirePort
from simulators.board.picture import PictureTwin
from simulators.device import Device
from simulators.evaluator.twin import EvaluatorTwin
from simulators.keypad.twin import KeypadTwin
from simulators.pins.twin import ButtonTwin, LampTwin
from simulators.printer.twin import PrinterTwin
from simulators.strip.model import Piece
from simulators.strip.twin import StripTwin
from simulators.twin import Twin

STRIP_DOTS: Final = (192, 16)
"""A common panel: twelve Chinese characters in one line."""
CHAR_DOTS: Final = 8
_PAPER_LINES: Final = 40  # of a paper's text; more is on its picture
_LIT: Final = {"red": "red", "green": "green", "yellow": "yellow"}


def strip_size(columns: int) -> tuple[int, int]:
    """Dots of a panel that is `columns` half-width characters wide; 0: of the usual one."""
    return (max(columns, 2) * CHAR_DOTS, STRIP_DOTS[1]) if columns else STRIP_DOTS


def look_of(device: Device, dots: tuple[int, int] = STRIP_DOTS) -> dict[str, Any]:
    """Everything that may change on the page about one device or port. `dots`: the size of a strip."""
    told: dict[str, Any] = {"troubles": sorted(device.troubles)}
    if isinstance(device, Twin):
        told["away"] = "power" if device.faults.dead else "wire" if device.faults.away else ""
    match device:
        case StripTwin():
            told["text"] = device.text
            told["dots"] = dots_of(() if device.faults.dead else device.segments, dots)
        case KeypadTwin():
            told |= {"shown": device.shown, "beeps": device.model.beeps, "busy": device.is_busy}
        case EvaluatorTwin():
            told |= {"lamp": device.model.lamp.value, "thanked": device.thanked}
        case PrinterTwin():
            told |= _printer(device)
        case ButtonTwin():
            told |= {"down": not device.pins.panel.inputs.get(device.pin, True)}
            told["away"] = "" if device.pins.connected else "wire"
        case LampTwin():
            told |= {"lit": device.is_lit}
            told["away"] = "" if device.pins.connected else "wire"
        case PictureTwin():
            told |= {"pictures": device.pictures, "away": device.away, "size": device.size}
        case SpeakerTwin():
            told |= {
                "sounds": device.sounds,
                "last": device.last,
                "away": "" if device.is_plugged else "wire",
            }
        case WirePort():
            told |= {"plugged": device.line.wire.is_plugged, "open": device.holders}
            told["strange"] = str(device.line.wire.strange or "")
    return told


@lru_cache(maxsize=512)
def dots_of(pieces: tuple[Piece, ...], dots: tuple[int, int]) -> str:
    """The lamps of a strip, lit as its decoded text lights them.

    Two bits a dot, row by row, the leftmost in the highest bits: 0 dark, 1 red, 2 green, 3 yellow; base64.
    """
    segments = [Segment(piece.text, _LIT.get(piece.colour, "red")) for piece in pieces]  # type: ignore[arg-type]
    return base64.b64encode(draw_strip(segments, *dots).tobytes("raw", "P;2")).decode()


def _printer(printer: PrinterTwin) -> dict[str, Any]:
    model = printer.model
    told: dict[str, Any] = {"defects": model.defects, "papers": model.forgotten + len(model.papers)}
    if model.papers:
        last = model.papers[-1]
        told["last"] = {
            "width": last.image.width,
            "height": last.image.height,
            "cut": last.cut,
            "text": last.text[:_PAPER_LINES],
        }
    return told
